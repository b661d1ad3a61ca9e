"""The task follows from the target and can be overruled; targets that cannot be learnt are refused."""

from __future__ import annotations

import pandas as pd
import pytest

from nnlab.data import Column, Columns, Kind, Task, read, resolve_task, with_target
from nnlab.errors import DataError


def task_of(kind: Kind, values: list, task: Task | None = None) -> tuple[Task, str]:  # type: ignore[type-arg]
    columns = Columns(columns=(Column(name="y", kind=kind, role="target"),), task=task)
    dtype = "float64" if kind == "numeric" else "str"
    return resolve_task(pd.DataFrame({"y": pd.Series(values, dtype=dtype)}), columns)


@pytest.mark.parametrize(
    ("kind", "values", "task"),
    [
        ("categorical", ["a", "b", "c", None], "multiclass"),
        ("categorical", ["a", "b", "a"], "binary"),
        ("boolean", ["0", "1", "1"], "binary"),
        ("numeric", [3.0, 4.0, 5.0, None], "multiclass"),
        ("numeric", [float(i) for i in range(20)], "multiclass"),
        ("numeric", [float(i) for i in range(21)], "regression"),
        ("numeric", [1.5, 2.0], "regression"),
        ("text", ["x y", "z w"], "binary"),
        ("id", ["1", "2", "3"], "multiclass"),
    ],
)
def test_the_task_follows_from_the_target(kind: Kind, values: list, task: Task) -> None:  # type: ignore[type-arg]
    """Texts and yes-no are classes; whole numbers are up to twenty different ones; other numbers are regression."""
    assert task_of(kind, values)[0] == task


def test_the_reason_says_that_whole_numbers_are_taken_as_classes() -> None:
    """A person reads why, and can overrule it."""
    assert "Whole numbers with 3 different values are taken as classes." in task_of("numeric", [3.0, 4.0, 5.0])[1]
    assert task_of("numeric", [3.0, 4.0, 5.0], "regression") == ("regression", "Chosen by hand.")
    assert task_of("numeric", [i / 2 for i in range(40)], "multiclass")[0] == "multiclass"
    assert task_of("boolean", ["0", "1"], "regression")[0] == "regression"


@pytest.mark.parametrize(
    ("kind", "values", "task", "said"),
    [
        ("categorical", ["a", "a"], None, "at least two"),
        ("numeric", [2.0, 2.0], None, "at least two"),
        ("categorical", [None, None], None, "values to learn from"),
        ("categorical", [str(i) for i in range(1001)], None, "1000 classes"),
        ("categorical", ["a", "b"], "regression", "numbers"),
        ("categorical", ["a", "b", "c"], "binary", "two classes"),
        ("numeric", [2.0, 2.0], "regression", "two different values"),
    ],
)
def test_a_target_that_cannot_be_learnt_is_refused(  # type: ignore[no-untyped-def]
    kind: Kind,
    values: list,
    task: Task | None,
    said: str,  # type: ignore[type-arg]
) -> None:
    """One class, no values, too many classes, words where numbers must be: one sentence that names the column."""
    with pytest.raises(DataError, match=said) as caught:
        task_of(kind, values, task)
    assert caught.value.where == "y"


def test_no_target_and_dates_as_a_target_are_refused() -> None:
    """A target is needed, and a date is no target yet."""
    table = read(b"d,x\n2020-01-01,1\n2020-01-02,2\n")
    with pytest.raises(DataError, match="target is needed"):
        resolve_task(table.frame, table.columns)
    with pytest.raises(DataError, match="number or a class"):
        resolve_task(table.frame, with_target(table.columns, "d"))


def test_several_targets_are_numbers_and_may_be_zero_and_one() -> None:
    """Outputs of one network; a column of words among them is refused."""
    table = read(b"x,y1,y2,w\n1,0,5,a\n2,1,7,b\n3,1,9,c\n")
    assert resolve_task(table.frame, with_target(table.columns, "y1", "y2"))[0] == "regression"
    with pytest.raises(DataError, match="numbers"):
        resolve_task(table.frame, with_target(table.columns, "y1", "w"))


def test_several_columns_of_two_values_are_yes_or_no_each() -> None:
    """Written as numbers or as words; overruled they are numbers where they are written so; one alone is refused."""
    table = read(b"x,y1,y2,w,k\n1,0,1,a,p\n2,1,0,b,q\n3,1,0,b,r\n4,0,1,a,p\n5,0,1,a,p\n6,0,1,a,p\n")
    both = with_target(table.columns, "y1", "w")
    assert resolve_task(table.frame, both)[0] == "multilabel"
    with pytest.raises(DataError, match="numbers"):
        resolve_task(table.frame, both.having(task="regression"))
    assert (
        resolve_task(table.frame, with_target(table.columns, "y1", "y2").having(task="regression"))[0] == "regression"
    )
    with pytest.raises(DataError, match="all numbers, or all yes or no") as raised:
        resolve_task(table.frame, with_target(table.columns, "y1", "k"))
    assert raised.value.came == "k is one of several classes, y1 is yes or no"
    with pytest.raises(DataError, match="3 different values"):
        resolve_task(table.frame, with_target(table.columns, "w", "k").having(task="multilabel"))
    with pytest.raises(DataError, match="several targets"):
        resolve_task(table.frame, with_target(table.columns, "w").having(task="multilabel"))


def test_a_new_target_frees_the_old_one() -> None:
    """What was target becomes a feature again; an ignored column may be chosen; a wrong name is told the near one."""
    columns = with_target(with_target(read(b"aa,bb\n1,2\n3,5\n").columns, "aa"), "bb")
    assert [column.role for column in columns.columns] == ["feature", "target"]
    with pytest.raises(DataError, match="Did you mean aa"):
        with_target(columns, "a")

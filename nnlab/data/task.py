"""What is to be learnt: follows from the target's kind and values, unless a person says otherwise."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from nnlab.data.columns import Column, Columns, Task
from nnlab.data.wording import counted
from nnlab.errors import DataError

if TYPE_CHECKING:
    import pandas as pd

MOST_WHOLE_CLASSES = 20  # a whole-number target with more distinct values is an amount
MOST_CLASSES = 1000
LEAST_ROWS = 2  # to learn from; from ten on some judge
NEVER_FEATURES = ("id", "constant", "text")  # by themselves; a person may still choose otherwise
_DO_CHOOSE = "Choose another target, or change the kind of the column."


def with_target(columns: Columns, *names: str) -> Columns:
    """The same columns with these as the target; what was target before becomes a feature again, or is ignored.

    A column that was ignored may be a target. Raises `DataError` for a name that does not exist.
    """
    wanted = dict.fromkeys(columns[name].name for name in names)
    changed = [_with_role(column, column.name in wanted) for column in columns.columns]
    return columns.having(columns=tuple(changed), task=columns.task if len(wanted) == len(columns.targets) else None)


def likely_targets(columns: Columns) -> list[str]:
    """All names, the likeliest to be predicted first: the last column, then yes or no, levels, amounts, others."""
    order = {"boolean": 1, "categorical": 2, "numeric": 3}
    last = columns.names[-1:]
    by_kind = sorted(columns.columns, key=lambda column: order.get(column.kind, 4))
    return list(dict.fromkeys([*last, *(column.name for column in by_kind)]))


def resolve_task(frame: pd.DataFrame, columns: Columns) -> tuple[Task, str]:
    """The task that the target asks for, and why; `columns.task` overrules what would follow from the values.

    Raises `DataError` where there is no target, where it is all missing or has one class, where it has too many
    classes, and where what is to be a number is none.
    """
    targets = columns.targets
    if not targets:
        raise DataError("a target is needed: the column to predict", do="Choose a column as the target.")
    for target in targets:
        if not frame[target.name].notna().any():
            raise _refused(target, "every cell is missing", "a target needs values to learn from")
    if int(frame[targets[0].name].notna().sum()) < LEAST_ROWS:
        raise DataError(
            "a network learns from at least two rows that have a target, and is judged from ten on",
            where=targets[0].name,
            came=f"1 of {counted(len(frame), 'row')}",
            do="Choose another target, or add rows.",
            column=targets[0].name,
        )
    if len(targets) > 1:
        return _several(frame, targets, columns.task)
    target = targets[0]
    task, reason = _of_one(frame[target.name], target)
    if columns.task is not None and columns.task != task:
        return _overruled(frame[target.name], target, columns.task)
    if task != "regression":
        _refuse_classes(frame[target.name], target)
    return task, reason


def _with_role(column: Column, is_target: bool) -> Column:
    if is_target:
        return column.having(role="target")
    if column.role != "target":
        return column
    return column.having(role="ignore" if column.kind in NEVER_FEATURES else "feature")


def _refused(target: Column, came: str, rule: str) -> DataError:
    return DataError(rule, where=target.name, came=came, do=_DO_CHOOSE, column=target.name)


def _several(frame: pd.DataFrame, targets: tuple[Column, ...], wanted: Task | None) -> tuple[Task, str]:
    """Several yes/no at once, or several numbers; a mixture, or classes among them, is refused in a sentence."""
    if wanted in ("binary", "multiclass"):
        raise DataError(
            "several targets are numbers (regression), or yes or no each (multilabel)",
            came=str(wanted),
            do="Choose one target for classes, or leave the task to follow from the target.",
        )
    asked = {target.name: _of_one(frame[target.name], target)[0] for target in targets}
    yes_no = [name for name, task in asked.items() if task == "binary"]
    if wanted != "regression" and len(yes_no) == len(targets):
        for target in targets:
            _refuse_classes(frame[target.name], target)
        return "multilabel", f"{len(targets)} targets with two values each: yes or no of each."
    if wanted == "multilabel":
        other = next(target for target in targets if target.name not in yes_no)
        n = int(frame[other.name].nunique())
        raise _refused(other, f"{n} different values", "each target of multilabel has two values, yes or no")
    for target in targets:
        if wanted is None and not _are_numbers(frame[target.name]):
            raise _mixture(target, asked)
        _as_numbers(frame[target.name], target)
    return "regression", f"{len(targets)} targets, each a number."


def _mixture(target: Column, asked: dict[str, Task]) -> DataError:
    """The refusal of targets that no one loss compares: a column of words among numbers, or one of several classes."""
    words = {"binary": "yes or no", "multiclass": "one of several classes", "regression": "a number"}
    other = next(name for name in asked if name != target.name)
    return DataError(
        "several targets are all numbers, or all yes or no",
        where="target",
        came=f"{target.name[:60]} is {words[asked[target.name]]}, {other[:60]} is {words[asked[other]]}",
        do="Train a network for each of them, or choose targets of one kind.",
        column=target.name,
    )


def _are_numbers(series: pd.Series[Any]) -> bool:
    from nnlab.data.kinds import as_kind

    return not as_kind(series, "numeric")[1]


def _of_one(series: pd.Series[Any], target: Column) -> tuple[Task, str]:
    if target.kind in ("datetime", "image"):
        came = "dates" if target.kind == "datetime" else "pictures"
        raise _refused(target, came, "a target is a number or a class")
    n = int(series.nunique())
    task: Task = "binary" if n <= 2 else "multiclass"
    if target.kind != "numeric":
        return task, f"{n} different values of a {target.kind} column: classes."
    filled = series.dropna()
    if bool((filled % 1 == 0).all()) and n <= MOST_WHOLE_CLASSES:
        return task, f"Whole numbers with {n} different values are taken as classes."
    reason = "whole numbers" if bool((filled % 1 == 0).all()) else "numbers"
    return "regression", f"{n} different {reason}."


def _overruled(series: pd.Series[Any], target: Column, wanted: Task) -> tuple[Task, str]:
    if wanted == "regression":
        _as_numbers(series, target)
        return wanted, "Chosen by hand."
    if wanted == "multilabel":
        do = "Choose more targets, or leave the task to follow from the target."
        raise DataError("multilabel is for several targets, yes or no each", where=target.name, came="one", do=do)
    _refuse_classes(series, target)
    n = int(series.nunique())
    if (n == 2) != (wanted == "binary"):
        raise DataError(
            "binary is for two classes, multiclass for more",
            where=target.name,
            came=f"{wanted} with {n} classes",
            do="Leave the task to follow from the target.",
            column=target.name,
        )
    return wanted, "Chosen by hand."


def _refuse_classes(series: pd.Series[Any], target: Column) -> None:
    n = int(series.nunique())
    if n < 2:
        raise _refused(target, f"only {series.dropna().iloc[0]}", "a target of classes needs at least two of them")
    if n > MOST_CLASSES:
        raise _refused(target, f"{n} different values", f"a target may have {MOST_CLASSES} classes at most")


def _as_numbers(series: pd.Series[Any], target: Column) -> None:
    from nnlab.data.kinds import as_kind

    numbers, n_lost = as_kind(series, "numeric")
    if n_lost:
        raise _refused(target, f"{counted(n_lost, 'cell')} without a number", "a target of regression is numbers")
    if numbers.nunique() < 2:
        raise _refused(target, "one value in every row", "a target needs at least two different values")

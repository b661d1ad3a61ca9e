"""The samples: each has its file, its licence and source, and reads as it should."""

from __future__ import annotations

from pathlib import Path

import pytest

from nnlab.data import Sample, read, resolve_task, sample, sample_bytes, samples, with_target
from nnlab.errors import NotFoundError

ROOT = Path(__file__).parents[2]
SHAPES = {
    "penguins": (344, 7),
    "titanic": (891, 12),
    "california_housing": (20640, 10),
    "diamonds": (53940, 10),
    "breast_cancer": (569, 31),
    "sms_spam": (5572, 5),
    "airline_passengers": (144, 2),
    "textbook": (3, 4),
}


@pytest.mark.parametrize("one", samples(), ids=lambda one: one.name)
def test_a_sample_reads_whole_and_its_task_is_the_one_it_names(one: Sample) -> None:
    """No issue, the right shape, and the target gives the task that Start promises."""
    table = read(sample_bytes(one.name), name=f"{one.name}.csv")
    assert table.frame.shape == SHAPES[one.name]
    assert table.issues == ()
    columns = with_target(table.columns, *one.target)
    wanted = one.task if len(one.target) > 1 else None
    assert resolve_task(table.frame, columns.having(task=wanted))[0] == one.task


@pytest.mark.parametrize("one", samples(), ids=lambda one: one.name)
def test_a_sample_names_licence_and_source_in_code_and_notice(one: Sample) -> None:
    """Nothing ships without both."""
    assert one.licence
    assert one.source
    assert f"{one.name}.csv" in (ROOT / "NOTICE").read_text(encoding="utf-8")


def test_every_file_in_the_folder_is_a_sample() -> None:
    """No table ships that is not listed."""
    assert {path.stem for path in (ROOT / "samples").glob("*.csv")} == {one.name for one in samples()}


def test_the_titanic_columns_come_out_as_a_careful_person_would_say() -> None:
    """Kinds and roles of all twelve."""
    columns = read(sample_bytes("titanic")).columns
    assert {column.name: (column.kind, column.role) for column in columns.columns} == {
        "PassengerId": ("id", "ignore"),
        "Survived": ("boolean", "feature"),
        "Pclass": ("categorical", "feature"),
        "Name": ("text", "feature"),
        "Sex": ("categorical", "feature"),
        "Age": ("numeric", "feature"),
        "SibSp": ("numeric", "feature"),
        "Parch": ("numeric", "feature"),
        "Ticket": ("categorical", "ignore"),
        "Fare": ("numeric", "feature"),
        "Cabin": ("categorical", "ignore"),
        "Embarked": ("categorical", "feature"),
    }
    assert "Whole numbers 1 to 3" in columns["Pclass"].reason


def test_an_unknown_sample_is_told_with_the_near_name() -> None:
    """A link with a typing error leads to a sentence."""
    with pytest.raises(NotFoundError, match="Did you mean penguins"):
        sample("penguin")

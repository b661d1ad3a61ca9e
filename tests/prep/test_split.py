"""The split: shares kept, repeated rows on one side, rare classes kept from trouble, and told in sentences."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pandas as pd
import pytest

from nnlab.data.columns import Columns
from nnlab.errors import DataError
from nnlab.prep.split import FEWEST_TO_SPLIT, Split, parts
from nnlab.prep.split_summary import split_summary
from tests.batteries import battery
from tests.prep.tables import mixed, table


def classes(counts: dict[str, int]) -> tuple[pd.DataFrame, Columns]:
    """A table with one feature, no two rows alike, and so many rows of each class."""
    labels = [name for name, n in counts.items() for _ in range(n)]
    return table(x=("numeric", np.arange(len(labels), dtype=float)), y=("categorical", labels))


@pytest.mark.parametrize("seed", range(battery(3, 20)))
def test_the_shares_of_rows_and_classes_are_kept(seed: int) -> None:
    """64, 16 and 20 percent of every class, to the row."""
    frame, columns = classes({"a": 500, "b": 100, "c": 50})
    found = parts(frame, columns, "multiclass", Split(seed=seed))
    by_class = pd.crosstab(frame["y"], found)
    assert by_class.loc["a"].tolist() == [320, 80, 100]
    assert by_class.loc["b"].tolist() == [64, 16, 20]
    assert by_class.loc["c"].tolist() == [32, 8, 10]


def test_the_seed_decides_the_rows() -> None:
    """The same seed draws the same rows in any process; another seed draws others."""
    frame, columns = mixed(np.random.default_rng(0))
    first, again = (parts(frame, columns, "binary", Split(seed=3)) for _ in range(2))
    assert first.tolist() == again.tolist()
    assert first.tolist() != parts(frame, columns, "binary", Split(seed=4)).tolist()


@pytest.mark.parametrize("n", range(FEWEST_TO_SPLIT, 60))
def test_every_part_has_rows_from_ten_on(n: int) -> None:
    """Numbers as target: no rounding ever empties a part."""
    frame, columns = table(x=("numeric", np.arange(n, dtype=float)), y=("numeric", np.arange(n, dtype=float)))
    counts = Counter(parts(frame, columns, "regression", Split()).tolist())
    assert set(counts) == {0, 1, 2}
    assert abs(counts[2] - 0.2 * n) <= 1


def test_two_to_nine_rows_all_train() -> None:
    """Nothing is left to judge on, and the summary says so."""
    frame, columns = classes({"a": 2, "b": 2})
    found = parts(frame, columns, "binary", Split())
    assert found.tolist() == [0, 0, 0, 0]
    assert "No rows are left to judge on." in split_summary(frame, columns, "binary", Split(), found).notes


@pytest.mark.parametrize("n", [0, 1])
def test_fewer_than_two_rows_are_refused(n: int) -> None:
    """The sentence says the least number that is needed."""
    frame, columns = classes({"a": n})
    with pytest.raises(DataError, match="at least two rows"):
        parts(frame, columns, "binary", Split())


def test_a_class_with_one_row_goes_to_train_and_is_named() -> None:
    """FAULTS 7: the split does not fail, whatever the seed."""
    frame, columns = classes({"common": 60, "lonely": 1, "pair": 2})
    for seed in range(20):
        found = parts(frame, columns, "multiclass", Split(seed=seed))
        assert found[frame["y"] == "lonely"].tolist() == [0]
        assert (found[frame["y"] == "pair"] == 0).any()
        notes = " ".join(split_summary(frame, columns, "multiclass", Split(), found).notes)
        assert "Class lonely has one row, which goes to train" in notes


def test_rows_without_a_target_are_left_out_and_counted() -> None:
    """FAULTS 4: they leave all three parts; an infinite number is no target either."""
    values = np.arange(50, dtype=float)
    values[[3, 7]], values[9] = np.nan, np.inf
    frame, columns = table(x=("numeric", np.arange(50.0)), y=("numeric", values))
    found = parts(frame, columns, "regression", Split())
    assert np.flatnonzero(found == -1).tolist() == [3, 7, 9]
    summary = split_summary(frame, columns, "regression", Split(), found)
    assert summary.n_left_out == 3
    assert summary.notes[0] == "3 rows have no target and are left out."
    assert summary.notes[1:] == ("Only 9 rows judge: a score on so few is rough.",)


@pytest.mark.parametrize("seed", range(battery(5, 40)))
def test_rows_alike_lie_on_one_side(seed: int) -> None:
    """Every group of equal rows, missing cells included, has one part, and the shares still hold."""
    rng = np.random.default_rng(seed)
    frame, columns = table(
        x=("numeric", np.where(rng.random(400) < 0.1, np.nan, rng.integers(0, 60, 400))),
        c=("categorical", [["a", "b", None][value] for value in rng.integers(0, 3, 400)]),
        y=("categorical", [["no", "yes"][value] for value in rng.integers(0, 2, 400)]),
        key=("id", [str(value) for value in range(400)]),
    )
    found = parts(frame, columns, "binary", Split(seed=seed))
    sides = pd.Series(found, index=frame.index).groupby([frame["x"], frame["c"], frame["y"]], dropna=False).nunique()
    assert sides.max() == 1
    assert abs((found == 2).sum() - 80) <= 8
    summary = split_summary(frame, columns, "binary", Split(seed=seed), found)
    assert summary.n_repeated == int(frame.duplicated(["x", "c", "y"]).sum())
    assert summary.notes == (f"{summary.n_repeated} rows repeat another; rows alike stay on one side.",)


def test_a_table_of_few_different_rows_is_drawn_row_by_row() -> None:
    """Where most rows repeat others, whole groups would decide the split; the summary says what was done."""
    frame, columns = table(x=("numeric", np.arange(200) % 4 * 1.0), y=("numeric", np.arange(200) % 2 * 1.0))
    found = parts(frame, columns, "regression", Split())
    assert Counter(found.tolist()) == {0: 128, 1: 32, 2: 40}
    assert "on several sides" in split_summary(frame, columns, "regression", Split(), found).notes[0]


def with_split(words: list[object], **more: int) -> tuple[pd.DataFrame, Columns]:
    frame, columns = table(
        x=("numeric", np.arange(len(words), dtype=float)),
        y=("categorical", ["a", "b"] * (len(words) // 2)),
        part=("categorical", words),
    )
    return frame, columns.changed("part", role="split")


def test_a_split_column_decides() -> None:
    """Upper and lower case, val and valid; a row without a word is left out and counted."""
    frame, columns = with_split(["Train", "TRAIN", "val", "valid", " Validation ", "test", None, "train"])
    found = parts(frame, columns, "binary", Split())
    assert found.tolist() == [0, 0, 1, 1, 1, 2, -1, 0]
    assert split_summary(frame, columns, "binary", Split(), found).n_left_out == 1


def test_validation_is_taken_from_train_where_none_is_given() -> None:
    """A fifth of train by the default shares, as many of each class; test stays as it was."""
    frame, columns = with_split(["train"] * 100 + ["test"] * 50)
    found = parts(frame, columns, "binary", Split())
    assert Counter(found.tolist()) == {0: 80, 1: 20, 2: 50}
    assert (found[100:] == 2).all()
    assert Counter(frame["y"][found == 1]) == {"a": 10, "b": 10}


def test_unknown_words_in_a_split_column_are_named() -> None:
    """The error names the column and the words."""
    frame, columns = with_split(["train", "train", "holdout", "test"])
    with pytest.raises(DataError, match="holdout") as caught:
        parts(frame, columns, "binary", Split())
    assert caught.value.column == "part"


def test_a_class_only_in_validation_or_test_does_not_fail() -> None:
    """FAULTS 7: it is named as one that cannot be learnt."""
    frame, columns = with_split(["train"] * 6 + ["validation"] * 2 + ["test"] * 2)
    frame["y"] = pd.array(["a", "b", "a", "b", "a", "b", "v", "v", "t", "t"], dtype="str")
    found = parts(frame, columns, "multiclass", Split())
    notes = " ".join(split_summary(frame, columns, "multiclass", Split(), found).notes)
    assert "Classes t and v do not occur in train" in notes


def test_shares_count_relative_to_their_sum() -> None:
    """1, 1 and 1 are three thirds; no test rows are allowed and said."""
    assert Split(train=1, validation=1, test=1).shares == pytest.approx((1 / 3, 1 / 3, 1 / 3))
    frame, columns = classes({"a": 40, "b": 40})
    found = parts(frame, columns, "binary", Split(test=0))
    assert Counter(found.tolist()) == {0: 64, 1: 16}
    assert "No rows are left to judge on." in split_summary(frame, columns, "binary", Split(test=0), found).notes


def test_the_summary_tells_class_shares_of_each_part() -> None:
    """Shares sum to one, and the value is plain data."""
    frame, columns = classes({"a": 300, "b": 100})
    found = parts(frame, columns, "binary", Split())
    summary = split_summary(frame, columns, "binary", Split(), found)
    assert summary.class_shares["test"] == pytest.approx({"a": 0.75, "b": 0.25})
    assert summary.sentence == "256 train, 64 validation, 80 test rows"
    assert type(summary).parse(summary.plain()) == summary

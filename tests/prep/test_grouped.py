"""Rows that belong together: whole groups in one part, whatever their sizes, classes and copies."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.model_selection import StratifiedGroupKFold

from nnlab.data.columns import Columns
from nnlab.prep.grouped import drawn_groups, groups_of, joined
from nnlab.prep.split import Split, parts
from nnlab.prep.split_summary import split_summary
from tests.batteries import battery
from tests.prep.tables import table


def patients(rng: np.random.Generator, n_rows: int, n_groups: int) -> tuple[pd.DataFrame, Columns]:
    """Rows of patients, some with many visits, each patient leaning to one class."""
    patient = np.minimum(rng.geometric(3 / n_groups, n_rows), n_groups)
    leaning = rng.random(n_groups + 1)
    frame, columns = table(
        x=("numeric", rng.standard_normal(n_rows)),
        patient=("categorical", [f"p{value}" for value in patient]),
        y=("categorical", [["no", "yes"][int(rng.random() < leaning[value])] for value in patient]),
    )
    return frame, columns.changed("patient", role="group")


@pytest.mark.parametrize("seed", range(battery(4, 40)))
def test_a_group_lies_in_one_part_and_the_shares_nearly_hold(seed: int) -> None:
    """No patient trains and judges; the rows of each part are off by less than the largest group."""
    frame, columns = patients(np.random.default_rng(seed), 600, 60)
    found = parts(frame, columns, "binary", Split(seed=seed))
    assert pd.Series(found, index=frame.index).groupby(frame["patient"]).nunique().max() == 1
    largest = int(frame["patient"].value_counts().iloc[0])
    for part, share in enumerate(Split().shares):
        assert abs(int((found == part).sum()) - share * len(frame)) <= largest


def test_classes_are_spread_as_well_as_by_scikit_learn() -> None:
    """The share of a class in the test rows is as near to its share of all rows as StratifiedGroupKFold brings it."""
    ours, theirs = [], []
    for seed in range(battery(6, 40)):
        frame, columns = patients(np.random.default_rng(seed), 500, 50)
        is_yes = (frame["y"] == "yes").to_numpy()
        found = parts(frame, columns, "binary", Split(train=0.8, validation=0.0, test=0.2, seed=seed))
        ours.append(abs(is_yes[found == 2].mean() - is_yes.mean()))
        folds = StratifiedGroupKFold(5, shuffle=True, random_state=seed).split(frame, is_yes, frame["patient"])
        theirs.append(np.mean([abs(is_yes[test].mean() - is_yes.mean()) for _, test in folds]))
    assert np.mean(ours) <= np.mean(theirs) + 0.01


@given(st.lists(st.tuples(st.integers(0, 6), st.integers(0, 6)), min_size=1, max_size=40))
@settings(max_examples=battery(40, 400), deadline=None)
def test_several_keys_join_whatever_they_connect(pairs: list[tuple[int, int]]) -> None:
    """Held against the plainest way there is: spread the smallest number until nothing changes."""
    keys = [np.array(side, dtype=np.int64) for side in zip(*pairs, strict=True)]
    label = list(range(len(pairs)))
    for _ in pairs:
        for key in keys:
            label = [min(label[j] for j in range(len(pairs)) if key[j] == key[i]) for i in range(len(pairs))]
    found = joined(keys)
    assert (found[:, None] == found).tolist() == [[a == b for b in label] for a in label]


def test_a_missing_group_joins_nobody() -> None:
    """Two rows without a name are not one person."""
    frame, _ = table(who=("categorical", ["a", None, None, "a"]))
    found = groups_of(frame, ["who"])
    assert found[0] == found[3]
    assert len(set(found.tolist())) == 3


@pytest.mark.parametrize("n_groups", [1, 2, 3, 4])
def test_few_groups_still_train(n_groups: int) -> None:
    """One group trains; from two on there are test rows, from three on validation rows too."""
    groups = np.arange(60) % n_groups
    found = drawn_groups(groups, np.zeros(60, dtype=np.int64), Split().shares, 0)
    assert set(found.tolist()) == {1: {0}, 2: {0, 2}}.get(n_groups, {0, 1, 2})


def test_copies_stay_on_one_side_with_their_groups() -> None:
    """Two patients who share a row alike go together."""
    rng = np.random.default_rng(1)
    frame, columns = patients(rng, 200, 40)
    first, second = frame["patient"].drop_duplicates().iloc[:2]
    rows = [np.flatnonzero(frame["patient"] == name)[0] for name in (first, second)]
    for name in ("x", "y"):
        frame.iloc[rows[1], frame.columns.get_loc(name)] = frame.iloc[rows[0]][name]
    for seed in range(8):
        found = parts(frame, columns, "binary", Split(seed=seed))
        assert found[rows[0]] == found[rows[1]]


def test_a_group_that_dominates_and_groups_that_are_torn_are_said() -> None:
    """Half of the rows are one patient; a split column that tears patients apart is told."""
    x, who = np.arange(100.0), ["big"] * 50 + [f"p{i // 2}" for i in range(50)]
    words = ["train", "test"] * 50
    frame, columns = table(
        x=("numeric", x), who=("categorical", who), part=("categorical", words), y=("numeric", x % 7)
    )
    columns = columns.changed("who", role="group").changed("part", role="ignore")
    found = parts(frame, columns, "regression", Split())
    summary = split_summary(frame, columns, "regression", Split(), found)
    assert any(note.startswith("One group of who holds 50 % of the rows") for note in summary.notes)
    assert not any("several sides" in note for note in summary.notes)
    assert sum(summary.n_groups.values()) == 26
    columns = columns.changed("part", role="split")
    found = parts(frame, columns, "regression", Split())
    notes = split_summary(frame, columns, "regression", Split(), found).notes
    assert "Groups of who lie on several sides: the split column puts their rows apart." in notes


def test_half_a_million_groups_are_drawn_without_a_walk_over_them() -> None:
    """Groups alike are dealt out together: what is left to walk over is a handful."""
    groups = np.repeat(np.arange(battery(50_000, 500_000)), 2)
    strata = (groups % 3 == 0).astype(np.int64)
    found = drawn_groups(groups, strata, Split().shares, 0)
    assert np.bincount(found) / len(found) == pytest.approx(Split().shares, abs=1e-3)
    assert (found[::2] == found[1::2]).all()

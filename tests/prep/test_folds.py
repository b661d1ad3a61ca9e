"""Folds: every row to learn from in one, no test row in any; classes, groups, copies and time as parts have them."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from nnlab.data.columns import Column, Columns
from nnlab.errors import DataError
from nnlab.prep.folds import folds
from nnlab.prep.split import Split, parts

N = 240


def frame() -> pd.DataFrame:
    random = np.random.default_rng(0)
    return pd.DataFrame(
        {
            "x": random.normal(size=N),
            "who": pd.Series([f"p{k % 31}" for k in range(N)], dtype="str"),
            "when": random.permutation(N).astype(float),
            "said": pd.Series(np.where(np.arange(N) % 3 == 0, "test", "train"), dtype="str"),
            "y": pd.Series(np.where(random.random(N) < 0.2, "yes", "no"), dtype="str"),
        }
    )


def columns(role_of: str = "", role: str = "") -> Columns:
    kinds = {"x": "numeric", "who": "categorical", "when": "numeric", "said": "categorical", "y": "categorical"}
    roles = {"x": "feature", "who": "ignore", "when": "ignore", "said": "ignore", "y": "target"}
    if role_of:
        roles[role_of] = role
    return Columns(columns=tuple(Column(name=n, kind=kinds[n], role=roles[n]) for n in kinds), task="binary")  # type: ignore[arg-type]


def dealt(chosen: Columns, n_folds: int = 5) -> tuple[np.ndarray, np.ndarray]:
    part = parts(frame(), chosen, "binary", Split())
    return part, folds(frame(), chosen, "binary", Split(), part, n_folds)


@pytest.mark.parametrize(("name", "role"), [("", ""), ("who", "group"), ("when", "time"), ("said", "split")])
def test_every_row_to_learn_from_is_in_one_fold_and_no_test_row_is(name: str, role: str) -> None:
    """Also where a column says which rows are for the test."""
    part, fold = dealt(columns(name, role))
    assert ((fold >= 0) == ((part == 0) | (part == 1))).all()
    sizes = np.bincount(fold[fold >= 0], minlength=5)
    assert sizes.min() > 0.7 * sizes.mean()


def test_the_classes_are_dealt_out_evenly() -> None:
    """No fold has two rows of the rare class more than another."""
    _, fold = dealt(columns())
    rare = np.bincount(fold[(fold >= 0) & (frame()["y"] == "yes").to_numpy()], minlength=5)
    assert rare.max() - rare.min() <= 1


def test_a_group_is_held_out_as_a_whole() -> None:
    """Rows of one person lie in one fold."""
    _, fold = dealt(columns("who", "group"))
    told = pd.DataFrame({"who": frame()["who"], "fold": fold})[fold >= 0]
    assert (told.groupby("who")["fold"].nunique() == 1).all()


def test_copies_of_a_row_are_held_out_together() -> None:
    """A copy in another fold would tell its answer."""
    twice = pd.concat([frame().iloc[:60]] * 2, ignore_index=True)
    part = parts(twice, columns(), "binary", Split())
    fold = folds(twice, columns(), "binary", Split(), part, 4)
    assert (fold[:60] == fold[60:]).all()


def test_time_is_cut_into_blocks() -> None:
    """A fold is a stretch of time: no other row lies between its rows."""
    _, fold = dealt(columns("when", "time"))
    in_order = fold[np.argsort(frame()["when"].to_numpy())]
    in_order = in_order[in_order >= 0]
    assert (np.diff(in_order) >= 0).all()


def test_fewer_groups_than_folds_are_refused() -> None:
    """Some member would have nothing to be judged on."""
    few = frame().assign(who=pd.Series([f"p{k % 4}" for k in range(N)], dtype="str"))
    chosen = columns("who", "group")
    part = parts(few, chosen, "binary", Split())
    with pytest.raises(DataError, match="more of them than folds"):
        folds(few, chosen, "binary", Split(), part, 6)

"""Steps for levels that have an order, and for very many: scikit-learn's numbers and hashlib's buckets."""

from __future__ import annotations

import hashlib

import numpy as np
import pytest
import torch
from sklearn.preprocessing import OrdinalEncoder

from nnlab.data.columns import Column
from nnlab.errors import SpecError
from nnlab.prep.chain import FittedColumn
from nnlab.prep.fit import fit, fit_column
from nnlab.prep.fitted import Fitted
from nnlab.prep.journey import sentences
from nnlab.prep.recipe import Recipe
from nnlab.prep.split import Split, parts
from nnlab.prep.steps import steps
from tests.prep.tables import table, typed

COLUMN = Column(name="c", kind="categorical")


def applied(fitted: FittedColumn, cells: list[object]) -> np.ndarray:
    blocks = fitted.chain(fitted.cells(typed(cells, "categorical")))
    return torch.cat([block.to(torch.float32) for block in blocks]).T.numpy()


@pytest.mark.parametrize(("unseen", "place"), [("missing", np.nan), ("before the first", -1), ("after the last", 3)])
@pytest.mark.parametrize("order", ["", "mid, low,high"])
def test_ordinal_agrees_with_scikit_learn(order: str, unseen: str, place: float) -> None:
    """In the order given, else by letters; unseen levels where they are told to be, missing ones missing."""
    train = ["low", "high", "mid", "low", "mid", "low"]
    step = steps["ordinal"].parse({"order": order, "unseen": unseen})
    fitted = fit_column(COLUMN, (step,), typed(train, "categorical"))
    names = ["mid", "low", "high"] if order else sorted(set(train))
    oracle = OrdinalEncoder(categories=[names], handle_unknown="use_encoded_value", unknown_value=np.nan)
    oracle.fit(np.array(train, dtype=object)[:, None])
    rows: list[object] = ["high", "never", "mid", "low", None]
    wanted = oracle.transform(np.array(rows, dtype=object)[:, None])[:, 0]
    wanted[1] = place
    typical = names.index("low")  # the most frequent level stands for what is missing
    np.testing.assert_array_equal(applied(fitted, rows)[:, 0], np.where(np.isnan(wanted), typical, wanted))


def test_an_order_knows_levels_that_no_training_row_has() -> None:
    """It keeps their places; a level that it leaves out counts as unseen; numbers go by size where nothing is said."""
    step = steps["ordinal"].parse({"order": 'S, M, "L, wide", XL', "unseen": "after the last"})
    fitted = fit_column(COLUMN, (step,), typed(["M", "XL", "odd", "S"], "categorical"))
    assert applied(fitted, ["L, wide", "XL", "odd", "S"])[:, 0].tolist() == [2, 3, 4, 0]
    assert sentences(fitted) == ("S < M < L, wide < XL",)
    by_size = fit_column(COLUMN, (steps["ordinal"](),), typed(["10", "9", "2", "x"], "categorical"))
    assert applied(by_size, ["2.0", "9", "10", "x"])[:, 0].tolist() == [0, 1, 2, 3]


def test_a_level_stands_once_in_an_order() -> None:
    """The level is named."""
    with pytest.raises(SpecError, match="low has several"):
        steps["ordinal"].parse({"order": "low, high, low"})


def test_a_bucket_is_what_hashlib_says() -> None:
    """One 1 a row, in the bucket of the level's letters; none for a missing cell; numbers written in two ways agree."""
    fitted = fit_column(COLUMN, (steps["hashing"].parse({"n_buckets": 10}),), typed(["a"], "categorical"))
    rows: list[object] = ["a", "never seen", "Ünï", "2", "2.0", "2,0", None]
    found = applied(fitted, rows)
    for row, cell in zip(found, ["a", "never seen", "Ünï", "2", "2", "2"], strict=False):
        digest = hashlib.blake2b(cell.encode(), digest_size=8).digest()
        wanted = int.from_bytes(digest, "little") % 10
        assert row.tolist() == [float(at == wanted) for at in range(10)]
    assert not found[-1].any()


@pytest.mark.parametrize("kind", ["categorical", "text"])
def test_twenty_thousand_levels_take_no_more_room_than_their_buckets(kind: str) -> None:
    """FAULTS 12: nothing of a level is kept beyond the thousand that every column knows."""
    rng = np.random.default_rng(5)
    names = [f"level {value}" for value in rng.permutation(20_000)]
    frame, columns = table(c=(kind, names), y=("numeric", rng.standard_normal(len(names))))  # type: ignore[arg-type]
    recipe = Recipe().changed("c", (steps["hashing"](),))
    made = fit(frame, columns, recipe, parts(frame, columns, "regression", Split()), "regression")
    assert made.features[0].n_features == 64
    found = made.apply(frame).inputs["table"]
    assert bool((found.sum(1) == 1).all())
    assert found.sum(0).min() > 200  # 312 on average
    assert len(made.to_bytes()) < 100_000
    assert torch.equal(Fitted.from_bytes(made.to_bytes()).apply(frame).inputs["table"], found)

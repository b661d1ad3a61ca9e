"""Answers within the range of the training rows, or beyond where a person wants that: judged and predicted alike."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from nnlab import load, train

RANGE = (0.0, 1.0)


def rows() -> bytes:
    """A straight line through numbers that are 0 or 1 runs beyond both."""
    x = np.random.default_rng(0).normal(size=300)
    return b"x,y\n" + b"".join(b"%.4f,%d\n" % (value, value > 0) for value in x)


@pytest.mark.parametrize("is_clipped", [True, False])
def test_answers_leave_the_range_only_where_it_is_wanted(is_clipped: bool, home: Path) -> None:
    """In the table of test rows as in the answers for new ones, which are the same."""
    settings = {"training.epochs": 60, "training.learning_rate": 0.05, "training.clip_answers": is_clipped}
    run = train(rows(), "y", task="regression", template="linear", settings=settings)
    judged = pd.read_parquet(run.path / "predictions.parquet")
    said = load(run).predict(pd.DataFrame({"x": [-40.0, 0.0, 40.0]})).frame["prediction"].to_numpy()
    in_range = [RANGE[0] <= value <= RANGE[1] for value in said]
    assert in_range == ([True] * 3 if is_clipped else [False, True, False])
    column = next(name for name in judged.columns if "predict" in name)
    lowest, highest = judged[column].min(), judged[column].max()
    assert ((lowest, highest) == RANGE) is is_clipped
    assert (lowest < RANGE[0] and highest > RANGE[1]) is not is_clipped

"""Pure noise stays noise: the app's own path finds nothing in it, target encoding of many levels included."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import roc_auc_score

from nnlab.data.columns import Column, Columns
from nnlab.prep.encoded import encode_frame
from nnlab.prep.recipe import Recipe
from nnlab.prep.split import Split
from nnlab.prep.steps import steps
from nnlab.runs import foreground
from tests.batteries import battery

N_ROWS, N_LEVELS = 500, 150
N_COLUMNS = battery(20, 2_000)
N_SEEDS = battery(3, 5)
EPOCHS = {"training.epochs": "8"} if battery(1, 0) else {}
ENCODED = (steps["target_encoding"](), steps["standardize"]())


def noise(seed: int, n_columns: int) -> pd.DataFrame:
    """Numbers and levels that have nothing to do with the target."""
    rng = np.random.default_rng(seed)
    frame = pd.DataFrame(rng.standard_normal((N_ROWS, n_columns)), columns=[f"x{at}" for at in range(n_columns)])
    frame["level"] = pd.Series([f"l{value}" for value in rng.integers(0, N_LEVELS, N_ROWS)], dtype="str")
    frame["y"] = pd.Series(rng.choice(["no", "yes"], N_ROWS), dtype="str")
    return frame


@pytest.mark.parametrize("is_encoded", [False, True], ids=["default steps", "target encoding"])
def test_a_network_finds_nothing_in_noise(is_encoded: bool, tmp_path: Path, measured: Callable[[str], None]) -> None:
    """From the file to the report, test AUC in the mean of several seeds."""
    recipe = Recipe().changed("level", ENCODED) if is_encoded else Recipe()
    found = []
    for seed in range(N_SEEDS):
        path = tmp_path / f"noise {seed}.csv"
        noise(seed, N_COLUMNS).to_csv(path, index=False)
        settings = {"recipe": recipe.to_json(), **EPOCHS}
        run = foreground.train(path, target="y", seed=seed, out=tmp_path / f"{seed}", now=True, settings=settings)
        found.append(run.summary()["metrics"]["test"]["roc_auc"])
    what = "target encoding" if is_encoded else "default steps"
    measured(f"noise, {N_COLUMNS} columns, {what}: mean test AUC of {N_SEEDS} seeds {np.mean(found):.2f}")
    assert 0.42 <= float(np.mean(found)) <= 0.58


def test_training_rows_are_not_told_their_own_target() -> None:
    """The encoded column alone: out of fold it says nothing of training rows; with means over all rows it would."""
    own, told = [], []
    for seed in range(5):
        frame = noise(seed, 1)
        columns = Columns(
            columns=(
                Column(name="level", kind="categorical"),
                Column(name="y", kind="boolean", role="target"),
            )
        )
        made = encode_frame(frame, columns, "binary", Split(seed=seed), Recipe().changed("level", ENCODED))
        train = made.parts.numpy() == 0
        target = made.target.numpy()[train]
        own.append(roc_auc_score(target, made.inputs["table"].numpy()[train, 0]))
        told.append(roc_auc_score(target, made.fitted.apply(frame).inputs["table"].numpy()[train, 0]))
    assert 0.42 <= float(np.mean(own)) <= 0.58
    assert float(np.mean(told)) >= 0.65

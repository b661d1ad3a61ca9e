"""What a real browser makes of the pictures: strangers' names are text, and a cell is clickable to its rim."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pandas as pd

from nnlab.data.columns import Column, Columns
from nnlab.data.profile import profile
from nnlab.plots.confusion import ConfusionNumbers, confusion_figure
from nnlab.plots.distribution import DistributionNumbers, distribution_figure, distribution_numbers
from nnlab.plots.regression import PredictedNumbers, predicted_figure
from nnlab.plots.roc import RocLine, RocNumbers, roc_figure
from nnlab.plots.training import curves_figure, loss_numbers
from tests.plots.test_training import epoch

ROOT = Path(__file__).resolve().parents[2]
NASTY = ["<b>bold</b>", "<a href='x'>y</a>", "$x^2$ $y$", "%{y} &lt;", "<img src=x onerror=alert(1)>"]


def drawn(figures: dict[str, Any], folder: Path) -> dict[str, Any]:
    """What Chromium shows of each figure."""
    for name, figure in figures.items():
        (folder / f"{name}.json").write_text(figure.to_json(), "utf-8")
    command = [sys.executable, "-m", "tests.plots.in_chromium", str(folder)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=100, check=False)
    assert done.returncode == 0, done.stderr[-3000:]
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def column_of(levels: list[str]) -> Any:
    frame = pd.DataFrame({"<i>name</i> $a$": pd.Series(levels * 3, dtype="str")})
    columns = Columns(columns=(Column(name=frame.columns[0], kind="categorical"),))
    return distribution_figure(distribution_numbers(profile(frame, columns)[0]), "light")


def shaded() -> Any:
    numbers = DistributionNumbers("a", ("x",), (), False, ("%{x}", "<b>no</b>"), ((90,), (10,)), 0)
    return distribution_figure(numbers, "light")


def spaced(name: str) -> str:
    return name.replace(" ", "\u00a0")


def test_names_are_shown_letter_for_letter_and_cells_answer_every_click(tmp_path: Path) -> None:
    """Plotly makes no tag, link, formula or placeholder of them; the four corners of a matrix are its four cells."""
    line = RocLine("network", "network", (0.0, 1.0), (0.0, 1.0), 0.5)
    seen = drawn(
        {
            "cells": confusion_figure(ConfusionNumbers(("no", "yes"), ((101, 9), (25, 44)), ((0,), (1,))), "light"),
            "column": column_of(NASTY),
            "classes": confusion_figure(
                ConfusionNumbers(("<b>a</b>", "$1 $2"), ((1, 0), (0, 1)), ((0,), (1,))), "dark"
            ),
            "output": predicted_figure(PredictedNumbers("<i>x</i>", (2,), (1.0,), (1.0,), 1), "dark"),
            "hovered": shaded(),
            "run": curves_figure(
                loss_numbers([epoch(i, train_loss=0.4, validation_loss=0.5) for i in (1, 2)], at_most=2), "light"
            ),
            "roc": roc_figure(RocNumbers("“<b>z</b>”", (line,)), "dark"),
        },
        tmp_path,
    )
    assert seen["cells"]["clicked"] == [[0, 0], [0, 1], [1, 0], [1, 1]]
    assert {"10192\u202f%", "4464\u202f%", "was\u00a0yes"} <= set(seen["cells"]["texts"])
    short = [name if len(name) <= 24 else name[:23].rstrip() + "…" for name in NASTY]
    assert {spaced(name) for name in short} <= set(seen["column"]["texts"])
    assert {"was\u00a0<b>a</b>", "was\u00a0$1\u00a0$2"} <= set(seen["classes"]["texts"])
    assert {"true <i>x</i>", "predicted <i>x</i>"} <= set(seen["output"]["texts"])
    assert "true positive rate (<b>z</b>)" in seen["roc"]["texts"]
    assert {"x%{x}: 90", "<b>no</b>"} <= set(seen["hovered"]["texts"])  # what stands under the pointer, and the legend
    assert [text for text in seen["run"]["texts"] if text.isdecimal()] == ["0", "1", "2"], "an epoch has one tick"
    assert [(one["tags"], one["alerted"], one["errors"]) for one in seen.values()] == [([], False, [])] * len(seen)

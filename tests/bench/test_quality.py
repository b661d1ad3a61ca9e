"""The bars of the templates: named after what is there, judged on files, and honest where one is missed."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest

from nnlab.bench import quality as judged
from nnlab.bench.quality import BARS, SUGGESTED, Bar, Reached, quality, reached
from nnlab.errors import NotFoundError, SpecError
from nnlab.network.templates import templates
from nnlab.score.report import DifferenceTo

SAMPLES = Path(__file__).parents[2] / "samples"


def test_every_bar_is_of_a_template_that_is_there() -> None:
    """A template that is renamed takes its bar along; no bar stands twice."""
    assert {bar.template for bar in BARS} <= {*templates.kinds, SUGGESTED}
    assert len({bar.name for bar in BARS}) == len(BARS)


def test_names_and_folders_that_are_not_there_are_said(tmp_path: Path) -> None:
    """A misspelt name gets the near one, an empty folder is named."""
    with pytest.raises(SpecError, match="Did you mean diamonds"):
        quality(SAMPLES, "dimonds")
    with pytest.raises(NotFoundError, match="diamonds"):
        quality(tmp_path, "diamonds")
    with pytest.raises(NotFoundError, match=r"\.csv"):
        quality(tmp_path)  # three bars need no file: they alone are not all of them


def test_a_bar_is_judged_on_a_file(tmp_path: Path, home: Path) -> None:
    """A linear model tells penguins apart; other columns than those named are left out."""
    shutil.copy(SAMPLES / "penguins.csv", tmp_path)
    bar = Bar("penguins", "species", "linear", "accuracy", 0.5, ("bill_length_mm", "bill_depth_mm"))
    found = reached(bar, tmp_path)
    assert found.is_met
    assert len(found.values) == 1
    assert found.baselines["majority"] < found.values[0] <= 1
    assert not home.exists(), "its table lies in the person's own workspace"
    assert "met" in str(found)


def test_a_bar_that_the_first_seed_misses_may_be_met_by_the_mean(monkeypatch: pytest.MonkeyPatch) -> None:
    """All seeds are tried then; what the mean misses too is said to be missed."""
    figures = iter([0.5, 0.9, 0.9])

    def trained(*_: object) -> dict[str, Any]:
        return {"figure": next(figures), "baselines": {}, "seconds": 1.0}

    monkeypatch.setattr(judged, "_trained", trained)
    found = reached(Bar("x", "y", "mlp", "r2", 0.75), SAMPLES)
    assert found.values == (0.5, 0.9, 0.9)
    assert found.is_met
    missed = Reached(Bar("x", "y", "mlp", "r2", 0.95), found.values, {}, 3.0)
    assert not missed.is_met
    assert "MISSED" in str(missed)


def test_a_figure_beside_a_baseline_is_what_its_bar_says() -> None:
    """A share is to be small, a lead large, and a claim to be beyond its interval."""
    summary = {
        "metrics": {"test": {"rmse": 6.0, "r2": 0.4}},
        "baselines": {"last_value": {"rmse": 12.0, "r2": 0.1}},
        "outputs": {"a": {"r2": 0.3}, "b": {"r2": None}},
    }
    share = Bar("x", "y", "mlp", "rmse", 0.55, (), "share", "last_value")
    assert share.of(summary, {}) == 0.5
    assert share.is_met(0.5)
    assert not share.is_met(0.6)
    ahead = Bar("x", "y", "mlp", "r2", -0.005, (), "ahead", "last_value")
    assert ahead.of(summary, {}) == pytest.approx(0.3)
    claim = Bar("x", "y", "mlp", "r2", 0.0, (), "claim", "last_value")
    beats = {"last_value": DifferenceTo(difference=0.3, low=0.1, high=0.5, says="beats")}
    assert claim.of(summary, beats) == 0.1
    assert claim.of(summary, {"last_value": beats["last_value"].having(low=-0.1, says="cannot be told from")}) == 0.0
    assert claim.is_met(0.0)
    assert not claim.is_met(0.1), "a claim that is not to be made"
    assert Bar("x", "y", "mlp", "r2", 2, (), "outputs").of(summary, {}) == 1

"""The curves of a run, from its events."""

from __future__ import annotations

from typing import Any, get_args

import numpy as np
import pytest

from nnlab.plots.training import CurvesNumbers, curves_figure, loss_name, loss_numbers, metric_numbers, rate_numbers
from nnlab.training.events import Epoch
from nnlab.training.spec import Loss


def epoch(number: int, **changes: Any) -> dict[str, Any]:
    """An event as the engine writes it."""
    fields: dict[str, Any] = {
        "epoch": number,
        "step": number * 10,
        "train_loss": 1 / number,
        "validation_loss": 1 / number + 0.1,
        "metric": "roc_auc",
        "metric_value": 1 - 1 / (number + 1),
        "measured_on": "validation",
        "learning_rate": 1e-3,
        "is_best": number <= 3,
        "seconds": 0.1,
        "rows_per_s": 1000.0,
    }
    return Epoch(**{**fields, **changes}).plain()


def step(number: int, loss: float | None = 0.5) -> dict[str, Any]:
    return {"event": "step", "step": number, "epoch": 1, "loss": loss}


def points(numbers: CurvesNumbers, name: str) -> dict[int, float]:
    (curve,) = (curve for curve in numbers.curves if curve.name == name)
    return dict(zip(curve.x.astype(int).tolist(), curve.y.tolist(), strict=True))


def test_the_loss_has_a_point_an_epoch_and_knows_the_best() -> None:
    """Other events change nothing; the last epoch that was best is the one kept."""
    events = [{"event": "started"}, step(1), *(epoch(i) for i in range(1, 6)), {"event": "finished"}]
    numbers = loss_numbers(events)
    assert points(numbers, "train") == pytest.approx({i: 1 / i for i in range(1, 6)})
    assert points(numbers, "validation")[5] == pytest.approx(0.3)
    assert (numbers.best, numbers.last, numbers.unit) == (3, 5, "epoch")


@pytest.mark.parametrize(
    ("loss", "task", "name"),
    [
        ("cross_entropy", "binary", "loss (binary cross-entropy)"),
        ("cross_entropy", "multilabel", "loss (binary cross-entropy)"),
        ("cross_entropy", "multiclass", "loss (cross-entropy)"),
        ("auto", "multiclass", "loss (cross-entropy)"),
        ("auto", "regression", "loss (mean squared error)"),
        ("mae", "regression", "loss (mean absolute error)"),
        ("huber", "regression", "loss (Huber)"),
        (None, "binary", "loss"),
        (["<b>"], "binary", "loss"),
    ],
)
def test_the_axis_says_which_loss_it_is(loss: object, task: str, name: str) -> None:
    """By the run's settings and its task; of a run that says none, only that it is a loss."""
    assert loss_name(loss, task) == name
    figure = curves_figure(loss_numbers([epoch(1), epoch(2)], what=name), "light")
    assert figure.layout.yaxis.title.text == name


def test_every_loss_has_a_name() -> None:
    """A new one needs a line here as well."""
    assert "loss" not in [loss_name(loss, "regression") for loss in get_args(Loss)]


def test_an_epoch_done_again_after_a_resume_replaces_the_one_before() -> None:
    """Later events supersede earlier ones of the same epoch."""
    events = [
        epoch(1),
        epoch(2),
        epoch(3, is_best=True),
        epoch(2, train_loss=0.9),
        epoch(3, train_loss=0.8, is_best=False),
    ]
    numbers = loss_numbers(events)
    assert points(numbers, "train") == pytest.approx({1: 1.0, 2: 0.9, 3: 0.8})
    assert numbers.best == 2


def test_before_the_second_epoch_the_steps_are_drawn() -> None:
    """A long first epoch is no empty picture."""
    numbers = loss_numbers([step(1, 0.9), step(5, 0.7), step(9, None)])
    assert (numbers.unit, numbers.last, points(numbers, "train")) == ("step", 9, {1: 0.9, 5: 0.7})
    assert points(loss_numbers([step(1, 0.9)]), "train") == {1: 0.9}, "the very first step is a point already"


@pytest.mark.parametrize("events", [[], [step(1)], [epoch(1)], [epoch(1, train_loss=float("nan"))]])
def test_a_run_that_has_hardly_begun_is_drawn(events: list[dict[str, Any]]) -> None:
    """Nothing, a step or an epoch: a figure, a table and a sentence all the same."""
    for numbers in (loss_numbers(events), metric_numbers(events), rate_numbers(events)):
        curves_figure(numbers, "dark")
        assert isinstance(numbers.table(), list)
        assert numbers.alt().endswith(".")


def test_the_metric_says_what_it_was_measured_on() -> None:
    """Without validation rows it is of the training rows, in their colour."""
    held = metric_numbers([epoch(1), epoch(2)])
    assert (held.what, held.curves[0].name) == ("ROC AUC", "validation")
    alone = metric_numbers([epoch(i, measured_on="train", validation_loss=None) for i in (1, 2)])
    assert (alone.curves[0].name, alone.curves[0].meaning) == ("train", "train")
    assert points(loss_numbers([epoch(i, validation_loss=None) for i in (1, 2)]), "validation") == {}


def test_the_table_has_a_row_an_epoch_newest_first() -> None:
    """The numbers that the picture shows."""
    rows = loss_numbers([epoch(1), epoch(2)]).table()
    assert rows == [
        {"epoch": 2, "train loss": 0.5, "validation loss": 0.6},
        {"epoch": 1, "train loss": 1.0, "validation loss": 1.1},
    ]


def test_ten_thousand_epochs_are_five_hundred_points_with_every_spike() -> None:
    """The picture stays light; what stood out stands out."""
    events = [epoch(i, train_loss=5.0 if i == 4321 else 0.5) for i in range(1, 10_001)]
    curve = loss_numbers(events).curves[0]
    assert len(curve.x) <= 500
    assert curve.y.max() == 5.0
    assert len(curves_figure(loss_numbers(events), "light").to_json()) < 60_000


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_the_figure_names_curves_at_their_ends_marks_the_best_and_keeps_the_zoom(theme: str) -> None:
    """At least 420 pixels high, no legend, a dotted line at the best epoch, the same name at every update."""
    figure = curves_figure(loss_numbers([epoch(i) for i in range(1, 30)], at_most=80), theme)  # type: ignore[arg-type]
    labels = {note.text: (note.x, note.y) for note in figure.layout.annotations}
    assert labels["train"] == pytest.approx((29, 1 / 29))
    assert labels["validation"] == pytest.approx((29, 1 / 29 + 0.1))
    assert "best, epoch 3" in labels
    (best,) = figure.layout.shapes
    assert (best.x0, best.x1, best.line.dash) == (3, 3, "dot")
    assert figure.layout.height >= 420
    assert figure.layout.uirevision == "loss"
    assert tuple(figure.layout.xaxis.range) == (0, 80)
    assert figure.layout.showlegend is False
    assert np.allclose(figure.data[0].x, np.arange(1, 30))


def test_several_members_have_a_band_around_the_curve() -> None:
    """From the lowest to the highest alone, in picture, table and words; thinned it hides no peak."""
    events = [epoch(n) | {"loss_low": 0.1, "loss_high": 0.9 + (n == 700), "metric_low": 0.2} for n in range(1, 1500)]
    numbers = loss_numbers(events)
    (band,) = numbers.bands
    assert len(band.x) <= 500
    assert (band.meaning, band.low.min(), band.high.max()) == ("validation", 0.1, 1.9)
    assert "its members alone between 0.100 and 0.900" in numbers.alt()
    few = loss_numbers(events[:3])
    assert few.table()[0]["highest member's loss"] == 0.9
    drawn = curves_figure(few, "light")
    assert [trace.fill for trace in drawn.data] == [None, "tonexty", None, None]
    assert metric_numbers(events).bands == ()  # one edge alone is no band
    assert loss_numbers([epoch(1), epoch(2)]).bands == ()

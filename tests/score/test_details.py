"""The parts of a report that lead to rows and pictures: cells, curves, scatters, the worst rows."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.metrics import auc, roc_auc_score

from nnlab.score import confusion
from nnlab.score.confusion import cells
from nnlab.score.curves import MEAN_OF_CLASSES, POINTS, roc_curves, scatter
from nnlab.score.worst import MOST, worst_classified, worst_predicted
from tests.score.cases import prediction, report, truth


def test_the_lines_of_a_cell_are_the_rows_it_counts() -> None:
    """A click on a cell shows its rows, those the model was surest to be otherwise first."""
    y = truth("multiclass", 179)
    p = prediction("multiclass", y, 1.0, 1)
    lines = np.arange(179) * 3 + 5
    said = p.argmax(axis=1)
    for cell in cells(y, p, lines):
        rows = np.flatnonzero((y == cell.truth) & (said == cell.predicted))
        assert (cell.count, sorted(cell.lines)) == (len(rows), lines[rows].tolist())
        given = [p[(line - 5) // 3, cell.truth] for line in cell.lines]
        assert given == sorted(given)


def test_a_cell_holds_at_most_200_lines_and_all_cells_a_bounded_number(monkeypatch: pytest.MonkeyPatch) -> None:
    """The counts stay whole."""
    y = np.zeros(1000, dtype=np.int64)
    p = np.tile([0.9, 0.1], (1000, 1))
    (cell,) = cells(y, p, np.arange(1000))
    assert (cell.count, len(cell.lines)) == (1000, 200)
    monkeypatch.setattr(confusion, "LINES", 60)
    (cell,) = cells(y, p, np.arange(1000))
    assert len(cell.lines) == 60


def test_a_curve_rises_from_one_corner_to_the_other_and_keeps_its_area() -> None:
    """Thinned to 500 points, the area below it is scikit-learn's to three digits."""
    y = truth("binary", 20_000)
    p = prediction("binary", y, 1.0, 1)
    (curve,) = roc_curves(y, {"network": p}, 2)
    assert len(curve.x) <= POINTS
    assert (curve.x[0], curve.y[0], curve.x[-1], curve.y[-1]) == (0, 0, 1, 1)
    assert (np.diff(curve.x) >= 0).all()
    assert (np.diff(curve.y) >= 0).all()
    assert curve.auc == pytest.approx(roc_auc_score(y, p[:, 1]), abs=1e-9)
    assert auc(curve.x, curve.y) == pytest.approx(curve.auc, abs=1e-3)


def test_more_classes_have_a_curve_each_and_a_mean() -> None:
    """The mean's area is the macro average of the classes' areas."""
    made = report("multiclass")
    ours = [curve for curve in made.curves if curve.model == "network"]
    assert [curve.positive for curve in ours] == [0, 1, 2, 3, MEAN_OF_CLASSES]
    assert ours[-1].auc == pytest.approx(made.metrics["test"]["roc_auc"], abs=5e-3)
    assert {curve.model for curve in made.curves} == {"network", "majority", "linear", "lightgbm"}


def test_many_classes_keep_the_report_small() -> None:
    """Of 300 classes the twenty most frequent have curves; the whole report stays under two megabytes."""
    rng = np.random.default_rng(0)
    y = rng.integers(0, 300, 2000)
    p = rng.dirichlet(np.ones(300), 2000)
    made = roc_curves(y, {"network": p, "linear": p}, 300)
    assert len(made) == 42
    assert sum(len(curve.x) for curve in made) <= 21_000
    assert sum(len(cell.lines) for cell in cells(y, p, np.arange(2000))) <= 20_000


def test_a_scatter_is_a_sample_and_its_histogram_counts_all_rows() -> None:
    """At most 500 dots with their lines; every row is in a bin."""
    y = truth("regression", 3000)
    p = prediction("regression", y, 2.0, 1)[:, 0]
    drawn = scatter("height", y, p, np.arange(3000) + 2, seed=0)
    assert len(drawn.lines) == POINTS
    assert all(drawn.truth[i] == y[line - 2] for i, line in enumerate(drawn.lines))
    assert sum(drawn.counts) == 3000
    assert len(drawn.edges) == len(drawn.counts) + 1


@pytest.mark.parametrize("residual", [0.0, 1e-300, 1e300, 7.5])
def test_residuals_that_are_all_alike_make_one_bar(residual: float) -> None:
    """A histogram of no width does not fail."""
    drawn = scatter("a", np.zeros(12), np.full(12, residual), np.arange(12), seed=0)
    assert (drawn.counts, drawn.edges) == ((12,), (residual, residual))


def test_the_worst_rows_are_the_surest_mistakes() -> None:
    """Right rows are not among them; the first is the one whose true class got least."""
    y = truth("multiclass", 400)
    p = prediction("multiclass", y, 0.5, 1)
    rows = worst_classified(("ash", "birch", "cedar", "dogwood"), y, p, np.arange(400) + 2)
    given = [row.probability or 0.0 for row in rows]
    wrong = p.argmax(axis=1) != y
    assert len(rows) == min(MOST, wrong.sum())
    assert given == sorted(given)
    assert given[0] == p[np.arange(400), y][wrong].min()
    assert all(row.truth != row.predicted for row in rows)
    assert not any(row.off_by for row in rows)


def test_the_worst_rows_of_several_outputs_count_each_in_its_own_spread() -> None:
    """An output in thousands does not hide one in tenths."""
    y = np.stack([np.tile([0.0, 1.0], 50), np.tile([0.0, 1000.0], 50)], axis=1)
    p = y.copy()
    p[7, 0] += 3
    p[8, 1] += 1000
    rows = worst_predicted(y, p, np.arange(100))
    assert [row.line for row in rows] == [7, 8]
    assert [row.off_by for row in rows] == [(3.0, 0.0), (0.0, 1000.0)]

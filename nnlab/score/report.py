"""The report of a run: everything that Evaluate, Runs and the command line say about it, as one value.

Pages read it back with `Report.from_json`; only `make_report` asks scikit-learn.

Axes: N test rows, K classes (or outputs of a regression).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

import numpy.typing as npt
from pydantic import Field

from nnlab.data.columns import Task
from nnlab.errors import StorageError
from nnlab.score.confusion import Cell, ClassScore
from nnlab.score.curves import RocCurve, Scatter
from nnlab.score.outputs import Outputs
from nnlab.score.worst import WrongRow
from nnlab.spec import Spec

FORMAT = 1

Figures = dict[str, float | None]
Intervals = dict[str, tuple[float, float] | None]


class BaselineScore(Spec):
    """One baseline on the same test rows."""

    metrics: Figures = Field(default_factory=dict, description="Each metric's value; null where it has none.")
    intervals: Intervals = Field(default_factory=dict, description="Their 95 % intervals; null where none can be made.")
    outputs: dict[str, Figures] = Field(default_factory=dict, description="The same figures for each of more outputs.")
    reason: str = Field("", description="Why it could not be fitted, if so.")


class DifferenceTo(Spec):
    """How much better the network's headline is than a baseline's, on the same resamples of the same test rows."""

    difference: float | None
    low: float | None
    high: float | None
    says: Literal["beats", "loses to", "cannot be told from"] | None


class Report(Spec):
    """What the best epoch's weights are worth on the test rows."""

    format: int = FORMAT
    task: Task
    classes: tuple[str, ...] = Field((), description="The classes in the order of their probabilities.")
    targets: tuple[str, ...] = Field((), description="The target columns.")
    n_rows: dict[str, int] = Field(description="Rows in train, validation and test.")
    headline: str = Field(description="The metric that models are compared by.")
    metrics: dict[str, Figures] = Field(description="The network's figures by part; of several outputs their means.")
    intervals: Intervals = Field(default_factory=dict, description="95 % intervals of the figures on the test rows.")
    outputs: dict[str, Figures] = Field(default_factory=dict, description="The figures of each of several outputs.")
    per_class: tuple[ClassScore, ...] = ()
    cells: tuple[Cell, ...] = Field((), description="Which class was taken for which, with the lines behind it.")
    curves: tuple[RocCurve, ...] = ()
    scatters: tuple[Scatter, ...] = Field((), description="Predicted beside true, one for each output.")
    worst: tuple[WrongRow, ...] = Field((), description="The rows the network gets most wrong, worst first.")
    baselines: dict[str, BaselineScore] = Field(default_factory=dict)
    differences: dict[str, DifferenceTo] = Field(default_factory=dict)
    verdict: str = Field(description="What it comes to, one sentence.")
    detail: str = Field("", description="The evidence for the verdict.")
    notes: tuple[str, ...] = Field((), description="What a reader has to know about these figures.")
    epochs: int | None = Field(None, description="Epochs that were trained.")
    best_epoch: int | None = Field(None, description="The epoch whose weights are judged.")

    @classmethod
    def from_file(cls, text: str | bytes, where: str = "report.json") -> Report:
        """The report that a file holds; raises `StorageError` for one of a newer version."""
        report = cls.from_json(text, where)
        if report.format > FORMAT:
            raise StorageError(
                f"this nnlab reads reports up to format {FORMAT}",
                where=where,
                came=f"format {report.format}",
                do="Open it with the version of nnlab that made it, or judge the run again here.",
            )
        return report

    @property
    def confusion(self) -> tuple[tuple[int, ...], ...]:
        """The confusion matrix (K, K): rows are the true classes, columns the predicted ones."""
        rows = [[0] * len(self.classes) for _ in self.classes] if self.cells else []
        for cell in self.cells:
            rows[cell.truth][cell.predicted] = cell.count
        return tuple(tuple(row) for row in rows)

    def summary(self) -> dict[str, Any]:
        """The figures as the command line prints them: metrics by part, each baseline's metrics, and the verdict."""
        said: dict[str, Any] = {
            "task": self.task,
            "target": list(self.targets),
            "n_rows": dict(self.n_rows),
            "metrics": {part: dict(figures) for part, figures in self.metrics.items()},
            "baselines": {name: dict(baseline.metrics) for name, baseline in self.baselines.items()},
            "verdict": self.verdict,
            "best_epoch": self.best_epoch,
            "epochs": self.epochs,
        }
        if self.outputs:
            said["outputs"] = {name: dict(figures) for name, figures in self.outputs.items()}
        return said


def make_report(
    task: Task,
    classes: tuple[str, ...],
    target_names: tuple[str, ...],
    lines: npt.ArrayLike,
    truth: npt.ArrayLike,
    network: Outputs,
    baselines: Mapping[str, Outputs],
    n_rows: Mapping[str, int],
    seed: int = 0,
    *,
    epochs: int | None = None,
    best_epoch: int | None = None,
) -> Report:
    """The report on the test rows.

    Args:
        classes: names in the order of the codes; empty for a regression.
        lines: (N,) lines of the test rows in the file.
        truth: (N,) codes of the classes, or (N, K) values in the targets' own units.
        network: what the best epoch's weights say about the same rows.
        n_rows: rows in `train`, `validation` and `test`.
        seed: of the resamples.
    """
    from nnlab.score.judging import Judging

    return Judging(task, classes, target_names, lines, truth, network, baselines, seed).report(
        dict(n_rows), epochs, best_epoch
    )

"""The report of a run: everything that Evaluate, Runs and the command line say about it, as one value.

Pages read it back with `Report.from_json`; only `make_report` asks scikit-learn.

Axes: N test rows, K classes (or outputs of a regression).
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
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
    classes: tuple[str, ...] = Field(
        (), description="The classes in the order of their probabilities; of several yes or no what each yes says."
    )
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
    members: dict[str, tuple[float, float]] = Field(
        default_factory=dict, description="Of several members: the lowest and highest figure of one alone, by metric."
    )
    horizon: int = Field(0, ge=0, description="Of series: how many steps ahead the outputs are; 0: no series.")

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

    @property
    def in_order(self) -> dict[str, Figures]:
        """The figures of each output in the order of the targets; a file has them in the order of their names."""
        return {name: dict(self.outputs[name]) for name in self.targets if name in self.outputs}

    def told_ahead(self, horizon: int) -> Report:
        """The report of a series that tells so many steps ahead: over several steps the RMSE is that of all of them.

        The resamples are of its mean over the steps, so the interval of that one figure goes.
        """
        if horizon == 1 or not self.outputs:
            return self.having(horizon=horizon)
        baselines = {
            name: each.having(
                metrics={**each.metrics, "rmse": over_all(each.outputs)}, intervals={**each.intervals, "rmse": None}
            )
            for name, each in self.baselines.items()
        }
        test = {**self.metrics["test"], "rmse": over_all(self.outputs)}
        return self.having(
            horizon=horizon,
            metrics={**self.metrics, "test": test},
            intervals={**self.intervals, "rmse": None},
            baselines=baselines,
        )

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
        if self.members:
            said["members"] = {name: list(ends) for name, ends in self.members.items()}
        if self.outputs:
            said["outputs"] = self.in_order
        if self.horizon > 1 and self.outputs:
            said["by_horizon"] = {str(step): dict(each) for step, each in enumerate(self.in_order.values(), 1)}
            said["metrics"]["test"]["rmse"] = over_all(self.outputs)
            for name, baseline in self.baselines.items():
                said["baselines"][name]["rmse"] = over_all(baseline.outputs)
        return said


def over_all(outputs: Mapping[str, Figures]) -> float | None:
    """The RMSE over all steps ahead, which have as many rows each."""
    squares = [value**2 for figures in outputs.values() if (value := figures.get("rmse")) is not None]
    return math.sqrt(sum(squares) / len(squares)) if squares else None


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
    members: Sequence[Outputs] = (),
) -> Report:
    """The report on the test rows.

    Args:
        classes: names in the order of the codes, or what a yes of each output says; empty for a regression.
        lines: (N,) lines of the test rows in the file.
        truth: (N,) codes of the classes, (N, K) 1 for yes and 0 for no, or (N, K) values in the targets' own units.
        network: what the best epoch's weights say about the same rows.
        n_rows: rows in `train`, `validation` and `test`.
        seed: of the resamples.
        members: what each member says alone, where the network is several that answer together.
    """
    from nnlab.score.judging import Judging

    judging = Judging(task, classes, target_names, lines, truth, network, baselines, seed)
    report = judging.report(dict(n_rows), epochs, best_epoch)
    return report.having(members=judging.ranges(members)) if members else report

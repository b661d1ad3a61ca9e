"""From predictions to a report: every figure of every model on the same test rows.

Axes: N test rows, K classes (or outputs of a regression).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt

from nnlab.data.columns import Task
from nnlab.score import confusion, curves, notes, verdict, worst
from nnlab.score.bootstrap import Bootstrap, bootstrap
from nnlab.score.metrics import headline, metrics
from nnlab.score.outputs import SEVERAL, Floats, Outputs, of_output, shaped
from nnlab.score.report import BaselineScore, DifferenceTo, Figures, Intervals, Report

NETWORK = "network"


class Judging:
    """One network and its baselines beside the truth."""

    def __init__(
        self,
        task: Task,
        classes: tuple[str, ...],
        targets: tuple[str, ...],
        lines: npt.ArrayLike,
        truth: npt.ArrayLike,
        network: Outputs,
        baselines: Mapping[str, Outputs],
        seed: int,
    ) -> None:
        self.task, self.classes, self.targets, self.seed = task, tuple(map(str, classes)), tuple(targets), seed
        self.line_N = np.asarray(lines, dtype=np.int64)
        self.truth: npt.NDArray[Any] = np.asarray(truth, dtype=np.float64 if self.is_regression else np.int64)
        if self.is_several and self.truth.ndim == 1:
            self.truth = self.truth[:, None]
        assert len(self.truth) == len(self.line_N), "a line for each test row"
        self.outputs_of = {NETWORK: network, **baselines}
        n_columns = len(self.targets) if self.is_several else len(self.classes)
        self.models: dict[str, Floats] = {}
        for name, outputs in self.outputs_of.items():
            values = shaped(outputs, task, n_columns)
            if values is not None and len(values):
                self.models[name] = values

    @property
    def is_regression(self) -> bool:
        return self.task == "regression"

    @property
    def is_several(self) -> bool:
        """Whether outputs are judged one by one: numbers, or several yes or no at once."""
        return self.task in SEVERAL

    @property
    def n_test(self) -> int:
        return len(self.line_N)

    def report(self, n_rows: dict[str, int], epochs: int | None, best_epoch: int | None) -> Report:
        """All of it, as a value."""
        # numbers near the end of float64 overflow on the way to an error; the figure is then None
        with np.errstate(over="ignore", invalid="ignore"):
            compared = [self._compared(name) for name in self.outputs_of if name != NETWORK]
            said = (metrics[headline(self.task)].title, self._headline(NETWORK), compared, self._majority)
            n_used = n_rows.get("train", 0) + n_rows.get("validation", 0)
            has_validation = n_rows.get("validation", 0) > 0
            return Report(
                task=self.task,
                classes=self.classes,
                targets=self.targets,
                n_rows=n_rows,
                headline=headline(self.task),
                metrics={"test": self.figures[NETWORK]},
                intervals=self._intervals(NETWORK),
                outputs=self._by_output(NETWORK),
                **self._details(),
                baselines={one.name: self._baseline(one.name) for one in compared},
                differences={one.name: DifferenceTo(**_without_name(one)) for one in compared} if self.n_test else {},
                verdict=verdict.verdict(self.n_test, n_used, *said),
                detail=verdict.detail(compared, best_epoch, has_validation=has_validation) if self.n_test else "",
                notes=notes.notes(self) if self.n_test else (),
                epochs=epochs,
                best_epoch=best_epoch,
            )

    @cached_property
    def bootstrap(self) -> Bootstrap:
        return bootstrap(self.task, self.truth, self.models, seed=self.seed)

    @cached_property
    def figures(self) -> dict[str, Figures]:
        """Each model's figures; of several outputs the means over those that have one. Empty without test rows."""
        return {name: self._figures(name) for name in self.outputs_of}

    def ranges(self, members: Sequence[Outputs]) -> dict[str, tuple[float, float]]:
        """The lowest and highest figure that one of several members reaches alone, by metric, where all have one."""
        every = []
        for outputs in members:
            seen = Judging(self.task, self.classes, self.targets, self.line_N, self.truth, outputs, {}, self.seed)
            with np.errstate(over="ignore", invalid="ignore"):
                every.append(seen.figures[NETWORK])
        known = {name: [value for one in every if (value := one[name]) is not None] for name in every[0]}
        return {name: (min(values), max(values)) for name, values in known.items() if len(values) == len(every)}

    def _figures(self, model: str) -> Figures:
        if not self.n_test:
            return {}
        if model not in self.models:
            return {metric.name: None for metric in metrics.for_task(self.task)}
        if not self.is_several:
            return {metric.name: metric.of(self.truth, self.models[model]) for metric in metrics.for_task(self.task)}
        each = list(self._each_output(model).values())
        known = {name: [figures[name] for figures in each if figures[name] is not None] for name in each[0]}
        return {name: float(np.mean(values)) if values else None for name, values in known.items()}  # type: ignore[arg-type]

    def _each_output(self, model: str) -> dict[str, Figures]:
        values_NK = self.models[model]
        return {
            name: {
                metric.name: metric.of(self.truth[:, k], of_output(self.task, values_NK, k))
                for metric in metrics.for_task(self.task)
            }
            for k, name in enumerate(self.targets)
        }

    def _by_output(self, model: str) -> dict[str, Figures]:
        has_several = self.is_several and len(self.targets) > 1
        return self._each_output(model) if has_several and model in self.models else {}

    def _headline(self, model: str) -> float | None:
        return self.figures[model].get(headline(self.task))

    def _intervals(self, model: str) -> Intervals:
        return {name: self.bootstrap.interval(model, name, value) for name, value in self.figures[model].items()}

    def _baseline(self, model: str) -> BaselineScore:
        return BaselineScore(
            metrics=self.figures[model],
            intervals=self._intervals(model),
            outputs=self._by_output(model),
            reason=self.outputs_of[model].reason,
        )

    def _compared(self, model: str) -> verdict.Compared:
        ours, theirs = self._headline(NETWORK), self._headline(model)
        if ours is None or theirs is None:
            return verdict.Compared(model, None, None, None, None)
        metric = metrics[headline(self.task)]
        difference = ours - theirs if metric.is_higher_better else theirs - ours
        interval = self.bootstrap.difference(NETWORK, model, metric.name, difference)
        if interval is None:
            return verdict.Compared(model, difference, None, None, None)
        return verdict.Compared(model, difference, *interval, verdict.says(*interval))

    @property
    def _majority(self) -> str:
        if "majority" not in self.models or self.is_several:
            return ""
        return self.classes[int(self.models["majority"][0].argmax())]

    def _details(self) -> dict[str, Any]:
        """The parts of the report that lead to rows and pictures."""
        ours = self.models.get(NETWORK)
        if ours is None:
            return {}
        if self.is_regression:
            columns = zip(self.targets, self.truth.T, ours.T, strict=True)
            return {
                "scatters": tuple(
                    curves.scatter(name, truth_N, predicted_N, self.line_N, seed=self.seed)
                    for name, truth_N, predicted_N in columns
                ),
                "worst": worst.worst_predicted(self.truth, ours, self.line_N),
            }
        if self.is_several:
            return {
                "per_class": confusion.label_scores(self.classes, self.truth, ours),
                "curves": curves.roc_of_outputs(self.truth, self.models),
                "worst": worst.worst_labelled(self.classes, self.truth, ours, self.line_N),
            }
        return {
            "per_class": confusion.class_scores(self.classes, self.truth, ours),
            "cells": confusion.cells(self.truth, ours, self.line_N),
            "curves": curves.roc_curves(self.truth, self.models, len(self.classes)),
            "worst": worst.worst_classified(self.classes, self.truth, ours, self.line_N),
        }


def _without_name(compared: verdict.Compared) -> dict[str, Any]:
    return {name: value for name, value in compared._asdict().items() if name != "name"}

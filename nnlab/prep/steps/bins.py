"""Steps that lay a number along bins learnt from training rows: flags of bins, and the piecewise-linear code."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Literal

import numpy as np
from pydantic import Field

from nnlab.prep.steps.base import Array, Facts, Learnt, Step, present, steps
from nnlab.prep.wording import fixed, listed, number

if TYPE_CHECKING:
    from torch import nn

LEAST_WIDTH = 1e-8  # of a bin of quantiles; narrower ones join the next, as in scikit-learn


class Edged(Step):
    """A step that learns ascending edges of bins; its families differ in what they make of them.

    Every number has as many bins as the one that has most; where it has fewer, its last edge repeats.
    """

    def edges(self, row: Array) -> Array:
        """The ascending edges for the training values (N,) of one number, at least one of them."""
        raise NotImplementedError

    def learn(self, values: Array, facts: Facts) -> Learnt:
        rows = [self._with_two(present(row)) for row in values]
        width = max((len(row) for row in rows), default=2)
        padded = [np.pad(row, (0, width - len(row)), mode="edge") for row in rows]
        return {"edges": np.array(padded, dtype=np.float64).reshape(len(rows), width)}

    def names(self, names: tuple[str, ...], learnt: Learnt, facts: Facts) -> tuple[str, ...]:
        return tuple(f"{name} bin {place}" for name in names for place in range(1, learnt["edges"].shape[1]))

    def _with_two(self, row: Array) -> Array:
        edges = self.edges(row) if len(row) else np.zeros(1)
        return edges if len(edges) > 1 else np.array([edges[0], edges[0] + max(1.0, abs(edges[0]))])


@steps
class Bins(Edged):
    """1 for the bin that the value lies in, 0 for the others: any shape can be learnt, in steps.

    The first and the last bin go on beyond the training values. A missing value lies in no bin.
    """

    kind: Literal["bins"] = "bins"
    n_bins: int = Field(
        8,
        ge=2,
        le=256,
        description="How many bins at most; equal edges make one.",
        json_schema_extra={"search": "log"},
    )
    edges_at: Literal["quantiles", "equal widths"] = Field(
        "quantiles",
        description="Where the edges lie.",
        json_schema_extra={"why": "Between quantiles every bin has as many training rows to learn from."},
    )

    title: ClassVar[str] = "Bins"

    def edges(self, row: Array) -> Array:
        if self.edges_at == "equal widths":
            return np.unique(np.linspace(row.min(), row.max(), self.n_bins + 1))
        edges = np.percentile(row, np.linspace(0, 100, self.n_bins + 1))
        return edges[np.ediff1d(edges, to_begin=np.inf) > LEAST_WIDTH]

    def module(self, learnt: Learnt) -> nn.Module:
        from nnlab.prep.edge_modules import Bins as Module

        edges = learnt["edges"]
        low, high = edges[:, :-1].copy(), edges[:, 1:].copy()
        is_bin = low < high
        low[:, 0] = -np.inf
        high[np.arange(len(edges)), is_bin.sum(axis=1) - 1] = np.inf
        return Module(np.where(is_bin, low, np.inf), np.where(is_bin, high, np.inf))

    def sentence(self, learnt: Learnt, facts: Facts) -> str:
        return _said(learnt)

    def formula(self, learnt: Learnt, row: int, before: float, after: float) -> str:
        n_bins = learnt["edges"].shape[1] - 1
        edges = learnt["edges"][row // n_bins]
        at, last = row % n_bins, int((edges[:-1] < edges[1:]).sum()) - 1
        low, high = ("−∞" if at == 0 else number(edges[at])), ("∞" if at == last else number(edges[at + 1]))
        return f"{number(before)} lies from {low} to {high}: 1" if after else ""


@steps
class PiecewiseLinear(Edged):
    """How much of each bin lies below the value: 1 for bins below it, 0 for bins above, a share of its own bin.

    Piecewise-linear encoding of Gorishniy, Rubachev & Babenko (2022), "On embeddings for numerical features in tabular
    deep learning". Half of the edges lie at quantiles of the training rows, half at quantiles of the distinct values,
    so that a value that many rows share does not take all the bins. Beyond the outer edges the line goes on.
    """

    kind: Literal["piecewise_linear"] = "piecewise_linear"
    n_bins: int = Field(
        64,
        ge=2,
        le=256,
        description="How many bins at most; equal edges make one.",
        json_schema_extra={
            "why": "64 were better than 32 by .001 to .011 on tables with enough rows.",
            "search": "log",
        },
    )

    title: ClassVar[str] = "Piecewise-linear code"

    def edges(self, row: Array) -> Array:
        ranks = np.linspace(0, 100, self.n_bins // 2 + 1)
        return np.unique([np.percentile(row, ranks), np.percentile(np.unique(row), ranks)])

    def module(self, learnt: Learnt) -> nn.Module:
        from nnlab.prep.edge_modules import PiecewiseLinear as Module

        start, width = learnt["edges"][:, :-1], np.diff(learnt["edges"], axis=1)
        is_bin = width > 0
        least, most = np.zeros_like(width), is_bin.astype(np.float64)
        least[:, 0] = -np.inf
        most[np.arange(len(width)), is_bin.sum(axis=1) - 1] = np.inf
        return Module(start, np.where(is_bin, width, 1.0), least, most)

    def sentence(self, learnt: Learnt, facts: Facts) -> str:
        return _said(learnt)

    def formula(self, learnt: Learnt, row: int, before: float, after: float) -> str:
        n_bins = learnt["edges"].shape[1] - 1
        low, high = learnt["edges"][row // n_bins][row % n_bins : row % n_bins + 2]
        if after in (0.0, 1.0) or low == high:
            return ""
        return f"({number(before)} − {fixed(low)}) / {fixed(high - low)} = {fixed(after)}"


def _said(learnt: Learnt) -> str:
    edges = learnt["edges"]
    n_bins = edges.shape[1] - 1
    if len(edges) != 1:
        return f"{len(edges)} numbers, each in {n_bins} bins"
    inner = listed([number(edge, 3) for edge in edges[0][1:-1]], 4)
    return f"{n_bins} bins, edges {inner}" if inner else "one bin"

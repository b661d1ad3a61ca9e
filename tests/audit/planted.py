"""Small tables with something planted in them, made by code."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from nnlab.audit.auditing import audit
from nnlab.audit.finding import Audit, Finding
from nnlab.data.columns import Column, Columns, Kind, Task
from nnlab.prep.split import Split

Made = tuple[pd.DataFrame, Columns]


def table(
    values: Mapping[str, Any], target: str = "y", kinds: Mapping[str, Kind] | None = None, task: Task | None = None
) -> Made:
    """A typed frame of these columns and what they are: numbers numeric, dates datetime, text categorical."""
    frame = pd.DataFrame({name: pd.Series(_typed(column)) for name, column in values.items()})
    frame.index = pd.RangeIndex(2, len(frame) + 2, name="line")
    columns = tuple(
        Column(
            name=name, kind=(kinds or {}).get(name, _kind(frame[name])), role="target" if name == target else "feature"
        )
        for name in frame.columns
    )
    return frame, Columns(columns=columns, task=task)


def _typed(column: Any) -> Any:
    series = pd.Series(column)
    return series if series.dtype.kind in "fM" else series.astype("float64" if series.dtype.kind in "iu" else "str")


def _kind(series: pd.Series[Any]) -> Kind:
    return {"f": "numeric", "M": "datetime"}.get(series.dtype.kind, "categorical")  # type: ignore[return-value]


def classes(n_rows: int = 1200, seed: int = 0, n_classes: int = 2) -> dict[str, Any]:
    """Three columns that tell a little of classes, and the classes as `y`."""
    random = np.random.default_rng(seed)
    a, b = random.normal(size=n_rows), random.normal(size=n_rows)
    town = np.array(["north", "south", "east", "west"])[random.integers(0, 4, n_rows)]
    score = a + (town == "east") + random.normal(size=n_rows)
    edges = np.quantile(score, np.arange(1, n_classes) / n_classes)
    return {"a": a, "b": b, "town": town, "y": np.array([f"class {k}" for k in np.digitize(score, edges)])}


def amounts(n_rows: int = 1200, seed: int = 0) -> dict[str, Any]:
    """Four columns of numbers that tell a little of an amount, and the amount as `y`."""
    random = np.random.default_rng(seed)
    made = {name: random.normal(3, 2, size=n_rows) for name in "abcd"}
    return {**made, "y": made["a"] + made["b"] ** 2 + 4 * random.normal(size=n_rows)}


def audited(made: Made, split: Split | None = None) -> Audit:
    return audit(made[0], made[1], split or Split())


def found(made: Made, *checks: str) -> list[Finding]:
    """The findings of some checks."""
    return [finding for finding in audited(made).findings if finding.check in checks]


def leaks(made: Made) -> list[tuple[str, ...]]:
    """The columns of every leak."""
    return [finding.columns for finding in found(made, "leak")]


def asks(made: Made) -> list[tuple[str, ...]]:
    return [finding.columns for finding in found(made, "ask")]

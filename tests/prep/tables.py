"""Random tables of every kind, with the cells that trouble people: missing, infinite, huge, constant, unseen."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import pandas as pd

from nnlab.data.columns import Column, Columns, Kind

Floats = npt.NDArray[np.float64]


def typed(cells: Sequence[object] | Floats, kind: Kind) -> pd.Series:
    """A column as the data room types it: numbers, datetime64, or text with missing as NaN."""
    if kind == "numeric":
        return pd.Series(np.array(cells, dtype=np.float64))
    if kind == "datetime":
        return pd.Series(pd.to_datetime(pd.Series(cells))).astype("datetime64[us]")
    return pd.Series(list(cells), dtype="str")


def table(
    target: str | Sequence[str] = "y", **columns: tuple[Kind, Sequence[object] | Floats]
) -> tuple[pd.DataFrame, Columns]:
    """A typed frame whose index counts lines from 2, and its columns; the named targets have that role."""
    targets = {target} if isinstance(target, str) else set(target)
    frame = pd.DataFrame({name: typed(cells, kind) for name, (kind, cells) in columns.items()})
    frame.index = pd.Index(np.arange(2, 2 + len(frame)), name="line")
    described = tuple(
        Column(name=name, kind=kind, role="target" if name in targets else "feature")
        for name, (kind, _) in columns.items()
    )
    return frame, Columns(columns=described)


def numbers(rng: np.random.Generator, n_rows: int) -> dict[str, Floats]:
    """Columns of numbers of every shape that a scaler meets."""
    normal = rng.standard_normal(n_rows)
    with_missing = np.where(rng.random(n_rows) < 0.2, np.nan, 50 + 12 * normal)
    return {
        "normal": normal,
        "missing": with_missing,
        "skewed": np.exp(2 * normal) * 100,
        "negative": -np.exp(normal),
        "whole": rng.integers(0, 5, n_rows).astype(float),
        "spikes": np.where(rng.random(n_rows) < 0.6, 0.0, normal),
        "constant": np.full(n_rows, 3.25),
        "tiny": normal * 1e-9 + 1e-3,
        "large": normal * 1e12,
        "one value": np.where(np.arange(n_rows) == 1, 7.0, np.nan),
    }


def mixed(rng: np.random.Generator, n_rows: int = 200) -> tuple[pd.DataFrame, Columns]:
    """A table with a column of every kind and a target of two classes."""
    levels = np.array(["red", "green", "blue", "grey"], dtype=object)
    colour = levels[rng.integers(0, 4, n_rows)]
    colour[rng.random(n_rows) < 0.1] = None
    days = pd.Timestamp("2021-03-01") + pd.to_timedelta(rng.integers(0, 20_000, n_rows), unit="h")
    shapes = numbers(rng, n_rows)
    return table(
        a=("numeric", shapes["missing"]),
        b=("numeric", shapes["skewed"]),
        c=("numeric", shapes["spikes"]),
        colour=("categorical", list(colour)),
        flag=("boolean", [["yes", "no"][value] for value in rng.integers(0, 2, n_rows)]),
        when=("datetime", list(days)),
        note=("text", [f"note {value}" for value in range(n_rows)]),
        key=("id", [str(value) for value in range(n_rows)]),
        same=("constant", ["x"] * n_rows),
        y=("categorical", [["no", "yes"][value] for value in rng.integers(0, 2, n_rows)]),
    )

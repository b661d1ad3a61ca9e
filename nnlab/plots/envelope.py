"""A long curve with few points and every peak in place."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from nnlab.limits import limits

Floats = npt.NDArray[np.float64]


def envelope(x: npt.ArrayLike, y: npt.ArrayLike, most: int | None = None) -> tuple[Floats, Floats]:
    """At most `most` of the points in order: the lowest and the highest of each stretch, and both ends.

    Points that are not finite are left out; by default `most` is the limit on points of a trace.
    """
    x_all: npt.NDArray[Any] = np.asarray(x, dtype=np.float64)
    y_all: npt.NDArray[Any] = np.asarray(y, dtype=np.float64)
    is_drawn = np.isfinite(x_all) & np.isfinite(y_all)
    x_all, y_all = x_all[is_drawn], y_all[is_drawn]
    most = limits().points if most is None else most
    if len(x_all) <= most:
        return x_all, y_all
    n_stretches = max(1, (most - 2) // 2)
    starts = np.linspace(0, len(x_all), n_stretches + 1).astype(int)[:-1]
    stretches = np.split(y_all, starts[1:])
    kept = {0, len(x_all) - 1}
    for start, stretch in zip(starts, stretches, strict=True):
        kept.add(int(start + stretch.argmin()))
        kept.add(int(start + stretch.argmax()))
    order = np.array(sorted(kept))
    return x_all[order], y_all[order]

"""A picture of each column in numbers: a small histogram or its commonest levels, shaded by the target."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from nnlab.data.association import Association, Target, association
from nnlab.data.columns import Column, Columns, Kind

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd

MOST_BINS = 24
MOST_LEVELS = 8
MOST_SHADES = 3  # more cannot be told apart inside a bar: the two commonest classes, and the rest as one
OTHER = "other"
MOST_ROWS = 50_000  # the picture is drawn from at most this many rows, evenly spaced
N_EXAMPLES = 3


@dataclass(frozen=True)
class Bar:
    """A bin of a histogram or a level: its label, where it begins and ends (None: a level), rows, shares by class."""

    label: str
    low: float | None
    high: float | None
    count: int
    shares: tuple[float, ...] = ()


@dataclass(frozen=True)
class ColumnProfile:
    """The picture of one column; every field is plain data.

    `bars` count at most `MOST_ROWS` evenly spaced rows; `n_other` are the filled rows among them in no bar. A column of
    pictures has the first of them instead, each as a "data:image/png;base64,...".
    """

    name: str
    kind: Kind
    n_missing: int
    n_unique: int
    bars: tuple[Bar, ...]
    n_other: int
    shades: tuple[str, ...]
    examples: tuple[str, ...]
    pictures: tuple[str, ...] = ()
    quantiles: tuple[float, ...] = ()  # of numbers and dates (seconds since 1970): least, 25, 50, 75 %, largest
    association: Association | None = None  # with a single target

    @property
    def has_bars(self) -> bool:
        """Whether the bars show anything: hardly a text or an id comes twice, so theirs would all be as long."""
        return bool(self.bars) and self.kind not in ("text", "id")

    def plain(self) -> dict[str, Any]:
        """The profile as JSON-ready data."""
        return dataclasses.asdict(self)


@dataclass(frozen=True, eq=False)
class _Shading:
    names: tuple[str, ...]
    codes: np.ndarray  # (N,) the shade of each row, -1 for none


def profile(frame: pd.DataFrame, columns: Columns) -> tuple[ColumnProfile, ...]:
    """The profile of every column of the frame that `columns` names, in its order, shaded by the target's classes."""
    step = max(1, -(-len(frame) // MOST_ROWS))
    drawn = frame.iloc[::step]
    shading, target = _shading(drawn, columns), _target(drawn, columns)
    return tuple(
        _told(_profiled(frame[column.name], drawn[column.name], column, shading), drawn[column.name], column, target)
        for column in columns.columns
        if column.name in frame.columns
    )


def _target(drawn: pd.DataFrame, columns: Columns) -> Target | None:
    """The single target, as classes where the task is one of classes or its values are no amounts."""
    if len(columns.targets) != 1 or columns.targets[0].name not in drawn.columns:
        return None
    from nnlab.data.task import resolve_task
    from nnlab.errors import DataError

    target = columns.targets[0]
    try:
        task = resolve_task(drawn, columns)[0]
    except DataError:
        return None
    return Target(drawn[target.name], target.kind, is_class=task != "regression")


def _told(found: ColumnProfile, drawn: pd.Series[Any], column: Column, target: Target | None) -> ColumnProfile:
    """The profile with the column's quantiles and its association with the target."""
    is_other = target is not None and target.name != column.name
    said = association(drawn, column.kind, target) if target is not None and is_other else None
    return dataclasses.replace(found, quantiles=_quantiles(drawn), association=said)


def _quantiles(drawn: pd.Series[Any]) -> tuple[float, ...]:
    import numpy as np

    if drawn.dtype.kind not in "fM":
        return ()
    values = drawn.to_numpy()
    if drawn.dtype.kind == "M":
        values = np.where(np.isnat(values), np.nan, values.astype("datetime64[s]").astype(np.float64))
    known = values[np.isfinite(values)]
    if not len(known):
        return ()
    found = np.partition(known, [round(part * (len(known) - 1)) for part in (0, 0.25, 0.5, 0.75, 1)])
    return tuple(float(found[round(part * (len(known) - 1))]) for part in (0, 0.25, 0.5, 0.75, 1))


def _shading(drawn: pd.DataFrame, columns: Columns) -> _Shading | None:
    """The classes of a single target of few classes."""
    import numpy as np
    import pandas as pd

    if len(columns.targets) != 1 or columns.task == "regression" or columns.targets[0].name not in drawn.columns:
        return None
    target = columns.targets[0]
    codes, levels = pd.factorize(drawn[target.name], sort=True)
    if target.kind == "numeric" and not (len(levels) <= 20 and all(float(level).is_integer() for level in levels)):
        return None
    if not 2 <= len(levels) <= 50:
        return None
    names = [_label(level) for level in levels]
    if len(names) > MOST_SHADES:
        order = np.argsort(-np.bincount(codes[codes >= 0], minlength=len(names)), kind="stable")
        rank = np.empty(len(names), dtype=np.int64)
        rank[order] = np.arange(len(names))
        codes = np.where(codes < 0, -1, np.minimum(rank[codes], MOST_SHADES - 1))
        names = [*(names[place] for place in order[: MOST_SHADES - 1]), OTHER]
    return _Shading(tuple(names), np.asarray(codes))


def _profiled(whole: pd.Series[Any], drawn: pd.Series[Any], column: Column, shading: _Shading | None) -> ColumnProfile:
    import numpy as np

    if column.kind == "image":
        return _pictured(whole, column)
    if column.role == "target":
        shading = None  # its bars are the classes
    is_scale = drawn.dtype.kind in "fM"
    places, labels, edges = _binned(drawn) if is_scale else _levelled(drawn)
    n_bars = len(labels)
    counts = np.bincount(places[places >= 0], minlength=n_bars)
    shares = _shares(places, n_bars, counts, shading)
    bars = tuple(
        Bar(label, *edge, int(count), share)
        for label, edge, count, share in zip(labels, edges, counts, shares, strict=True)
    )
    filled = drawn.notna().to_numpy()
    return ColumnProfile(
        name=column.name,
        kind=column.kind,
        n_missing=int(whole.isna().sum()),
        n_unique=int(whole.nunique()),
        bars=bars,
        n_other=int((filled & (places < 0)).sum()),
        shades=shading.names if shading else (),
        examples=tuple(_label(value) for value in whole.dropna().iloc[:N_EXAMPLES]),
    )


def _pictured(whole: pd.Series[Any], column: Column) -> ColumnProfile:
    from nnlab.data.pictures import form_of, thumbnails

    cells: list[Any] = whole.dropna().tolist()
    form = column.image or form_of(cells)
    return ColumnProfile(
        name=column.name,
        kind=column.kind,
        n_missing=len(whole) - len(cells),
        n_unique=len(set(cells)),
        bars=(),
        n_other=0,
        shades=(),
        examples=(f"{form.words()} pixels",) if form else (),
        pictures=thumbnails(cells, form) if form else (),
    )


def _binned(drawn: pd.Series[Any]) -> tuple[np.ndarray, list[str], list[tuple[float | None, float | None]]]:
    """The bin of each row (-1: missing), the bins' labels and their edges (dates in seconds since 1970)."""
    import numpy as np

    is_date = drawn.dtype.kind == "M"
    values = drawn.to_numpy()
    filled = ~np.isnat(values) if is_date else np.isfinite(values)
    scale = values.astype("datetime64[s]").astype(np.float64) if is_date else values
    known = scale[filled]
    places = np.full(len(scale), -1, dtype=np.int64)
    if not len(known):
        return places, [], []
    edges = _edges(known)
    n_bars = len(edges) - 1
    places[filled] = np.clip(np.searchsorted(edges, known, side="right") - 1, 0, n_bars - 1)
    marks = [str(np.datetime64(int(edge), "s"))[:10] if is_date else f"{edge:.4g}" for edge in edges]
    labels = [f"{low} to {high}" if low != high else low for low, high in pairwise(marks)]
    pairs: list[tuple[float | None, float | None]] = list(zip(edges[:-1].tolist(), edges[1:].tolist(), strict=True))
    return places, labels, pairs


def _edges(known: np.ndarray) -> np.ndarray:
    """The edges of at most `MOST_BINS` equal bins; whole numbers with few values get one bin each."""
    import numpy as np

    low, high = float(known.min()), float(known.max())
    if low == high:
        return np.array([low, high])
    if high - low < MOST_BINS and bool((known == np.floor(known)).all()):
        return np.arange(low, high + 2) - 0.5
    wanted = min(MOST_BINS, max(5, int(np.sqrt(len(known)))))
    parts = np.arange(wanted + 1) / wanted
    edges: np.ndarray = low * (1 - parts) + high * parts  # high - low may be too large for a float
    return edges


def _levelled(drawn: pd.Series[Any]) -> tuple[np.ndarray, list[str], list[tuple[float | None, float | None]]]:
    """The place of each row's level among the commonest (-1: missing or another), and their labels."""
    import numpy as np
    import pandas as pd

    codes, levels = pd.factorize(drawn)
    codes = np.asarray(codes)
    counts = np.bincount(codes[codes >= 0], minlength=len(levels))
    order = np.argsort(-counts, kind="stable")[:MOST_LEVELS]
    rank = np.full(len(levels) + 1, -1, dtype=np.int64)  # the last one is for missing, code -1
    rank[order] = np.arange(len(order))
    return rank[codes], [_label(levels[place]) for place in order], [(None, None)] * len(order)


def _shares(places: np.ndarray, n_bars: int, counts: np.ndarray, shading: _Shading | None) -> list[tuple[float, ...]]:
    """For each bar, which share of its rows each class has; rows without a class count nowhere."""
    import numpy as np

    if shading is None:
        return [()] * n_bars
    n_shades = len(shading.names)
    both = (places >= 0) & (shading.codes >= 0)
    table = np.bincount(places[both] * n_shades + shading.codes[both], minlength=n_bars * n_shades)
    table = table.reshape(n_bars, n_shades)
    total = np.maximum(table.sum(axis=1, keepdims=True), 1)
    return [tuple(row) for row in np.round(table / total, 4).tolist()]


def _label(value: object) -> str:
    if isinstance(value, float):
        return f"{value:.6g}"
    text = str(value)
    return text.removesuffix(" 00:00:00")[:80]

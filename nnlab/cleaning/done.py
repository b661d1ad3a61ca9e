"""What a step did to a table: rows dropped, cells changed, columns made, and a few cells before and after."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from nnlab.cleaning.cells import Flags, text_of
from nnlab.cleaning.step import CleaningStep

if TYPE_CHECKING:
    import pandas as pd

N_EXAMPLES = 5
N_LOOKED_AT = 2_000  # changed cells among which different ones are looked for
LONGEST_EXAMPLE = 80


@dataclass(frozen=True)
class Example:
    """A cell or a row by its line: as it was, and as it is; None: missing, or the row is gone."""

    line: int
    column: str
    before: str | None
    after: str | None


@dataclass(frozen=True)
class Done:
    """What one step did; `problem` says why it did nothing at all."""

    n_rows_dropped: int = 0
    n_cells_changed: int = 0
    made: tuple[str, ...] = ()
    examples: tuple[Example, ...] = ()
    problem: str = ""
    n_rows: int = 0  # that the columns made have
    n_missing: int = 0  # of those, where one that was made is missing
    n_lost: int = 0  # of those, where nothing that the step reads is: a division by zero, text that is no number

    def sentence(self) -> str:
        """In one line: "12 rows dropped", "31 cells changed, 1 column made"."""
        if self.problem:
            return f"left out: {self.problem}"
        parts = [
            f"{n:,} {noun}{'' if n == 1 else 's'} {verb}".replace(",", " ")
            for n, noun, verb in (
                (self.n_rows_dropped, "row", "dropped"),
                (self.n_cells_changed, "cell", "changed"),
                (len(self.made), "column", "made"),
            )
            if n
        ]
        if self.n_missing:
            several = "one of them " if len(self.made) > 1 else ""
            parts.append(f"{several}missing in {self.n_missing:,} of {self.n_rows:,} rows".replace(",", " "))
        if self.n_lost:
            parts.append(f"{self.n_lost:,} of these have every cell that it is made of".replace(",", " "))
        return ", ".join(parts) or "nothing changed"

    def plain(self) -> dict[str, Any]:
        """JSON-ready data that `done_of` reads."""
        examples = [[each.line, each.column, each.before, each.after] for each in self.examples]
        counts = {"n_rows_dropped": self.n_rows_dropped, "n_cells_changed": self.n_cells_changed}
        counts |= {"n_rows": self.n_rows, "n_missing": self.n_missing, "n_lost": self.n_lost}
        return {**counts, "made": list(self.made), "examples": examples, "problem": self.problem}


def done_of(plain: dict[str, Any]) -> Done:
    """What `Done.plain` wrote."""
    examples = tuple(Example(*each) for each in plain["examples"])
    n_dropped, n_changed = int(plain["n_rows_dropped"]), int(plain["n_cells_changed"])
    of_made = (int(plain.get(name, 0)) for name in ("n_rows", "n_missing", "n_lost"))
    return Done(n_dropped, n_changed, tuple(plain["made"]), examples, str(plain["problem"]), *of_made)


def difference(step: CleaningStep, before: pd.DataFrame, after: pd.DataFrame) -> Done:
    """What the step did, by comparing the frame before it with the one after it."""
    if step.is_filter:
        return _dropped(step, before, after)
    n_changed, examples = 0, list[Example]()
    for name in step.changes:
        is_changed = changed(before[name], after[name])
        n_changed += int(is_changed.sum())
        if len(examples) < N_EXAMPLES:
            examples += _cells(before[name], after[name], is_changed)
    if not step.makes:
        return Done(0, n_changed, step.makes, tuple(examples[:N_EXAMPLES]))
    is_missing = after[list(step.makes)].isna().to_numpy(dtype=bool).any(axis=1)
    is_lost = np.asarray(is_missing & before[list(step.reads)].notna().to_numpy(dtype=bool).all(axis=1))
    shown = (*examples, *_made(step, before, after, is_lost))[:N_EXAMPLES]
    return Done(0, n_changed, step.makes, shown, "", len(after), int(np.count_nonzero(is_missing)), int(is_lost.sum()))


def changed(before: pd.Series[Any], after: pd.Series[Any]) -> Flags:
    """Which cells are not what they were (N,); missing before and after is the same."""
    if before.dtype != after.dtype and "str" in (before.dtype, after.dtype):
        import pandas as pd

        before, after = (pd.Series(text_of(each).to_numpy(), index=each.index) for each in (before, after))
    same = (before == after).to_numpy(dtype=bool) | (before.isna() & after.isna()).to_numpy(dtype=bool)
    return np.asarray(~same)


def _cells(before: pd.Series[Any], after: pd.Series[Any], is_changed: Flags) -> list[Example]:
    """The first different changes of a column."""
    places = np.flatnonzero(is_changed)[:N_LOOKED_AT]
    pairs: dict[tuple[str | None, str | None], int] = {}
    olds, news = _shown(before.iloc[places]), _shown(after.iloc[places])
    for place, old, new in zip(places, olds, news, strict=True):
        pairs.setdefault((old, new), int(place))
    lines = before.index
    return [Example(_line(lines, place), str(before.name), *pair) for pair, place in list(pairs.items())[:N_EXAMPLES]]


def _made(step: CleaningStep, before: pd.DataFrame, after: pd.DataFrame, is_lost: Flags) -> list[Example]:
    """The first rows where a new column is filled, then some where it is lost, with the cells that it came of."""
    found: list[Example] = []
    for name in step.makes:
        filled = after[name].notna().to_numpy(dtype=bool)
        most = max(1, N_EXAMPLES // len(step.makes))
        lost = np.flatnonzero(is_lost & ~filled)[: max(1, most // 2)]
        places = np.append(np.flatnonzero(filled)[: max(1, most - len(lost))], lost)[:most]
        sources = [_shown(before[read].iloc[places]) for read in step.reads[:3]]
        for at, (place, new) in enumerate(zip(places, _shown(after[name].iloc[places]), strict=True)):
            cells = [f"{read} {source[at] or '–'}" for read, source in zip(step.reads, sources, strict=False)]
            found.append(Example(_line(before.index, int(place)), name, ", ".join(cells), new))
    return found


def _dropped(step: CleaningStep, before: pd.DataFrame, after: pd.DataFrame) -> Done:
    n_dropped = len(before) - len(after)
    if not n_dropped:
        return Done()
    is_kept = before.index.isin(after.index)
    places = np.flatnonzero(~is_kept)[:N_EXAMPLES]
    names = list(step.reads or before.columns)[:3]
    rows = [_shown(before[name].iloc[places]) for name in names]
    examples = [
        Example(
            _line(before.index, int(place)),
            "",
            ", ".join(f"{name} {row[at] or '–'}" for name, row in zip(names, rows, strict=True)),
            None,
        )
        for at, place in enumerate(places)
    ]
    return Done(n_dropped, examples=tuple(examples))


def _shown(series: pd.Series[Any]) -> list[str | None]:
    cells = text_of(series).to_pylist()
    return [None if cell is None else cell[:LONGEST_EXAMPLE] for cell in cells]


def _line(lines: pd.Index, place: int) -> int:
    return int(lines[place]) if lines.name == "line" else place + 1

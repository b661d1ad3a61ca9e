"""Levels that people write where they know none: unknown, n/a, a dash."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar, Literal

import numpy as np

from nnlab.audit.checks.check import Check, checks
from nnlab.audit.finding import Finding, percent
from nnlab.audit.mends import Mend, make_missing
from nnlab.audit.probe import left_missing
from nnlab.audit.rows import Rows
from nnlab.data.columns import Column
from nnlab.data.reading import MISSING, MISSING_AMONG_VALUES
from nnlab.prep.wording import listed, number

FEWEST_OTHERS = 2  # levels beside these: with one, that and "unknown" are the two sides of a question
LONGEST = 20  # letters of a level that is looked at
KINDS = ("categorical", "boolean", "text")
_MORE = (
    "unk", "unkn", "not known", "unspecified", "not specified", "undefined", "undetermined", "unavailable",
    "not stated", "not reported", "not recorded", "not given", "not provided", "not answered", "no answer", "no data",
    "no value", "no information", "no info", "empty", "blank", "tbd", "to be determined", "to be defined", "n.d.",
    "n.k.", "n/k", "??", "???", "---", "_", "/", "\\",
)  # fmt: skip
WORDS = frozenset(word.casefold() for word in (*MISSING, *MISSING_AMONG_VALUES, *_MORE) if word)
_NONE = frozenset({"none", "nil", "-", "--", "—", "–", "---", "empty", "blank", "(blank)"})  # there may be none indeed


@checks
class MissingWords(Check):
    """Levels such as unknown, none, ? or - among at least two others: they may mean that nothing is known, and count as
    a level of their own until somebody says so."""

    kind: Literal["missing_words"] = "missing_words"

    title: ClassVar[str] = "Levels that may mean missing"
    seriousness: ClassVar[int] = 41
    needs_target: ClassVar[bool] = False

    def find(self, rows: Rows) -> Iterator[Finding]:
        targets = () if rows.task == "regression" else rows.columns.targets
        for column in (*rows.features, *targets):
            if column.kind not in KINDS or column.image is not None:
                continue
            codes, distinct = rows.codes(column.name)
            texts = [str(level) for level in distinct]
            places = [at for at, text in enumerate(texts) if len(text) <= LONGEST and text.strip().casefold() in WORDS]
            if places and len(texts) - len(places) >= FEWEST_OTHERS:
                yield self._told(rows, column, codes, {at: texts[at] for at in places})

    def _told(self, rows: Rows, column: Column, codes: np.ndarray, words: dict[int, str]) -> Finding:
        """The finding; a word that only test rows have is told, and nothing is built from it."""
        counts = np.bincount(codes[codes >= 0])
        places = np.flatnonzero(np.isin(codes, list(words)))
        n_rows = len(places)
        seen = set(np.unique(codes[rows.seen]).tolist())
        shown, share = listed(list(words.values())), n_rows / rows.n_rows
        there = "1 row" if n_rows == 1 else f"{number(n_rows, 9)} rows"
        may = "may mean that nothing is known"
        if any(text.strip().casefold() in _NONE for text in words.values()):
            may += ", or that there is none"
        said = (
            f"{column.name[:60]} is {shown} in {there} ({percent(share)}): that {may}. It is a level like others now."
        )
        offered = [text for at, text in words.items() if at in seen]
        mends: tuple[Mend, ...] = ()
        if offered:
            left = left_missing(rows, column, places)
            mends = (make_missing(f"Take {listed(offered)} for missing", column.name, offered), *left)
        levels = {text: int(counts[at]) for at, text in words.items()}
        lines = rows.lines(places)
        return self.finding((column.name,), said, *mends, levels=levels, share=round(share, 6), lines=lines)

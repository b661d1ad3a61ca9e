"""Which delimiter, quotation mark and escape a file uses: the ones that cut it into the most regular rows.

The score of a dialect is that of CleverCSV (van den Burg, Nazabal and Sutton 2019): how regular the row patterns are,
times how many cells then look like a value.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from functools import cached_property

from nnlab.data.cells import TYPED, form, is_clean
from nnlab.data.records import Dialect, Record, split

# single characters that separate cells, with the faith they deserve when the scores are close
_DELIMITERS = {
    ",": 1.0, ";": 1.0, "\t": 1.0, "|": 0.98, "\x1f": 1.0, "\x01": 1.0, "\x1e": 0.9, "~": 0.8, "^": 0.8, "þ": 0.8,
    "§": 0.8, "¦": 0.8, "¬": 0.8, ":": 0.7, "!": 0.5, "#": 0.5, "*": 0.5, "&": 0.5, "$": 0.4, " ": 0.5,
}  # fmt: skip
_COMPOUND = re.compile(r"(?<=[\w\"')%])([~^|#*@$%&§¦:;!<>=+]{2,4})(?=[\w\"'(\-.$+])")
_BETWEEN_QUOTES = re.compile(r'(?<=")([^"\s,;|]{2,4})(?=")')
N_LINES = 100
N_CELLS = 4000


def guess_dialect(lines: Sequence[str], **known: str) -> Dialect:
    """The dialect of the lines at the head of a file; `known` parts (delimiter, quote, escape) are kept."""
    sample = [line for line in lines if line.strip()][:N_LINES]
    if sample and sample[0].startswith("#"):
        sample = [line for line in sample if not line.startswith("#")] or sample
    best, best_score = Dialect(known.get("delimiter", ","), known.get("quote", '"'), known.get("escape", "")), 0.0
    trials = [_Trial(sample, dialect, faith) for dialect, faith in _candidates(sample, known)]
    ahead = max(trials, key=lambda trial: trial.most, default=None)
    if ahead and ahead.score > 1.0001 * max((trial.most for trial in trials if trial is not ahead), default=0.0):
        return ahead.dialect  # whatever the cells of the others look like
    for trial in trials:
        if trial.most > best_score and trial.score > best_score * 1.0001:
            best, best_score = trial.dialect, trial.score
    return best


def _candidates(sample: Sequence[str], known: dict[str, str]) -> list[tuple[Dialect, float]]:
    text = "\n".join(sample)
    delimiters = {known["delimiter"]: 1.0} if "delimiter" in known else _delimiters(sample, text)
    quotes = [known["quote"]] if "quote" in known else ['"', *(["'"] if _has_single_quotes(text, delimiters) else [])]
    escapes = [known["escape"]] if "escape" in known else ["", *(["\\"] if '\\"' in text else [])]
    return [
        (Dialect(delimiter, quote, escape), faith)
        for delimiter, faith in delimiters.items()
        for quote in quotes
        for escape in escapes
        if not escape or quote == '"'
    ]


def _delimiters(sample: Sequence[str], text: str) -> dict[str, float]:
    found: dict[str, float] = {}
    least = max(1, len(sample) // 4)
    for delimiter, faith in _DELIMITERS.items():
        if delimiter not in text or sum(delimiter in line for line in sample) < least:
            continue
        runs = {len(run) for run in re.findall(f"{re.escape(delimiter)}+", text)}
        if len(runs) == 1 and 1 < (length := runs.pop()) < 4 and text.strip(delimiter + "\n") and delimiter != " ":
            found[delimiter * length] = faith  # every one is doubled: the double one is the delimiter
        else:
            found[delimiter] = faith
    for pattern in (_COMPOUND, _BETWEEN_QUOTES):
        counts = Counter(pattern.findall(text)).most_common(1)
        if counts and counts[0][1] >= len(sample) and counts[0][0] not in found:
            found[counts[0][0]] = 1.2 if pattern is _COMPOUND else 1.0
    return found


def _has_single_quotes(text: str, delimiters: dict[str, float]) -> bool:
    """Whether more cells stand in single quotes than in double ones."""
    marks = "".join(re.escape(delimiter[0]) for delimiter in delimiters)
    if not marks or "'" not in text:
        return False
    single, double = (
        len(re.findall(rf"(?:^|[{marks}])\s*{mark}[^{mark}\n]*{mark}\s*(?=[{marks}]|$)", text, re.MULTILINE))
        for mark in ("'", '"')
    )
    return single > double


class _Trial:
    """A sample cut by a dialect: the most that it can score, known from its rows, and the score, from its cells."""

    def __init__(self, sample: Sequence[str], dialect: Dialect, faith: float) -> None:
        self.dialect = dialect
        self._records = [record for record in split(sample, dialect) if record.cells]
        self.most = _regularity(self._records, sample, dialect) * faith * (0.95 if dialect.quote == "'" else 1.0)

    @cached_property
    def score(self) -> float:
        """Up to `most`: times the share of cells that look like one value, less for rows that had to be mended."""
        if not self.most:
            return 0.0
        cells = [cell for record in self._records for cell in record.cells[:200]][:N_CELLS]
        clean = sum(map(is_clean, cells)) / len(cells)
        mended = sum(bool(record.mended) for record in self._records) / len(self._records)
        return self.most * max(clean, 1e-3) * (1 - mended / 2)


def _regularity(records: Sequence[Record], sample: Sequence[str], dialect: Dialect) -> float:
    """How regular the rows are, 0 to 1; 0 for what cannot be the delimiter."""
    rows = [record.cells for record in records]
    if not rows:
        return 0.0
    widths = Counter(len(row) for row in rows)
    usual = widths.most_common(1)[0][0]
    if widths[1] > 0.7 * len(rows):
        return 0.0
    is_weak = _DELIMITERS.get(dialect.delimiter[0], 1.0) < 0.9
    if is_weak and (len(rows[0]) != usual or sum(form(line) in TYPED for line in sample) > 0.5 * len(sample)):
        return 0.0
    return sum(count * max(1e-3, width - 1) / width for width, count in widths.items()) / len(widths)

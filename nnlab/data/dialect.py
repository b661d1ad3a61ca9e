"""Which delimiter, quotation mark and escape a file uses: the ones that cut it into the most regular rows.

The score of a dialect is that of CleverCSV (van den Burg, Nazabal and Sutton 2019): how regular the row patterns are,
times how many cells then look like a value.
"""

from __future__ import annotations

import csv
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from functools import cached_property
from itertools import islice

from nnlab.data.cells import TYPED, form, is_clean
from nnlab.data.records import Dialect, Record, split

# single characters that separate cells, with the faith they deserve when the scores are close
_DELIMITERS = {
    ",": 1.0, ";": 1.0, "\t": 1.0, "|": 0.98, "\x1f": 1.0, "\x01": 1.0, "\x1e": 0.9, "~": 0.8, "^": 0.8, "þ": 0.8,
    "§": 0.8, "¦": 0.8, "¬": 0.8, ":": 0.7, "!": 0.5, "#": 0.5, "*": 0.5, "&": 0.5, "$": 0.4, " ": 0.5,
}  # fmt: skip
_MARKS = "~^|#*@$%&§¦:;!<>=+"  # what a compound is made of
_COMPOUND = re.compile(rf"(?<=[\w\"')%])([{_MARKS}]{{2,4}})(?=[\w\"'(\-.$+])")
_BETWEEN_QUOTES = re.compile(r'(?<=")([^"\s,;|]{2,4})(?=")')
N_LINES = 100
N_CELLS = 4000
MOST_CELLS = 200  # of a line
LONGEST_LINE = 100_000  # letters; a longer one is looked at with care


def guess_dialect(lines: Sequence[str], **known: str) -> Dialect:
    """The dialect of the lines at the head of a file; `known` parts (delimiter, quote, escape) are kept."""
    sample = [line for line in lines if line.strip()][:N_LINES]
    if sample and sample[0].startswith("#"):
        sample = [line for line in sample if not line.startswith("#")] or sample
    best, best_score = Dialect(known.get("delimiter", ","), known.get("quote", '"'), known.get("escape", "")), 0.0
    trials = [_Trial(sample, dialect, faith) for dialect, faith in _candidates(sample, known)]
    ahead = max(trials, key=lambda trial: trial.most, default=None)
    if ahead and ahead.beats(1.0001 * max((trial.most for trial in trials if trial is not ahead), default=0.0)):
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
        n_times, n_pairs = text.count(delimiter), text.count(2 * delimiter)
        may_double = n_pairs and n_times in (2 * n_pairs, 3 * n_pairs)
        lengths = {len(run) for run in re.findall(f"{re.escape(delimiter)}+", text)} if may_double else {1}
        if (
            len(lengths) == 1
            and 1 < (length := lengths.pop()) < 4
            and text.strip(delimiter + "\n")
            and delimiter != " "
        ):
            found[delimiter * length] = faith  # every one is doubled: the double one is the delimiter
        else:
            found[delimiter] = faith
    for pattern, may_occur in (
        (_COMPOUND, _n_pairs(text) >= len(sample)),
        (_BETWEEN_QUOTES, text.count('"') > len(sample)),
    ):
        counts = Counter(pattern.findall(text)).most_common(1) if may_occur else []
        if counts and counts[0][1] >= len(sample) and counts[0][0] not in found:
            found[counts[0][0]] = 1.2 if pattern is _COMPOUND else 1.0
    return found


def _n_pairs(text: str) -> int:
    """How many compounds there may be at most: places where two of their marks stand side by side."""
    present = [mark for mark in _MARKS if mark in text]
    return sum(text.count(one + other) for one in present for other in present)


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
        self._sample = sample
        widths, self._mended = _widths(sample, dialect), 0.0
        if not widths:
            records = list(self._records())
            widths = [len(record.cells) for record in records]
            self._mended = sum(bool(record.mended) for record in records) / max(1, len(records))
        self._n_cells = min(N_CELLS, sum(min(width, MOST_CELLS) for width in widths))
        self.most = _regularity(widths, sample, dialect) * faith * (0.95 if dialect.quote == "'" else 1.0)

    @cached_property
    def score(self) -> float:
        """Up to `most`: times the share of cells that look like one value, less for rows that had to be mended."""
        return self._scored(sum(map(is_clean, self._cells()))) if self.most else 0.0

    def beats(self, rival: float) -> bool:
        """Whether the score is above a rival's, known as soon as enough cells were looked at."""
        if not self.most or self._scored(0) > rival:
            return self.most > 0
        n_clean, wanted = 0, rival / self._scored(self._n_cells) * self._n_cells
        for cell in self._cells():
            n_clean += is_clean(cell)
            if n_clean >= wanted and self._scored(n_clean) > rival:
                return True
        return False

    def _scored(self, n_clean: int) -> float:
        return self.most * max(n_clean / self._n_cells, 1e-3) * (1 - self._mended / 2)

    def _cells(self) -> Iterator[str]:
        return islice((cell for record in self._records() for cell in record.cells[:MOST_CELLS]), self._n_cells)

    def _records(self) -> Iterator[Record]:
        return (record for record in split(self._sample, self.dialect) if record.cells)


def _widths(sample: Sequence[str], dialect: Dialect) -> list[int]:
    """How many cells each line has where every line is a row of its own beyond doubt; nothing where one may not be."""
    delimiter, quote = dialect.delimiter, dialect.quote
    if len(delimiter) > 1 or dialect.escape:
        return []
    options = dialect.options(LONGEST_LINE)
    widths: list[int] = []
    for line in sample:
        if "\r" in line or len(line) > LONGEST_LINE:
            return []
        if not quote or quote not in line:
            widths.append(line.count(delimiter) + 1)
            continue
        try:
            widths.append(len(next(csv.reader((line + "\n",), **options))))
        except csv.Error:
            return []
    return widths


def _regularity(row_widths: Sequence[int], sample: Sequence[str], dialect: Dialect) -> float:
    """How regular the rows are, 0 to 1; 0 for what cannot be the delimiter."""
    if not row_widths:
        return 0.0
    widths = Counter(row_widths)
    usual = widths.most_common(1)[0][0]
    if widths[1] > 0.7 * len(row_widths):
        return 0.0
    is_weak = _DELIMITERS.get(dialect.delimiter[0], 1.0) < 0.9
    if is_weak and (row_widths[0] != usual or sum(form(line) in TYPED for line in sample) > 0.5 * len(sample)):
        return 0.0
    return sum(count * max(1e-3, width - 1) / width for width, count in widths.items()) / len(widths)

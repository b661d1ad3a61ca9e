"""What kind each column is, and what it is for, with the reason; columns of text to the values of a kind."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from nnlab.data.cells import form
from nnlab.data.columns import Column, Columns, Kind, Role
from nnlab.data.dates import formats_of, parse_dates
from nnlab.data.dates import words as date_words
from nnlab.data.levels import kind_of_levels, levels_of
from nnlab.data.lost_cells import MOST_TOLD_OF_KNOWN, cell_issues, lost_numbers
from nnlab.data.moments import SERIALS, WAYS, YEAR, way_of
from nnlab.data.numbers import Numbers, Style, are_codes, bare_number, best_numbers, decimal_mark, ends, styles_of
from nnlab.data.reading import Reading
from nnlab.data.table import Issue

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd
    import pyarrow as pa

N_SAMPLE = 100
MOST_FAILED = 0.005  # the share of cells that may be no numbers in a column of numbers
MOST_CODES = 20
MOST_ASKED = 200  # columns that are asked which decimal mark they show
_ID_NAME = re.compile(
    r"(^|[_\W])(id|idx|index|key|uuid|guid|nr|no|rownum|row|record)s?$|[a-z](Id|ID|Key)$", re.IGNORECASE
)
_ID_CAMEL = re.compile(r"[a-z](Id|ID|Nr|No)$")
_CODE_NAME = re.compile(
    r"(class|code|type|category|cat|group|cluster|segment|zone|region|kind|label)s?$", re.IGNORECASE
)


# names above digits that only name something, however many of them differ
_LABEL_NAME = re.compile(
    r"(^|[_\W])(zip|(zip|post|postal|area)[_ -]?code|postal|plz|phone|telephone|tel|mobile|fax|fips|sku|isbn|ean|upc"
    r"|gtin|barcode|iban|ssn|account[_ -]?(no|nr|number))$",
    re.IGNORECASE,
)
_MOMENT_NAME = re.compile(
    r"(^|[_\W])(time|ts|day|month|period|epoch|created|updated|modified|when)s?$"
    r"|(time|stamp|[_\W](at|on))$|^time[_\W]|yyyy_?mm",
    re.IGNORECASE,
)
_MOMENT_CAMEL = re.compile(r"[a-z](At|On)$")
# the end of a name too, unless it is the end of a word: candidate, update
_DATE_NAME = re.compile(
    r"(?<!candi)(?<!man)(?<!up)(?<!vali)(?<!consoli)(?<!accommo)(date|datetime)$|(^|[_\W])(dt|date)($|[_\W])",
    re.IGNORECASE,
)
LEAST_SERIALS = 10  # five digits in a few rows may be anything
_EXPONENT_CODE = r"^\d+[eE]\d+$"


@dataclass(frozen=True, eq=False)
class TypedColumn:
    """The values of a column in the dtype of its kind, its guess, and the cells that were lost."""

    values: Any  # numpy array or pandas string array, (N,)
    column: Column
    issues: tuple[Issue, ...] = ()


def guess_columns(frame: pd.DataFrame, reading: Reading | None = None) -> Columns:
    """Kind, role and reason of every column of a frame of text."""
    guesses = (typed_column(str(name), _as_text(frame[name]), reading or Reading()) for name in frame.columns)
    return Columns(columns=tuple(guess.column for guess in guesses))


def likely_mark(columns: Sequence[pa.ChunkedArray], reading: Reading, shown: str = "") -> str:
    """The decimal mark that columns of text agree on, which settles what "12,345" is; "" where they do not.

    `shown` is the mark of those that were cut as numbers and have no text.
    """
    samples = (_sample(text, reading) for text in columns[:MOST_ASKED] if text is not None)
    return reading.decimal or decimal_mark(samples, shown)


def typed_column(
    name: str, text: pa.ChunkedArray, reading: Reading, kind: Kind | None = None, likely: str = ""
) -> TypedColumn:
    """A column of text (null: missing) in the kind that is asked for, or in the likeliest one.

    `likely` is the decimal mark of the file's other columns, see `likely_mark`.
    """
    if kind is not None:
        values, issues = _forced(name, text, kind, reading, likely)
        return TypedColumn(values, Column(name=name, kind=kind), issues)
    sample = _sample(text, reading)
    pictured = _as_pictures(name, text, sample, reading)
    if pictured is not None:
        return pictured
    forms = [form(cell if cell.isascii() else bare_number(cell)) for cell in sample]
    if sample and forms.count("number") >= 0.9 * len(sample):
        found = _as_number(name, text, sample, reading, likely)
        if found is not None:
            return found
    if sample and forms.count("date") >= 0.9 * len(sample):
        dated = _as_date(name, text, sample, reading)
        if dated is not None:
            return dated
    return _as_levels(name, text, reading)


def names_rows(name: str) -> bool:
    """Whether a column's name says that it names rows or things: id, customerID, index."""
    return bool(_ID_NAME.search(name) or _ID_CAMEL.search(name))


def clear_column(name: str, values: np.ndarray, mark: str) -> TypedColumn:
    """A column that was cut as plain decimal numbers (N,), see `direct`."""
    said = _sentence(_numbers_in(Style(mark)))
    return TypedColumn(values, Column(name=name, kind="numeric", reason=said, decimal=mark))


def as_kind(series: pd.Series[Any], kind: Kind, decimal: str = "") -> tuple[pd.Series[Any], int]:
    """A column's values as another kind, and how many filled cells were lost: text that is no number, no date."""
    import pandas as pd

    is_right = {
        "numeric": series.dtype == "float64",
        "datetime": str(series.dtype).startswith("datetime64"),
        "image": False,
    }
    if is_right.get(kind, series.dtype == "str"):
        return series, 0
    if kind == "image":
        return _pictures_in(series)
    values, _ = _forced(str(series.name), _as_text(series), kind, Reading().having(decimal=decimal))
    made = pd.Series(values, index=series.index, name=series.name, copy=False)
    return made, int(made.isna().sum() - series.isna().sum())


def _pictures_in(series: pd.Series[Any]) -> tuple[pd.Series[Any], int]:
    """The cells that are pictures, and how many are none."""
    import numpy as np
    import pandas as pd

    from nnlab.data.pictures import is_picture

    text = _as_text(series)
    lost = np.flatnonzero([cell is not None and not is_picture(cell.strip()) for cell in text.to_pylist()])
    values = strings(_without(text, lost))
    return pd.Series(values, index=series.index, name=series.name, copy=False), len(lost)


def _sample(text: pa.ChunkedArray, reading: Reading) -> list[str]:
    """Up to `N_SAMPLE` filled cells, half from the beginning and half from everywhere, stripped."""
    n, half = len(text), N_SAMPLE // 2
    if n <= N_SAMPLE:
        cells = text.to_pylist()
    else:
        cells = text.slice(0, half).to_pylist() + [text[place].as_py() for place in range(half, n, -(-n // half))]
        if cells.count(None) == len(cells):
            cells = text.drop_null().slice(0, N_SAMPLE).to_pylist()
    stripped = [cell.strip() for cell in cells if cell is not None]
    nothing = {*reading.missing, *reading.missing_among_values}
    return [cell for cell in stripped if cell not in nothing]


def _as_number(
    name: str, text: pa.ChunkedArray, sample: list[str], reading: Reading, likely: str
) -> TypedColumn | None:
    if not likely and reading.delimiter == ";" and any("," in cell for cell in sample):
        likely = ","  # spreadsheets write semicolons where the comma is the decimal mark
    styles, share = styles_of(sample, reading.decimal, likely)
    if share < 0.9:
        return None
    numbers = best_numbers(text, styles, reading.missing + reading.missing_among_values)
    style = numbers.style
    n_filled = len(text) - text.null_count
    if len(numbers.failed) > MOST_FAILED * n_filled:
        return None
    if why := are_codes(text, numbers.values, sample) or _are_labels(name, text, numbers, sample):
        return _as_levels(name, text, reading, why)
    if (dated := _as_moment(name, text, sample, reading)) is not None:
        return dated
    other = _not_an_amount(name, numbers.values)
    if other is not None:
        kind, role, reason = other
        plain = text if numbers.is_clean else levels_of(text, reading, with_weak=True).text
        return TypedColumn(strings(plain), Column(name=name, kind=kind, role=role, reason=reason))
    said = _numbers_in(style)
    if len(numbers.failed):
        n_failed = len(numbers.failed)
        said += "; 1 cell is none and counts" if n_failed == 1 else f"; {n_failed} cells are none and count"
        said += " as missing"
    elif mark := doubtful_mark(sample, style):
        said += f"; the {mark} was taken for the decimal mark"
    elif n_values := _few_whole(sample, numbers.values):
        said += f"; {n_values} different whole ones, which may be codes"
    column = Column(name=name, kind="numeric", reason=_sentence(said), decimal=style.decimal)
    return TypedColumn(numbers.values, column, lost_numbers(name, text, numbers))


def _numbers_in(style: Style) -> str:
    return "numbers" + (f" ({style.words()})" if style.words() else "")


def doubtful_mark(sample: list[str], style: Style) -> str:
    """The decimal mark, in words, of numbers that all could have a mark between thousands instead."""
    mark = re.escape(style.decimal)
    if not all(re.fullmatch(rf"[+\-]?[1-9]\d{{0,2}}{mark}\d{{3}}", cell) for cell in sample):
        return ""
    return {".": "point", ",": "comma"}[style.decimal]


def _few_whole(sample: list[str], values: np.ndarray) -> int:
    """How many different whole numbers a long column holds, where they are so few that they may stand for something."""
    import numpy as np

    if len(sample) < N_SAMPLE // 2 or len(set(sample)) > MOST_CODES // 2 or not all(map(str.isdigit, sample)):
        return 0
    found = np.unique(values[~np.isnan(values)])
    return len(found) if len(found) <= MOST_CODES // 2 and _are_whole(found) else 0


def _not_an_amount(name: str, values: np.ndarray) -> tuple[Kind, Role, str] | None:
    """The kind of numbers that are one value, yes and no, codes or identifiers; None for amounts."""
    import numpy as np

    low, high = ends(values)
    if np.isnan(low):
        return "constant", "ignore", "Every cell is missing."
    if low == high:
        if len(values) > 1 and not np.isnan(values).any():
            return "constant", "ignore", "Every row has the same value."
        return None
    if not low.is_integer() or not _are_whole(values[:100]) or not _are_whole(values):
        return None
    filled = values[~np.isnan(values)]
    if (low, high) == (0.0, 1.0):
        return "boolean", "feature", "Only 0 and 1."
    if high - low < MOST_CODES and _CODE_NAME.search(name):
        n_codes = len(np.unique(filled))
        if n_codes <= MOST_CODES // 2:
            return (
                "categorical",
                "feature",
                f"Whole numbers {low:.0f} to {high:.0f} under a name that says they are codes.",
            )
    looks_id = name == "" or name.startswith("column_") or _ID_NAME.search(name) or _ID_CAMEL.search(name)
    if looks_id and len(filled) == len(values) > 1:
        steps = np.diff(filled)
        if bool((steps == 1).all()) or (len(np.unique(filled)) == len(filled) and not name.startswith("column_")):
            return "id", "ignore", "A different whole number in every row, which names the row."
    return None


def _are_labels(name: str, text: pa.ChunkedArray, numbers: Numbers, sample: list[str]) -> str:
    """Why digits under this name rather name something than count it, or nothing."""
    import pyarrow.compute as pc

    if _LABEL_NAME.search(name) and all(len(cell) > 3 and cell.isdigit() for cell in sample):
        return "digits under a name that says they are codes"
    if _CODE_NAME.search(name) or _LABEL_NAME.search(name) or _ID_NAME.search(name) or _ID_CAMEL.search(name):
        is_whole = all(cell.isdigit() or re.match(_EXPONENT_CODE, cell) for cell in sample)
        if is_whole and pc.any(pc.match_substring_regex(text, _EXPONENT_CODE)).as_py():
            return "codes such as 1e5 are no numbers"
    return ""


def _as_moment(name: str, text: pa.ChunkedArray, sample: list[str], reading: Reading) -> TypedColumn | None:
    """Dates in digits alone (20200131, seconds since 1970, a spreadsheet's days) under a name that speaks of time."""
    if reading.digits == "numbers":
        return None
    is_date = _DATE_NAME.search(name) is not None
    if not (is_date or _MOMENT_NAME.search(name) or _MOMENT_CAMEL.search(name)):
        return None
    way = way_of(sample)
    if not way or way == YEAR or (way == SERIALS and (not is_date or len(sample) < LEAST_SERIALS)):
        return None
    return _as_date(name, text, sample, reading)


def _are_whole(values: np.ndarray) -> bool:
    """Whether all numbers are whole; NaN may stand between them."""
    import numpy as np

    return bool(((values == np.floor(values)) | np.isnan(values)).all())


def _as_date(name: str, text: pa.ChunkedArray, sample: list[str], reading: Reading) -> TypedColumn | None:
    formats = formats_of(sample)
    if not formats:
        return None
    dates = parse_dates(text, formats, reading.missing + reading.missing_among_values)
    if len(dates.failed) > MOST_FAILED * (len(text) - text.null_count):
        return None
    reason = f"dates written {'in ' * (dates.format in WAYS)}{date_words(dates.format)}"
    reason += ", turned into UTC" * ("%z" in dates.format)
    reason += "; day and month could be the other way round" * (not dates.is_certain)
    issues = cell_issues(name, text, dates.failed, "is no date; it counts as missing")
    column = Column(name=name, kind="datetime", reason=_sentence(reason), dates=dates.format)
    return TypedColumn(dates.values, column, issues)


def _as_pictures(name: str, text: pa.ChunkedArray, sample: list[str], reading: Reading) -> TypedColumn | None:
    from nnlab.data.pictures import NO_PICTURE, may_be_pictures, recognised

    if not may_be_pictures(sample):
        return None
    text = levels_of(text, reading).text
    found = recognised(name, text.to_pylist())
    if found is None:
        return None
    issues = cell_issues(name, text, found.damaged, NO_PICTURE)
    return TypedColumn(strings(_without(text, found.damaged)), found.column, issues)


def _as_levels(name: str, text: pa.ChunkedArray, reading: Reading, why: str = "") -> TypedColumn:
    levels = levels_of(text, reading)
    kind, role, reason = kind_of_levels(levels, why)
    return TypedColumn(strings(levels.text), Column(name=name, kind=kind, role=role, reason=reason))


def _forced(
    name: str, text: pa.ChunkedArray, kind: Kind, reading: Reading, likely: str = ""
) -> tuple[Any, tuple[Issue, ...]]:
    import numpy as np

    nothing = reading.missing + reading.missing_among_values
    if kind == "numeric":
        sample = _sample(text, reading)
        numbers = best_numbers(text, styles_of(sample, reading.decimal, likely)[0], nothing)
        return numbers.values, lost_numbers(name, text, numbers, MOST_TOLD_OF_KNOWN)
    if kind == "datetime":
        formats = formats_of(_sample(text, reading), 0.0)
        if not formats:
            return np.full(len(text), np.datetime64("NaT"), dtype="datetime64[us]"), ()
        dates = parse_dates(text, formats, nothing)
        lost = "is no date; it counts as missing"
        return dates.values, cell_issues(name, text, dates.failed, lost, MOST_TOLD_OF_KNOWN)
    return strings(levels_of(text, reading).text), ()


def _without(text: pa.ChunkedArray, places: np.ndarray) -> pa.ChunkedArray:
    """The text with the cells at these places null."""
    import numpy as np
    import pyarrow as pa
    import pyarrow.compute as pc

    if not len(places):
        return text
    is_lost = np.zeros(len(text), dtype=bool)
    is_lost[places] = True
    return pc.if_else(pa.array(is_lost), pa.scalar(None, text.type), text)


def strings(text: pa.ChunkedArray) -> Any:
    """A pandas string array over arrow memory, NaN for missing."""
    import numpy as np
    import pandas as pd

    return pd.StringDtype("pyarrow", na_value=np.nan).__from_arrow__(text)  # type: ignore[attr-defined]  # its protocol


def _as_text(series: pd.Series[Any]) -> pa.ChunkedArray:
    """A column as arrow text (null: missing): whole numbers without a point, dates as ISO 8601."""
    import pyarrow as pa

    if series.dtype == "str":
        return pa.chunked_array([pa.array(series.array, pa.large_string(), from_pandas=True)])
    if series.dtype.kind == "f":
        cells = [None if value != value else _plain_number(value) for value in series.tolist()]
    elif series.dtype.kind == "M":
        cells = [
            None if stamp != stamp else stamp.isoformat(" ").removesuffix(" 00:00:00") for stamp in series.tolist()
        ]
    else:
        cells = [None if value is None or value != value else str(value) for value in series.tolist()]
    return pa.chunked_array([pa.array(cells, pa.large_string())])


def _plain_number(value: float) -> str:
    return str(int(value)) if value.is_integer() and abs(value) < 1e15 else repr(value)


def _sentence(text: str) -> str:
    return text[:1].upper() + text[1:] + "."

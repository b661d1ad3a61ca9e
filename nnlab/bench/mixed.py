"""A large file of mixed columns to measure reading with: numbers, dates, levels, words, keys and missing cells."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    import pyarrow as pa

_BLOCK = 25_000  # rows
_DIGITS = (2, 2, 4, 3, 4, 5, 6, 1)  # after the decimal mark, for each column of numbers
_MARKS = (("NA",), ("",), ("-",), ("", "NA"))  # what stands for a missing cell
_MISSING = 0.03  # the share of cells
_CITIES = ("Berlin", "München", "Köln", "Hamburg", "Zürich", "Wien", "Bern")
_STATES = ("open", "closed", "waiting")
_WORDS = (
    "the", "pump", "was", "checked", "and", "oil", "found", "near", "valve", "no", "leak", "today", "again", "later",
    "by", "shift", "two", "new", "part", "ordered",
)  # fmt: skip
_FIRST_DAY = "2019-01-01"
_SECONDS = 4 * 365 * 86_400


@dataclass(frozen=True)
class Form:
    """How the file is written."""

    name: str
    delimiter: str
    decimal: str
    day: str


FORMS = (Form("semicolon", ";", ",", "%d.%m.%Y"), Form("comma", ",", ".", "%m/%d/%Y"))


def write_mixed(path: Path, size: int, form: Form) -> None:
    """Writes blocks of random rows, the same ones at every call, until the file has the size in bytes."""
    import numpy as np
    import pyarrow.compute as pc

    random = np.random.default_rng(0)
    n_rows = 0
    with path.open("wb") as file:
        while file.tell() < size:
            columns = _block(min(_BLOCK, max(50, size // 400)), n_rows, random, form)
            if not n_rows:
                file.write(form.delimiter.join(columns).encode() + b"\n")
            lines = pc.binary_join_element_wise(*columns.values(), form.delimiter)
            file.write("\n".join(lines.to_pylist()).encode() + b"\n")
            n_rows += len(lines)


def _block(n: int, first: int, random: np.random.Generator, form: Form) -> dict[str, pa.Array]:
    """Eight numbers, two whole ones, two dates, three columns of levels, a sentence and a key."""
    import numpy as np
    import pyarrow as pa
    import pyarrow.compute as pc

    columns: dict[str, pa.Array] = {}
    for k, n_digits in enumerate(_DIGITS):
        whole = pa.array(random.integers(-999 if k % 2 else 0, 10 ** (1 + k % 5), n)).cast(pa.string())
        digits = pa.array(random.integers(0, 10**n_digits, n)).cast(pa.string())
        cells = pc.binary_join_element_wise(whole, pc.utf8_lpad(digits, n_digits, "0"), form.decimal)
        columns[f"value_{k}"] = _with_missing(cells, _MARKS[k % 4], random)
    columns["count"] = _with_missing(pa.array(random.integers(0, 5_000, n)).cast(pa.string()), ("",), random)
    columns["amount"] = pa.array(random.integers(0, 10_000_000, n)).cast(pa.string())
    when = pa.array(np.datetime64(_FIRST_DAY, "s") + random.integers(0, _SECONDS, n))
    columns["taken"] = _with_missing(pc.strftime(when, format="%Y-%m-%d %H:%M:%S"), ("NA", ""), random)
    columns["day"] = _with_missing(pc.strftime(when, format=form.day), ("-",), random)
    columns["city"] = _with_missing(_any_of(_CITIES, n, random), ("NA",), random)
    columns["state"] = _any_of(_STATES, n, random)
    columns["product"] = _any_of([f"P{place:04d}" for place in range(1200)], n, random)
    note = pc.binary_join_element_wise(*(_any_of(_WORDS, n, random) for _ in range(5)), " ")
    quoted = pc.binary_join_element_wise('"', note, f'{form.delimiter} seen twice"', "")
    columns["note"] = _with_missing(pc.if_else(pa.array(random.random(n) < 0.1), quoted, note), ("",), random)
    numbers = pa.array(np.arange(first, first + n)).cast(pa.string())
    columns["key"] = pc.binary_join_element_wise("K", pc.utf8_lpad(numbers, 8, "0"), "-")
    return columns


def _any_of(texts: tuple[str, ...] | list[str], n: int, random: np.random.Generator) -> pa.Array:
    import pyarrow as pa

    return pa.array(texts).take(pa.array(random.integers(0, len(texts), n)))


def _with_missing(cells: pa.Array, marks: tuple[str, ...], random: np.random.Generator) -> pa.Array:
    import pyarrow as pa
    import pyarrow.compute as pc

    return pc.if_else(pa.array(random.random(len(cells)) < _MISSING), _any_of(marks, len(cells), random), cells)

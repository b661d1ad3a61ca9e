"""How bytes become a table: encoding, dialect, header and the lines that are set aside."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import Field, model_validator

from nnlab.data.wording import counted
from nnlab.spec import Spec

# what stands for "nothing is known here"; the same texts that pandas takes, and the question mark of the UCI files
MISSING = (
    "", "NA", "N/A", "n/a", "NaN", "nan", "NULL", "Null", "null", "None", "<NA>", "<null>", "#N/A", "#NA", "#N/A N/A",
    "-NaN", "-nan", "1.#IND", "1.#QNAN", "-1.#IND", "-1.#QNAN", "?",
)  # fmt: skip
# these stand for nothing only among numbers, dates and yes/no; elsewhere they are levels
MISSING_AMONG_VALUES = (
    "-", "--", "—", "–", ".", "..", "...", "*", "**", "\\N", "(null)", "nil", "none", "NONE", "na", "n.a.", "N.A.",
    "unknown", "Unknown", "missing", "Missing", "#REF!", "#DIV/0!", "#VALUE!", "#NUM!", "#NAME?", "#NULL!", "(blank)",
    "not available", "NaT",
)  # fmt: skip

HEADED = ("Parquet", "Arrow", "JSON rows")  # forms of files that say themselves what their columns are called
_NAMES = {",": "comma", ";": "semicolon", "\t": "tab", "|": "bar", ":": "colon", " ": "space", "\x1f": "unit separator"}


class Reading(Spec):
    """Everything that was guessed about a file's form, or that a person said instead."""

    sheet: str = Field("", description="The sheet of a workbook; empty: the first that holds a table.")
    encoding: str = Field(
        "utf-8", min_length=1, max_length=40, description="Name of the encoding, as Python spells it."
    )
    delimiter: str = Field(",", min_length=1, max_length=8, description="What stands between two cells.")
    quote: Literal['"', "'", ""] = Field('"', description="What stands around a cell; empty: nothing does.")
    escape: Literal["", "\\"] = Field(
        "", description="What takes the meaning from the next character; empty: doubling."
    )
    decimal: Literal["", ".", ","] = Field("", description="The decimal mark; empty: each column shows its own.")
    digits: Literal["moments", "numbers"] = Field(
        "moments", description="Whether 20240131, or seconds since 1970, under a name that speaks of time are dates."
    )
    header_line: int | None = Field(1, ge=1, description="The line that holds the names, from 1; none: no line does.")
    skip_lines: int = Field(0, ge=0, description="Lines above the header, or above the first row, that are set aside.")
    below_header: int = Field(0, ge=0, le=20, description="Lines under the header set aside: units, names again.")
    footer_lines: int = Field(0, ge=0, description="Lines at the end of the file that are set aside.")
    comment: str = Field("", max_length=4, description="Lines that begin so and do not fit are set aside; empty: none.")
    missing: tuple[str, ...] = Field(MISSING, description="Cells that stand for a missing value.")
    missing_among_values: tuple[str, ...] = Field(
        MISSING_AMONG_VALUES, description="Cells that stand for a missing value among numbers, dates and yes/no."
    )
    pixels: Literal["join", "keep"] = Field(
        "keep",
        description="What becomes of a block of pixel columns: one column of pictures, as a guess says, or kept.",
    )
    image: str | None = Field(
        None,
        pattern=r"^[13],[1-9]\d{0,2},[1-9]\d{0,2}$",
        description="Channels, height and width of pictures, such as 1,28,28, and so of pixel columns; none: guessed.",
    )

    def plain(self) -> dict[str, Any]:
        """As of any spec; a form of pictures that nobody said is left out, so that tables from before it are known."""
        found = super().plain()
        if self.image is None:
            del found["image"]
        return found

    @model_validator(mode="after")
    def _can_cut(self) -> Reading:
        if any(mark in self.delimiter for mark in "\x00\r\n"):
            raise ValueError("a line end or a zero byte cannot stand between two cells")
        if self.delimiter in (self.quote, self.escape):
            raise ValueError("delimiter, quotation mark and escape must differ")
        return self

    @property
    def n_above(self) -> int:
        """How many lines above the table are set aside: where there is a header its line alone decides."""
        return self.skip_lines if self.header_line is None else self.header_line - 1

    def sentence(self, form: str = "", n_aside: int = 0, n_emptied: int = 0) -> str:
        """What was understood, in one line: "UTF-8, comma, header in line 1, nothing set aside".

        `form` names a file that is no text; `n_aside` rows of the table were set aside, `n_emptied` left empty.
        """
        aside = [
            f"{counted(count, noun)}{place}"
            for count, noun, place in (
                (self.n_above, "line", " above the table"),
                (self.below_header if self.header_line else 0, "line", " under the header"),
                (self.footer_lines, "line", " at the end"),
                (n_aside, "row", ""),
            )
            if count
        ]
        text = [self.encoding.upper().replace("_", "-"), delimiter_name(self.delimiter)]
        emptied = f"{counted(n_emptied, 'row')} left empty"
        parts = [
            *([form] if form else [f"sheet {self.sheet}"] if self.sheet else text),
            *(["single quotes"] if self.quote == "'" else ["no quotes"] if not self.quote else []),
            *(["backslash escapes"] if self.escape else []),
            *(["decimal comma"] if self.decimal == "," else []),
            *([] if form in HEADED else [f"header in line {self.header_line}" if self.header_line else "no header"]),
            *([", ".join(aside) + " set aside"] if aside else [] if n_emptied else ["nothing set aside"]),
            *([emptied] if n_emptied else []),
        ]
        return ", ".join(parts)


def delimiter_name(delimiter: str) -> str:
    """What a person calls a delimiter: "comma", "tab"; one without a name in quotation marks."""
    return _NAMES.get(delimiter, repr(delimiter))


def guess_reading(data: bytes, *, name: str = "table.csv", **known: object) -> Reading:
    """How the bytes of a file are to be read; what is `known` (fields of `Reading`) is kept, the rest is guessed.

    Of several tables in an archive it is the first one's reading.
    """
    from nnlab.data.cutting import understood
    from nnlab.data.packing import unpacked
    from nnlab.limits import limits

    inner, first = unpacked(data, limits().file_bytes).tables[0]
    return understood(first, inner or name, None, known, limits()).reading

"""What a file holds once it is read: a typed frame, its columns, and every cell and line that did not fit."""

from __future__ import annotations

import hashlib
import io
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

from nnlab.data.columns import Columns, Kind
from nnlab.data.reading import Reading
from nnlab.errors import StorageError

if TYPE_CHECKING:
    import pandas as pd

READER_VERSION = 4  # raise it whenever the same bytes and the same `Reading` would give another table
MOST_ISSUES = 500  # the rest are counted in the last one
MOST_ISSUES_OF_KNOWN = 20_000  # of rows to predict, whose lost cells go back as they came


@dataclass(frozen=True)
class Issue:
    """Something in the file that did not fit: its line (0: the whole file), its column, its text, and what was done.

    `n_aside` rows were set aside for it, `n_emptied` rows stand in the table with all cells missing. A `note` is a fact
    that nobody has to mend, a `warning` one that makes the whole table doubtful.
    """

    line: int
    column: str
    text: str
    why: str
    n_aside: int = 0
    n_emptied: int = 0
    weight: Literal["note", "odd", "warning"] = "odd"

    def __str__(self) -> str:
        place = ", ".join(part for part in (f"line {self.line}" if self.line else "", self.column) if part)
        text = f": {self.text[:80]!r}" if self.text else ""
        return f"{place}{text}: {self.why}" if place else f"{self.why}{text}"


@dataclass(frozen=True, eq=False)
class Table:
    """A frame with a column per column of the file and a row per record, indexed by line number (`line`).

    Numeric columns are float64 with NaN for missing, dates are datetime64; every other column keeps the file's own
    text, stripped, as pandas strings. `columns` are the guesses, each with its reason; `form` names a file that is no
    text ("workbook, sheet Prices").
    """

    name: str
    frame: pd.DataFrame
    columns: Columns
    reading: Reading
    issues: tuple[Issue, ...]
    file_digest: str
    form: str = ""
    cleaning_identity: str = ""  # of the steps that were carried out since it was read; empty: none were

    @property
    def id(self) -> str:
        """32 hexadecimal digits that name this table: of the file's bytes, the reading, its version, and cleaning."""
        return table_id(self.file_digest, self.reading, self.cleaning_identity)

    @property
    def n_rows(self) -> int:
        return len(self.frame)

    @property
    def n_columns(self) -> int:
        return self.frame.shape[1]

    def sentence(self) -> str:
        """How the file was read, in one line, and how many rows did not find their place."""
        n_aside, n_emptied = (sum(getattr(issue, name) for issue in self.issues) for name in ("n_aside", "n_emptied"))
        return self.reading.sentence(self.form, n_aside, n_emptied)


def table_id(file_digest: str, reading: Reading, cleaning_identity: str = "") -> str:
    """The name of the table that a file gives under a reading, and cleaned so; known before anything is read."""
    parts = [file_digest, reading.to_json(), str(READER_VERSION), *([cleaning_identity] if cleaning_identity else [])]
    return hashlib.sha256(" ".join(parts).encode()).hexdigest()[:32]


def typed(frame: pd.DataFrame, columns: Columns) -> pd.DataFrame:
    """The frame with each of its columns converted to the kind chosen for it; cells that cannot be are missing."""
    import pandas as pd

    from nnlab.data.kinds import as_kind

    # the cells of pictures whose form is known were looked at when the file was read
    kinds: dict[str, Kind] = {column.name: "text" if column.image else column.kind for column in columns.columns}
    parts = {name: as_kind(frame[name], kinds[name])[0] if name in kinds else frame[name] for name in frame.columns}
    return pd.DataFrame(parts, index=frame.index, columns=frame.columns, copy=False)


class LostCells(NamedTuple):
    """How many filled cells of a column are nothing in another kind, and the first few of them."""

    n: int
    examples: tuple[str, ...]


def lost_cells(series: pd.Series[Any], kind: Kind) -> LostCells:
    """What a column loses as another kind: text that is no number, no date, no picture."""
    from nnlab.data.kinds import as_kind

    made, n_lost = as_kind(series, kind)
    if not n_lost:
        return LostCells(0, ())
    lost = series[made.isna().to_numpy() & series.notna().to_numpy()]
    return LostCells(n_lost, tuple(str(cell)[:60] for cell in lost.drop_duplicates().iloc[:3]))


def table_to_parquet_bytes(table: Table) -> bytes:
    """The table's frame as a Parquet file, the line numbers in a column of their own."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    sink = io.BytesIO()
    places = [str(place) for place in range(table.n_columns)]  # names from files may hold anything
    data = pa.Table.from_pandas(table.frame.set_axis(places, axis=1), preserve_index=False)
    data = data.append_column("line", pa.array(table.frame.index.to_numpy()))
    pq.write_table(data.replace_schema_metadata(None), sink, compression="zstd")
    return sink.getvalue()


def table_from_parquet(
    path: Path,
    reading: Reading,
    columns: Columns,
    issues: tuple[Issue, ...],
    name: str,
    digest: str,
    form: str = "",
    cleaning_identity: str = "",
) -> Table:
    """The table whose frame `table_to_parquet_bytes` wrote; raises `StorageError` for a damaged file."""
    import numpy as np
    import pandas as pd
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        data = pq.read_table(path)
    except (pa.ArrowException, OSError) as error:
        raise StorageError(
            "the stored table is damaged", where=path.name, came=str(error)[:200], do="Open the file again."
        ) from None
    if data.num_columns != len(columns.columns) + 1:
        raise StorageError("the stored table has other columns than its record says", where=path.name)
    lines = data.column("line").to_numpy()
    text = pd.StringDtype("pyarrow", na_value=np.nan)
    # numbers without a missing cell stay where they were read, and the others are given back one by one
    data = data.drop_columns(["line"])
    kinds = {pa.large_string(): text, pa.string(): text}
    frame = data.to_pandas(types_mapper=kinds.get, split_blocks=True, self_destruct=True)
    return Table(
        name=name,
        frame=frame.set_axis(list(columns.names), axis=1).set_axis(pd.Index(lines, dtype="int64", name="line"), axis=0),
        columns=columns,
        reading=reading,
        issues=issues,
        file_digest=digest,
        form=form,
        cleaning_identity=cleaning_identity,
    )

"""A table on disk: the bytes as they came, how they are read, and the typed frame beside them.

tables/ID/
  bytes           the file as it came, under this name whatever it was called
  reading.json    the shown name, the digest, the Reading, the guessed columns, the issues; of a cleaned table also
                  its steps, what each did, and the id of the table before them
  table.parquet   the typed frame; made again from the bytes where it is missing or damaged
  encoded/        one safetensors file for each preparation in use
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import astuple
from pathlib import Path
from typing import Any, NamedTuple

import nnlab
from nnlab.cleaning.cleaning import Cleaning
from nnlab.cleaning.done import Done
from nnlab.data.columns import Columns
from nnlab.data.reading import Reading
from nnlab.data.table import READER_VERSION, Issue, Table, table_from_parquet, table_id, table_to_parquet_bytes
from nnlab.errors import NnlabError, NotFoundError, StorageError
from nnlab.runs import files

FORMAT = 1


class TableEntry(NamedTuple):
    """A line of the list of tables: what is known without opening one; `problem` where it cannot be opened."""

    id: str
    name: str
    n_rows: int | None
    n_columns: int | None
    size_bytes: int
    problem: str = ""


class TableFolder:
    """The folder of one table; written once, then only read, save for `encoded/`."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.bytes = path / "bytes"
        self.record = path / "reading.json"
        self.parquet = path / "table.parquet"
        self.encoded = path / "encoded"

    def write(
        self, table: Table, is_guessed: bool, cleaning: Cleaning | None = None, done: Sequence[Done] = ()
    ) -> None:
        """Writes what was made of the bytes that lie here already; the record comes last."""
        files.write_bytes(self.parquet, table_to_parquet_bytes(table))
        cleaned = {} if cleaning is None or not cleaning.steps else _cleaned(table, cleaning, done)
        files.write_json(
            self.record,
            {
                "format": FORMAT,
                "nnlab": nnlab.__version__,
                "id": table.id,
                "name": table.name,
                "digest": table.file_digest,
                "reading": table.reading.plain(),
                "is_guessed": is_guessed,
                "reader_version": READER_VERSION,
                "columns": table.columns.plain(),
                "issues": [list(astuple(issue)) for issue in table.issues],
                "form": table.form,
                "n_rows": table.n_rows,
                "n_columns": table.n_columns,
                **cleaned,
            },
        )

    def open(self, read_again: Callable[[Path, str, Reading], Table]) -> Table:
        """The table; from its bytes with `read_again` where the typed frame is lost.

        Raises `NotFoundError` where there is none and `StorageError` where neither can be read.
        """
        plain = self.plain()
        try:
            reading, columns = Reading.parse(plain["reading"]), Columns.parse(plain["columns"])
            name, digest = str(plain["name"]), str(plain["digest"])
            issues = tuple(Issue(*parts) for parts in plain["issues"])  # tables of before hold the first four parts
            form = str(plain.get("form", ""))
        except (KeyError, TypeError, NnlabError) as error:
            raise self._damaged(str(error)) from None
        try:
            identity = self.cleaning().identity
            return table_from_parquet(self.parquet, reading, columns, issues, name, digest, form, identity)
        except (OSError, ValueError, KeyError, NnlabError):
            return self._mended(read_again, name, reading)

    def plain(self) -> dict[str, Any]:
        """What reading.json says; raises `NotFoundError` or `StorageError`."""
        plain = files.read_json(self.record)
        if not isinstance(plain, dict):
            raise self._damaged("reading.json is no object")
        if isinstance(plain.get("format"), int) and plain["format"] > FORMAT:
            maker = str(plain.get("nnlab", "a newer version"))[:40]
            came = f"made by nnlab {maker}; this is nnlab {nnlab.__version__}"
            do = "Update nnlab, then open it again. Nothing was changed."
            raise StorageError("this table is of a newer version", came=came, do=do, reason="newer")
        return plain

    def cleaning(self) -> Cleaning:
        """The steps that this table went through since it was read; raises `SpecError` for what are none."""
        return Cleaning.parse(self.plain().get("cleaning") or {}, "reading.json, cleaning")

    def reading(self) -> Reading:
        """How the bytes are read; raises `SpecError`."""
        return Reading.parse(self.plain().get("reading"), "reading.json, reading")

    def raw_id(self) -> str:
        """The id of the table before cleaning; empty for a table that was not cleaned."""
        return str(self.plain().get("raw_id", ""))

    def entry(self) -> TableEntry:
        """The line of the list of tables; a damaged table has one too, so that it can be deleted."""
        size_bytes = sum(part.stat().st_size for part in self.path.rglob("*") if part.is_file())
        try:
            plain = self.plain()
            n_rows, n_columns = int(plain["n_rows"]), int(plain["n_columns"])
            return TableEntry(self.path.name, str(plain["name"]), n_rows, n_columns, size_bytes)
        except NnlabError as error:
            return TableEntry(self.path.name, self.path.name, None, None, size_bytes, str(error))
        except (KeyError, TypeError, ValueError):
            return TableEntry(self.path.name, self.path.name, None, None, size_bytes, str(self._damaged("")))

    def _mended(self, read_again: Callable[[Path, str, Reading], Table], name: str, reading: Reading) -> Table:
        try:
            table = read_again(self.bytes, name, reading)
            if table.file_digest != self.plain().get("digest"):
                raise self._damaged("other bytes than were uploaded")
            files.write_bytes(self.parquet, table_to_parquet_bytes(table))
        except (OSError, NotFoundError) as error:
            raise self._damaged(str(error)) from None
        return table

    def _damaged(self, came: str) -> StorageError:
        do = "Upload the file again; projects that use it go on with the new copy."
        where = files.shown(self.path)
        return StorageError("this table is damaged", where=where, came=came[:300], do=do, reason="damaged")


def _cleaned(table: Table, cleaning: Cleaning, done: Sequence[Done]) -> dict[str, Any]:
    raw_id = table_id(table.file_digest, table.reading)
    return {"raw_id": raw_id, "cleaning": cleaning.plain(), "done": [each.plain() for each in done]}

"""The data room: bytes to a Table with typed columns, each guess with its reason; nothing heavy is imported here."""

from __future__ import annotations

from nnlab.data.columns import Column, Columns, Kind, Role, Task
from nnlab.data.read import read
from nnlab.data.reading import Reading, guess_reading
from nnlab.data.table import READER_VERSION, Issue, Table, table_id, typed

__all__ = [
    "READER_VERSION", "Column", "Columns", "Issue", "Kind", "Reading", "Role", "Table", "Task", "guess_reading", "read",
    "table_id", "typed",
]  # fmt: skip

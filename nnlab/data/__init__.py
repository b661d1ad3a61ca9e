"""The data room: bytes to a Table with typed columns, each guess with its reason; nothing heavy is imported here."""

from __future__ import annotations

from nnlab.data.bundle import Comparison, bundled, compare
from nnlab.data.columns import Column, Columns, Kind, Role, Task
from nnlab.data.profile import ColumnProfile, profile
from nnlab.data.read import read
from nnlab.data.reading import Reading, guess_reading
from nnlab.data.samples import Sample, sample, sample_bytes, samples
from nnlab.data.table import READER_VERSION, Issue, Table, table_from_parquet, table_id, table_to_parquet_bytes, typed
from nnlab.data.task import resolve_task, with_target

__all__ = [
    "READER_VERSION",
    "Column",
    "ColumnProfile",
    "Columns",
    "Comparison",
    "Issue",
    "Kind",
    "Reading",
    "Role",
    "Sample",
    "Table",
    "Task",
    "bundled",
    "compare",
    "guess_reading",
    "profile",
    "read",
    "resolve_task",
    "sample",
    "sample_bytes",
    "samples",
    "table_from_parquet",
    "table_id",
    "table_to_parquet_bytes",
    "typed",
    "with_target",
]

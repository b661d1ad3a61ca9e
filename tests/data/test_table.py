"""A table is a value with a name of its own; it goes to Parquet and back unchanged."""

from __future__ import annotations

import hashlib
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from nnlab.data import READER_VERSION, Issue, read, table_from_parquet, table_id, table_to_parquet_bytes
from nnlab.data.table import LostCells, lost_cells
from nnlab.errors import StorageError

DATA = "id,näme,x,day,b\n1,é,1.5,2020-01-01,yes\n2,,2.5,2020-01-02,no\n3,<b>,,2020-01-03,yes\n".encode()


def test_the_id_follows_from_bytes_reading_and_version() -> None:
    """The same bytes read the same way have one id; another reading is another table."""
    table = read(DATA)
    assert table.file_digest == hashlib.sha256(DATA).hexdigest()
    assert table.id == read(DATA, name="other.csv").id == table_id(table.file_digest, table.reading)
    assert len(table.id) == 32
    assert table.id != read(DATA, reading=table.reading.having(header_line=None)).id
    assert READER_VERSION >= 1


def test_parquet_gives_the_table_back(tmp_path: Path) -> None:
    """Frame, dtypes, missing cells and line numbers are equal."""
    table = read(DATA)
    path = tmp_path / "table.parquet"
    path.write_bytes(table_to_parquet_bytes(table))
    again = table_from_parquet(path, table.reading, table.columns, table.issues, table.name, table.file_digest)
    assert again.frame.equals(table.frame)
    assert again.frame.dtypes.tolist() == table.frame.dtypes.tolist()
    assert again.frame.index.name == "line"
    assert again.id == table.id


def test_numbers_read_back_take_their_memory_once(tmp_path: Path) -> None:
    """Cells that are all there lie where they were read; no copy is made of them."""
    rows = "\n".join(",".join(str(10 * row + place) for place in range(20)) for row in range(100))
    table = read((",".join(f"x{place}" for place in range(20)) + f"\n{rows}\n").encode())
    path = tmp_path / "table.parquet"
    path.write_bytes(table_to_parquet_bytes(table))
    again = table_from_parquet(path, table.reading, table.columns, (), table.name, table.file_digest)
    assert again.frame.equals(table.frame)
    for name in again.frame.columns:
        owner: Any = again.frame[name].to_numpy()
        while isinstance(owner.base, np.ndarray):
            owner = owner.base
        assert owner.size == table.n_rows, "a block of several columns is a copy"


def test_a_damaged_parquet_file_is_told(tmp_path: Path) -> None:
    """Half a file, or one with other columns, is a `StorageError`."""
    table = read(DATA)
    path = tmp_path / "table.parquet"
    data = table_to_parquet_bytes(table)
    path.write_bytes(data[: len(data) // 2])
    with pytest.raises(StorageError, match="damaged"):
        table_from_parquet(path, table.reading, table.columns, (), "t", "d")
    path.write_bytes(data)
    fewer = table.columns.having(columns=table.columns.columns[:2])
    with pytest.raises(StorageError, match="other columns"):
        table_from_parquet(path, table.reading, fewer, (), "t", "d")


def test_an_issue_is_one_line_and_never_shows_control_characters_raw() -> None:
    """Terminal escapes from a file must not reach a log."""
    assert str(Issue(3, "x", "\x1b[2Jhello", "is no number")) == "line 3, x: '\\x1b[2Jhello': is no number"
    assert str(Issue(0, "", "", "one more line")) == "one more line"


def test_names_from_files_are_only_data() -> None:
    """Names that mean something to pandas or Python are names."""
    frame = read(b"index,line,class,__class__,None,0\n1,2,3,4,5,6\n2,3,4,5,6,7\n").frame
    assert list(frame.columns) == ["index", "line", "class", "__class__", "None", "0"]


def test_the_room_is_light_to_import() -> None:
    """Neither torch nor scikit-learn nor pandas is imported by naming the room."""
    import subprocess

    code = "import sys, nnlab.data; print(sorted({'torch','sklearn','lightgbm','pandas','pyarrow'} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_what_another_kind_takes_from_a_column_is_counted() -> None:
    """Cells that are no number, with examples; nothing where every cell fits."""
    frame = read(b"v,w\n1,a\n2,b\nmany,c\nmany,d\n3,e\n", name="x.csv").frame
    assert lost_cells(frame["v"].astype("str"), "numeric") == LostCells(2, ("many",))
    assert lost_cells(frame["w"], "categorical") == LostCells(0, ())

"""Parquet and Arrow files: what pandas reads of them is what stands in the table; sizes are summed beforehand."""

from __future__ import annotations

import datetime
import io

import pandas as pd
import pyarrow as pa
import pyarrow.feather as feather
import pyarrow.parquet as pq
import pytest

from nnlab.data import read
from nnlab.data.doors.arrow_buffers import buffer_bytes
from nnlab.data.doors.parquet_pages import page_bytes
from nnlab.errors import DataError, LimitError
from nnlab.limits import Limits

N = 25
BERLIN = pa.timestamp("ns", "Europe/Berlin")
DAY = datetime.datetime(2024, 1, 31, 13, 45)
DATA = pa.table(
    {
        "x": [n / 7 for n in range(N)],
        "single": pa.array([n / 10 for n in range(N)], pa.float32()),
        "big": pa.array([2**53 - n for n in range(N)], pa.int64()),
        "text": ['a\nb, "c"', None, "é"] * 8 + ["z"],
        "level": pa.array(["u", "v", "w", "u", "v"] * 5).dictionary_encode(),
        "flag": [True, False, None, True, False] * 5,
        "day": [datetime.date(2024, 1, 1 + n) for n in range(N)],
        "at": [DAY + datetime.timedelta(seconds=n) for n in range(N)],
        "zoned": pa.array([DAY + datetime.timedelta(seconds=n) for n in range(N)], BERLIN),
    }
)


def parquet(data: pa.Table, **options: object) -> bytes:
    sink = io.BytesIO()
    pq.write_table(data, sink, **options)
    return sink.getvalue()


def arrow(data: pa.Table, compression: str = "lz4") -> bytes:
    sink = io.BytesIO()
    feather.write_feather(data, sink, compression=compression)
    return sink.getvalue()


@pytest.mark.parametrize(
    "file",
    [
        parquet(DATA),
        parquet(DATA, compression="zstd", data_page_version="2.0", use_dictionary=False, row_group_size=7),
        arrow(DATA),
        arrow(DATA, "zstd"),
        arrow(DATA, "uncompressed"),
    ],
    ids=["parquet", "parquet 2", "lz4", "zstd", "plain"],
)
def test_the_values_are_those_of_pandas(file: bytes) -> None:
    """Every packing gives the numbers bit for bit, the texts with their line breaks, the times in UTC."""
    table = read(file, name="table.bin")
    theirs = DATA.to_pandas()
    assert table.frame["x"].tolist() == theirs["x"].tolist()
    assert table.frame["big"].tolist() == theirs["big"].astype(str).tolist()  # names of rows, every digit kept
    assert table.frame["single"].tolist() == [n / 10 for n in range(N)]
    assert table.frame["text"].fillna("-").tolist() == theirs["text"].fillna("-").tolist()
    assert table.frame["level"].tolist() == theirs["level"].tolist()
    assert (table.frame["day"].tolist(), table.frame["at"].tolist()) == (
        pd.to_datetime(theirs["day"]).tolist(),
        theirs["at"].tolist(),
    )
    assert table.frame["zoned"].tolist() == theirs["zoned"].dt.tz_convert("UTC").dt.tz_localize(None).tolist()
    assert [issue.column for issue in table.issues] == ["zoned"]
    assert list(table.frame.index) == list(range(1, N + 1))


@pytest.mark.parametrize("values", [[[1, 2], [3]], [{"a": 1}, {"a": 2}], [b"\xff", b"a"]])
def test_columns_of_lists_records_and_bytes_are_refused_by_name(values: list[object]) -> None:
    """The message names the column and its type."""
    for file in (parquet(pa.table({"n": [1, 2], "odd": values})), arrow(pa.table({"n": [1, 2], "odd": values}))):
        with pytest.raises(DataError) as caught:
            read(file, name="x.parquet")
        assert caught.value.column == "odd"
        assert "odd" in caught.value.where


def test_sizes_are_the_bytes_that_come_out() -> None:
    """Pages and buffers without compression declare what they hold: the sums lie at the size of the values."""
    values = pa.table({"a": pa.array(range(100_000), pa.int64())})
    assert 800_000 <= page_bytes(parquet(values, compression="zstd", use_dictionary=False), 1 << 40) < 810_000
    for packing in ("zstd", "uncompressed"):
        assert 800_000 <= buffer_bytes(pa.BufferReader(arrow(values, packing)[8:]), 1 << 40) < 830_000


def test_a_bomb_is_refused_by_its_own_figures() -> None:
    """Rows, pages and buffers that unpack to more than the limit, and one text that many rows share."""
    flat = pa.table({"a": pa.array([0] * 300_000, pa.int64())})
    text = pa.table({"a": pa.array(["long " * 20_000] * 200).dictionary_encode()})
    for data in (flat, text):
        for file in (parquet(data, compression="zstd"), arrow(data, "zstd")):
            assert len(file) < 100_000
            with pytest.raises(LimitError, match="limit"):
                read(file, limits=Limits(file_bytes=1_000_000 if data is text else 200_000))


def test_a_damaged_file_is_refused() -> None:
    """Cut off, without its figures, or with a footer that says more than there is."""
    whole = parquet(DATA)
    for file in (whole[:-1], whole[:200] + whole[-8:], b"PAR1" + b"D" * 300, arrow(DATA)[:500], b"ARROW1\x00\x00"):
        with pytest.raises(DataError, match="damaged"):
            read(file, name="renamed.csv")

"""Every door at once: whatever bytes come, they are read or refused by an error of ours."""

from __future__ import annotations

import gzip
import random

import pytest

from nnlab.data import read
from nnlab.errors import DataError, LimitError
from tests.batteries import battery
from tests.data.doors.books import ods, rows, xlsx, zipped
from tests.data.doors.test_columnar import DATA, arrow, parquet

SHEET = rows(("n", "text", "x"), *((n, "ab"[n % 2], n / 7) for n in range(20)))
TABLE_ROW = "<table:table-row><table:table-cell office:value-type='float' office:value='{}'/></table:table-row>"
FILES = {
    "a.parquet": parquet(DATA),
    "b.parquet": parquet(DATA, compression="gzip", use_dictionary=False, data_page_version="2.0"),
    "a.feather": arrow(DATA, "zstd"),
    "b.feather": arrow(DATA, "uncompressed"),
    "a.xlsx": xlsx({"S": SHEET, "T": SHEET}, shared="<si><t>a</t></si>"),
    "a.ods": ods({"S": "".join(TABLE_ROW.format(n) for n in range(20))}),
    "a.jsonl": b'{"a": 1, "b": [2]}\n{"a": 2, "b": "x"}\n' * 9,
    "a.csv.gz": gzip.compress(b"a,b\n1,2\n" * 50, mtime=0),
    "a.zip": zipped({"a.csv": b"a,b\n1,2\n2,3\n", "b.csv": b"b;a\n1;2\n", "c.png": b"x"}),
}


@pytest.mark.parametrize("name", FILES)
def test_damaged_bytes_are_read_or_refused(name: str) -> None:
    """Bytes changed, lost, doubled, or cut off at random places: no foreign error, and no end of the process."""
    chance = random.Random(name)
    for _ in range(battery(15, 2000)):
        try:
            read(_damaged(FILES[name], chance), name=name)
        except (DataError, LimitError):
            continue


@pytest.mark.parametrize(
    "part", ["xl/workbook.xml", "xl/styles.xml", "xl/worksheets/sheet1.xml", "xl/sharedStrings.xml"]
)
def test_damaged_parts_of_a_workbook_are_read_or_refused(part: str) -> None:
    """The same inside an archive that is whole."""
    import io
    import zipfile

    archive = zipfile.ZipFile(io.BytesIO(FILES["a.xlsx"]))
    members: dict[str, str | bytes] = {name: archive.read(name) for name in archive.namelist()}
    chance = random.Random(part)
    for _ in range(battery(10, 1000)):
        try:
            read(zipped({**members, part: _damaged(archive.read(part), chance)}), name="a.xlsx")
        except (DataError, LimitError):
            continue


def _damaged(data: bytes, chance: random.Random) -> bytes:
    bytes_ = bytearray(data)
    for _ in range(chance.choice([1, 1, 2, 5])):
        at, what = chance.randrange(len(bytes_)), chance.random()
        if what < 0.5:
            bytes_[at] = chance.randrange(256)
        elif what < 0.65:
            bytes_[at : at + 4] = b"\xff\xff\xff\x7f"
        elif what < 0.8:
            del bytes_[at : at + chance.randrange(1, 40)]
        elif what < 0.95:
            bytes_[at:at] = bytes_[: chance.randrange(1, 60)]
        else:
            del bytes_[at + 1 :]
        bytes_ = bytes_ or bytearray(b"x")
    return bytes(bytes_)

"""Several files as one: the same parts give the same bytes, and two tables are compared by what is used."""

from __future__ import annotations

import io
import zipfile

from nnlab.data import read
from nnlab.data.bundle import Comparison, bundled, compare

CSV = b"n,x,y\n" + b"".join(b"%d,%d.5,%s\n" % (n, n * n, b"ab"[n % 2 : n % 2 + 1]) for n in range(20))


def test_the_same_parts_give_the_same_bytes() -> None:
    """No clock and no system is in them; other parts or another order are other bytes."""
    parts = [("a.csv", CSV), ("b.csv", b"x")]
    assert bundled(parts) == bundled(parts)
    assert bundled(parts) != bundled(parts[::-1])


def test_names_are_safe_and_distinct() -> None:
    """No folder, no hidden name, nothing that a file system cannot write, none twice; the bytes are as they came."""
    names = ["../../a.csv", "C:\\b\\A.csv", ".hidden", "x\n?.csv", "", "é" * 300 + ".csv", "a.csv"]
    archive = zipfile.ZipFile(io.BytesIO(bundled([(name, CSV) for name in names])))
    found = archive.namelist()
    assert found[:5] == ["a.csv", "A (2).csv", "hidden", "x__.csv", "table"]
    assert (len(found[5]), found[6]) == (101, "a (3).csv")
    assert all(archive.read(name) == CSV for name in found)


def test_two_tables_are_compared_by_features_and_target() -> None:
    """All features and the target: a test set; only the target missing: rows to predict; else another table."""
    first = read(CSV, name="train.csv")
    assert compare(first, read(b"y,extra,x,n\na,1,2,3\nb,4,5,6\n"), ["y"]) == Comparison("test")
    assert compare(first, read(b"x,n\n1,2\n3,5\n"), ["y"]) == Comparison("predict", ("y",))
    assert compare(first, read(b"n,z\n1,2\n3,5\n"), ["y"]) == Comparison("different", ("x", "y"))

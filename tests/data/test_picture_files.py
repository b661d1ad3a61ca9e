"""A table and its pictures in one zip: joined by name, nothing lost without a word, nothing too large taken."""

from __future__ import annotations

import io
import zipfile

import numpy as np
import pytest

from nnlab.data import Table, read
from nnlab.data.picture_files import members_of, zipped
from nnlab.data.pictures import decoded
from nnlab.errors import DataError, LimitError
from nnlab.limits import Limits
from tests.data.drawn import blobs, bytes_of

N_ROWS = 24
PIXELS = blobs(N_ROWS)


def packed(table: str, **files: bytes) -> bytes:
    """A zip with a table and files, whose names come as keyword arguments with / and . in them."""
    sink = io.BytesIO()
    with zipfile.ZipFile(sink, "w") as made:
        made.writestr("table.csv", table)
        for name, data in files.items():
            made.writestr(name, data)
    return sink.getvalue()


def pictures() -> dict[str, bytes]:
    return {f"all/{'even' if row % 2 == 0 else 'odd'}/P{row}.png": bytes_of(one) for row, one in enumerate(PIXELS)}


def named(row: int) -> str:
    """A name as people write them: the path with either slash, the file's own name, or where the zip's folder lay."""
    folder = "even" if row % 2 == 0 else "odd"
    return [f"all/{folder}/P{row}.png", f"ALL\\{folder}\\p{row}.PNG", f"p{row}.png", f"C:/x/all/{folder}/P{row}.png"][
        row % 4
    ]


def joined(more: str = "", limits: Limits | None = None, **files: bytes) -> Table:
    rows = "".join(f"{named(row)},{row % 2}\n" for row in range(N_ROWS))
    return read(packed(f"file,y\n{rows}{more}", **pictures(), **files), limits=limits)


def test_names_become_the_pictures() -> None:
    """Each row its own, by path or by name; the column is a feature then."""
    table = joined()
    column = table.columns["file"]
    assert (column.kind, column.role) == ("image", "feature")
    assert column.reason == "Pictures of 12 × 12 pixels from the zip."
    assert not table.issues
    assert column.image is not None
    np.testing.assert_array_equal(decoded(table.frame["file"].tolist(), column.image).pixels[:, 0], PIXELS)


def test_what_is_missing_damaged_or_unnamed_is_told() -> None:
    """By line; pictures that no row names are counted; what a system leaves in zips is passed over."""
    files = {
        "all/cut.png": bytes_of(PIXELS[0])[:-70],
        "all/more.png": bytes_of(PIXELS[1]),
        "__MACOSX/all/._P1.png": b"x",
    }
    table = joined("cut.png,1\nnone.png,0\n,1\n", **files)
    told = [(issue.line, issue.text) for issue in table.issues]
    assert told == [(0, ""), (N_ROWS + 2, "cut.png"), (N_ROWS + 3, "none.png")]
    assert table.issues[0].why == "picture files in the zip that no row names: 1"
    assert table.frame["file"].isna().tolist() == [False] * N_ROWS + [True] * 3


def test_a_name_that_two_files_share_is_no_name() -> None:
    """A path still tells them apart."""
    files = {"other/Q.png": bytes_of(PIXELS[0]), "another/q.PNG": bytes_of(PIXELS[1])}
    table = joined("q.png,1\nother/Q.png,0\n", **files)
    told = [issue.line for issue in table.issues if issue.line]
    assert told == [N_ROWS + 2]
    assert table.frame["file"].isna().tolist() == [False] * N_ROWS + [True, False]


def test_sizes_are_looked_at_before_a_picture_is_taken() -> None:
    """All together, and each: the list of the zip says how large they are."""
    with pytest.raises(LimitError, match="the pictures of a table may take"):
        joined("p3.png,1\n" * 400, Limits(file_bytes=20_000))  # one picture in many rows is as many cells
    table = joined("large.png,1\n", Limits(picture_bytes=2_000), **{"large.png": bytes_of(np.eye(60) * 255 > 0) * 99})
    assert [issue.line for issue in table.issues] == [N_ROWS + 2]


def test_a_table_and_a_zip_become_one_file() -> None:
    """The same two give the same bytes; a zip without pictures, and what is no zip, are told."""
    table = "file,y\n" + "".join(f"P{row}.png,{row % 2}\n" for row in range(N_ROWS))
    archive = packed("x\n", **pictures())
    data = zipped(table.encode(), "shop.csv", archive, Limits())
    assert data == zipped(table.encode(), "shop.csv", archive, Limits())
    assert read(data).columns["file"].kind == "image"
    for wrong in (packed("x\n"), b"no zip", archive[: len(archive) // 2]):
        with pytest.raises(DataError):
            zipped(table.encode(), "shop.csv", wrong, Limits())
    with pytest.raises(LimitError):
        zipped(table.encode(), "shop.csv", archive, Limits(file_bytes=1_000))


def test_rows_to_predict_come_in_a_zip_too() -> None:
    """With the kinds of the table that was learnt from."""
    table = joined()
    rows = read(packed("file\np3.png\n", **pictures()), columns=table.columns)
    assert rows.columns["file"].kind == "image"
    assert rows.frame["file"].iloc[0] == table.frame["file"].iloc[3]


def test_a_path_in_a_cell_never_takes_the_picture_of_another_folder() -> None:
    """cats/1.png is not dogs/1.png; folders above both are passed over; a longer path in the table finds its end."""
    cats, dogs = bytes_of(PIXELS[0]), bytes_of(PIXELS[1])
    sink = io.BytesIO()
    with zipfile.ZipFile(sink, "w") as made:
        made.writestr("archive/cats/1.png", cats)
        made.writestr("archive/dogs/1.png", dogs)
        made.writestr("alone.png", cats)
    with zipfile.ZipFile(io.BytesIO(sink.getvalue())) as archive:
        members = members_of(archive)
        found = {name: members.of(name) for name in ("cats/1.png", "birds/1.png", "1.png", r"C:\x\alone.png")}
    named = {name: info.filename if info else None for name, info in found.items()}
    assert named == {
        "cats/1.png": "archive/cats/1.png", "birds/1.png": None, "1.png": None, r"C:\x\alone.png": "alone.png",
    }  # fmt: skip

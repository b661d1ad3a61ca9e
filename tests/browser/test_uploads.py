"""Files that are too large, and names that mean harm, sent by a real browser."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from nnlab.runs.workspace import Space
from tests.batteries import battery
from tests.browser.conftest import Visit
from tests.browser.server import ROOT, Server

pytestmark = pytest.mark.timeout(120)
LIMIT_BYTES = 200_000_000  # of .streamlit/config.toml
LONGEST_NAME = 255  # of a file on any system
NAMES = json.loads((ROOT / "tests" / "fixtures" / "names.json").read_text("utf-8"))["names"]


def peak_bytes(server: Server) -> int:
    """The most memory that the server has held so far."""
    assert server.process is not None
    status = Path(f"/proc/{server.process.pid}/status").read_text()
    return 1024 * next(int(line.split()[1]) for line in status.splitlines() if line.startswith("VmHWM"))


def outside(server: Server) -> set[Path]:
    """What lies beside the server's workspace."""
    return {path for path in server.home.parent.rglob("*") if server.home not in (path, *path.parents)}


def test_a_file_over_the_limit_is_refused_and_takes_no_memory(single: Server, visit: Visit, tmp_path: Path) -> None:
    """FAULTS 22: a sparse file of 250 MB; the page says so, keeps no table, and still answers."""
    space = Space(single.home, "local")
    n_tables = len(space.tables())
    with (tmp_path / "large.csv").open("wb") as file:
        file.truncate(250_000_000)
    visitor = visit(single).open()
    before = peak_bytes(single)
    visitor.drop(tmp_path / "large.csv", "start.upload.0").says("must be 200")
    assert peak_bytes(single) - before < 2 * LIMIT_BYTES
    assert len(space.tables()) == n_tables
    visitor.open().says("Go on")


def test_hostile_names_of_uploads_are_names_only(single: Server, visit: Visit) -> None:
    """FAULTS 39: each goes through the browser's multipart request; the table has an id, and nothing lies elsewhere."""
    space = Space(single.home, "local")
    before = outside(single)
    visitor = visit(single)
    for place, name in enumerate(NAMES[: battery(1, len(NAMES))]):
        rows = "".join(f"{n},{n * n % (7 + place)}\n" for n in range(30)).encode()
        visitor.open()
        visitor.keyed("start.upload.0").locator("input[type=file]").set_input_files(
            {"name": name, "mimeType": "text/csv", "buffer": b"a,b\n" + rows}
        )
        if len(name) <= LONGEST_NAME:
            visitor.on("Data")
        else:  # no file system has such a name; whoever sends it all the same is refused by the server itself
            visitor.says("status code 400")
    assert outside(single) == before
    assert all(len(entry.id) == 32 for entry in space.tables())

"""Files as people have them: other encodings, marks and sizes; a guess is overruled, a read watched and cancelled."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import expect

from nnlab.runs.workspace import Space
from tests.batteries import battery
from tests.browser.conftest import Visit
from tests.browser.projects import comes_true
from tests.browser.server import Server
from tests.browser.visitor import WAIT_MS

pytestmark = pytest.mark.timeout(400)
LARGE_BYTES = battery(4_000_000, 100_000_000)
CITIES = ("北京", "上海", "广州", "深圳", "成都", "杭州", "武汉", "西安")


def test_a_guess_is_shown_overruled_and_the_table_changes(single: Server, visit: Visit, tmp_path: Path) -> None:
    """A GB18030 file; then one with semicolons, decimal commas and a preamble, whose header line is overruled."""
    space = Space(single.home, "local")
    chinese = tmp_path / "城市.csv"
    lines = [f"{CITIES[i % 8]},{i % 31},{'晴天' if i % 3 else '下雨'}" for i in range(120)]
    chinese.write_bytes("\n".join(["城市,温度,天气", *lines]).encode("gb18030"))
    visitor = visit(single).open().drop(chinese, "start.upload.0").on("Data")
    visitor.says("GB18030, comma, header in line 1").says("城市").says("120 rows · 3 columns")

    german = tmp_path / "messung.csv"
    rows = [f"{i};{i % 17},{i % 10};{i % 5},25" for i in range(90)]
    german.write_text("\n".join(["Messung vom 3. Mai", "Gerät 7", "", "nr;druck;weg", *rows]), "utf-8")
    visitor.open().drop(german).on("Data").says("semicolon, header in line 4").says("90 rows · 3 columns")
    first = space.project(visitor.named("project"))
    assert [column.kind for column in first.columns.columns][1:] == ["numeric", "numeric"]
    assert space.table(first.table_id).frame["druck"].iloc[11] == 11.1
    visitor.app.get_by_role("button", name="semicolon, header").click()
    visitor.fill("data.reading.header_line", 5).says("89 rows · 3 columns")
    other = space.project(visitor.named("project"))
    assert other.table_id != first.table_id
    assert other.columns.names[0] == "0"
    assert space.table(other.table_id).n_rows == 89


def test_a_large_file_is_watched_cancelled_and_read(single: Server, visit: Visit, tmp_path: Path) -> None:
    """How far it is stands there, also after a reload; Cancel leaves nothing; the server's memory stays."""
    space = Space(single.home, "local")
    large = tmp_path / "large.csv"
    row = "".join(f"{i},{i % 7}.{i % 10},{'red' if i % 3 else 'blue'},2024-01-{1 + i % 28:02}\n" for i in range(5_000))
    large.write_text("id,size,colour,day\n" + row * (LARGE_BYTES // len(row)), "utf-8")
    n_projects = len(space.projects())
    visitor = visit(single).open().drop(large, "start.hero")
    visitor.says("in a process of its own")
    expect(visitor.app.get_by_test_id("stProgress")).to_be_visible(timeout=WAIT_MS)
    visitor.open().says("in a process of its own")
    visitor.keyed("start.cancel").get_by_role("button").click()
    visitor.says("Drop your file here").drawn()
    expect(visitor.app.get_by_test_id("stFileUploader")).to_be_visible(timeout=WAIT_MS)
    comes_true(lambda: not list((space.path / "uploads").iterdir()), "the upload is still there")
    assert len(space.projects()) == n_projects

    before = resident_bytes(single)
    visitor.drop(large, "start.hero").says("in a process of its own")
    assert resident_bytes(single) - before < LARGE_BYTES // 2 + 30_000_000, "the server holds the upload"
    visitor.on("Data").says(f"{5_000 * (LARGE_BYTES // len(row)):,} rows".replace(",", "\u202f"))
    assert len(space.projects()) == n_projects + 1
    space.delete_project(visitor.named("project"))


def test_pictures_join_the_table_that_names_them(single: Server, visit: Visit, tmp_path: Path) -> None:
    """A table of file names asks for its zip; then thumbnails stand where the names were, and the column is learnt."""
    space = Space(single.home, "local")
    (tmp_path / "signs.csv").write_text("\n".join(["file,sign", *(f"s{i}.png,{'ab'[i % 2]}" for i in range(40))]))
    with zipfile.ZipFile(tmp_path / "pictures.zip", "w") as archive:
        for i in range(40):
            drawn = io.BytesIO()
            Image.fromarray(np.full((12, 12), 200 if i % 2 else 40, np.uint8)).save(drawn, "PNG")
            archive.writestr(f"signs/s{i}.png", drawn.getvalue())
    visitor = visit(single).open().drop(tmp_path / "signs.csv", "start.hero").on("Data")
    visitor.app.get_by_role("button", name="Add its pictures").click()
    visitor.says("give the zip").drop(tmp_path / "pictures.zip")
    project = space.project(visitor.named("project"))
    comes_true(lambda: space.project(project.id).columns["file"].kind == "image", "the pictures are not joined")
    visitor.page.keyboard.press("Escape")
    visitor.drawn().choose("data.column", "file").says("12 × 12 pixels")
    assert space.project(project.id).columns["file"].role == "feature"


def resident_bytes(server: Server) -> int:
    """The memory of the server's process."""
    assert server.process is not None
    return int(Path(f"/proc/{server.process.pid}/statm").read_text().split()[1]) * 4096

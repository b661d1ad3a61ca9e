"""Files as people have them: other encodings, marks and sizes; a guess is overruled, a read watched and cancelled."""

from __future__ import annotations

import io
import time
import zipfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import expect

from nnlab.limits import limits
from nnlab.runs.lock import Lock
from nnlab.runs.project import Project
from nnlab.runs.slots import slots_folder
from nnlab.runs.start import start_run
from nnlab.runs.workspace import Space
from tests.batteries import battery
from tests.browser import cleaned
from tests.browser.conftest import Visit
from tests.browser.projects import becomes, comes_true
from tests.browser.server import Server
from tests.browser.visitor import WAIT_MS, Visitor

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

    visitor.page.keyboard.press("Escape")  # what is not on the screen must hear of the undo too
    visitor.press("undo").says("header in line 4")
    visitor.choose("data.target", "weg")
    comes_true(lambda: bool(space.project(other.id).columns.targets), "the target is not saved")
    visitor.says("Overrule the task").drawn()  # the page knows of it, as a person would wait for
    after = space.project(other.id)
    assert after.table_id == first.table_id
    assert [column.name for column in after.columns.targets] == ["weg"]
    visitor.press("undo")
    comes_true(lambda: not space.project(other.id).columns.targets, "undo stands still")
    visitor.says("One column; several where all are numbers").drawn()
    visitor.press("redo")
    comes_true(lambda: bool(space.project(other.id).columns.targets), "redo stands still")


def test_a_table_is_cleaned_in_steps_and_all_of_it_undone(single: Server, visit: Visit, tmp_path: Path) -> None:
    """Spellings merged with one button, rows kept by a condition, a column computed; undo walks back through all."""
    space = Space(single.home, "local")
    file = tmp_path / "leute.csv"
    names = ("male", "male", "Male", "female", "female", "M")
    rows = [f"{n % 60},{names[n % 6]},{150 + n % 40},{50 + n % 31}" for n in range(240)]
    file.write_text("\n".join(["age,sex,height,weight", *rows]), "utf-8")
    visitor = visit(single).open().drop(file, "start.upload.0").on("Data").says("240 rows")
    project_id = visitor.named("project")
    raw = space.project(project_id)
    cleaned.spellings_merged(visitor, space, project_id)
    kept = cleaned.rows_kept(visitor.says("40 cells changed"), space, project_id, "age", 18)
    assert space.table(kept.table_id).n_rows == sum(int(row.split(",")[0]) >= 18 for row in rows)
    made = cleaned.column_computed(visitor, space, project_id, "bmi", "weight / (height / 100) ^ 2")
    assert made.columns["bmi"].kind == "numeric"
    assert set(space.table(made.table_id).frame["sex"]) == {"male", "female", "M"}
    predicted_as_cleaned(visitor, space, made)
    visitor.open(f"/data?project={project_id}").on("Data")
    assert cleaned.undone(visitor, space, project_id, 3).table_id == raw.table_id
    visitor.says("240 rows · 4 columns")


def predicted_as_cleaned(visitor: Visitor, space: Space, project: Project) -> None:
    """A run on the cleaned table answers raw rows: the form asks for what the computed column is computed from."""
    learning = project.with_target("bmi").having(training=project.training.having(epochs=2))
    run = start_run(space, learning)
    becomes(run, "finished")
    visitor.open(f"/predict?project={project.id}&run={run.id}").on("Predict").drawn()
    answer = visitor.keyed("predict.answer")
    expect(answer).to_be_visible(timeout=WAIT_MS)
    before = answer.inner_text()
    field = visitor.app.get_by_label("height", exact=True)
    field.fill("188")
    field.press("Enter")
    comes_true(lambda: answer.inner_text() != before, "the answer does not follow the form")


def test_a_large_file_is_watched_cancelled_and_read(single: Server, visit: Visit, tmp_path: Path) -> None:
    """How far it is stands there, also after a reload; Cancel leaves nothing; the server's memory stays."""
    space = Space(single.home, "local")
    large = tmp_path / "large.csv"
    row = "".join(f"{i},{i % 7}.{i % 10},{'red' if i % 3 else 'blue'},2024-01-{1 + i % 28:02}\n" for i in range(5_000))
    large.write_text("id,size,colour,day\n" + row * (LARGE_BYTES // len(row)), "utf-8")
    n_projects = len(space.projects())
    visitor = visit(single).open()
    with jobs_wait(single.home):  # the browser may be slower than the reading is
        visitor.drop(large, "start.hero").says("in a process of its own")
        expect(visitor.app.get_by_test_id("stProgress")).to_be_visible(timeout=WAIT_MS)
        visitor.open().says("in a process of its own")
        visitor.keyed("start.cancel").get_by_role("button").click()
        visitor.says("Drop your file here").drawn()
    expect(visitor.app.get_by_test_id("stFileUploader")).to_be_visible(timeout=WAIT_MS)
    comes_true(lambda: not list((space.path / "uploads").iterdir()), "the upload is still there")
    assert len(space.projects()) == n_projects

    before = settled_bytes(single)
    with jobs_wait(single.home):
        visitor.drop(large, "start.hero").says("in a process of its own")
        most = before + LARGE_BYTES // 2 + 30_000_000
        comes_true(lambda: resident_bytes(single) < most, "the server holds the upload")
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


@contextmanager
def jobs_wait(home: Path) -> Iterator[None]:
    """Holds every place that a job could work at."""
    with ExitStack() as held:
        for number in range(limits().jobs):
            lock = Lock(slots_folder(home) / f"job-{number}.lock")
            comes_true(lambda lock=lock: lock.take(0.0), "a job does not end")  # type: ignore[misc]
            held.enter_context(lock)
        yield


def settled_bytes(server: Server) -> int:
    """The memory of the server's process once it stands still: a fresh one still imports for some seconds."""
    before, now = 0, resident_bytes(server)
    while abs(now - before) > 1_000_000:
        time.sleep(1.0)
        before, now = now, resident_bytes(server)
    return now


def resident_bytes(server: Server) -> int:
    """The memory of the server's process."""
    assert server.process is not None
    return int(Path(f"/proc/{server.process.pid}/statm").read_text().split()[1]) * 4096

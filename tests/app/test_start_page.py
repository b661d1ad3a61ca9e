"""The Start page: files, samples, projects and runs open; what cannot be opened says why and loses nothing."""

from __future__ import annotations

import subprocess
import sys
import time
from contextlib import contextmanager
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from nnlab.data.samples import samples
from nnlab.runs.archive import pack
from nnlab.runs.project import Project
from nnlab.runs.workspace import Space
from tests.app.conftest import ROOT, Open
from tests.app.trained import has, held, made, said, sound, trained, without_workers

PNG = b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 4
CSV = b"height,colour,sold\n" + b"".join(b"%d,%s,%d\n" % (i, b"red" if i % 3 else b"blue", i % 2) for i in range(40))

BLOCKED = """
import sys
class Wall:
    def find_spec(self, name, path=None, target=None):
        if name.split(".")[0] in ("torch", "sklearn", "lightgbm"):
            raise ImportError("blocked: " + name)
sys.meta_path.insert(0, Wall())
from streamlit.testing.v1 import AppTest
page = AppTest.from_file("pages/ui/frame.py", default_timeout=60).run()
assert not page.exception and not page.error, [error.value for error in page.error]
page.button(key="start.sample.penguins").click().run()
assert not page.exception and not page.error, [error.value for error in page.error]
assert page.title[0].value == "Data", page.title[0].value
assert "344 rows" in " ".join(element.value for element in page.markdown).replace("\\\\", "")
"""


def drop(page: AppTest, data: bytes, name: str) -> AppTest:
    page.file_uploader[0].upload(name, data, "text/csv")
    return page.run()


class TestFiles:
    def test_an_empty_workspace_offers_a_file_and_the_samples(self, open_page: Open) -> None:
        """The uploader and a card for every sample; nothing is wrong and nothing is None."""
        page = open_page()
        assert sound(page)
        assert len(page.file_uploader) == 1
        assert all(has(page, f"start.sample.{sample.name}") for sample in samples())

    def test_a_dropped_csv_becomes_a_project_on_data(self, open_page: Open, space: Space) -> None:
        """The table is kept, a project is open, and Data shows it; back on Start the uploader is empty."""
        page = drop(open_page(), CSV, "flowers.csv")
        assert page.title[0].value == "Data"
        assert sound(page)
        assert [entry.name for entry in space.projects()] == ["flowers"]
        page.switch_page("../start.py").run()
        assert not page.file_uploader[0].value
        assert "flowers" in " ".join(button.label for button in page.button)

    def test_a_png_renamed_is_told_in_a_sentence_and_nothing_is_lost(
        self, open_page: Open, project: Project, space: Space
    ) -> None:
        """The open project stays open; the uploader is empty for the next try."""
        page = drop(open_page(project=project.id), PNG, "picture.csv")
        assert not page.exception
        assert len(page.error) == 1
        assert page.session_state["project_id"] == project.id
        assert [entry.id for entry in space.projects()] == [project.id]
        assert not page.file_uploader[0].value

    def test_a_file_over_the_limit_is_refused_before_it_is_kept(
        self, open_page: Open, space: Space, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """The sentence says how many bytes are granted; no table and no project is made, by either way of reading."""
        for limits in ('{"upload_bytes": 100}', '{"upload_bytes": 100, "job_bytes": 50}'):
            monkeypatch.setenv("NNLAB_LIMITS", limits)
            page = drop(open_page(), CSV, "flowers.csv")
            assert not page.exception
            assert "100 bytes" in page.error[0].value
            assert not space.projects()
            assert not space.tables()

    def test_a_downloaded_run_opens_on_evaluate(self, open_page: Open, space: Space, project: Project) -> None:
        """Its verdict came along, although its project is not here."""
        run = trained(space, project)
        data = pack(run)
        space.delete_run(run.id)
        space.delete_project(project.id)
        page = drop(open_page(), data, "run.zip")
        assert page.title[0].value == "Evaluate"
        assert not page.exception
        assert "test rows" in said(page)

    def test_several_files_become_one_table(self, open_page: Open, space: Space) -> None:
        """Dropped together: rows below each other, with a column that names the file."""
        page = open_page()
        page.file_uploader[0].upload("a.csv", CSV, "text/csv").upload("b.csv", CSV, "text/csv").run()
        assert page.title[0].value == "Data"
        assert sound(page)
        assert "80 rows · 4 columns" in said(page)

    def test_rows_can_be_pasted(self, open_page: Open, space: Space) -> None:
        """As a spreadsheet copies them: tabs between the cells."""
        page = open_page()
        page.text_area(key="start.pasted").set_value("name\theight\nAda\t170\nBob\t181\nEve\t165\n")
        next(
            button for button in page.button if button.label == "Open" and button.proto.is_form_submitter
        ).click().run()
        assert page.title[0].value == "Data"
        assert sound(page)
        assert "3 rows · 2 columns" in said(page)


class TestLargeFiles:
    def test_a_large_file_is_read_by_a_process_of_its_own(
        self, open_page: Open, space: Space, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Meanwhile the page says so; when the file is read, Data shows its project and the upload is gone."""
        monkeypatch.setenv("NNLAB_LIMITS", '{"job_bytes": 100}')
        page = drop(open_page(), CSV, "flowers.csv")
        assert "in a process of its own" in said(page)
        until = time.monotonic() + 60
        while page.title[0].value != "Data" and time.monotonic() < until:
            time.sleep(0.2)
            page.run()
        assert page.title[0].value == "Data"
        assert [entry.name for entry in space.projects()] == ["flowers"]
        assert not list((space.path / "uploads").iterdir())

    def test_reading_can_be_cancelled(self, open_page: Open, space: Space, monkeypatch: pytest.MonkeyPatch) -> None:
        """The uploader is back at once, and no project comes of it."""
        monkeypatch.setenv("NNLAB_LIMITS", '{"job_bytes": 100}')
        page = drop(open_page(), CSV, "flowers.csv")
        page.button(key="start.cancel").click().run()
        assert sound(page)
        assert len(page.file_uploader) == 1
        assert not space.projects()
        assert not list((space.path / "uploads").iterdir())

    def test_what_a_large_file_is_refused_for_is_told(self, open_page: Open, monkeypatch: pytest.MonkeyPatch) -> None:
        """The error of the other process is a sentence on the page."""
        monkeypatch.setenv("NNLAB_LIMITS", '{"job_bytes": 100}')
        page = drop(open_page(), PNG, "picture.csv")
        until = time.monotonic() + 60
        while not page.error and time.monotonic() < until:
            time.sleep(0.2)
            page.run()
        assert not page.exception
        assert len(page.error) == 1
        assert len(page.file_uploader) == 1


class TestSamples:
    @pytest.mark.parametrize("name", ["penguins", "textbook"])
    def test_a_sample_opens_on_data_with_its_target(self, open_page: Open, space: Space, name: str) -> None:
        """The visitor's own copy, its target chosen."""
        page = open_page()
        page.button(key=f"start.sample.{name}").click().run()
        assert page.title[0].value == "Data"
        assert sound(page)
        assert space.project(page.session_state["project_id"]).columns.targets

    def test_a_link_to_a_sample_is_ready_to_train(
        self, open_page: Open, space: Space, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """/?sample=penguins opens Train, with Start as its one primary button; twice opens the same project."""
        without_workers(monkeypatch)
        page = open_page(sample="penguins")
        assert page.title[0].value == "Train"
        assert not page.button(key="train.start").disabled
        open_page(sample="penguins")
        assert len(space.projects()) == 1

    def test_a_series_comes_with_its_time_its_window_and_a_network(
        self, open_page: Open, space: Space, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """/?sample=airline_passengers waits for nothing but Start, and opened again it is the same project."""
        without_workers(monkeypatch)
        page = open_page(sample="airline_passengers")
        assert page.title[0].value == "Train"
        assert sound(page)
        assert not page.button(key="train.start").disabled
        made = space.project(page.session_state["project_id"])
        assert (made.columns.time_column, made.recipe.windows.lookback) == ("Month", 12)
        assert made.network is not None
        assert made.network.adds_last_value
        open_page(sample="airline_passengers")
        assert len(space.projects()) == 1

    def test_an_unknown_sample_says_what_there_is(self, open_page: Open) -> None:
        """A sentence, and Start as ever."""
        page = open_page(sample="pinguins")
        assert not page.exception
        assert "penguins" in page.error[0].value
        assert len(page.file_uploader) == 1


class TestProjects:
    def test_a_project_is_opened_by_its_name(self, open_page: Open, project: Project) -> None:
        """Its name is the button."""
        page = open_page()
        page.button(key=f"start.open.{project.id}").click().run()
        assert page.title[0].value == "Data"
        assert page.session_state["project_id"] == project.id

    def test_a_project_gets_another_name(self, open_page: Open, project: Project, space: Space) -> None:
        """An emptied name changes nothing."""
        page = open_page()
        for wanted, name in (("", project.name), ("The shop", "The shop")):
            page.button(key=f"start.rename.{project.id}").click().run()
            page.text_input(key=f"start.rename.{project.id}.name").set_value(wanted)
            page.button(f"FormSubmitter:start.rename.{project.id}.form-Rename").click().run()
            assert not page.exception
            assert space.project(project.id).name == name

    def test_a_name_that_was_not_given_stays_with_its_project(
        self, open_page: Open, project: Project, space: Space
    ) -> None:
        """What was typed for one project and left is not offered to the next."""
        other = space.create_project(space.table(project.table_id), "other")
        page = open_page()
        page.button(key=f"start.rename.{project.id}").click().run()
        page.text_input(key=f"start.rename.{project.id}.name").set_value("The shop")
        page.button(key=f"start.rename.{other.id}").click().run()
        page.button(f"FormSubmitter:start.rename.{other.id}.form-Rename").click().run()
        assert not page.exception
        assert [space.project(each.id).name for each in (project, other)] == [project.name, "other"]

    def test_a_project_is_deleted_after_a_question(self, open_page: Open, project: Project, space: Space) -> None:
        """The first click asks; the second deletes the project, and the table that nothing uses any more."""
        page = open_page(project=project.id)
        page.button(key=f"start.delete.{project.id}").click().run()
        assert len(space.projects()) == 1
        page.button(key="start.delete.sure").click().run()
        assert not page.exception
        assert not space.projects()
        assert not space.tables()

    def test_a_project_with_a_run_that_trains_says_so_before_it_goes(
        self, open_page: Open, project: Project, space: Space
    ) -> None:
        """The run goes on; where none trains, nothing is said of it."""
        page = open_page(project=project.id)
        page.button(key=f"start.delete.{project.id}").click().run()
        assert "trains or waits" not in said(page)
        with contextmanager(held)(made(space, project)):
            page = open_page(project=project.id)
            page.button(key=f"start.delete.{project.id}").click().run()
            assert "trains or waits" in said(page)

    def test_a_damaged_project_is_listed_and_the_others_open(
        self, open_page: Open, project: Project, space: Space
    ) -> None:
        """It says so, can be deleted, and takes nothing with it."""
        broken = space.create_project(space.table(project.table_id), "broken")
        (space.path / "projects" / broken.id / "project.json").write_text("{")
        page = open_page()
        assert sound(page)
        assert "damaged" in said(page)
        assert has(page, f"start.open.{project.id}")
        assert not has(page, f"start.open.{broken.id}")

    def test_a_run_is_opened_by_its_name(self, open_page: Open, project: Project, space: Space) -> None:
        """With its project; a finished one opens on Evaluate."""
        run = trained(space, project)
        page = open_page()
        assert "finished" in said(page)
        page.button(key=f"start.run.{run.id}").click().run()
        assert page.title[0].value == "Evaluate"
        assert page.session_state["run_id"] == run.id
        assert page.session_state["project_id"] == project.id


def test_start_and_data_draw_while_torch_and_scikit_learn_cannot_be_imported(home: Path) -> None:
    """A fresh server shows its first pages before either is there, and without either."""
    done = subprocess.run(
        [sys.executable, "-c", BLOCKED],
        cwd=ROOT,
        env={"PATH": "/usr/bin:/bin", "NNLAB_HOME": str(home), "NNLAB_MODE": "single"},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-3000:]

"""The Data page takes a second file: its columns tell what it can be, and each use is one step of undo."""

from __future__ import annotations

import time
from collections.abc import Callable

import pytest
from streamlit.testing.v1 import AppTest

from nnlab.runs.project import Project
from nnlab.runs.second_file import as_test_set, looked_at
from nnlab.runs.workspace import Space
from tests.app.conftest import Open
from tests.app.trained import has, said, sound, trained
from tests.runs.test_second_file import FIRST, ROWS, TEST


@pytest.fixture
def project(space: Space) -> Project:
    return space.save(space.create_project(space.put_table(FIRST.encode(), "flowers.csv")).with_target("sold"))


def test_a_test_set_joins_the_table_and_can_be_undone(open_page: Open, space: Space, project: Project) -> None:
    """80 rows of two files; the uploader is empty again; one undo and the table is the first file's."""
    page = open_page("data", project=project.id)
    page.file_uploader[0].upload("later.csv", TEST.encode()).run()
    assert "20 rows" in said(page)
    page.button(key="data.test_set").click().run()
    assert sound(page)
    assert "80 rows" in said(page)
    assert not page.file_uploader[0].value
    assert space.project(project.id).columns.split_column == "file"
    assert [expander.label for expander in page.expander if "file" in expander.label] == ["What the file holds"]
    page.button(key="undo").click().run()
    assert "60 rows" in said(page)


def test_a_test_set_that_repeats_rows_of_the_table_is_warned_of(open_page: Open, project: Project) -> None:
    """Before it is used: how many of its rows are known already."""
    page = open_page("data", project=project.id)
    page.file_uploader[0].upload("copy.csv", "\n".join(FIRST.splitlines()[:16]).encode()).run()
    assert sound(page)
    assert "15 of its rows stand in the table already" in said(page)


def test_a_run_is_told_to_be_older_than_a_test_set_added_since(open_page: Open, space: Space, project: Project) -> None:
    """On Evaluate and on Predict; a run on the new table says nothing of it."""
    run = trained(space, project)
    second = looked_at(space, project, TEST.encode(), "later.csv")
    moved = space.save(as_test_set(space, project, second))
    for name in ("predict", "evaluate"):
        page = open_page(name, project=project.id, run=run.id)
        assert sound(page)
        assert "changed after this run and is now flowers.csv + later.csv" in said(page)
    page = open_page("predict", project=project.id, run=trained(space, moved, epochs=1).id)
    assert "changed after this run" not in said(page)


def test_rows_without_the_target_are_answered_on_predict(open_page: Open, space: Space, project: Project) -> None:
    """Kept with the project; Predict answers them without a second upload."""
    run = trained(space, project)
    page = open_page("data", project=project.id)
    page.file_uploader[0].upload("ask.csv", ROWS.encode()).run()
    page.button(key="data.rows").click().run()
    assert sound(page)
    page = open_page("predict", project=project.id, run=run.id)
    assert sound(page)
    assert "7 rows answered" in said(page)
    assert "ask.csv" in said(page)


def test_a_file_with_other_columns_is_told(open_page: Open, project: Project) -> None:
    """By the name of what it lacks; nothing changes."""
    page = open_page("data", project=project.id)
    page.file_uploader[0].upload("other.csv", b"colour,sold\nred,yes\nblue,no\n").run()
    assert not page.exception
    assert "height" in page.error[0].value
    assert "60 rows" in said(page)


def test_a_large_file_is_looked_at_and_joined_in_a_process_of_its_own(
    open_page: Open, space: Space, project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Meanwhile the page says so; then it asks what the file is; the test set joins the table, the upload is gone."""
    monkeypatch.setenv("NNLAB_LIMITS", '{"job_bytes": 100}')
    page = open_page("data", project=project.id)
    page.file_uploader[0].upload("later.csv", TEST.encode()).run()
    assert "Reading later.csv" in said(page).replace("*", "")
    assert not page.file_uploader
    patiently(page, lambda: has(page, "data.test_set"))
    assert "20 rows" in said(page)
    page.button(key="data.test_set").click().run()
    patiently(page, lambda: "80 rows" in said(page))
    assert sound(page)
    assert space.project(project.id).columns.split_column == "file"
    assert not list((space.path / "uploads").iterdir())
    page.button(key="undo").click().run()
    assert "60 rows" in said(page)


def test_a_large_file_that_fits_nothing_is_told_and_let_go(
    open_page: Open, space: Space, project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The other process's error is a sentence; the place for another file is back."""
    monkeypatch.setenv("NNLAB_LIMITS", '{"job_bytes": 100}')
    page = open_page("data", project=project.id)
    page.file_uploader[0].upload("other.csv", b"colour,sold\nred,yes\nblue,no\n").run()
    patiently(page, lambda: page.error)
    assert not page.exception
    assert "height" in page.error[0].value
    assert len(page.file_uploader) == 1
    assert not list((space.path / "uploads").iterdir())


def patiently(page: AppTest, is_so: Callable[[], object]) -> None:
    """Draws the page again until it shows what another process has done."""
    until = time.monotonic() + 60
    while not is_so():
        assert time.monotonic() < until, said(page)
        time.sleep(0.2)
        page.run()

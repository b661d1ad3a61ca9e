"""The Data page takes a second file: its columns tell what it can be, and each use is one step of undo."""

from __future__ import annotations

import pytest

from nnlab.runs.project import Project
from nnlab.runs.workspace import Space
from tests.app.conftest import Open
from tests.app.trained import said, sound, trained
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
    page.button(key="undo").click().run()
    assert "60 rows" in said(page)


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

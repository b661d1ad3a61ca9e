"""Files, samples and downloaded runs become something to go on with."""

from __future__ import annotations

from pathlib import Path

import pytest

from nnlab.data.samples import sample_bytes, samples
from nnlab.data.task import resolve_task
from nnlab.errors import DataError, NotFoundError
from nnlab.runs.archive import pack
from nnlab.runs.opening import is_run_archive, open_file, open_sample
from nnlab.runs.workspace import Space
from tests.runs.a_run import make_run


@pytest.mark.parametrize("name", [sample.name for sample in samples() if sample.name != "diamonds"])
def test_a_sample_opens_with_its_target_chosen(name: str, home: Path) -> None:
    """The project is ready to train: target and task as the sample says."""
    space = Space(home)
    (chosen,) = [sample for sample in samples() if sample.name == name]
    project = open_sample(space, name)
    assert tuple(column.name for column in project.columns.targets) == chosen.target
    assert resolve_task(space.table(project.table_id).frame, project.columns)[0] == chosen.task
    assert space.project(project.id) == project


def test_a_sample_opened_twice_is_the_same_untouched_copy(home: Path) -> None:
    """One that was worked on is left alone, and a fresh one is made."""
    space = Space(home)
    first = open_sample(space, "penguins")
    assert open_sample(space, "penguins") == first
    space.save(first.setting("training.epochs", 5))
    second = open_sample(space, "penguins")
    assert second.id != first.id
    assert len(space.projects()) == 2
    assert len(space.tables()) == 1


def test_a_file_becomes_a_project_on_its_table(home: Path) -> None:
    """The bytes lie there as they came; the project has the file's columns and no target yet."""
    space, data = Space(home), sample_bytes("penguins")
    project = open_file(space, data, "my penguins.csv")
    assert (project.name, project.file_name) == ("my penguins", "my penguins.csv")
    assert not project.columns.targets
    assert space.table_bytes(project.table_id).read_bytes() == data


def test_what_is_no_table_leaves_nothing(home: Path) -> None:
    """Neither a table nor a project, after a picture or an unknown sample."""
    space = Space(home)
    with pytest.raises(DataError):
        open_file(space, b"\x89PNG\r\n\x1a\n" + bytes(1000), "picture.csv")
    with pytest.raises(NotFoundError, match="penguins"):
        open_sample(space, "penguin")
    assert not space.projects()
    assert not space.tables()


def test_downloaded_runs_are_told_from_tables(tmp_path: Path) -> None:
    """By what is in the zip, whatever it is called."""
    import io
    import zipfile

    packed = pack(make_run(tmp_path / "arun1"))
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        archive.writestr("penguins.csv", sample_bytes("penguins"))
    assert is_run_archive("penguins.csv", packed)
    assert is_run_archive("run.zip", memoryview(packed))
    assert not is_run_archive("run.zip", made.getvalue())
    assert not is_run_archive("run.zip", sample_bytes("penguins"))
    assert not is_run_archive("run.zip", packed[:50])
    assert not is_run_archive("run.zip", b"")

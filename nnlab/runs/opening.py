"""A file, a sample or a downloaded run becomes something a person can go on with."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from nnlab.data.columns import Columns
from nnlab.data.samples import Sample, sample, sample_bytes
from nnlab.errors import NnlabError
from nnlab.network.head import Head
from nnlab.network.shapes import Shape
from nnlab.network.templates import templates
from nnlab.prep.lookback import Windows
from nnlab.runs.project import Project
from nnlab.runs.sizing import with_template
from nnlab.runs.sweeping import sweep_untouched
from nnlab.runs.workspace import Space

ZIP_MAGIC = b"PK\x03\x04"


def open_file(space: Space, data: bytes | memoryview, name: str) -> Project:
    """A new project on a file's table; its bytes are on disk before anything reads them."""
    sweep_untouched(space.home, but=space)
    return space.create_project(space.put_table(data, name))


def open_sample(space: Space, name: str) -> Project:
    """The space's own copy of a sample, its target chosen; an untouched copy made before is opened again.

    Raises `NotFoundError` with the nearest name where there is no such sample.
    """
    chosen = sample(name)
    table = space.put_table(sample_bytes(name), f"{name}.csv")
    for entry in space.projects():
        if entry.table_id == table.id and entry.name == chosen.title and not entry.problem:
            known = space.project(entry.id)
            if known == _fresh(known, table.columns, chosen):
                return known
    return space.save(_as_meant(space.create_project(table, chosen.title), chosen))


def is_run_archive(name: str, data: bytes | memoryview) -> bool:
    """Whether an upload looks like a downloaded run and not like a table in a zip."""
    from nnlab.runs.archive import holds_run

    try:
        return bytes(data[:4]) == ZIP_MAGIC and holds_run(bytes(data))
    except NnlabError:
        return False


class _Window(NamedTuple):
    """What a template needs to know of a series of one column, which is known without preparing it."""

    input_shapes: Mapping[str, Shape]
    head: Head
    n_rows: int


def _as_meant(project: Project, chosen: Sample) -> Project:
    """The project with what its sample is for: the target; of a series its time, its window and a network too."""
    # What several columns are for is said: 0 and 1 in each would be taken for yes and no.
    made = project.with_target(*chosen.target, task=chosen.task if len(chosen.target) > 1 else None)
    if not chosen.time:
        return made
    windows = Windows(lookback=chosen.lookback)
    made = made.with_column(chosen.time, role="time").having(recipe=made.recipe.having(windows=windows))
    head = Head(task=chosen.task, n_outputs=windows.horizon)
    known = _Window({"sequence": (windows.lookback, len(chosen.target))}, head, chosen.lookback)
    return with_template(made, templates[chosen.template](), lambda _: known)


def _fresh(project: Project, columns: Columns, chosen: Sample) -> Project:
    """What the project would be had nobody changed it since it was opened."""
    untouched = Project(
        id=project.id,
        name=project.name,
        revision=project.revision,
        table_id=project.table_id,
        file_name=project.file_name,
        file_digest=project.file_digest,
        reading=project.reading,
        columns=columns,
        nnlab=project.nnlab,
    )
    return _as_meant(untouched, chosen)

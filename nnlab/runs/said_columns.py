"""Targets, roles and the form of pictures, as a command or a call says them."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from typing import TYPE_CHECKING

from nnlab.data.columns import ImageForm
from nnlab.data.task import likely_targets
from nnlab.errors import SpecError
from nnlab.prep.wording import listed

if TYPE_CHECKING:
    from nnlab.data.columns import Role, Task
    from nnlab.runs.project import Project

MOST_LISTED = 20  # columns that might be meant


def image_said(text: str) -> str:
    """Channels, height and width as a reading has them; raises `SpecError` for what is no form of pictures."""
    form = ImageForm.said(text)
    return f"{form.channels},{form.height},{form.width}"


def names_in(target: str | Sequence[str] | None, known: Sequence[str]) -> tuple[str, ...]:
    """The names of columns; in each text there may be several, those with a comma in them between quotes."""
    if not isinstance(target, str):
        return tuple(name for text in target or () for name in names_in(text, known))
    if target in known or "," not in target:
        return (target,)
    return tuple(name.strip() for name in next(csv.reader([target], skipinitialspace=True)) if name.strip())


def with_targets(project: Project, target: tuple[str, ...], task: Task | None) -> Project:
    """The project with these targets; raises `SpecError` with the likeliest columns where there is none."""
    if target:
        project = project.with_target(*target, task=task)
    elif task:
        project = project.with_task(task)
    if not project.columns.targets:
        likely = listed(likely_targets(project.columns), MOST_LISTED)
        raise SpecError("a run needs a target", where="--target", came="none", do=f"Choose one of: {likely}.")
    return project


def with_roles(
    project: Project, split_column: str | None, group: Sequence[str], time: str | None, ignore: Sequence[str]
) -> Project:
    """The project with a role for each column that was named; raises `SpecError` for one with two."""
    chosen: list[tuple[str, Role]] = [(name, "ignore") for name in ignore]
    chosen += [(split_column, "split")] if split_column else []
    chosen += [(name, "group") for name in group]
    chosen += [(time, "time")] if time else []
    taken: dict[str, Role] = {column.name: "target" for column in project.columns.targets}
    for name, role in chosen:
        if taken.setdefault(name, role) != role:
            came = f"{name[:200]} as {taken[name]} and {role}"
            raise SpecError("a column has one role", where="roles", came=came, do="Name it once.")
        project = project.with_column(name, role=role)
    return project

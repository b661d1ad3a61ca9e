"""A mend carried out on a project: the change that a finding offers, as a new project that can be saved and undone."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from nnlab.audit.finding import Audit, Finding
from nnlab.audit.mends import (
    PROPOSED,
    Clean,
    Keep,
    Mend,
    SetKind,
    SetRole,
    SetSettings,
    SetSteps,
    SetTarget,
    UseTemplate,
)
from nnlab.errors import NnlabError, SpecError
from nnlab.runs.cleaned_tables import with_cleaning
from nnlab.runs.project import Project
from nnlab.runs.sizing import encoded_in, with_template

if TYPE_CHECKING:
    from nnlab.runs.workspace import Space


def mended(project: Project, mend: Mend, space: Space) -> Project:
    """The project after one click, not saved yet; its table lies in the space.

    Raises `DataError` or `SpecError` where the mend no longer fits the project.
    """
    if isinstance(mend, UseTemplate):
        from nnlab.network.templates import templates

        return with_template(project, templates[mend.template](), encoded_in(space))
    if isinstance(mend, Clean):
        left = tuple(step for step in mend.steps if step not in project.cleaning.steps)
        return with_cleaning(space, project, project.cleaning.added(*left)) if left else project
    return changed(project, mend)


def changed(project: Project, mend: Mend) -> Project:
    """The project after a mend that needs no look at its rows."""
    change = _CHANGES.get(type(mend))
    if change is None:
        raise SpecError("this mend is not known", where="mend", came=mend.kind)
    return change(project, mend)


def _role(project: Project, mend: SetRole) -> Project:
    for name in mend.columns:
        if project.columns[name].role != mend.role:
            project = project.with_column(name, role=mend.role, reason=PROPOSED)
    return project


def _kind(project: Project, mend: SetKind) -> Project:
    for name in mend.columns:
        if project.columns[name].kind != mend.to:
            project = project.with_column(name, kind=mend.to, reason=PROPOSED)
    return project


def _steps(project: Project, mend: SetSteps) -> Project:
    recipe = project.recipe
    for name in mend.columns:
        if name not in recipe or recipe[name].steps != mend.steps:
            recipe = recipe.changed(project.columns[name].name, mend.steps)
    return project.having(recipe=recipe)


def _target(project: Project, mend: SetTarget) -> Project:
    return project.with_target(mend.column, task=mend.task)


def _settings(project: Project, mend: SetSettings) -> Project:
    for path, value in mend.values.items():
        project = project.setting(path, value)
    return project


def _keep(project: Project, mend: Keep) -> Project:
    if mend.finding in project.answered:
        return project
    return project.having(answered=(*project.answered, mend.finding))


_CHANGES: dict[type[Mend], Callable[[Project, Any], Project]] = {
    SetRole: _role,
    SetKind: _kind,
    SetSteps: _steps,
    SetTarget: _target,
    SetSettings: _settings,
    Keep: _keep,
}


def is_settled(project: Project, finding: Finding) -> bool:
    """Whether a finding needs no look any more: it was answered, or one of its mends is in force."""
    if finding.key in project.answered:
        return True
    if finding.check == "skewed_target" and project.recipe.windows.are_wanted:
        return True  # the target of windows is standardized, as its own past is
    return any(_is_in_force(project, mend) for mend in finding.mends)


def unsettled(project: Project, audit: Audit) -> Audit:
    """The audit without what the project has settled already."""
    return audit.without(tuple(finding for finding in audit.findings if is_settled(project, finding)))


def _is_in_force(project: Project, mend: Mend) -> bool:
    """Whether the project is as the mend would make it."""
    if isinstance(mend, UseTemplate):
        return project.network is not None  # a person has seen to it
    if isinstance(mend, Clean):
        return all(step in project.cleaning.steps for step in mend.steps)
    try:
        return changed(project, mend) == project
    except NnlabError:
        return False  # the column is gone

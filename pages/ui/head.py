"""The head in the inspector: what it gives, and what of it a person may overrule where they see it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from nnlab.errors import NnlabError
from pages.ui import cached, columns, design, forms, state
from pages.ui.parts import _

if TYPE_CHECKING:
    from nnlab.data.columns import Task
    from nnlab.runs.project import Project


def draw(drawn: design.Design, key: str) -> None:
    """What the head gives, then the task, the steps ahead and the last value, each where there is a choice."""
    st.markdown(drawn.inputs.head.sentence())
    titles = fitting_tasks(drawn.project)
    if titles:
        columns.choose_task(drawn.project, titles, f"{key}.task")
    steps_ahead(drawn.project, key)
    add_to_last(drawn, key)
    st.caption(_("It follows from the target. To change it, choose another target on Data."))


def fitting_tasks(project: Project) -> dict[Task | None, str]:
    """The tasks that the target's values bear, that which follows from them first; none where they bear one only.

    What is told ahead of a series is numbers.
    """
    if project.recipe.windows.are_wanted:
        return {}
    borne = {task: found for task in columns.TASKS if (found := _borne(project, task)) is not None}
    if len({*borne.values()}) < 2:
        return {}
    return {task: title for task, title in columns.TASKS.items() if task in borne or task == project.columns.task}


def _borne(project: Project, task: Task | None) -> Task | None:
    """What would be learnt were this task asked for; None where the target does not bear it."""
    try:
        return cached.task(state.space(), project.with_task(task))[0]
    except NnlabError:
        return None


def steps_ahead(project: Project, key: str) -> None:
    """Of series: how many steps are told, a number each."""
    windows = project.recipe.windows
    if windows.are_wanted:
        forms.edit(
            windows,
            key=f"{key}.windows",
            names=["horizon"],
            changed=lambda made: state.change(project, recipe=project.recipe.having(windows=made)),
        )


def add_to_last(drawn: design.Design, key: str) -> None:
    """Of series: whether what the head gives stands alone, or is added to the last value of the window."""
    head, adds = drawn.inputs.head, drawn.network.adds_last_value
    if not adds and not ("sequence" in drawn.inputs.input_shapes and head.task == "regression"):
        return
    named = state.key_showing(f"{key}.adds_last_value", adds)
    st.toggle(
        _("Add the output to the last value"),
        adds,
        key=named,
        help=_("The network then sees and tells how far values lie from the last one. Few learn that by themselves."),
        on_change=lambda: design.add_to_last(bool(st.session_state[named])),
    )

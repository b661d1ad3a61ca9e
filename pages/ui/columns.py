"""Kind and role of columns, changed in a list or one at a time; each change is one step of undo."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, get_args

import streamlit as st

from nnlab.data.columns import Column, Kind, Role, Task
from nnlab.runs.project import Project
from pages.ui import parts, state
from pages.ui.parts import _

KINDS: tuple[str, ...] = get_args(Kind)
ROLES: tuple[str, ...] = get_args(Role)
TASKS: dict[Task | None, str] = {
    None: _("follows from the target"),
    "binary": _("yes or no (binary)"),
    "multiclass": _("which class (multiclass)"),
    "multilabel": _("several yes or no at once (multilabel)"),
    "regression": _("a number (regression)"),
}


def edit(project: Project, rows: Sequence[Mapping[str, Any]], names: Sequence[str]) -> None:
    """The list of columns with role and kind to choose in it."""
    turn = state.value("data.turn", 0)  # a new key empties the editor's own record of edits
    key = f"data.columns.{turn}"

    def take() -> None:
        edited: dict[int, dict[str, str]] = st.session_state[key]["edited_rows"]
        state.keep("data.turn", turn + 1)
        with state.telling():
            changed = project
            for row, cells in edited.items():
                changed = _changed(changed, names[int(row)], cells.get(_("Role")), cells.get(_("Kind")))
            state.replace(changed)

    config = st.column_config
    st.data_editor(
        parts.frame(rows),
        key=key,
        hide_index=True,
        height="content" if len(rows) <= 30 else 1_100,
        on_change=take,
        disabled=[_("Column"), _("Missing"), _("Different"), _("Distribution")],
        column_config={
            # The first three fill a phone, so that none is cut there; the others are a move of the finger away.
            _("Column"): config.TextColumn(width=142),
            _("Role"): config.SelectboxColumn(options=ROLES, required=True, width=96, format_func=_menu),
            _("Kind"): config.SelectboxColumn(options=KINDS, required=True, width=120, format_func=_menu),
            _("Missing"): config.TextColumn(width=66, alignment="right"),
            _("Different"): config.TextColumn(width=76, alignment="right"),
            _("Distribution"): config.ImageColumn(width=132, help=_("Shaded by the target once it is chosen")),
        },
    )


def _menu(choice: str) -> str:
    """A choice as a cell shows it: with the mark of a menu, so that it is seen to be one."""
    return f"{choice} ▾"


def choose(project: Project, column: Column) -> None:
    """Role and kind of one column as ordinary menus."""
    left, right = st.columns(2)
    for place, label, options, now in (
        (left, _("Role"), ROLES, column.role),
        (right, _("Kind"), KINDS, column.kind),
    ):
        key = state.key_showing(f"data.{label}.{project.columns.names.index(column.name)}", now)
        # The choice is the default too: what a browser answers that missed it must change nothing.
        at = options.index(now)
        place.selectbox(label, options, at, key=key, on_change=_choosing(project, column.name, label, key))


def choose_task(project: Project, titles: Mapping[Task | None, str], key: str = "data.task") -> None:
    """The task, where what follows from the target is not what is meant."""
    now = project.columns.task
    drawn = state.key_showing(key, now)

    def take() -> None:
        if st.session_state[drawn] != now:
            state.replace(project.with_task(st.session_state[drawn]))

    tasks = list(titles)
    st.selectbox(_("Task"), tasks, tasks.index(now), key=drawn, format_func=lambda task: titles[task], on_change=take)


def _choosing(project: Project, name: str, label: str, key: str) -> Any:
    def take() -> None:
        value = st.session_state[key]
        if value == (project.columns[name].role if label == _("Role") else project.columns[name].kind):
            return
        with state.telling():
            role, kind = (value, None) if label == _("Role") else (None, value)
            state.replace(_changed(project, name, role, kind))

    return take


def _changed(project: Project, name: str, role: str | None, kind: str | None) -> Project:
    if kind is not None:
        project = project.with_column(name, kind=kind, reason=_("You chose this kind."))
    if role == "target":
        return project.with_target(name)
    return project.with_column(name, role=role) if role is not None else project

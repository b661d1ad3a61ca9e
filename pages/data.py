"""Data: what was understood of the file, the kind and role of each column, the target."""

from __future__ import annotations

from typing import Any

import streamlit as st

from nnlab.data.columns import Kind, Task
from nnlab.data.preview import MOST_COLUMNS, Preview
from nnlab.data.profile import ColumnProfile
from nnlab.errors import NnlabError
from nnlab.plots.distribution import (
    distribution_figure,
    distribution_numbers,
    distribution_svg,
    examples_svg,
    pictures_svg,
)
from nnlab.runs.project import Project
from pages.ui import cached, columns, coming, parts, pictures, reading, second, state
from pages.ui.parts import _

MOST_LISTED = 400  # columns in the list at once; a search shows the others
PICTURE_PX = 118
TASKS: dict[Task | None, str] = {
    None: _("follows from the target"),
    "binary": _("yes or no (binary)"),
    "multiclass": _("which class (multiclass)"),
    "regression": _("a number (regression)"),
}


def main() -> None:
    project = parts.needed_project(_("Data"))
    space = state.space()
    table = cached.preview(space, project.table_id)
    place = parts.header(_("Data"))
    why = "" if project.columns.targets else _("Choose first what is to be predicted.")
    parts.next_step(place, _("Prepare"), "prepare", because=why)
    facts = _("{rows} rows · {columns} columns").format(rows=parts.count(table.n_rows), columns=table.n_columns)
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.markdown(f"**{parts.plain(table.name)}** · {facts}", width="content")
        reading.draw(project, table)
        second.draw(project, awaits_pictures=second.awaits_pictures(project))
    coming.being_read_again(project)
    with st.spinner(_("Looking at {n} columns ...").format(n=parts.count(table.n_columns))):
        profiles = {found.name: found for found in cached.profile(space, project)}
    left, right = st.columns([1.9, 1], gap="large")
    # Until there is a target, choosing it is the one thing to do: it stands first, on a phone too.
    with right if project.columns.targets else left.container(border=True, gap="small", key="data.first"):
        draw_target(project, profiles)
    with left:
        draw_columns(project, profiles)
        draw_rows(project, table)
    with right:
        draw_column(project, profiles)


def draw_target(project: Project, profiles: dict[str, ColumnProfile]) -> None:
    """What is to be predicted, and the task that follows from it."""
    st.subheader(_("What should it predict?"), anchor=False)
    chosen = [column.name for column in project.columns.targets]
    key = "data.target"
    if key in st.session_state and st.session_state[key] != chosen:
        st.session_state[key] = chosen

    def take() -> None:
        names = st.session_state[key]
        if names != chosen:
            state.replace(project.with_target(*names))

    st.multiselect(
        _("Target"),
        list(project.columns.names),
        default=chosen,  # what a browser answers that missed the session's value must change nothing
        key=key,
        format_func=parts.one_line,
        placeholder=_("Choose a column"),
        on_change=take,
        label_visibility="collapsed",
    )
    if not chosen:
        st.caption(_("One column; several only where all are numbers."))
        return
    try:
        task, reason = cached.task(state.space(), project)
    except NnlabError as error:
        parts.failed(error)
        return
    st.caption(f"{TASKS[task][:1].upper()}{TASKS[task][1:]}. {parts.plain(reason, 300)}")
    with st.expander(_("Overrule the task")):
        columns.choose_task(project, TASKS)
    numbers = distribution_numbers(profiles[chosen[0]])
    picture = distribution_figure(numbers, parts.theme())
    parts.chart(picture, numbers.alt(), parts.frame(numbers.table()), "data.target_picture")


def draw_columns(project: Project, profiles: dict[str, ColumnProfile]) -> None:
    """Every column with its kind and role, which can be changed in the list itself."""
    named = project.columns.columns
    if len(named) > MOST_LISTED:
        search = st.text_input(_("Find columns"), key="data.search", placeholder=_("a part of the name"))
        named = tuple(column for column in named if search.lower() in column.name.lower())[:MOST_LISTED]
        st.caption(_("{n} of {all} columns are listed.").format(n=len(named), all=len(project.columns.columns)))
    rows = [column_row(column.name, project, profiles[column.name]) for column in named if column.name in profiles]
    columns.edit(project, rows, [row[_("Column")] for row in rows])


def column_row(name: str, project: Project, profile: ColumnProfile) -> dict[str, Any]:
    column = project.columns[name]
    n_rows = max(1, cached.n_rows(state.space(), project.table_id) or 1)
    # Cells are drawn as tall as a row allows: a narrower picture keeps its ends inside the column.
    svg = small_picture(profile, column.kind)
    return {
        _("Column"): name,
        _("Role"): column.role,
        _("Kind"): column.kind,
        _("Missing"): share(profile.n_missing, n_rows),
        _("Different"): parts.count(profile.n_unique),
        _("Distribution"): pictures.svg_uri(svg),
    }


def small_picture(profile: ColumnProfile, kind: Kind) -> str:
    """What fits into a cell of the list: the first pictures, the bars, or a few cells as they are."""
    theme = parts.theme()
    if profile.pictures:
        return pictures_svg(profile.pictures, PICTURE_PX)
    has_bars = bool(profile.bars) and kind not in ("text", "id")
    picture = distribution_svg(distribution_numbers(profile), theme, PICTURE_PX) if has_bars else ""
    return picture or examples_svg(profile.examples, theme, PICTURE_PX)


def share(n: int, of: int) -> str:
    """A part as percent: "–" for none, and never 0 % where there is something."""
    if not n:
        return "–"
    percent = 100 * n / of
    return f"{percent:.0f}{parts.THIN}%" if percent >= 1 else f"<{parts.THIN}1{parts.THIN}%"


def draw_rows(project: Project, table: Preview) -> None:
    """The first rows as they were read, the issues below them."""
    st.subheader(_("First rows"), anchor=False)
    shown = cached.first_rows(state.space(), project)
    st.dataframe(shown, height=320, placeholder="–", column_config=pictures.config(project.columns))
    if table.n_columns > MOST_COLUMNS:
        st.caption(_("The first {n} columns are shown.").format(n=MOST_COLUMNS))
    if table.issues:
        n_issues = len(table.issues)
        said = _("One thing in the file did not fit") if n_issues == 1 else _("{n} things in the file did not fit")
        with st.expander(said.format(n=parts.count(n_issues))):
            rows = [
                {_("line"): issue.line, _("column"): issue.column, _("text"): issue.text, _("why"): issue.why}
                for issue in table.issues
            ]
            st.dataframe(parts.frame(rows), hide_index=True)


def draw_column(project: Project, profiles: dict[str, ColumnProfile]) -> None:
    """One column by itself: why it has this kind and role, both to be changed, and its picture."""
    st.subheader(_("A column"), anchor=False)
    names = [name for name in project.columns.names if name in profiles]
    features = [column.name for column in project.columns.features if column.name in profiles]
    if features and state.value("data.column") not in names:
        state.keep("data.column", features[0])
    name = st.selectbox(_("Column"), names, key="data.column", format_func=parts.one_line, label_visibility="collapsed")
    if name is None:
        return
    column, profile = project.columns[name], profiles[name]
    st.caption(parts.plain(column.reason, 300))
    lost = cached.lost_cells(state.space(), project, name)
    if lost.n:
        said = _("{n} filled cells are none of this kind and count as missing, such as {cells}.")
        cells = parts.plain(", ".join(lost.examples), 200)
        st.caption(f":orange[{said.format(n=parts.count(lost.n), cells=cells)}]")
    columns.choose(project, column)
    if profile.pictures:
        pictures.draw(profile.pictures)
    elif profile.bars and column.kind not in ("text", "id"):
        numbers = distribution_numbers(profile)
        picture = distribution_figure(numbers, parts.theme())
        parts.chart(picture, numbers.alt(), parts.frame(numbers.table()), "data.column_picture")
    else:
        st.caption(_("For example: {cells}").format(cells=parts.plain(", ".join(profile.examples), 200)))


main()

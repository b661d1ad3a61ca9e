"""Data: what was understood of the file, the kind and role of each column, the target."""

from __future__ import annotations

from typing import Any

import streamlit as st

from nnlab.data.preview import MOST_COLUMNS, Preview
from nnlab.data.profile import ColumnProfile
from nnlab.data.table import Issue
from nnlab.errors import NnlabError
from nnlab.plots.distribution import (
    distribution_figure,
    distribution_numbers,
    distribution_svg,
    examples_svg,
    pictures_svg,
)
from nnlab.prep.wording import moment, number
from nnlab.runs.project import Project
from pages.ui import (
    cached,
    cleaning,
    columns,
    coming,
    findings,
    many,
    narrowing,
    parts,
    pictures,
    reading,
    second,
    state,
)
from pages.ui.parts import _

PICTURE_PX = 94
FEW_ROWS = 9  # more of them scroll
FEWEST_AT_ONCE = 4  # columns; fewer are as quickly changed in the list


def main() -> None:
    project = parts.needed_project(_("Data"))
    space = state.space()
    table = cached.preview(space, project.table_id)
    place = parts.header(_("Data"))
    why = "" if project.columns.targets else _("Choose first what is to be predicted.")
    parts.next_step(place, _("Prepare"), "prepare", because=why)
    facts = f"{parts.counted(table.n_rows, '{n} row', '{n} rows')} · {n_columns(table.n_columns)}"
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.markdown(f"**{parts.plain(table.name)}** · {facts}", width="content")
        reading.draw(project, table)
        second.draw(project, awaits_pictures=second.awaits_pictures(project))
    draw_warnings(table)
    coming.being_read_again(project)
    second.being_added(project)
    with st.spinner(_("Looking at {columns} ...").format(columns=n_columns(table.n_columns))):
        profiles = {found.name: found for found in cached.profile(space, project)}
    left, right = st.columns([1.9, 1], gap="large")
    # Until there is a target, choosing it is the one thing to do: it stands first, on a phone too.
    with right if project.columns.targets else left.container(border=True, gap="small", key="data.first"):
        draw_target(project, profiles)
    with left:
        found = st.container()
        st.subheader(_("Columns"), anchor=False)
        draw_columns(project, profiles)
        cleaning.draw(project)
        draw_rows(project, table)
    with right:
        draw_column(project, profiles)
    with found:
        # Last: what is drawn again by itself must not come before a widget that has just moved into another place.
        findings.draw(project)


def draw_warnings(table: Preview) -> None:
    """What of the file must not be overlooked: warnings as they are, and how much is listed at the page's end."""
    for issue in table.issues:
        if issue.weight == "warning":
            st.markdown(f":orange[:material/warning: {parts.plain(issue.why[:1].upper() + issue.why[1:], 300)}.]")
    if n_odd := sum(issue.weight not in ("note", "warning") for issue in table.issues):
        one = _("One thing in the file did not fit: see below the first rows.")
        several = _("{n} things in the file did not fit: see below the first rows.")
        st.markdown(f":orange[:material/warning: {parts.counted(n_odd, one, several)}]")


def n_columns(number: int) -> str:
    return parts.counted(number, "{n} column", "{n} columns")


def draw_target(project: Project, profiles: dict[str, ColumnProfile]) -> None:
    """What is to be predicted, and the task that follows from it."""
    st.subheader(_("What should it predict?"), anchor=False)
    chosen = [column.name for column in project.columns.targets]
    key = state.key_showing("data.target", chosen, lambda held, now: set(held) == set(now))  # in whatever order

    def take() -> None:
        names = st.session_state[key]
        if set(names) != set(chosen):
            state.replace(project.with_target(*names))

    st.multiselect(
        _("Target"),
        list(project.columns.names),
        default=chosen,  # what a browser answers that missed the session's value must change nothing
        key=key,
        format_func=parts.one_line,
        placeholder=_("Choose a column"),
        filter_mode="contains",
        select_all=False,  # else Enter takes every column that what was typed may mean
        on_change=take,
        label_visibility="collapsed",
    )
    if not chosen:
        st.caption(_("One column; several where all are numbers, or each is yes or no."))
        return
    try:
        task, reason = cached.task(state.space(), project)
    except NnlabError as error:
        parts.failed(error)
        return
    st.caption(f"{columns.TASKS[task][:1].upper()}{columns.TASKS[task][1:]}. {parts.plain(reason, 300)}")
    with st.expander(_("Overrule the task")):
        columns.choose_task(project, columns.TASKS)
    numbers = distribution_numbers(profiles[chosen[0]])
    picture = distribution_figure(numbers, parts.theme())
    parts.chart(picture, numbers.alt(), parts.frame(numbers.table()), "data.target_picture")


def draw_columns(project: Project, profiles: dict[str, ColumnProfile]) -> None:
    """Every column with its kind and role, which can be changed in the list itself."""
    listed = narrowing.narrowed(project.columns.columns, "data")
    shown = narrowing.page([column for column in listed if column.name in profiles], "data")
    if not shown:
        st.caption(_("No column is found."))
        return
    rows = [column_row(column.name, project, profiles[column.name]) for column in shown]
    columns.edit(project, rows, [row[_("Column")] for row in rows])
    others = [column.name for column in listed if column.role != "target"]
    if len(others) >= FEWEST_AT_ONCE:
        many.draw(project, others, "data.many")


def column_row(name: str, project: Project, profile: ColumnProfile) -> dict[str, Any]:
    column = project.columns[name]
    n_rows = max(1, cached.n_rows(state.space(), project.table_id) or 1)
    # Cells are drawn as tall as a row allows: a narrower picture keeps its ends inside the column.
    svg = small_picture(profile)
    return {
        _("Column"): name,
        _("Role"): column.role,
        _("Kind"): column.kind,
        _("Missing"): share(profile.n_missing, n_rows),
        _("Different"): parts.count(profile.n_unique),
        _("Distribution"): pictures.svg_uri(svg),
    }


def small_picture(profile: ColumnProfile) -> str:
    """What fits into a cell of the list: the first pictures, the bars, or a few cells as they are."""
    theme = parts.theme()
    if profile.pictures:
        return pictures_svg(profile.pictures, PICTURE_PX)
    picture = distribution_svg(distribution_numbers(profile), theme, PICTURE_PX) if profile.has_bars else ""
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
    height = "content" if len(shown) < FEW_ROWS else 320
    st.dataframe(shown, height=height, placeholder="–", column_config=pictures.config(project.columns))
    if table.n_columns > MOST_COLUMNS:
        st.caption(_("The first {n} columns are shown.").format(n=MOST_COLUMNS))
    odd = [issue for issue in table.issues if issue.weight != "note"]
    if odd:
        said = parts.counted(len(odd), _("One thing in the file did not fit"), _("{n} things in the file did not fit"))
        draw_issues(said, odd)
    if len(odd) < len(table.issues):
        draw_issues(_("What the file holds"), [issue for issue in table.issues if issue.weight == "note"])


def draw_issues(title: str, issues: list[Issue]) -> None:
    """What is to be told of a file, closed until somebody asks; line and column only where there are any."""
    rows = [
        {_("line"): issue.line or None, _("column"): issue.column, _("text"): issue.text, _("what"): issue.why}
        for issue in issues
    ]
    with st.expander(title):
        shown = parts.frame(rows).replace("", None).dropna(axis="columns", how="all")
        st.dataframe(shown, hide_index=True, placeholder="–")


def facts(profile: ColumnProfile, n_rows: int) -> str:
    """Missing and different values, the quartiles, and what the column says about the target, in one line."""
    missing = _("{share} missing").format(share=share(profile.n_missing, n_rows)) if profile.n_missing else ""
    said = [missing, _("{n} different").format(n=parts.count(profile.n_unique))]
    if profile.quantiles:
        tell = moment if profile.kind == "datetime" else number
        least, low, middle, high, most = (tell(value) for value in profile.quantiles)
        words = _("from {least} to {most}, half of them between {low} and {high}, median {middle}")
        said.append(words.format(least=least, most=most, low=low, high=high, middle=middle))
    if profile.association is not None:
        found = profile.association
        value = found.value if found.signed is None else found.signed
        said.append(_("{measure} with the target {value}").format(measure=_(found.measure), value=f"{value:.2f}"))
    return " · ".join(part for part in said if part)


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
        one = _("{n} filled cell is none of this kind and counts as missing")
        several = _("{n} filled cells are none of this kind and count as missing")
        cells = parts.plain(", ".join(lost.examples), 200)
        st.caption(f":orange[{parts.counted(lost.n, one, several)}: {cells}.]")
    columns.choose(project, column)
    st.caption(parts.plain(facts(profile, cached.n_rows(state.space(), project.table_id) or 1), 300))
    if profile.pictures:
        pictures.draw(profile.pictures)
    elif profile.has_bars:
        numbers = distribution_numbers(profile)
        picture = distribution_figure(numbers, parts.theme())
        parts.chart(picture, numbers.alt(), parts.frame(numbers.table()), "data.column_picture")
    else:
        parts.examples(profile.examples)


main()

"""Prepare: which rows train, what is done to each column, and one real row on its way into the tensor."""

from __future__ import annotations

import math
from typing import Any, NoReturn

import streamlit as st

from nnlab.errors import NnlabError
from nnlab.network.shapes import Ids
from nnlab.plots.distribution import distribution_figure, distribution_numbers
from nnlab.plots.split import split_figure, split_numbers
from nnlab.prep.before_after import drawn_every
from nnlab.prep.chain import FittedColumn
from nnlab.prep.journey import ColumnJourney, sentences
from nnlab.prep.recipe import MENDED_AT, broken_columns
from nnlab.runs.project import Project
from pages.ui import cached, forms, leaks, many, narrowing, parts, pictures, state, steps, travel
from pages.ui.parts import _

MOST_SLOTS = 6
MOST_BROKEN = 3  # columns whose steps stand under one another
STEPS_PX = 480
# A cell is as wide as what stands in it: a browser looks at the first rows, and leaves out what is much the longest.
LETTER_PX, WIDEST_CELL_PX = 7, 180
DIGIT_PX, WIDEST_NUMBERS_PX = 6, 240
SHORT = 16  # letters


def main() -> None:
    project = parts.needed_project(_("Prepare"))
    place = parts.header(_("Prepare"))
    try:
        with st.spinner(_("Learning from the training rows ...")):
            found = cached.preparation(state.space(), project)
    except NnlabError as error:
        draw_unprepared(project, error)
    parts.next_step(place, _("Network"), "network")
    st.markdown(facts(found))
    left, right = st.columns([1.9, 1], gap="large")
    with left:
        draw_windows(found)
        name = draw_columns(project, found) if found.fitted.features else ""
        if name:
            draw_pictures(project, found, name)
        else:
            draw_series(project)
    with right:
        draw_split(project, found)
        if name:
            draw_steps(project, found, name)
        if found.fitted.target.task == "regression" and found.fitted.windows is None:
            steps.draw_target(project, found.recipe)
        if name:
            leaks.draw(project, name, has_copies=found.summary.n_repeated > 0)
            draw_series(project)


def draw_unprepared(project: Project, error: NnlabError) -> NoReturn:
    """What can be changed where the table cannot be prepared: steps of one's own that cannot run, else the split."""
    leads_here = error.repair == MENDED_AT
    parts.failed(error.as_dict() | {"repair": None if leads_here else error.repair})
    broken = broken_columns(project.recipe, project.columns)
    for column in broken[:MOST_BROKEN]:
        st.subheader(_("Steps of {name}").format(name=parts.plain(column.name, 60)), anchor=False)
        with st.container(width=STEPS_PX):
            steps.draw(project, column, project.recipe[column.name], ())
    if len(broken) > MOST_BROKEN:
        st.caption(parts.counted(len(broken) - MOST_BROKEN, "and {n} more column", "and {n} more columns"))
    if broken:
        raise parts.PageEnd
    with st.expander(_("Split"), expanded=True):
        draw_shares(project)
    parts.empty(_("The target and the features are chosen on Data."), _("Data"), "data")


def facts(found: cached.Preparation) -> str:
    """How much of a row goes into the network, and how many rows train, validate and test."""
    windows, n_numbers = found.fitted.windows, len(found.fitted.feature_names)
    given = []
    if windows is not None:
        given.append(parts.counted(windows.windows.lookback, _("**{n}** step"), _("**{n}** steps")))
    for shape in found.fitted.input_shapes.values():
        if isinstance(shape, Ids):
            given.append(parts.counted(math.prod(shape), _("**{n}** token id"), _("**{n}** token ids")))
        elif len(shape) > 2:
            given.append(
                parts.counted(math.prod(shape), _("**{n}** value of a picture"), _("**{n}** values of a picture"))
            )
    if n_numbers or not given:
        given.append(parts.counted(n_numbers, _("**{n}** number"), _("**{n}** numbers")))
    numbers = " · ".join(given)
    said = _("{numbers} a row go into the network · {train} rows train · {validation} validate · {test} test")
    return said.format(numbers=numbers, **{name: parts.count(n) for name, n in found.summary.n_rows.items()})


def draw_windows(found: cached.Preparation) -> None:
    """What a row's window holds, where rows have their past beside them."""
    windows = found.fitted.windows
    if windows is None:
        return
    named = ", ".join(parts.plain(name, 40) for name in windows.channels[:8])
    more = _(" and {n} more").format(n=len(windows.channels) - 8) if len(windows.channels) > 8 else ""
    said = _("Each row brings the last **{steps}** steps of {names}{more}, and tells **{ahead}** ahead.")
    steps, ahead = parts.count(windows.windows.lookback), parts.count(windows.windows.horizon)
    st.markdown(said.format(steps=steps, names=named, more=more, ahead=ahead))


def draw_series(project: Project) -> None:
    """How far a row looks back and ahead, where a column says when it was."""
    if project.columns.time_column is None and not project.recipe.windows.are_wanted:
        return

    def changed(windows: object) -> None:
        state.change(project, recipe=project.recipe.having(windows=windows))

    with st.expander(_("Series"), expanded=project.recipe.windows.are_wanted):
        forms.edit(project.recipe.windows, key="prepare.windows_form", changed=changed)


def draw_columns(project: Project, found: cached.Preparation) -> str:
    """Every feature with its steps and one row's way through them; gives the column chosen."""
    lines = found.frame.index
    st.number_input(
        _("Follow the row in line"),
        int(lines[0]),
        int(lines[-1]),
        int(lines[min(len(lines) - 1, 5)]),
        key="prepare.line",
        width=220,
    )
    every = [column.name for column in found.fitted.features]
    by_name = {column.name: column for column in found.fitted.features}
    listed = narrowing.narrowed(tuple(c for c in project.columns.features if c.name in by_name), "prepare")
    names = [column.name for column in narrowing.page(listed, "prepare")]
    shown = [row(by_name[journey.column], journey) for journey in travel.journey(found, row_at(found), names)]
    if not shown:
        st.caption(_("No column is found."))
    picked = st.dataframe(
        parts.frame(shown),
        hide_index=True,
        column_config={
            _("This row"): as_wide(_("This row"), shown, LETTER_PX, WIDEST_CELL_PX),
            _("In the tensor"): as_wide(_("In the tensor"), shown, DIGIT_PX, WIDEST_NUMBERS_PX),
        },
        height="content" if len(shown) <= 25 else 900,
        key="prepare.columns",
        on_select="rerun",
        selection_mode="multi-row",
    )
    chosen = [names[at] for at in picked.selection.rows if at < len(names)]
    if len(chosen) == 1 and state.value("prepare.clicked") != chosen[0]:
        state.keep("prepare.clicked", chosen[0])
        state.keep("prepare.column", chosen[0])
    if state.value("prepare.column") not in by_name:
        state.keep("prepare.column", every[0])
    name = str(state.value("prepare.column"))
    many.draw(
        project,
        chosen if len(chosen) > 1 else [column.name for column in listed],
        "prepare.many",
        recipe=found.recipe,
        like=name,
    )
    draw_left_out(found)
    return name


def as_wide(name: str, shown: list[dict[str, Any]], letter: int, most: int) -> Any:
    """A column of the list that is as wide as its longest cell, by so many pixels a letter, up to `most`."""
    longest = max(len(name), *(len(each[name]) for each in shown))
    return st.column_config.Column(width=min(most, 24 + letter * longest))


def draw_left_out(found: cached.Preparation) -> None:
    """The columns that are no features, a few by name."""
    left_out = [column.name for column in found.fitted.columns.columns if column.role == "ignore"]
    if left_out:
        named = ", ".join(parts.plain(name, 30) for name in left_out[:12])
        more = _(" and {n} more").format(n=len(left_out) - 12) if len(left_out) > 12 else ""
        st.caption(_("Left out: {names}{more}.").format(names=named, more=more))


def row_at(found: cached.Preparation) -> int:
    """The place in the table of the row that is followed; a line that the file lacks gives the next."""
    lines = found.frame.index
    return int(min(len(lines) - 1, lines.searchsorted(state.value("prepare.line"))))


def row(column: FittedColumn, journey: ColumnJourney) -> dict[str, Any]:
    """A column as a line: its steps with what they learnt, the cell, the numbers it becomes."""
    if column.image is not None and journey.slots:
        values = _("{n} numbers").format(n=parts.count(len(journey.values)))
    else:
        values = "" if column.words else journey.numbers(MOST_SLOTS)
    return {
        _("Column"): journey.column,
        _("This row"): journey.raw,
        _("In the tensor"): " · ".join(part for part in (journey.value, values) if part) or _("left out"),
        _("Steps, learnt from training rows"): " → ".join(short(column)) or _("as it is"),
    }


def short(column: FittedColumn) -> list[str]:
    """Each step in a word or two: what it has learnt where that is short, else its name."""
    found = []
    for fitted, said in zip(column.steps, sentences(column), strict=True):
        first = said.partition(":")[0]
        found.append(first if len(first) <= SHORT else (_(fitted.step.title) or fitted.step.kind).lower())
    return found


def draw_pictures(project: Project, found: cached.Preparation, name: str) -> None:
    """This row's cell on its way through the column's steps, and the training rows before and after them."""
    journey = travel.journey(found, row_at(found), [name])[0]
    st.subheader(_("{name} in line {line}").format(name=parts.plain(name, 40), line=line_of(found)), anchor=False)
    raw = travel.cell_before_cleaning(state.space(), project, name, line_of(found))
    travel.draw(journey, travel.cell(found, name, row_at(found)), raw)
    profiles = cached.before_after(state.space(), project, name)
    title = _("Training rows before and after") if len(profiles) > 1 else _("Training rows")
    st.subheader(title, anchor=False)
    if (every := drawn_every(found.summary.n_rows["train"])) > 1:
        st.caption(_("One row in {n} is drawn.").format(n=parts.count(every)))
    if profiles[0].pictures:
        pictures.draw(profiles[0].pictures)
        return
    if not profiles[0].has_bars:
        parts.examples(profiles[0].examples)
        return
    columns = st.columns(len(profiles))
    for n, (place, found_profile) in enumerate(zip(columns, profiles, strict=True)):
        numbers = distribution_numbers(found_profile)
        with place:
            picture = distribution_figure(numbers, parts.theme())
            parts.chart(picture, numbers.alt(), parts.frame(numbers.table()), f"prepare.picture.{n}")


def line_of(found: cached.Preparation) -> int:
    """The line in the file of the row that is followed."""
    return int(found.frame.index[row_at(found)])


def draw_split(project: Project, found: cached.Preparation) -> None:
    """The three parts as a bar, what is worth knowing of them, and the shares."""
    summary = found.summary
    numbers = split_numbers(
        summary.n_rows,
        summary.n_left_out,
        class_shares=summary.class_shares,
        spans=summary.spans,
        means=summary.means,
    )
    picture, table = split_figure(numbers, parts.theme()), parts.frame(numbers.table())
    parts.chart(picture, numbers.alt(), table, "prepare.split", title=_("Split"))
    for note in summary.notes:
        st.caption(parts.plain(note, 400))
    with st.expander(_("Change the split")):
        draw_shares(project)


def draw_shares(project: Project) -> None:
    """The shares and the seed; or the column that says which row is in which part."""

    def changed(split: object) -> None:
        state.change(project, split=split)

    column = project.columns.split_column
    if column is not None:
        st.markdown(_("The column {name} says which part a row is in.").format(name=parts.plain(column)))
        st.caption(_("To draw rows instead, give that column another role on Data."))
        forms.edit(project.split, key="prepare.split_form", names=["validation", "seed"], changed=changed)
        return
    time, groups = project.columns.time_column, project.columns.group_columns
    if time is not None:
        said = _("In the order of {name}: the earliest rows train, the latest judge.")
        st.markdown(said.format(name=parts.plain(time, 60)))
        forms.edit(project.split, key="prepare.split_form", names=["train", "validation", "test"], changed=changed)
    else:
        forms.edit(project.split, key="prepare.split_form", changed=changed)
    if groups and time is None:
        named = ", ".join(parts.plain(name, 60) for name in groups[:5])
        st.markdown(_("Rows with the same value of {names} stay in one part.").format(names=named))
    if time is None:
        st.caption(
            _(
                "On Data, the role group keeps the rows of a person or a place in one part, the role time lets the "
                "past train and the future judge, and the role split takes the parts from a column."
            )
        )


def draw_steps(project: Project, found: cached.Preparation, name: str) -> None:
    """The steps of the chosen column."""
    st.subheader(_("Steps of a column"), anchor=False)
    names = [column.name for column in found.fitted.features]
    st.selectbox(_("Column"), names, key="prepare.column", format_func=parts.one_line, label_visibility="collapsed")
    column = next(each for each in found.fitted.features if each.name == name)
    steps.draw(project, project.columns[name], found.recipe[name], sentences(column))


main()

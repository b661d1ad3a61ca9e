"""Cleaning on the Data page: the list of steps with what each did, the form of one, and spellings that may be one."""

from __future__ import annotations

from typing import Any

import streamlit as st

from nnlab.cleaning import Cleaning, CleaningStep, Done, cleaning_steps
from nnlab.cleaning.spellings import Proposal, merging
from nnlab.errors import NnlabError
from nnlab.runs import reading_job
from nnlab.runs.cleaned_tables import with_cleaning
from nnlab.runs.project import Project
from pages.ui import cleaning_cached, cleaning_form, parts, state
from pages.ui.parts import _

OPEN = "cleaning.open."  # and the project: {"kind", "place"} of the step whose form is open
TURN = "cleaning.turn"  # goes up with every form, so that none finds the widgets of the one before
MOST_PROPOSED = 12


def draw(project: Project) -> None:
    """The steps in order, the open form, the menu of steps, and what could be merged."""
    st.subheader(_("Cleaning"), anchor=False)
    if not project.cleaning.steps:
        st.caption(_("Before all else: keep rows, replace values, compute columns. The file itself stays as it is."))
    opened: dict[str, Any] | None = state.value(OPEN + project.id)
    done = cleaning_cached.steps_done(state.space(), project)
    for place, step in enumerate(project.cleaning.steps):
        if opened is not None and opened["place"] == place:
            draw_form(project, step.kind, place)
        else:
            draw_step(project, step, place, done[place] if place < len(done) else Done())
    n_steps = len(project.cleaning)
    if opened is not None and opened["place"] >= n_steps:
        draw_form(project, opened["kind"], n_steps)
    elif opened is None:
        draw_menu(project, n_steps)
        draw_proposals(project)


def draw_step(project: Project, step: CleaningStep, place: int, done: Done) -> None:
    """A step in a line: what is done, what it did, and its buttons."""
    steps = project.cleaning
    # The step is in the keys: a click on a button of a step that has moved meanwhile means that step.
    key = f"{place}.{step.digest[:8]}"
    with st.container(border=True, gap="xsmall", key=f"cleaning.step.{place}"):
        row = st.container(
            horizontal=True, horizontal_alignment="distribute", vertical_alignment="center", gap="xsmall"
        )
        with row:
            said = step.sentence()
            st.markdown(f"{place + 1}. {parts.plain(said[:1].upper() + said[1:], 300)}", width="stretch")
            with st.container(horizontal=True, width="content", gap="small"):
                edit = state.keeping(OPEN + project.id, {"kind": step.kind, "place": place})
                parts.icon_button("edit", f"cleaning.edit.{key}", _("Change"), edit, is_quiet=True)
                for icon, says, to, is_end in (
                    ("arrow_upward", _("Move up"), place - 1, place == 0),
                    ("arrow_downward", _("Move down"), place + 1, place == len(steps) - 1),
                ):
                    moved = _taking(project, steps.moved(place, to))
                    parts.icon_button(icon, f"cleaning.{icon}.{key}", says, moved, disabled=is_end, is_quiet=True)
                gone = _taking(project, steps.without(place))
                parts.icon_button("delete", f"cleaning.remove.{key}", _("Remove"), gone, is_quiet=True)
        line = parts.plain(done.sentence(), 400)
        st.caption(f":orange[{line}]" if done.problem else line)
        draw_reads_target(project, step)
        if done.examples:
            with st.expander(_("Before and after")):
                draw_examples(done)


def draw_reads_target(project: Project, step: CleaningStep) -> None:
    """Says so where a step makes a column of what is to be predicted."""
    targets = [column.name for column in project.columns.targets if step.makes and column.name in step.reads]
    if targets:
        said = _("Reads the target: {names}. What it makes cannot be a feature, as rows to predict do not have it.")
        st.caption(f":orange[{said.format(names=parts.plain(', '.join(targets), 200))}]")


def draw_menu(project: Project, n_steps: int) -> None:
    """The kinds of step to add."""
    kinds = sorted(cleaning_steps.kinds, key=lambda kind: cleaning_steps[kind].title)
    key = f"cleaning.add.{state.value(TURN, 0)}"

    def begin() -> None:
        state.keep(TURN, state.value(TURN, 0) + 1)
        state.keep(OPEN + project.id, {"kind": st.session_state[key], "place": n_steps})

    st.menu_button(
        _("Add a step"),
        kinds,
        icon=":material/add:",
        key=key,
        format_func=lambda kind: _(cleaning_steps[kind].title),
        on_click=begin,
    )


def draw_form(project: Project, kind: str, place: int) -> None:
    """The form of a step, new or known, what it would do, and the button that applies it."""
    space, steps = state.space(), project.cleaning
    cls = cleaning_steps[kind]
    known = steps.steps[place] if place < len(steps) else None
    key = f"cleaning.form.{state.value(TURN, 0)}.{place}"
    with st.container(border=True, gap="small", key="cleaning.form"):
        st.markdown(f"**{place + 1}. {_(cls.title)}**")
        drawn = cleaning_form.draw(cls, known, cleaning_form.place_of(key, space, project, place))
        step = draw_outcome(project, drawn, place)
        with st.container(horizontal=True, gap="small"):
            st.button(
                _("Apply"),
                type="primary",
                key="cleaning.apply",
                disabled=step is None,
                on_click=lambda: _apply(project, step, place),
            )
            st.button(_("Leave it"), key="cleaning.cancel", on_click=_close, args=(project,))


def draw_outcome(project: Project, drawn: dict[str, Any], place: int) -> CleaningStep | None:
    """What the step as it stands in its form would do; gives it, or None where it cannot be applied yet."""
    before = Cleaning(steps=project.cleaning.steps[:place])
    if cleaning_form.is_open(drawn):
        st.caption(_("Choose a column and a value in each line."))
        return None
    try:
        step = cleaning_steps.parse(drawn)
        tried = cleaning_cached.tried(state.space(), project, before, step)
    except NnlabError as error:
        if _is_begun(drawn):
            said = error.rule if error.where in ("", "kind") else f"{error.where}: {error.rule}"
            st.caption(parts.plain(f"{said[:1].upper()}{said[1:].rstrip('.')}. {error.do}", 300))
        return None
    if tried.done.problem:
        st.markdown(f":red[{parts.plain(tried.done.problem, 400)}]")
        return None
    said = parts.plain(tried.done.sentence().capitalize(), 200)
    if tried.n_rows < tried.n_all:
        said = _("{said} among the first {n} rows").format(said=said, n=parts.count(tried.n_rows))
    st.markdown(f"{said}.")
    draw_reads_target(project, step)
    if tried.done.examples:
        draw_examples(tried.done)
    return step


def draw_examples(done: Done) -> None:
    """A few cells, before and after."""
    rows = [
        {
            _("line"): each.line,
            _("column"): each.column or "–",
            _("before"): each.before if each.before is not None else "–",
            _("after"): each.after if each.after is not None else ("–" if each.column else _("dropped")),
        }
        for each in done.examples
    ]
    st.dataframe(parts.frame(rows), hide_index=True, height="content")


def draw_proposals(project: Project) -> None:
    """Spellings that may be one value, with their rows; one button merges those of a column that are chosen."""
    found = cleaning_cached.proposed(state.space(), project)
    if not found:
        return
    by_column: dict[str, list[Proposal]] = {}
    for proposal in found:
        by_column.setdefault(proposal.column, []).append(proposal)
    n = len(found)
    said = _("One value may be spelt in several ways") if n == 1 else _("{n} values may be spelt in several ways")
    with st.expander(said.format(n=parts.count(n)), icon=":material/spellcheck:", key="cleaning.proposals"):
        if any(not each.is_sure for proposal in found for each in proposal.merged):
            st.caption(
                _(
                    "Chosen already is what differs in capitals, blanks, punctuation or accents only. A value that "
                    "differs by a letter, or is a short form, may be another one: it is merged if you choose it."
                )
            )
        for at, (column, listed) in enumerate(by_column.items()):
            draw_column_proposals(project, column, listed[:MOST_PROPOSED], at)


def draw_column_proposals(project: Project, column: str, listed: list[Proposal], at: int) -> None:
    """The proposals of a column: each spelling is chosen or not; the button carries out what is chosen."""
    st.markdown(f"**{parts.plain(column, 60)}**")
    chosen: list[Proposal] = []
    for n, proposal in enumerate(listed):
        known = {each.text: each for each in proposal.merged}
        offered = ", ".join(_spelt(each) for each in proposal.merged)
        picked = st.multiselect(
            f"{parts.plain(proposal.kept.text, 60)} ({parts.count(proposal.kept.n_rows)})",
            list(known),
            default=[each.text for each in proposal.merged if each.is_sure],
            format_func=lambda text, known=known: _spelt(known[text]),
            key=f"cleaning.proposal.{project.table_id[:8]}.{at}.{n}",
            placeholder=_("nothing chosen; offered: {spellings}").format(spellings=offered),
        )
        if picked:
            kept = tuple(each for each in proposal.merged if each.text in picked)
            chosen.append(Proposal(column, proposal.kept, kept))
    st.button(
        _("Merge these spellings"),
        icon=":material/merge:",
        key=f"cleaning.merge.{project.table_id[:8]}.{at}",
        disabled=not chosen,
        on_click=lambda: change(project, project.cleaning.added(merging(column, chosen))),
    )


def change(project: Project, cleaning: Cleaning) -> None:
    """Moves the project to the table that other steps give; a large one is made by a process of its own."""
    space = state.space()
    with state.telling():
        state.refuse_unseen()
        if reading_job.is_large(space.table_bytes(project.table_id).stat().st_size):
            reading_job.begin_cleaning(space, project, cleaning)
        else:
            state.replace(with_cleaning(space, project, cleaning))


def _apply(project: Project, step: CleaningStep | None, place: int) -> None:
    if step is None:
        return
    steps = project.cleaning
    change(project, steps.changed(place, step) if place < len(steps) else steps.added(step))
    _close(project)


def _close(project: Project) -> None:
    state.keep(OPEN + project.id, None)
    state.keep(TURN, state.value(TURN, 0) + 1)


def _taking(project: Project, cleaning: Cleaning) -> Any:
    return lambda: change(project, cleaning)


def _is_begun(drawn: dict[str, Any]) -> bool:
    """Whether something was set already: an empty form is no error."""
    return any(value for name, value in drawn.items() if name not in ("kind", "join", "by", "keeps", "separator"))


def _spelt(each: Any) -> str:
    why = "" if each.is_sure else f", {_(each.why)}"
    return f"{parts.one_line(each.text, 60)} ({parts.count(each.n_rows)}{why})"

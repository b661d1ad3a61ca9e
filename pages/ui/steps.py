"""The steps of one column: what each has learnt, its settings, its place; added, removed, put back to the default."""

from __future__ import annotations

from collections.abc import Callable

import streamlit as st

from nnlab.data.columns import Column
from nnlab.prep.recipe import ColumnRecipe, Recipe
from nnlab.prep.steps import FORMS, Step, steps
from nnlab.prep.target_recipe import TargetRecipe
from nnlab.runs.project import Project
from pages.ui import forms, parts, state
from pages.ui.parts import _

Chain = tuple[Step, ...]


def draw(project: Project, column: Column, recipe: ColumnRecipe, learnt: tuple[str, ...]) -> None:
    """The column's steps in order, each with its settings, and the menu of steps that fit."""
    is_own = column.name in project.recipe
    st.caption(parts.plain(recipe.reason, 300) if recipe.reason else _("Your own steps."))
    chain = recipe.steps
    for place, step in enumerate(chain):
        said = learnt[place] if place < len(learnt) else ""
        with st.container(border=True, gap="small", key=f"prepare.step.{column.name[:80]}.{place}"):
            row = st.container(
                horizontal=True, horizontal_alignment="distribute", vertical_alignment="center", gap="xsmall"
            )
            with row:
                st.markdown(f"**{_(step.title or forms.worded(step.kind))}**", width="content")
                with st.container(horizontal=True, width="content", gap="small"):
                    _buttons(project, column.name, chain, place)
            if said:
                st.caption(parts.plain(said, 120))
            key = f"prepare.{column.name[:80]}.{place}.{step.kind}"
            forms.edit(step, key=key, changed=_changing(project, column.name, chain, place))
    add = f"prepare.add.{column.name[:80]}"
    with st.container(horizontal=True, gap="small"):
        st.menu_button(
            _("Add a step"),
            fitting(column, chain),
            icon=":material/add:",
            key=add,
            format_func=lambda kind: _(steps[kind].title or forms.worded(kind)),
            on_click=lambda: _take(project, column.name, (*chain, steps[st.session_state[add]]())),
        )
        if is_own:
            st.button(
                _("Back to the default"),
                key=f"prepare.default.{column.name[:80]}",
                icon=":material/replay:",
                on_click=lambda: state.change(project, recipe=project.recipe.changed(column.name, None)),
            )


def draw_target(project: Project, recipe: Recipe) -> None:
    """What is done to a target of numbers, with the reason."""
    st.subheader(_("Target"), anchor=False)
    reason = recipe.target.reason
    st.caption(parts.plain(reason, 300) if reason else _("Your own choice; every answer is in the target's unit."))

    def changed(target: TargetRecipe) -> None:
        state.change(project, recipe=project.recipe.having(target=target))

    forms.edit(project.recipe.target, key="prepare.target", changed=changed, names=["transform"])


def fitting(column: Column, chain: Chain) -> list[str]:
    """The kinds of step that can follow the chain."""
    form = FORMS[column.kind]
    for step in chain:
        form = step.gives or form
    return [cls.model_fields["kind"].default for cls in steps if form in cls.takes or cls.is_beside]


def _buttons(project: Project, name: str, chain: Chain, place: int) -> None:
    moved = list(chain)
    if place:
        moved[place - 1], moved[place] = moved[place], moved[place - 1]
    # The column is in the key: a click on a button of the column shown before, which the server hears of after the next
    # column was chosen, is answered with what that button said.
    up = f"prepare.up.{name[:80]}.{place}"
    take = _taking(project, name, tuple(moved))
    parts.icon_button("arrow_upward", up, _("Move up"), take, disabled=place == 0, is_quiet=True)
    without = chain[:place] + chain[place + 1 :]
    remove = f"prepare.remove.{name[:80]}.{place}"
    parts.icon_button("delete", remove, _("Remove"), _taking(project, name, without), is_quiet=True)


def _taking(project: Project, name: str, chain: Chain) -> Callable[[], None]:
    return lambda: _take(project, name, chain)


def _changing(project: Project, name: str, chain: Chain, place: int) -> Callable[[Step], None]:
    return lambda step: _take(project, name, (*chain[:place], step, *chain[place + 1 :]))


def _take(project: Project, name: str, chain: Chain) -> None:
    with state.telling():
        state.replace(project.having(recipe=project.recipe.changed(name, chain)))

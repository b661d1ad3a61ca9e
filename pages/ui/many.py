"""Several columns changed at once: role, kind and steps in one change, which one undo takes back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, get_args

import streamlit as st

from nnlab.data.columns import ONE_ONLY, Column, Kind, Role
from nnlab.errors import SpecError
from nnlab.prep.recipe import ColumnRecipe, Recipe, check_chain
from nnlab.prep.steps import Step, steps
from nnlab.runs.project import Project
from pages.ui import forms, parts, state
from pages.ui.parts import _
from pages.ui.steps import fitting

KINDS: tuple[str, ...] = get_args(Kind)
ROLES: tuple[str, ...] = tuple(role for role in get_args(Role) if role not in ONE_ONLY)
NAMED = 6  # columns that the sentence names
DEFAULT, LIKE, THEN, WITHOUT = "default", "like", "then", "without"


def draw(
    project: Project, names: Sequence[str], key: str, *, recipe: Recipe | None = None, like: str | None = None
) -> None:
    """The menus for these columns, and the button; with the whole `recipe` steps too, taken from the column `like`."""
    if len(names) < 2:
        return
    turn = state.value(f"{key}.turn", 0)  # new keys after each change: the menus say nothing again
    with st.expander(_("Change {n} columns at once").format(n=parts.count(len(names))), key=f"{key}.open"):
        more = _(" and {n} more").format(n=parts.count(len(names) - NAMED)) if len(names) > NAMED else ""
        st.caption(", ".join(parts.plain(name, 30) for name in names[:NAMED]) + more)
        places = st.columns(3 if recipe is not None else 2)
        unchanged = _("as it is")
        role = places[0].selectbox(_("Role"), ROLES, index=None, key=f"{key}.role.{turn}", placeholder=unchanged)
        kind = places[1].selectbox(_("Kind"), KINDS, index=None, key=f"{key}.kind.{turn}", placeholder=unchanged)
        chosen = None
        if recipe is not None:
            offered = _offered(project, recipe, names, like)
            chosen = places[2].selectbox(
                _("Steps"),
                list(offered),
                index=None,
                key=f"{key}.steps.{turn}",
                placeholder=unchanged,
                format_func=lambda each: offered[each],
            )
        st.button(
            _("Change {n} columns").format(n=parts.count(len(names))),
            key=f"{key}.change",
            icon=":material/checklist:",
            disabled=not (role or kind or chosen),
            on_click=_take,
            args=(project, tuple(names), key, role, kind, chosen, recipe, like),
        )
    said = st.session_state.pop(f"{key}.said", "")
    if said:
        st.caption(f":orange[{parts.plain(said, 300)}]")


def _offered(project: Project, recipe: Recipe, names: Sequence[str], like: str | None) -> Mapping[str, str]:
    """What can be done to the steps, by key: the steps of a column, the default, one step more or one less."""
    found = {}
    if like is not None and like in recipe:
        found[LIKE] = _("the steps of {name}").format(name=parts.one_line(like))
    found[DEFAULT] = _("back to the default")
    there = dict.fromkeys(step.kind for name in names if name in recipe for step in recipe[name].steps)
    found |= {f"{WITHOUT} {kind}": _("without {step}").format(step=_title(kind)) for kind in there}
    alike = {(project.columns[name].kind, recipe[name].steps): name for name in names if name in recipe}
    fits = {kind for name in alike.values() for kind in fitting(project.columns[name], recipe[name].steps)}
    return found | {
        f"{THEN} {kind}": _("then {step}").format(step=_title(kind)) for kind in steps.kinds if kind in fits
    }


def _title(kind: str) -> str:
    title = _(steps[kind].title or forms.worded(kind))
    return title[:1].lower() + title[1:]


def _take(
    project: Project,
    names: tuple[str, ...],
    key: str,
    role: Any,
    kind: Any,
    chosen: str | None,
    recipe: Recipe | None,
    like: str | None,
) -> None:
    state.keep(f"{key}.turn", state.value(f"{key}.turn", 0) + 1)
    with state.telling():
        changed = project
        if role or kind:
            changed = project.with_columns_changed(names, kind=kind, role=role, reason=_("You chose this kind."))
        if chosen and recipe is not None:
            chains = _chains(changed, names, chosen, recipe, like)
            n_left = len([name for name in names if changed.columns[name].role == "feature"]) - len(chains)
            if n_left:
                said = _("{n} of the columns cannot take these steps and stay as they are.")
                state.keep(f"{key}.said", said.format(n=parts.count(n_left)))
            changed = changed.having(recipe=_with(changed.recipe, chains))
        state.replace(changed)


def _chains(
    project: Project, names: Sequence[str], chosen: str, recipe: Recipe, like: str | None
) -> dict[str, tuple[Step, ...] | None]:
    """The new steps of every column that can take them; None: its default."""
    if chosen == DEFAULT:
        return dict.fromkeys(names)
    what, _blank, kind = chosen.partition(" ")
    found: dict[str, tuple[Step, ...] | None] = {}
    for name in names:
        before = recipe[name].steps if name in recipe else ()
        if what == LIKE and like is not None:
            chain = recipe[like].steps
        elif what == THEN:
            chain = (*before, steps[kind]())
        else:
            chain = tuple(step for step in before if step.kind != kind)
        if project.columns[name].role == "feature" and _runs(project.columns[name], chain):
            found[name] = chain
    return found


def _runs(column: Column, chain: tuple[Step, ...]) -> bool:
    try:
        check_chain(column, chain)
    except SpecError:
        return False
    return True


def _with(recipe: Recipe, chains: Mapping[str, tuple[Step, ...] | None]) -> Recipe:
    kept = [entry for entry in recipe.columns if entry.column not in chains]
    new = [ColumnRecipe(column=name, steps=chain) for name, chain in chains.items() if chain is not None]
    return recipe.having(columns=(*kept, *new))

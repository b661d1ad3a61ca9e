"""Undo and redo as buttons that say what they take back: the page, the field, from what to what."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import streamlit as st

from nnlab.runs.changes import Change, called
from nnlab.runs.project import Project
from pages.ui import cached, parts, state
from pages.ui.parts import _

TITLES = {
    "start": _("Start"),
    "data": _("Data"),
    "prepare": _("Prepare"),
    "network": _("Network"),
    "train": _("Train"),
}
FIELDS = {
    "reading": _("how the file is read"),
    "table_id": _("the table"),
    "rows_table_id": _("rows to predict"),
    "cleaning": _("cleaning"),
    "split": _("split"),
    "recipe": _("steps"),
    "network": _("the design"),
    "answered": _("a finding answered"),
}
LONGEST = 40  # letters of a value


def draw(project: Project, key: str, *, is_small: bool = False) -> None:
    """Both buttons; small ones are pictures alone."""
    found = cached.undo_redo(state.space(), project)
    kinds = (
        ("undo", _("Undo"), state.undo, found.can_undo, found.undo),
        ("redo", _("Redo"), state.redo, found.can_redo, found.redo),
    )
    for icon, label, act, can, changed in kinds:
        detail = said(changed) if can else ""
        told = f"{label}: {detail}" if detail else label
        if is_small:
            parts.icon_button(icon, f"{key}{icon}", told, act, disabled=not can)
        else:
            picture = f":material/{icon}:"
            st.button(
                label, icon=picture, on_click=act, key=f"{key}{icon}", type="tertiary", disabled=not can, help=told
            )


def said(changed: Sequence[Change]) -> str:
    """The change in a few words: "Network, Linear out_features 32 to 64"; of several the first and how many more."""
    if not changed:
        return ""
    first = changed[0]
    page = TITLES.get(state.page_of(first.path[0]), "")
    words = ", ".join(word for word in (page, _one(first)) if word)
    more = len(changed) - 1
    return words if not more else _("{change}, and {n} more").format(change=words, n=more)


def _one(change: Change) -> str:
    """The field, what it belongs to, and both values where they are short."""
    if isinstance(change.before, list) and isinstance(change.after, list):
        what = _moved(change)
    elif isinstance(change.before, dict | list) or isinstance(change.after, dict | list):
        return FIELDS.get(change.path[0], change.path[-1])
    elif len(change.path) == 1 and change.path[0] in FIELDS:
        return FIELDS[change.path[0]]
    else:
        field = change.path[-1] if change.path[0] == "network" else change.path[-1].replace("_", " ")
        values = _("{before} to {after}").format(before=_value(change.before), after=_value(change.after))
        what = f"{parts.plain(field)} {values}"
    return " ".join([*(parts.plain(entry, LONGEST) for entry in change.entries if entry), what])


def _moved(change: Change) -> str:
    """Entries of a list that came, went, or stand in another order."""
    went, came = ([called(entry) or str(entry) for entry in entries] for entries in (change.before, change.after))
    said = []
    if sorted(went) == sorted(came):
        return _("{names} moved").format(names=_listed(came))
    if went:
        said.append(_("{names} removed").format(names=_listed(went)))
    if came:
        said.append(_("{names} added").format(names=_listed(came)))
    return ", ".join(said)


def _listed(names: list[str]) -> str:
    shown = ", ".join(parts.plain(name, LONGEST) for name in names[:3])
    return shown if len(names) <= 3 else _("{names} and {n} more").format(names=shown, n=len(names) - 3)


def _value(value: Any) -> str:
    if value is None or value == "":
        return _("automatic") if value is None else _("nothing")
    if isinstance(value, bool):
        return _("on") if value else _("off")
    return parts.plain(f"{value:g}" if isinstance(value, float) else value, LONGEST)

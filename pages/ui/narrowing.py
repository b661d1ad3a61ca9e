"""Which columns a list shows: narrowed by a search and by kind, a page at a time."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeVar

import streamlit as st

from nnlab.data.columns import Column
from pages.ui import parts, state
from pages.ui.parts import _

PER_PAGE = 50  # rows of a list: more are slower to draw than to turn over
FEW = 12  # columns that need no search

T = TypeVar("T")


def narrowed(columns: Sequence[Column], key: str) -> list[Column]:
    """The columns that the search and the kind let through; both are drawn where there are more than a few."""
    if len(columns) <= FEW:
        return list(columns)
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        search = st.text_input(
            _("Find columns"),
            key=f"{key}.search",
            placeholder=_("parts of names, with commas between"),
            width=300,
        )
        kinds = sorted({column.kind for column in columns})
        if state.value(f"{key}.kind") not in kinds:
            state.keep(f"{key}.kind", None)
        kind = st.selectbox(_("Kind"), kinds, index=None, key=f"{key}.kind", placeholder=_("every kind"), width=170)
    wanted = [part.strip().lower() for part in search.split(",") if part.strip()]
    return [
        column
        for column in columns
        if kind in (None, column.kind) and (not wanted or any(part in column.name.lower() for part in wanted))
    ]


def page(items: Sequence[T], key: str) -> Sequence[T]:
    """The items of the page that is turned to; the pages are drawn where there is more than one."""
    n_pages = -(-len(items) // PER_PAGE)
    if n_pages <= 1:
        return items
    if state.value(f"{key}.page", 1) > n_pages:
        state.keep(f"{key}.page", 1)
    with st.container(horizontal=True, horizontal_alignment="distribute", vertical_alignment="center"):
        start = (min(state.value(f"{key}.page", 1), n_pages) - 1) * PER_PAGE
        stop = min(start + PER_PAGE, len(items))
        said = _("{first} to {last} of {n} columns")
        st.caption(
            said.format(first=parts.count(start + 1), last=parts.count(stop), n=parts.count(len(items))),
            width="content",
        )
        st.pagination(n_pages, key=f"{key}.page")
    return items[start:stop]

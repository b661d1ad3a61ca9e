"""One cell on its way: from the file through every step to its places in the tensor, with the figures put in."""

from __future__ import annotations

import weakref
from collections.abc import Sequence

import streamlit as st

from nnlab.prep.journey import ColumnJourney, as_read
from nnlab.prep.journey import journey as travelled
from nnlab.prep.prepared import Prepared
from nnlab.runs.project import Project
from nnlab.runs.workspace import Space
from pages.ui import cached, parts, pictures
from pages.ui.parts import _

MOST_SLOTS = 4
LONGEST = 60  # letters of a cell


def journey(found: cached.Preparation, at: int, names: Sequence[str]) -> tuple[ColumnJourney, ...]:
    """One row on its way through every step of these columns; `at` is its place in the table."""
    known = _journeys.setdefault(found.whole, {})
    new = tuple(name for name in names if (name, at) not in known)
    for each in travelled(found.fitted, found.frame.iloc[at : at + 1], new):
        known[each.column, at] = each
    return tuple(known[name, at] for name in names)


_journeys: weakref.WeakKeyDictionary[Prepared, dict[tuple[str, int], ColumnJourney]] = weakref.WeakKeyDictionary()


def cell(found: cached.Preparation, name: str, at: int) -> str:
    """A cell as the reader gave it, before the project's kinds; "empty" where there is none."""
    return as_read(found.whole.source[name].iloc[at])


def cell_before_cleaning(space: Space, project: Project, name: str, line: int) -> str | None:
    """The same cell as it stands in the file; None where nothing was cleaned, or the column came of cleaning."""
    if not project.cleaning.steps:
        return None
    frame = cached.raw_frame(space, project.table_id)
    if name not in frame.columns or line not in frame.index:
        return None
    return as_read(frame.at[line, name])


def draw(journey: ColumnJourney, cleaned: str, raw: str | None = None) -> None:
    """The stops in order, each a card with the value there.

    `cleaned` is the cell as the preparation gets it, `raw` as it stands in the file where cleaning came in between.
    """
    typed = _("As {kind}").format(kind=_(journey.kind))
    stops = [(_("In the file"), cleaned, "")]
    if raw is not None:
        stops = [(_("In the file"), raw, ""), (_("Cleaned"), cleaned, "")]
    if journey.raw != cleaned and (cleaned, journey.raw) != (_("empty"), _("missing")):
        stops.append((typed, journey.raw, ""))
    stops += [(_(stop.title), stop.value, stop.formulas[0] if stop.formulas else "") for stop in journey.stops]
    stops.append((_("In the tensor"), *_slots(journey)))
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key="prepare.travel"):
        for place, stop in enumerate(stops):
            _card(place, *stop)
    if journey.picture:
        pictures.draw([journey.picture], _("this row"))


def _card(place: int, title: str, value: str, formula: str) -> None:
    """One stop, the arrow that leads to it at its left, so that both go to the next line together."""
    with st.container(horizontal=True, vertical_alignment="center", gap="small", width="content"):
        if place:
            st.markdown(":gray[→]", width="content")
        with st.container(border=True, gap=None, width="content", key=f"prepare.stop.{place}"):
            st.caption(parts.plain(title, 40))
            st.markdown(f"**{parts.plain(value, LONGEST) or '–'}**")
            if formula:
                st.markdown(f"`{formula.replace('`', '')[:120]}`")


def _slots(journey: ColumnJourney) -> tuple[str, str]:
    """What lies in the tensor, and where."""
    if not journey.slots:
        return journey.value or _("left out"), ""
    values = journey.numbers(MOST_SLOTS)
    first, last = journey.slots[0], journey.slots[-1]
    if first == last:
        return values, _("place {n}").format(n=parts.count(first))
    return values, _("places {first} to {last}").format(first=parts.count(first), last=parts.count(last))

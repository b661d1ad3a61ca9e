"""How the file was read, in one line that opens into a control for each guess; a change makes another table."""

from __future__ import annotations

import streamlit as st

from nnlab.data.reading import Reading
from nnlab.data.table import Table
from nnlab.runs.project import Project
from pages.ui import cached, forms, parts, state
from pages.ui.parts import _

FIELDS = ["encoding", "decimal", "header_line", "skip_lines", "below_header", "footer_lines", "quote", "comment"]
MANY = 64  # columns; fewer are no block of pixels
DELIMITERS = {",": _("comma"), ";": _("semicolon"), "\t": _("tab"), "|": _("bar"), " ": _("blank"), ":": _("colon")}


def draw(project: Project, table: Table) -> None:
    """The line "UTF-8, comma, header in line 1, nothing set aside" as a button that opens the controls."""
    with st.popover(parts.plain(table.reading.sentence(), 120), icon=":material/tune:"):
        st.caption(_("Read again another way: it becomes another table, and nothing of the old one is used."))
        key = "data.delimiter"
        now = table.reading.delimiter
        if key in st.session_state and st.session_state[key] != now:
            st.session_state[key] = now
        marks = list(dict.fromkeys([*DELIMITERS, now]))
        st.selectbox(
            _("Delimiter"),
            marks,
            marks.index(now),
            key=key,
            format_func=lambda mark: DELIMITERS.get(mark, parts.one_line(mark)),
            accept_new_options=True,
            on_change=lambda: with_delimiter(project, table, st.session_state[key]),
        )
        forms.edit(
            table.reading,
            key="data.reading",
            names=fields(table),
            changed=lambda reading: again(project, table, reading),
        )
        if st.button(_("Guess again"), icon=":material/replay:", key="data.guess"):
            again(project, table, None)
            st.rerun()


def fields(table: Table) -> list[str]:
    """The settings worth showing: what becomes of pixel columns only where there are any."""
    has_blocks = any(column.image and column.image.parts for column in table.columns.columns)
    is_overruled = table.reading.pixels == "keep" and table.n_columns > MANY
    return [*FIELDS, "pixels"] if has_blocks or is_overruled else FIELDS


def with_delimiter(project: Project, table: Table, mark: str) -> None:
    """Reads again with another delimiter; the same one changes nothing."""
    if mark != table.reading.delimiter:
        again(project, table, table.reading.having(delimiter=mark))


def again(project: Project, table: Table, reading: Reading | None) -> None:
    """Reads the same bytes another way (None: as guessed) and moves the project to the table that comes of it."""
    space = state.space()
    with state.telling():
        if reading is None:
            bytes_at = space.table_bytes(project.table_id)
            other = space.put_table(bytes_at, table.name)
        else:
            other = space.reread(project.table_id, reading)
        state.replace(project.with_table(other, cached.table(space, project.table_id).columns))

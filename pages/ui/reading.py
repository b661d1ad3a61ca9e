"""How the file was read, in one line that opens into a control for each guess; a change makes another table."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import streamlit as st

from nnlab.data.preview import Preview
from nnlab.runs.project import Project
from pages.ui import cached, forms, parts, state
from pages.ui.coming import again
from pages.ui.parts import _

MANY = 64  # columns; fewer are no block of pixels
N_ACROSS = 3
DELIMITERS = {",": _("comma"), ";": _("semicolon"), "\t": _("tab"), "|": _("bar"), " ": _("blank"), ":": _("colon")}
DECIMALS = {"": _("each column shows its own"), ".": _("point"), ",": _("comma")}
DIGITS = {"moments": _("where the name speaks of time"), "numbers": _("are numbers")}
QUOTES = {'"': _("double quotes"), "'": _("single quotes"), "": _("nothing")}
ESCAPES = {"": _("a doubled quote"), "\\": _("a backslash")}
ENCODINGS = dict.fromkeys([
    "utf-8", "utf-16", "cp1252", "cp1250", "cp1251", "cp1253", "cp1254", "cp1255", "cp1256", "cp1257", "iso8859_1",
    "iso8859_2", "iso8859_5", "iso8859_7", "koi8_r", "mac_roman", "cp850", "cp866", "cp874", "gb18030", "big5", "cp932",
    "euc_jp", "cp949", "utf-32",
])  # fmt: skip
LINES = ["header_line", "skip_lines", "below_header", "footer_lines"]


def draw(project: Project, table: Preview) -> None:
    """The line "UTF-8, comma, header in line 1, nothing set aside" as a button that opens the controls."""
    with st.popover(parts.plain(table.reading.sentence(), 120), icon=":material/tune:", width="content"):
        st.caption(_("Read again another way: it becomes another table, and nothing of the old one is used."))
        draw_own_text(project)
        columns = st.columns(N_ACROSS)
        with columns[0]:
            choose(project, table, "encoding", _("Encoding"), ENCODINGS, is_open=True)
            choose(project, table, "delimiter", _("Delimiter"), DELIMITERS, is_open=True)
            choose(project, table, "decimal", _("Decimal mark"), DECIMALS)
            choose(project, table, "digits", _("Dates in digits alone"), DIGITS)
        with columns[1]:
            edit(project, table, LINES)
        with columns[2]:
            choose(project, table, "quote", _("Around a cell"), QUOTES)
            choose(project, table, "escape", _("A quote in a cell is"), ESCAPES)
            edit(project, table, ["comment", *further(table)])
        draw_missing(project, table)
        if st.button(_("Guess again"), icon=":material/replay:", key="data.guess"):
            again(project, table, None)
            st.rerun()


def choose(
    project: Project, table: Preview, name: str, label: str, options: Mapping[str, str | None], *, is_open: bool = False
) -> None:
    """A menu for one guess, its options in words; where it `is_open` another one can be typed."""
    key, now = f"data.reading.{name}", getattr(table.reading, name)
    if key in st.session_state and st.session_state[key] != now:
        st.session_state[key] = now
    every = list(dict.fromkeys([*options, now]))

    def take() -> None:
        wanted: Any = st.session_state[key]
        if wanted is not None and wanted != now:
            with state.telling():
                again(project, table, table.reading.having(**{name: wanted}))

    st.selectbox(
        label,
        every,
        every.index(now),
        key=key,
        format_func=lambda option: options.get(option) or parts.one_line(option),
        accept_new_options=is_open,
        on_change=take,
    )


def edit(project: Project, table: Preview, names: list[str]) -> None:
    """Widgets for guesses that are numbers or plain text."""
    forms.edit(
        table.reading,
        key="data.reading",
        names=names,
        changed=lambda reading: again(project, table, reading),
        empty=_("none"),
    )


def further(table: Preview) -> list[str]:
    """What is worth a control in some files only: the pixel columns, the sheet."""
    has_blocks = any(column.image and column.image.parts for column in table.columns.columns)
    could_have = table.reading.pixels == "keep" and table.n_columns > MANY
    return [*(["sheet"] if table.reading.sheet else []), *(["pixels"] if has_blocks or could_have else [])]


def draw_own_text(project: Project) -> None:
    """The file's own first lines, each with what it was taken for."""
    lines = cached.own_lines(state.space(), project)
    if lines:
        st.markdown(_("The file's own first lines"))
        rows = [{_("line"): line.line, _("taken for"): _(line.taken_for), _("text"): line.text} for line in lines]
        st.dataframe(parts.frame(rows), hide_index=True, height=236)


def draw_missing(project: Project, table: Preview) -> None:
    """What counts as missing, as a list to shorten or lengthen: `NA` is a level where it stands for a region."""
    for name, label in (
        ("missing", _("Missing in every column")),
        ("missing_among_values", _("Missing among numbers, dates, yes and no")),
    ):
        now = [mark for mark in getattr(table.reading, name) if mark]
        key = f"data.reading.{name}"
        if key in st.session_state and st.session_state[key] != now:
            st.session_state[key] = now
        st.multiselect(
            label,
            now,
            default=now,
            key=key,
            accept_new_options=True,
            format_func=parts.one_line,
            placeholder=_("Type a mark"),
            on_change=lambda name=name, key=key: with_missing(project, table, name, st.session_state[key]),
        )


def with_missing(project: Project, table: Preview, name: str, marks: list[str]) -> None:
    """Reads again with other marks for missing cells; an empty cell is missing always."""
    kept = tuple(mark for mark in getattr(table.reading, name) if not mark)
    if kept + tuple(marks) != getattr(table.reading, name):
        again(project, table, table.reading.having(**{name: kept + tuple(marks)}))

"""How the file was read, in one line that opens into a control for each guess; a change makes another table."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import streamlit as st

from nnlab.data.preview import Preview
from nnlab.data.reading import HEADED, Reading
from nnlab.runs.project import Project
from pages.ui import cached, forms, parts, state
from pages.ui.coming import again
from pages.ui.parts import _

MANY = 64  # columns; fewer are no block of pixels
N_ACROSS = 3
DELIMITERS = {",": _("comma"), ";": _("semicolon"), "\t": _("tab"), "|": _("bar"), " ": _("blank"), ":": _("colon")}
DECIMALS = {"": _("each column's own"), ".": _("point"), ",": _("comma")}
DIGITS = {"moments": _("where named so"), "numbers": _("are numbers")}
LABELS = {
    "skip_lines": _("Lines above the table"),
    "below_header": _("Lines under the header"),
    "footer_lines": _("Lines at the end"),
    "image": _("Pictures, as channels,height,width"),
}
QUOTES = {'"': _("double quotes"), "'": _("single quotes"), "": _("nothing")}
ESCAPES = {"": _("a doubled quote"), "\\": _("a backslash")}
ENCODINGS = dict.fromkeys([
    "utf-8", "utf-16", "cp1252", "cp1250", "cp1251", "cp1253", "cp1254", "cp1255", "cp1256", "cp1257", "iso8859_1",
    "iso8859_2", "iso8859_5", "iso8859_7", "koi8_r", "mac_roman", "cp850", "cp866", "cp874", "gb18030", "big5", "cp932",
    "euc_jp", "cp949", "utf-32",
])  # fmt: skip


def draw(project: Project, table: Preview) -> None:
    """The line "UTF-8, comma, header in line 1, nothing set aside" as a button that opens the controls."""
    with st.popover(parts.plain(table.sentence, 160), icon=":material/tune:", width="content", wrap=True):
        st.caption(_("Read again another way: it becomes another table, and nothing of the old one is used."))
        draw_own_text(project)
        is_text = not table.form
        columns = st.columns(N_ACROSS)
        with columns[0]:
            if is_text:
                choose(project, table, "encoding", _("Encoding"), ENCODINGS, is_open=True)
                choose(project, table, "delimiter", _("Delimiter"), DELIMITERS, is_open=True)
            choose(project, table, "decimal", _("Decimal mark"), DECIMALS)
            choose(project, table, "digits", _("Dates in digits alone"), DIGITS)
        with columns[1]:
            edit(project, table, lines(table))
        with columns[2]:
            if is_text:
                choose(project, table, "quote", _("Around a cell"), QUOTES)
                choose(project, table, "escape", _("A quote in a cell is"), ESCAPES)
            edit(project, table, further(table))
        draw_missing(project, table)
        if parts.pressed(st.button, _("Guess again"), icon=":material/replay:", key="data.guess"):
            again(project, table, None)
            st.rerun()


def lines(table: Preview) -> list[str]:
    """The places of lines that can be set: a header's own line says what stands above it."""
    if table.form in HEADED:
        return []
    beside = "skip_lines" if table.reading.header_line is None else "below_header"
    return ["header_line", beside, "footer_lines"]


def choose(
    project: Project, table: Preview, name: str, label: str, options: Mapping[str, str | None], *, is_open: bool = False
) -> None:
    """A menu for one guess, its options in words; where it `is_open` another one can be typed."""
    now = getattr(table.reading, name)
    key = state.key_showing(f"data.reading.{name}", now)
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

    def changed(reading: Reading) -> None:
        if (reading.header_line is None) != (table.reading.header_line is None):
            # without a header the lines above it stay set aside; with one its line alone says which they are
            reading = reading.having(skip_lines=table.reading.n_above if reading.header_line is None else 0)
        again(project, table, reading)

    if not names:
        return
    forms.edit(
        table.reading,
        key="data.reading",
        names=names,
        label=lambda name: _(LABELS.get(name) or forms.worded(name)),
        changed=changed,
        empty=_("none"),
    )


def further(table: Preview) -> list[str]:
    """What is worth a control in some files only: the mark of comments, the pixel columns, the sheet."""
    has_blocks = any(column.image and column.image.parts for column in table.columns.columns)
    could_have = table.reading.pixels == "keep" and table.n_columns > MANY
    comment = [] if table.form in HEADED else ["comment"]
    pixels = ["pixels", "image"] if has_blocks or could_have or table.reading.image else []
    return [*comment, *(["sheet"] if table.reading.sheet else []), *pixels]


def draw_own_text(project: Project) -> None:
    """The file's own first lines, each with what it was taken for."""
    lines = cached.own_lines(state.space(), project)
    if lines:
        st.markdown(_("The file's own first lines"))
        rows = [{_("line"): line.line, _("taken for"): _(line.taken_for), _("text"): line.text} for line in lines]
        st.dataframe(parts.frame(rows), hide_index=True, height=236)


def draw_missing(project: Project, table: Preview) -> None:
    """What counts as missing, as a list to shorten or lengthen: `NA` is a level where it stands for a region."""
    places = st.columns(2)
    for place, name, label in (
        (places[0], "missing", _("Missing in every column, a mark a line")),
        (places[1], "missing_among_values", _("Missing among numbers, dates, yes and no")),
    ):
        now = "\n".join(mark for mark in getattr(table.reading, name) if is_line(mark))
        key = state.key_showing(f"data.reading.{name}", now)
        place.text_area(
            label,
            now,
            key=key,
            height=132,
            placeholder=_("none"),
            on_change=lambda name=name, key=key: with_missing(project, table, name, st.session_state[key]),
        )


def is_line(mark: str) -> bool:
    """Whether a mark can stand in a line by itself; an empty cell is missing always."""
    return bool(mark) and mark == mark.strip() and len(mark.splitlines()) == 1


def with_missing(project: Project, table: Preview, name: str, text: str) -> None:
    """Reads again with other marks for missing cells, those that are no line kept."""
    now = getattr(table.reading, name)
    marks = dict.fromkeys(mark for line in text.splitlines() if (mark := line.strip()))
    wanted = (*(mark for mark in now if not is_line(mark)), *marks)
    if wanted != now:
        again(project, table, table.reading.having(**{name: wanted}))

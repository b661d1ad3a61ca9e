"""The few pieces that pages repeat: step header, error with its repair, empty state, chart beside table, safe text."""

from __future__ import annotations

import gettext
import json
import logging
import re
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

import streamlit as st

from nnlab.errors import NnlabError, NotFoundError
from pages.ui import state

if TYPE_CHECKING:
    import pandas as pd
    import plotly.graph_objects as go

    from nnlab.runs.project import Project

LONGEST_NAME = 80
THIN = "\u202f"  # a narrow no-break space: between the thousands of a number, between number and unit
JOINER = "\u2060"  # no width and no break: keeps `:material/home:` from becoming a picture
# An underscore inside a word marks nothing, and a label is also what a screen reader says: no backslash before it.
MARKUP = re.compile(r"([\\`*{}\[\]()<>#+\-.!|~$:^=&@\"'/]|(?<![^\W_])_|_(?![^\W_]))")
LATE = re.compile(r"(\\[:<>=!@+\-])")
WWW = re.compile(r"(\bwww)(?=\\\.)", re.IGNORECASE)
DIRECTIONS = re.compile("[\u061c\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]")

_translation = gettext.translation("nnlab", Path(__file__).with_name("locale"), fallback=True)
_ = _translation.gettext

ORIGINS = {"previous": _("Resume from the checkpoint before"), "beginning": _("Train from the beginning")}

OUR_PLACES = re.compile(r"(line|epoch|column|columns|row|rows|layer|memory|target|checkpoint)\b(?!\.)")
log = logging.getLogger("nnlab.pages")


class PageEnd(Exception):
    """Ends a page early. `st.stop` would end the frame with it, which has more to say."""


def plain(text: object, longest: int = LONGEST_NAME) -> str:
    """A stranger's text as markdown that shows the text and nothing else: for labels, segments, headings and prose.

    Markup is escaped. What survives escaping, because Streamlit looks for it in the finished text (`:material/home:`,
    `>=`, addresses), is broken by a character of no width. The options of a selectbox are no markdown: see `one_line`.
    """
    return WWW.sub(rf"\1{JOINER}", LATE.sub(rf"\1{JOINER}", MARKUP.sub(r"\\\1", one_line(text, longest))))


def one_line(text: object, longest: int = LONGEST_NAME) -> str:
    """A stranger's text as one line of plain text: for options of selectboxes, which show no markup.

    Characters that turn the direction of writing are left out; control characters and line ends become spaces.
    """
    kept = DIRECTIONS.sub("", str(text))
    line = " ".join("".join(letter if letter.isprintable() else " " for letter in kept).split())
    return line if len(line) <= longest else f"{line[: longest - 1]}…"


def examples(cells: Sequence[str]) -> None:
    """A few cells of a column of which no picture is drawn."""
    st.caption(_("For example: {cells}").format(cells=plain(", ".join(cells), 200)))


def count(number: float) -> str:
    """A whole number with thin spaces between its thousands: 5 249."""
    return f"{number:,.0f}".replace(",", THIN)


def counted(number: int, one: str, many: str) -> str:
    """A count with its noun in the right number: `counted(1, "{n} row", "{n} rows")` is "1 row"."""
    return _translation.ngettext(one, many, number).format(n=count(number))


def short_count(number: float) -> str:
    """A large number in three digits and a prefix: 950, 10.2 k, 4.16 M."""
    for size, prefix in ((1e12, "T"), (1e9, "G"), (1e6, "M"), (1e3, "k")):
        if number >= size:
            return f"{number / size:.3g}{THIN}{prefix}"
    return count(number)


def header(title: str, facts: str = "") -> Any:
    """The head of a page: title left, a line of facts (markdown) under it; the place at the right comes back."""
    head = st.container(gap="xxsmall")
    row = head.container(horizontal=True, horizontal_alignment="distribute", vertical_alignment="center", gap="small")
    with row:
        st.title(title, anchor=False, width="content")
        place = st.container(horizontal=True, horizontal_alignment="right", width="content", gap="small")
    if facts:
        head.markdown(facts)
    return place


def next_step(place: Any, label: str, page: str, *, because: str = "", is_primary: bool = True) -> None:
    """The button to the page that comes next, as a rule a page's primary one; `because` disables it and says why."""
    if not (state.PAGES / f"{page}.py").is_file():
        return
    if pressed(
        place.button,
        label,
        type="primary" if is_primary else "secondary",
        icon=":material/arrow_forward:",
        disabled=bool(because),
        help=because or None,
        key=f"next.{page}",
    ):
        state.go(page)


def pressed(button: Callable[..., bool], label: str, *, key: str, **about: Any) -> bool:
    """Draws a button; true once when it was pressed, also where a drawing ended before it came to the button.

    Streamlit tells a click to one drawing alone. That one ends early where a part finds the whole page out of date.
    """
    button(label, key=key, on_click=state.keeping("pressed", key), **about)
    is_pressed = state.value("pressed") == key and not about.get("disabled")
    if is_pressed:
        state.keep("pressed", None)
    return is_pressed


def download(
    button: Callable[..., bool], label: str, data: bytes | str | Callable[[], bytes], name: str, form: str, **about: Any
) -> None:
    """Draws a button that gives a file, made when it is asked for where `data` is a function.

    Nothing is drawn anew at the click: that would take the file away which the browser is about to ask for.
    """
    button(label, data, name, form, on_click="ignore", **about)


def empty(sentence: str, label: str, page: str) -> NoReturn:
    """A page that needs something first: says what in one sentence, with the button that goes there, and ends."""
    with st.container(border=True, gap="medium"):
        st.markdown(sentence)
        if pressed(st.button, label, type="primary", icon=":material/arrow_forward:", key=f"empty.{page}"):
            state.go(page)
    raise PageEnd


def unprepared(error: NnlabError) -> NoReturn:
    """A page that needs the table prepared, which it cannot be: says why, with the way to where that is mended."""
    page = (error.repair or {}).get("go")
    if page != "prepare" and _repair(error.repair):
        failed(error)
        raise PageEnd
    way = (_("Prepare"), page) if page == "prepare" else (_("Data"), "data")
    empty(plain(begun(str(error), error.where), 400), *way)


def begun(sentence: str, where: str) -> str:
    """An error with its first letter as a sentence has it; what begins with a person's name stands as it is written."""
    return sentence[:1].upper() + sentence[1:] if not where or OUR_PLACES.match(where) else sentence


def needed_project(title: str) -> Project:
    """The open project; where none is open the page says so and ends."""
    project = state.project()
    if project is None:
        header(title)
        empty(_("No table is open yet. Drop a file or open a sample to begin."), _("Start"), "start")
    return project


def failed(error: NnlabError | Mapping[str, Any], spot: str = "page") -> None:
    """An error of ours as a sentence, its repair as a button; `spot` tells two places that say the same apart."""
    told = {"repair": error.repair, **error.as_dict()} if isinstance(error, NnlabError) else dict(error)
    sentence = NnlabError(told["rule"], where=told["where"], came=told["came"], do=told["do"])
    text = str(sentence)
    with st.container(gap="small"):
        st.error(plain(begun(text, told["where"]), 1_000), icon=":material/error:")
        offered = _repair(told["repair"])
        if offered:
            label, mend = offered
            st.button(label, on_click=mend, type="primary", key=f"repair.{spot}.{abs(hash(text)):x}")


def broken(error: Exception) -> None:
    """Says that nnlab itself failed, what is safe and what to do; the error goes whole into the server's log."""
    log.error("a page failed", exc_info=error)
    with st.container(gap="small"):
        st.error(
            _(
                "This is nnlab's fault, not yours. Your tables, project and runs are saved as they were. "
                "Try again; if it comes back, undo the last change, and tell whoever runs this server: "
                "the whole error is in its log."
            ),
            icon=":material/bug_report:",
        )
        with st.container(horizontal=True, gap="small"):
            # Two parts may break in one pass: the error's own number keeps their buttons apart.
            key = f"broken.{id(error)}"
            st.button(_("Try again"), key=f"{key}.again", icon=":material/refresh:")
            if state.project_id():
                st.button(_("Undo the last change"), on_click=state.undo, key=f"{key}.undo", icon=":material/undo:")


def shown(error: Exception) -> bool:
    """Draws whatever a page or a callback raised; True: Streamlit need not."""
    if isinstance(error, NnlabError):
        failed(error)
    elif not isinstance(error, PageEnd):  # a part that is redrawn by itself may end early too
        broken(error)
    return True


def titled(title: str, area: Any = st) -> Any:
    """A heading (markdown) with room at its right, which comes back: for the switch of a chart that follows."""
    row = area.container(horizontal=True, horizontal_alignment="distribute", vertical_alignment="center")
    row.subheader(title, anchor=False, width="content")
    return row


def chart(
    figure: go.Figure,
    alt: str,
    table: pd.DataFrame,
    key: str,
    *,
    title: str = "",
    place: Any = None,
    on_select: Callable[[], None] | None = None,
) -> Any:
    """A plotly picture with a quiet switch to its numbers as a table; `alt` says what the picture shows.

    The switch stands at the right of the title (markdown), or in `place`, or below a picture that has neither.
    """
    area = st.container(key=f"chart.{key}", gap="xsmall")
    if title:
        place = titled(title, area)
    drawn = area.container(gap="small")
    place = place or area.container(horizontal=True, horizontal_alignment="right")
    if place.toggle(_("Table"), key=f"chart.{key}.table"):
        drawn.dataframe(table, hide_index=True)
        return None
    return drawn.plotly_chart(
        figure,
        theme="streamlit",
        key=f"chart.{key}.figure",
        alt=alt,
        on_select=on_select or "ignore",
        config={"displaylogo": False, "displayModeBar": False},
    )


def choice(label: str, options: Sequence[str], key: str, *, titles: Mapping[str, str] | None = None) -> str:
    """One of a few views, as a row of segments; there is always one chosen."""
    # Streamlit forgets a widget that a pass left out, as when a living run ends: what was chosen outlives that.
    kept = f"{key}.kept"
    if st.session_state.get(key) not in options:
        known = state.value(kept)
        st.session_state[key] = known if known in options else options[0]
    chosen = st.segmented_control(
        label,
        options,
        key=key,
        # Streamlit would write the chosen one in the primary colour, too dim for text on its tint.
        format_func=lambda option: f":gray[{(titles or {}).get(option, option)}]",
        label_visibility="collapsed",
        required=True,
    )
    # At every drawing, not at a change: after a lost connection the choice may come back with the page alone.
    state.keep(kept, chosen or options[0])
    return chosen or options[0]


def sure(key: str, delete: Callable[[str], None], what: str) -> None:
    """The end of a dialog that asks before something is deleted: do it, or leave it; neither looks like going on."""
    with st.container(horizontal=True):
        is_sure = st.button(_("Delete"), key=f"{key}.sure", on_click=delete, args=(what,))
        is_over = st.button(_("Keep it"), key=f"{key}.keep")
    if is_sure or is_over:
        st.rerun()


def icon_button(
    icon: str, key: str, says: str, on_click: Callable[[], None], *, disabled: bool = False, is_quiet: bool = False
) -> None:
    """A button that is only a picture; what it does is told by its help. A quiet one has no frame."""
    kind = "tertiary" if is_quiet else "secondary"
    st.button(f":material/{icon}:", key=key, help=says, on_click=on_click, disabled=disabled, type=kind)


def frame(rows: Sequence[Mapping[str, Any]]) -> pd.DataFrame:
    """Rows of plain data as a frame to draw."""
    import pandas as pd

    return pd.DataFrame(list(rows))


def theme() -> str:
    """`light` or `dark`, as the visitor's browser shows the page."""
    return st.context.theme.type or "light"


def _repair(repair: Mapping[str, Any] | None) -> tuple[str, Callable[[], None]] | None:
    """The button for a repair: `{"set": PATH, "value": V}`, `{"go": PAGE}`, `{"origin": ORIGIN}` (of a run to be
    resumed) or `{"reload": True}`."""
    if not repair:
        return None
    if "set" in repair:
        path, value = str(repair["set"]), repair.get("value")
        name = path.rsplit(".", 1)[-1].replace("_", " ")
        label = _("Set {name} to {value}").format(name=plain(name), value=plain(json.dumps(value)))
        return label, lambda: _set(path, value)
    page = str(repair.get("go", ""))
    if re.fullmatch("[a-z]+", page) and (state.PAGES / f"{page}.py").is_file():  # it may come from a stranger's run
        return _("Go to {page}").format(page=page.capitalize()), state.keeping("going", page)
    if repair.get("origin") in ORIGINS:
        origin = str(repair["origin"])
        return ORIGINS[origin], lambda: _resume(origin)
    if "reload" in repair:
        return _("Show what was saved"), lambda: None
    return None


def _resume(origin: str) -> None:
    """Lets the run in view go on from another place than its damaged last one."""
    from nnlab.runs.start import resume_run

    with state.telling():
        run = state.run()
        if run is None:
            raise NotFoundError("no run is open", do="Choose one on Runs.")
        resume_run(run, "beginning" if origin == "beginning" else "previous")


def _set(path: str, value: Any) -> None:
    with state.telling():
        opened = state.project()
        if opened is None:
            raise NotFoundError("no project is open", do="Open one on Start.")
        state.save(opened.setting(path, value))

"""The form of one cleaning step: a widget for each field of its spec, and lists of conditions, values and spellings."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple, get_origin

import streamlit as st
from pydantic.fields import FieldInfo

from nnlab.cleaning.condition import ALONE, ORDERED, SIGNS, Comparison
from nnlab.cleaning.condition import COMPARISONS as EVERY
from nnlab.cleaning.expression import FUNCTIONS, quoted
from nnlab.cleaning.steps import CleaningStep
from pages.ui import cleaning_cached, forms, parts, state
from pages.ui.cleaning_cached import Before
from pages.ui.parts import _

WORDS: dict[Comparison, str] = {
    **SIGNS,
    "between": _("is between"),
    "one_of": _("is one of"),
    "contains": _("contains"),
    "starts_with": _("starts with"),
    "ends_with": _("ends with"),
    "matches": _("matches the pattern"),
    "is_missing": _("is missing"),
    "is_filled": _("is filled"),
}
OF_AMOUNTS: tuple[Comparison, ...] = ("equals", "not_equals", *ORDERED, "one_of", *ALONE)  # type: ignore[assignment]
CHOICES = {"all": _("all of them hold"), "any": _("any of them holds")}
MOST_NAMED = 12


class Place(NamedTuple):
    """Where a form stands: the key of its widgets, the columns it can name, and the levels of one of them."""

    key: str
    columns: Before
    levels: Callable[[str], tuple[str, ...]]


def draw(cls: type[CleaningStep], known: CleaningStep | None, place: Place) -> dict[str, Any]:
    """The widgets of a step, filled from a known one; gives what they say as plain data, whether it fits or not."""
    plain: dict[str, Any] = {"kind": cls.model_fields["kind"].default}
    for name, field in cls.model_fields.items():
        if name == "kind" or _is_idle(cls, name, plain):
            continue
        now = None if known is None else known.plain()[name]
        plain[name] = _drawn(name, field, now, place)
    if "expression" in cls.model_fields:
        _draw_language(place)
    return plain


def is_open(drawn: dict[str, Any]) -> bool:
    """Whether a line of conditions or values is not filled in yet."""
    conditions = (
        not each["column"] or (each["comparison"] not in ALONE and not (each.get("value") or each.get("values")))
        for each in drawn.get("conditions", ())
    )
    return any(conditions) or any(not each["old"] for each in drawn.get("replacements", ()))


def _is_idle(cls: type[CleaningStep], name: str, plain: dict[str, Any]) -> bool:
    """Whether another choice makes a field mean nothing: a pattern where a separator splits."""
    by = plain.get("by")
    return by is not None and name in ("separator", "pattern") and name != by


def _drawn(name: str, field: FieldInfo, now: Any, place: Place) -> Any:
    special = {"conditions": _conditions, "replacements": _replacements, "spellings": _spellings}
    if name in special:
        return _rows(name, now or [{}], place, special[name])
    key, label = f"{place.key}.{name}", forms.worded(name)
    about = {"key": key, "help": field.description}
    if name == "column":
        return _column(_("Column"), now, key, place)
    if name == "columns":
        names, chosen = list(place.columns.names), [each for each in now or () if each in place.columns.names]
        empty = _("all columns") if not field.is_required() else _("Choose columns")
        return st.multiselect(
            _("Columns"), names, default=chosen, format_func=parts.one_line, placeholder=empty, **about
        )
    if get_origin(field.annotation) is tuple:
        made = list(now or ())
        return st.multiselect(
            _("Names of the new columns"),
            made,
            default=made,
            accept_new_options=True,
            placeholder=_("Type a name, then Enter"),
            format_func=parts.one_line,
            **about,
        )
    return _simple(name, field, now, label, about)


def _simple(name: str, field: FieldInfo, now: Any, label: str, about: dict[str, Any]) -> Any:
    widget = forms.widget_of(name, field)
    default = "" if field.is_required() else field.get_default()
    value = default if now is None else now
    if widget is not None and widget.kind == "toggle":
        return st.toggle(_("Keep what it is made of") if name == "keeps" else label, bool(value), **about)
    if widget is not None and widget.kind == "choice":
        options = list(widget.choices)
        words = {**CHOICES, "separator": _("what stands between the parts"), "pattern": _("the groups of a pattern")}
        return st.selectbox(
            _("Conditions") if name == "join" else label,
            options,
            options.index(value),
            format_func=lambda option: words.get(option, str(option)),
            **about,
        )
    title = {"into": _("Name of the new column"), "replacement": _("Replaced by")}.get(name, label)
    if name == "expression":
        return st.text_area(title, str(value), height=80, placeholder=_("for example: Weight / Height ^ 2"), **about)
    return st.text_input(title, str(value), **about)


def _rows(name: str, known: list[Any], place: Place, draw_row: Callable[[Any, Place, str], Any]) -> list[Any]:
    """Lines that can be added and taken away, each with an id of its own."""
    kept = f"{place.key}.{name}.rows"
    ids: list[int] = state.value(kept) or list(range(len(known)))
    state.keep(kept, ids)
    found = []
    for n in ids:
        with st.container(
            horizontal=True, vertical_alignment="bottom", gap="small", key=f"{place.key}.{name}.line.{n}"
        ):
            found.append(draw_row(known[n] if n < len(known) else {}, place, f"{place.key}.{name}.{n}"))
            if len(ids) > 1:
                gone = state.keeping(kept, [each for each in ids if each != n])
                parts.icon_button(
                    "close", f"{place.key}.{name}.less.{n}", _("Take this line away"), gone, is_quiet=True
                )
    more = state.keeping(kept, [*ids, max(ids) + 1])
    titles = {"conditions": _("Add a condition"), "spellings": _("Add a spelling"), "replacements": _("Add a value")}
    st.button(titles[name], icon=":material/add:", key=f"{place.key}.{name}.more", on_click=more, type="tertiary")
    return found


def _conditions(now: dict[str, Any], place: Place, key: str) -> dict[str, Any]:
    column = _column(_("Column"), now.get("column"), f"{key}.column", place)
    kind = place.columns.kinds.get(column or "")
    options = OF_AMOUNTS if kind in ("numeric", "datetime") else EVERY
    known = now.get("comparison", "equals")
    at = options.index(known) if known in options else 0
    comparison = st.selectbox(
        _("Comparison"),
        options,
        at,
        key=f"{key}.comparison.{kind or ''}",
        format_func=lambda each: WORDS[each],
        width=165,
    )
    plain = {"column": column or "", "comparison": comparison}
    if comparison in ALONE:
        return plain
    levels = place.levels(column) if column else ()
    if comparison == "one_of":
        chosen = list(now.get("values", ()))
        return {**plain, "values": _many(_("Values"), levels, chosen, f"{key}.values.{column}")}
    if comparison in ("equals", "not_equals") and levels:
        return {**plain, "value": _one(_("Value"), levels, now.get("value"), f"{key}.level.{column}")}
    hint = {"numeric": _("a number"), "datetime": "2024-01-31"}.get(kind or "", "")
    plain["value"] = st.text_input(_("Value"), now.get("value", ""), key=f"{key}.value", placeholder=hint, width=130)
    if comparison == "between":
        plain["upper"] = st.text_input(_("and"), now.get("upper", ""), key=f"{key}.upper", placeholder=hint, width=130)
    return plain


def _replacements(now: dict[str, Any], place: Place, key: str) -> dict[str, Any]:
    chosen = st.session_state.get(f"{place.key}.columns") or []
    levels = place.levels(chosen[0]) if chosen else ()
    if levels:
        old = _one(_("Value"), levels, now.get("old"), f"{key}.old.{chosen[0]}")
    else:
        old = st.text_input(_("Value"), now.get("old", ""), key=f"{key}.old", width=220)
    new = st.text_input(
        _("becomes"), now.get("new", ""), key=f"{key}.new", placeholder=_("nothing: it is missing"), width=220
    )
    return {"old": old, "new": new}


def _spellings(now: dict[str, Any], place: Place, key: str) -> dict[str, Any]:
    column = st.session_state.get(f"{place.key}.column")
    levels = place.levels(column) if column else ()
    merged = _many(_("These"), levels, list(now.get("merged", ())), f"{key}.merged.{column}")
    return {"merged": merged, "kept": _one(_("become"), levels, now.get("kept"), f"{key}.kept.{column}")}


def _column(label: str, now: str | None, key: str, place: Place) -> str | None:
    names = list(place.columns.names)
    at = names.index(now) if now in names else None
    return st.selectbox(
        label, names, at, key=key, format_func=parts.one_line, placeholder=_("Choose a column"), width=175
    )


def _one(label: str, levels: tuple[str, ...], now: str | None, key: str) -> str:
    """A value from the column, or one that is typed."""
    options = list(dict.fromkeys([*levels, *([now] if now else [])]))
    at = options.index(now) if now else None
    chosen = st.selectbox(
        label, options, at, key=key, format_func=parts.one_line, accept_new_options=True, placeholder="–", width=175
    )
    return chosen or ""


def _many(label: str, levels: tuple[str, ...], now: list[str], key: str) -> list[str]:
    options = list(dict.fromkeys([*levels, *now]))
    return st.multiselect(
        label,
        options,
        default=now,
        key=key,
        format_func=parts.one_line,
        accept_new_options=True,
        placeholder="–",
        width=300,
    )


def _draw_language(place: Place) -> None:
    """What can be written in an expression: the columns as they are spelt there, and every function."""
    with st.expander(_("What can be written")):
        names = [f"`{quoted(name).replace('`', '')}`" for name in place.columns.names[:MOST_NAMED]]
        more = " …" if len(place.columns.names) > MOST_NAMED else ""
        st.markdown(_("Columns, odd names in brackets: ") + ", ".join(names) + more)
        st.markdown(_("Signs: `+ - * / % ^`, `&` to join text, `= ≠ < ≤ > ≥`, `and`, `or`, `not`, `missing`"))
        rows = [{_("function"): each.usage, _("what it gives"): _(each.meaning)} for each in FUNCTIONS.values()]
        st.dataframe(parts.frame(rows), hide_index=True, height=260)


def place_of(key: str, space: Any, project: Any, at: int) -> Place:
    """Where the form of the step in a place stands."""
    columns = cleaning_cached.before(space, project, at)
    return Place(key, columns, lambda name: cleaning_cached.levels(space, project, name))

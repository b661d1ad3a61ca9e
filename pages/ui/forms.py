"""A spec's field as the widget for it: step, help and default all come from the field; bounds are the spec's to tell.

Widgets show what the spec says, always; what a person sets goes through `changed`, which gets the new spec.
"""

from __future__ import annotations

import math
import types
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Literal, TypeVar, Union, get_args, get_origin

import streamlit as st
from pydantic.fields import FieldInfo

from nnlab.errors import SpecError
from nnlab.spec import Spec
from pages.ui import parts, state
from pages.ui.parts import _

S = TypeVar("S", bound=Spec)


@dataclass(frozen=True)
class Widget:
    """What a field needs as a widget: its plain type, its choices; `may_be_none`: None means automatic."""

    name: str
    kind: Literal["number", "whole", "toggle", "choice", "text"]
    choices: tuple[Any, ...] = ()
    may_be_none: bool = False
    help: str = ""
    automatic: str = ""


def edit(
    spec: S,
    *,
    key: str,
    changed: Callable[[S], None],
    names: Sequence[str] | None = None,
    label: Callable[[str], str] | None = None,
    automatic: dict[str, Any] | None = None,
    empty: str = "",
) -> list[Callable[[], bool]]:
    """Draws a widget for each field that has one (or for `names`); `changed` gets the new spec when one is set.

    A value that the spec refuses is told under the field and changes nothing. `automatic` says, for fields that may
    be left to nnlab, what it would choose; `empty` what an empty one means where that is nnlab's choice no more.
    What comes back takes in what was set meanwhile and is false where that was refused: a button's own callback may
    come before those of the fields.
    """
    takes = []
    for widget in widgets(type(spec), names):
        chosen = (automatic or {}).get(widget.name)
        title = (label or worded)(widget.name)
        left_out = empty or (
            _("automatic") if chosen is None else _("automatic ({value})").format(value=_shown(chosen))
        )
        drawn = state.key_showing(f"{key}.{widget.name}", _now(spec, widget))
        takes.append(_draw(spec, widget, drawn, title, changed, left_out))
    return takes


def widgets(cls: type[Spec], names: Sequence[str] | None = None) -> list[Widget]:
    """The widgets of a spec's fields, in order; fields that no widget fits (nested specs, lists) have none."""
    fields = cls.model_fields
    asked = [name for name in (names or fields) if name in fields]
    found = (widget_of(name, fields[name]) for name in asked if names or _is_visible(fields[name]))
    return [widget for widget in found if widget is not None]


def widget_of(name: str, field: FieldInfo) -> Widget | None:
    """The widget for one field, or None where it holds something that no single widget can set."""
    inner, may_be_none = _without_none(field.annotation)
    about = {"may_be_none": may_be_none, "help": _help(field)}
    if get_origin(inner) is Literal:
        choices = get_args(inner)
        return Widget(name, "choice", choices=choices, **about) if len(choices) > 1 else None
    if inner is bool:
        return Widget(name, "choice" if may_be_none else "toggle", choices=(True, False), **about)
    if inner in (int, float):
        return Widget(name, "whole" if inner is int else "number", **about)
    return Widget(name, "text", **about) if inner is str else None


def worded(name: str) -> str:
    """A field's name as a label: `weight_decay` becomes "Weight decay"."""
    return name.replace("_", " ").capitalize()


def _draw(
    spec: S, widget: Widget, key: str, title: str, changed: Callable[[S], None], left_out: str
) -> Callable[[], bool]:
    now = _now(spec, widget)
    # The value is also the widget's default: a browser that missed the one sent through the session, because the pass
    # that sent it was cut short, answers with the default, and that would be taken for a person's wish. What can be
    # left to nnlab can be emptied only while it has no default, so its value is sent in every pass.
    if widget.may_be_none and now is not None:
        st.session_state[key] = now

    def take() -> bool:
        return _take(spec, widget, key, changed)

    label = parts.plain(title)
    about: dict[str, Any] = {"key": key, "help": widget.help or None, "on_change": take}
    if widget.kind == "toggle":
        st.toggle(label, now, **about)
    elif widget.kind == "choice":
        options = (None, *widget.choices) if widget.may_be_none else widget.choices
        about["format_func"] = lambda value: left_out if value is None else _choice(value)
        st.selectbox(label, options, options.index(now), **about)
    elif widget.kind == "text":
        st.text_input(label, now, **about)
    else:
        _number(widget, label, now, left_out, about)
    refused = st.session_state.pop(f"{key}.refused", None)
    if refused:
        st.caption(f":red[{parts.plain(refused, 300)}]")
    return take


def _now(spec: Spec, widget: Widget) -> Any:
    now = getattr(spec, widget.name)
    return float(now) if widget.kind == "number" and now is not None else now


def _number(widget: Widget, label: str, now: float | None, left_out: str, about: dict[str, Any]) -> None:
    whole = widget.kind == "whole"
    st.number_input(  # without bounds: a browser keeps a value beyond them to itself, and Start would take the old one
        label,
        value=None if widget.may_be_none else now,
        step=1 if whole else _step(now),
        format=None if whole else "%g",
        placeholder=left_out if widget.may_be_none else "",
        **about,
    )


def _take(spec: S, widget: Widget, key: str, changed: Callable[[S], None]) -> bool:
    """Hands the changed spec on; false where it refuses the value.

    An emptied number that may not be empty goes back to its default.

    Streamlit also calls this for a widget that nobody touched, whose form is drawn again: that is no change, and by
    then the spec may stand in another place.
    """
    if key not in st.session_state:  # a field that is drawn no more
        return True
    name, value = widget.name, st.session_state[key]
    if value == getattr(spec, name):
        return True
    field = type(spec).model_fields[name]
    if value is None and not _without_none(field.annotation)[1]:
        value = field.get_default(call_default_factory=True)
    try:
        new = spec.having(**{name: value})
    except SpecError as error:
        st.session_state[f"{key}.refused"] = _sentence(error)
        st.session_state[key] = _now(spec, widget)
        return False
    with state.telling():
        changed(new)
    return True


def _sentence(error: SpecError) -> str:
    """The error without its place, which is the field right above it."""
    sentence = str(SpecError(error.rule, came=error.came, do=error.do))
    return sentence[:1].upper() + sentence[1:]


def _is_visible(field: FieldInfo) -> bool:
    extra = field.json_schema_extra
    return not isinstance(extra, dict) or extra.get("visible", True) is not False


def _without_none(annotation: Any) -> tuple[Any, bool]:
    if get_origin(annotation) in (Union, types.UnionType):
        inner = [each for each in get_args(annotation) if each is not type(None)]
        if len(inner) == 1 and len(get_args(annotation)) == 2:
            return inner[0], True
    return annotation, False


def _help(field: FieldInfo) -> str:
    extra = field.json_schema_extra
    why = extra.get("why", "") if isinstance(extra, dict) else ""
    return " ".join(
        part for part in (_(field.description) if field.description else "", _(str(why)) if why else "") if part
    )


def _step(now: float | None) -> float:
    """A tenth of the number's own size, so that the buttons suit 0.1 and 0.0003 alike."""
    return 10.0 ** (math.floor(math.log10(abs(now))) - (0 if _is_power_of_ten(now) is False else 1)) if now else 0.01


def _is_power_of_ten(number: float) -> bool:
    return math.isclose(math.log10(abs(number)) % 1, 0, abs_tol=1e-9)


def said(value: Any) -> str:
    """A setting's value in words: yes or no, a number in short, none as automatic."""
    return _("automatic") if value is None else _choice(value) if isinstance(value, bool) else _shown(value)


def _choice(value: Any) -> str:
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    return parts.one_line(value)


def _shown(value: Any) -> str:
    return f"{value:g}" if isinstance(value, float) else str(value)

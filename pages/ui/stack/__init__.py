"""The stack of layers as one component: rows with shapes, costs and repairs, moved by mouse, touch and keys.

The browser sends one event for each wish, `{"event", "path", "n", ...}`, and waits until its `n` comes back as `seen`:

    select, open, remove, duplicate, up, down     path
    insert                                        path (the place), kind (of a layer or of an entry in `more`)
    move                                          path, to (a place)
    repair                                        path, place (which of the repairs)
    undo, redo

A place is a path that a new layer would get, counted in the network as it is drawn.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any

import streamlit as st

from nnlab.network.edit import next_path
from nnlab.network.shapes import grouped, in_short
from pages.ui.parts import _

if TYPE_CHECKING:
    from nnlab.network.layer import Layer
    from nnlab.network.plan import LayerPlan, Plan

FOLDER = Path(__file__).parent
ENDS = ("input", "head")


def _source(*names: str) -> str:
    return "\n".join((FOLDER / name).read_text(encoding="utf-8") for name in names)


_component = st.components.v2.component(
    "nnlab.stack",
    html=_source("stack.html"),
    css=_source("stack.css"),
    js=_source("stack.js", "keys.js", "insert.js", "drag.js"),
)


def draw(
    plan: Plan,
    menu: Iterable[type[Layer]],
    *,
    selected: str,
    seen: int,
    say: str,
    key: str,
    on_event: Callable[[], None],
    more: Sequence[Mapping[str, str]] = (),
) -> bool:
    """Draws the stack; gives back whether its place is as narrow as a phone.

    `more` are entries of the menu beside the layers: `kind`, which an insert names, `name`, `family` and `line`.
    `seen` is the number of the last event that was dealt with, `say` what it did, for screen readers.
    `on_event` is called when `st.session_state[key]["edit"]` holds a new event.
    """
    state = _component(
        key=key,
        data={
            "rows": rows(plan),
            "layers": [*more, *(_menu_entry(layer) for layer in menu)],
            "selected": selected,
            "seen": seen,
            "say": say,
            "narrow": _is_narrow(key),
            "text": {
                "tree": _("Layers, from input to head"),
                "insert": _("Insert a layer here"),
                "search": _("Name of a layer"),
                "none": _("No layer has this name."),
            },
        },
        default={"narrow": False},
        on_edit_change=on_event,
        on_narrow_change=_nothing,
    )
    return bool(state.get("narrow"))


def rows(plan: Plan) -> list[dict[str, Any]]:
    """What the component is told of each row of the plan."""
    most = max((row.n_parameters for row in plan.rows), default=0)
    gaps = places(plan)
    return [_row(row, most, gaps[i], in_short(row.in_shape) if i else "") for i, row in enumerate(plan.rows)]


def places(plan: Plan) -> list[list[dict[str, Any]]]:
    """For each row the places where a layer may be put just before it, deepest first."""
    depths = {row.path: row.depth for row in plan.rows}
    found: list[list[dict[str, Any]]] = [[] for _row in plan.rows]
    for i, (before, row) in enumerate(pairwise(plan.rows), start=1):
        found[i] = [*_closing(before, row, depths), *_own(before, row, plan.rows)]
    return found


def is_fixed(row: LayerPlan) -> bool:
    """Whether the row is no layer that could be moved: an input, a branch's name, the join of several, the head."""
    return row.family in ENDS or not row.path.rpartition(".")[2].isdecimal()


def _row(row: LayerPlan, most: int, gaps: list[dict[str, Any]], arriving: str) -> dict[str, Any]:
    return {
        "path": row.path,
        "name": row.kind,
        "family": "ends" if row.family in ENDS else row.family,
        "args": row.arguments,
        "shape": arriving,
        "number": grouped(row.n_parameters) if row.n_parameters else "",
        "share": row.n_parameters / most if most else 0,
        "depth": row.depth,
        "fixed": is_fixed(row),
        "holds": row.family == "containers",
        "error": row.error,
        "repairs": [repair.label for repair in row.repairs],
        "label": _label(row, arriving),
        "gaps": gaps,
    }


def _label(row: LayerPlan, arriving: str) -> str:
    parts = [f"{row.kind} {row.arguments}".strip()]
    if not is_fixed(row):
        parts.append(_("{before} to {after}").format(before=arriving, after=in_short(row.out_shape)))
    if row.n_parameters:
        parts.append(_("{n} parameters").format(n=grouped(row.n_parameters)))
    return ", ".join([*parts, *([row.error] if row.error else [])])


def _closing(before: LayerPlan, row: LayerPlan, depths: dict[str, int]) -> list[dict[str, Any]]:
    """The ends of the stacks that close between two rows, and the inside of a stack that holds nothing."""
    ends = []
    path, depth = before.path, before.depth
    if before.family == "containers" and not row.path.startswith(f"{path}."):
        ends.append({"path": f"{path}.body.0", "depth": depth + 1})
    elif is_fixed(before) and path.startswith(("trunk.", "branches.")):
        if row.path.startswith(f"{path}."):
            return []
        ends.append({"path": f"{path}.0", "depth": depth + 1})
        path = path.rpartition(".")[0]  # of the container
        depth = depths.get(path, 0)
    while path.count(".") > path.startswith("branches.") + 1 and not row.path.startswith(_stack_of(path)):
        if path in depths and _holds(path, row.path):
            break
        ends.append({"path": next_path(path), "depth": depth})
        path = path.rsplit(".", 2)[0]
        depth = depths.get(path, 0)
    return ends


def _stack_of(path: str) -> str:
    """The path of the stack that a layer stands in, with the dot after it."""
    return path.rpartition(".")[0] + "."


def _holds(path: str, inner: str) -> bool:
    """Whether the layer at a path is the container that another row belongs to."""
    return inner.startswith(f"{path}.")


def _own(before: LayerPlan, row: LayerPlan, all_rows: Sequence[LayerPlan]) -> list[dict[str, Any]]:
    """The place of the row itself; before the head it is the trunk's end, before join or another input a branch's."""
    if row.family == "head":
        return [{"path": f"trunk.{_length_of_trunk(all_rows)}", "depth": 0}]
    if not is_fixed(row):
        return [{"path": row.path, "depth": row.depth}]
    if before.family == "input":
        return [{"path": f"branches.{before.path.removeprefix('input.')}.0", "depth": 0}]
    branch = ".".join(before.path.split(".")[:3])
    return [{"path": next_path(branch), "depth": 0}] if branch.startswith("branches.") else []


def _length_of_trunk(all_rows: Sequence[LayerPlan]) -> int:
    return sum(row.path.startswith("trunk.") and row.path.count(".") == 1 for row in all_rows)


def _menu_entry(layer: type[Layer]) -> dict[str, str]:
    kind = str(layer.model_fields["kind"].default)
    return {"kind": kind, "name": kind, "family": layer.family, "line": layer.summary}


def _is_narrow(key: str) -> bool:
    return bool((st.session_state.get(key) or {}).get("narrow"))


def _nothing() -> None:
    return None

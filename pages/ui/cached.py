"""Pure core calls kept over reruns: what a value gives is computed once for all visitors, a bounded number of times.

The arguments whose names begin with an underscore carry the work; the others are its identity.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import streamlit as st

from nnlab.errors import NnlabError

if TYPE_CHECKING:
    from nnlab.data.table import Table

    from nnlab.network.head import Head
    from nnlab.network.network import Network
    from nnlab.network.plan import Plan
    from nnlab.runs.project import Project
    from nnlab.runs.workspace import Space


class DesignInputs(NamedTuple):
    """What designing a network needs to know of the data: shapes of a row, head, training rows, a line of facts."""

    input_shapes: dict[str, tuple[int, ...]]
    head: Head
    n_rows: int
    facts: str


def warm() -> None:
    """Imports torch and measures one layer, so that the first edit of a network need not wait for either."""
    from nnlab.network.head import Head
    from nnlab.network.plan import plan
    from nnlab.network.templates import default_network

    head = Head(task="binary", n_outputs=1)
    plan(default_network({"table": (4,)}, head, 100), {"table": (4,)}, head)


def table(space: Space, table_id: str) -> Table:
    """A table of this space; the last few are shared between pages and visitors, so nobody may change it."""
    return _table(str(space.path), table_id, space)


@st.cache_resource(max_entries=8, show_spinner=False)
def _table(place: str, table_id: str, _space: Space) -> Table:
    return _space.table(table_id)


def n_rows(space: Space, table_id: str) -> int | None:
    """How many rows a table has, or None where it cannot be read."""
    try:
        return _n_rows(str(space.path), table_id, space)
    except NnlabError:
        return None


@st.cache_data(max_entries=500, show_spinner=False)
def _n_rows(place: str, table_id: str, _space: Space) -> int:
    return table(_space, table_id).n_rows


def undo_redo(space: Space, project: Project) -> tuple[bool, bool]:
    """Whether there is something to undo, and something to redo."""
    return _undo_redo(str(space.path), project.id, project.revision, space)


@st.cache_data(max_entries=500, show_spinner=False)
def _undo_redo(place: str, project_id: str, revision: int, _space: Space) -> tuple[bool, bool]:
    found = _space.undo_redo(project_id)
    return found.can_undo, found.can_redo


def plan(network: Network, inputs: DesignInputs) -> Plan:
    """The network's rows with shapes, costs and repairs; never raises for a layer that cannot run."""
    return _plan(network.to_json(), tuple(inputs.input_shapes.items()), inputs.head.to_json(), network, inputs)


@st.cache_resource(max_entries=200, show_spinner=False)
def _plan(design: str, shapes: Any, head: str, _network: Network, _inputs: DesignInputs) -> Plan:
    from nnlab.network.plan import plan as planned

    return planned(_network, _inputs.input_shapes, _inputs.head)


@st.cache_data(max_entries=50, show_spinner=False)
def source(design: str, shapes: Any, head: str, _network: Network, _inputs: DesignInputs) -> str:
    """The network as PyTorch source."""
    from nnlab.network.code import source as written

    return written(_network, _inputs.input_shapes, _inputs.head)

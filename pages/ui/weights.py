"""The selected layer's first weights, drawn when they are asked for: those that the next run begins with."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import streamlit as st

from nnlab.network.shapes import told_apart
from nnlab.plots.weights import WeightsNumbers, weights_figure, weights_numbers
from pages.ui import parts
from pages.ui.parts import _

if TYPE_CHECKING:
    from nnlab.network.plan import LayerPlan
    from pages.ui.design import Design

MOST_PARAMETERS = 20_000_000  # of the whole network, which is drawn for it: .3 s and 80 MB


def draw(drawn: Design, row: LayerPlan, key: str) -> None:
    """A switch, and behind it the histogram with its table; nothing of a layer without weights."""
    if not row.n_parameters or drawn.plan.error is not None:
        return
    if not st.toggle(_("First weights"), key=f"{key}.weights"):
        return
    if drawn.plan.n_parameters > MOST_PARAMETERS:
        most = parts.short_count(MOST_PARAMETERS)
        st.caption(_("They are drawn for networks of up to {most} parameters.").format(most=most))
        return
    seed = drawn.project.training.weights_seed
    numbers = _numbers(
        drawn.network.to_json(),
        told_apart(drawn.inputs.input_shapes),
        drawn.inputs.head.to_json(),
        row.path,
        seed,
        drawn,
    )
    parts.chart(
        weights_figure(numbers, parts.theme()),
        numbers.alt(),
        parts.frame(numbers.table()),
        f"{key}.weights.picture",
    )
    st.caption(_("{what} Drawn with seed {seed}, as the next run will.").format(what=numbers.alt(), seed=seed))


@st.cache_data(max_entries=50, show_spinner=False)
def _numbers(design: str, shapes: Any, head: str, path: str, seed: int, _drawn: Design) -> WeightsNumbers:
    from nnlab.network.first_weights import first_weights

    found = first_weights(_drawn.network, _drawn.inputs.input_shapes, _drawn.inputs.head, path, seed)
    return weights_numbers({each.name: each.values.numpy() for each in found})

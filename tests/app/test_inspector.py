"""The inspector of Network: which settings of a layer it shows, and in which order."""

from __future__ import annotations

import pytest

from nnlab.network.layers import layers
from pages.ui import forms, inspector

SHARED = ["rate_factor", "init"]


@pytest.mark.parametrize("kind", layers.kinds)
def test_a_layer_begins_with_settings_of_its_own(kind: str) -> None:
    """What every layer with weights has comes last, and nothing is left out but the deviation that does not count."""
    shown = inspector.settings(layers.parse({"kind": kind}))
    known = [widget.name for widget in forms.widgets(layers[kind])]
    assert set(known) - set(shown) <= {"init_std"}
    shared = [name for name in SHARED if name in known]
    assert shown[len(shown) - len(shared) :] == shared


def test_the_deviation_of_first_weights_follows_them_where_it_counts() -> None:
    """Only weights that are drawn from a normal distribution have one to choose."""
    shown = inspector.settings(layers.parse({"kind": "Linear", "init": "normal"}))
    assert shown[-3:] == [*SHARED, "init_std"]

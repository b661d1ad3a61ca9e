"""Measuring layers: on zeros or on meta it comes out the same, and the plain ones need no compiler."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from nnlab.network import measure
from nnlab.network.layer import Layer
from nnlab.network.layers import Linear
from tests.network.test_layers import EACH_LAYER, runnable

ROOT = Path(__file__).resolve().parents[2]
PLAIN = """
import sys
from nnlab.network.build import build
from nnlab.network.head import Head
from nnlab.network.templates import templates
shapes, head = {"table": (20,)}, Head(task="multiclass", n_outputs=3)
for kind in ("linear", "mlp", "residual_mlp", "wide_and_deep", "numeric_mlp"):
    build(templates[kind].parse({}).make(shapes, head, 500), shapes, head)
    assert "torch._dynamo" not in sys.modules, kind
"""


@EACH_LAYER
def test_small_layers_cost_on_zeros_what_they_cost_on_meta(cls: type[Layer], monkeypatch: pytest.MonkeyPatch) -> None:
    """Shapes and counts are those of the same module where it is too large for zeros."""
    rows = [(layer, shape) for network, shape in runnable(cls) for layer in network.trunk[:1]]
    with monkeypatch.context() as patched:
        patched.setattr(measure, "SMALL", 0)
        on_meta = [measure.measured.__wrapped__(layer, shape) for layer, shape in rows]
    assert [measure.measured.__wrapped__(layer, shape) for layer, shape in rows] == on_meta


def test_a_layer_too_large_for_zeros_is_measured_all_the_same() -> None:
    """Five billion weights, of which not one is made."""
    _call, cost = measure.measured(Linear(out_features=50_000), (100_000,))
    assert cost.n_multiply_adds == 5 * 10**9


def test_a_table_s_network_needs_no_compiler() -> None:
    """A page that shows it, and a job that judges it, do without: its import takes two seconds and 70 MB."""
    done = subprocess.run([sys.executable, "-c", PLAIN], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr

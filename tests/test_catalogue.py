"""What `layers` and `templates` print is what the registries hold and the manual says."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import torch

from nnlab.catalogue import layer_rows, template_rows
from nnlab.cli import main
from nnlab.network.layers import layers
from nnlab.network.templates import templates

REFERENCE = (Path(__file__).parents[1] / "docs" / "reference.md").read_text("utf-8")

ASKED = """
Linear Bilinear Embedding Conv1d Conv2d ConvTranspose1d ConvTranspose2d
MaxPool1d MaxPool2d AvgPool1d AvgPool2d AdaptiveAvgPool1d AdaptiveAvgPool2d AdaptiveMaxPool1d AdaptiveMaxPool2d
BatchNorm1d BatchNorm2d LayerNorm GroupNorm RMSNorm Dropout Dropout1d Dropout2d AlphaDropout
RNN LSTM GRU MultiheadAttention TransformerEncoderLayer
ReLU LeakyReLU PReLU ReLU6 ELU CELU SELU GELU SiLU Mish Tanh Sigmoid Softplus Softsign Hardswish Hardsigmoid
Hardtanh LogSigmoid Softshrink Hardshrink Tanhshrink Softmax GLU
Flatten Unflatten Identity
"""


def test_every_layer_is_listed_with_all_it_needs() -> None:
    """Name, arguments with ranges and reasons, at least one shape that it takes, and the source."""
    rows = layer_rows()
    assert tuple(row["name"] for row in rows) == layers.kinds
    for row in rows:
        assert row["shapes"], row["name"]
        assert all(row[part] for part in ("family", "summary", "use_when", "source")), row["name"]
        assert all(argument["description"] and argument["why"] for argument in row["arguments"]), row["name"]


def test_every_template_is_listed_with_all_it_needs() -> None:
    """Name, when to use it, why it is sized so, and the source."""
    rows = template_rows()
    assert tuple(row["name"] for row in rows) == templates.kinds
    assert all(row[part] for row in rows for part in ("title", "summary", "use_when", "why", "source"))


@pytest.mark.parametrize("command", ["layers", "templates"])
def test_the_manual_says_the_same(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    """Each name, sentence, argument and range that the command prints stands in the manual too."""
    assert main([command, "--json"]) == 0
    for row in json.loads(capsys.readouterr().out):
        section = REFERENCE.partition(f"\n### {row['name']}\n")[2].partition("\n##")[0]
        assert row["summary"] in section
        assert row["source"] in section
        for argument in row["arguments"]:
            assert f"| `{argument['name']}` |" in section
            assert argument["description"].replace("|", "\\|") in section


def test_the_ways_of_torch_are_all_there() -> None:
    """Whoever looks for one of torch.nn's common layers finds it under its own name."""
    asked = ASKED.split()
    assert all(hasattr(torch.nn, name) for name in asked)
    assert set(asked) <= set(layers.kinds)

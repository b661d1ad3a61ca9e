"""Padding is left out of account: a text gives the same whatever stands behind its end."""

from __future__ import annotations

import pytest
import torch

from nnlab.network.build import build
from nnlab.network.head import Head
from nnlab.network.layers import Layer, layers
from nnlab.network.network import Branch, Network
from nnlab.network.shapes import Ids

HEAD = Head(task="binary", n_outputs=1)
EMBEDDING = {"kind": "Embedding", "embedding_dim": 8}
ENCODER = {"kind": "TransformerEncoderLayer", "nhead": 2, "dim_feedforward": 16}
TO_ALL = {"kind": "GRU", "hidden_size": 5, "out": "all", "bidirectional": True}
MEAN, LAST = {"kind": "GlobalPool"}, {"kind": "GlobalPool", "how": "last"}
MAX, TRANSPOSE = {"kind": "GlobalPool", "how": "max"}, {"kind": "Transpose"}
STACKS: dict[str, list[dict[str, object]]] = {
    "mean": [EMBEDDING, MEAN],
    "max": [EMBEDDING, MAX],
    "last": [EMBEDDING, LAST],
    "lstm": [EMBEDDING, {"kind": "LSTM", "hidden_size": 5}],
    "gru both ways, two high": [EMBEDDING, {**TO_ALL, "out": "last", "num_layers": 2}],
    "gru to the mean": [EMBEDDING, {**TO_ALL, "out": "mean"}],
    "gru to all": [EMBEDDING, TO_ALL, MEAN],
    "encoder": [EMBEDDING, {"kind": "PositionalEncoding"}, ENCODER, MEAN],
    "class token": [EMBEDDING, {"kind": "ClassToken"}, ENCODER, {"kind": "GlobalPool", "how": "first"}],
    "attention in a way around": [
        EMBEDDING,
        {"kind": "Residual", "body": [{"kind": "LayerNorm"}, {"kind": "MultiheadAttention", "num_heads": 2}]},
        MEAN,
    ],
    "repeated": [EMBEDDING, {"kind": "Repeat", "times": 2, "body": [ENCODER]}, MEAN],
    "filters": [EMBEDDING, TRANSPOSE, {"kind": "CausalConv1d", "out_channels": 6}, {**MAX, "channels": "first"}],
    "there and back": [EMBEDDING, TRANSPOSE, TRANSPOSE, ENCODER, MEAN],
    "class token inside": [EMBEDDING, {"kind": "Repeat", "times": 2, "body": [{"kind": "ClassToken"}, ENCODER]}, MEAN],
    "side by side": [EMBEDDING, {"kind": "Parallel", "branches": [[MEAN], [LAST]]}],
}


def answers(stack: list[dict[str, object]], ids: torch.Tensor, n_positions: int) -> torch.Tensor:
    """What one model says of rows of ids; its weights do not depend on how many positions there are."""
    parsed: tuple[Layer, ...] = tuple(layers.parse(layer) for layer in stack)
    network = Network(branches=(Branch(input="text", layers=parsed),))
    model = build(network, {"text": Ids((n_positions,), n_ids=30)}, HEAD, seed=3).eval()
    with torch.no_grad():
        answer: torch.Tensor = model(text=ids)
    return answer


@pytest.mark.parametrize("name", STACKS)
def test_padding_changes_nothing(name: str) -> None:
    """A row alone, at its own length, gives what it gives padded among longer ones."""
    texts = [torch.tensor([5, 9, 2]), torch.tensor([7, 7, 1, 4, 8, 29]), torch.tensor([3])]
    padded = torch.zeros(3, 9, dtype=torch.int64)
    for row, text in enumerate(texts):
        padded[row, : len(text)] = text
    together = answers(STACKS[name], padded, 9)
    for row, text in enumerate(texts):
        alone = answers(STACKS[name], text[None], len(text))
        torch.testing.assert_close(alone[0], together[row])


@pytest.mark.parametrize("name", STACKS)
def test_a_row_of_nothing_gives_a_number(name: str) -> None:
    """An empty text is all padding, and still no attention is divided by nothing."""
    assert bool(answers(STACKS[name], torch.zeros(2, 6, dtype=torch.int64), 6).isfinite().all())


@pytest.mark.parametrize("reader", [ENCODER, TO_ALL, {"kind": "MultiheadAttention", "num_heads": 2}])
def test_positions_that_were_made_fewer_have_no_mask_any_more(reader: dict[str, object]) -> None:
    """As many channels as there were positions are no positions: what was halved is read whole."""
    halved = {"kind": "Conv1d", "out_channels": 8, "kernel_size": 2, "stride": 2}
    stack = [EMBEDDING, TRANSPOSE, halved, TRANSPOSE, reader, MEAN]
    assert bool(answers(stack, torch.zeros(2, 8, dtype=torch.int64), 8).isfinite().all())

"""A place at the start where the answer is gathered."""

from __future__ import annotations

from typing import Literal

from nnlab.network.calls import Call
from nnlab.network.layer import Layer, Proposal, layers
from nnlab.network.shapes import Shape


@layers
class ClassToken(Layer):
    """A place at the start where the answer is gathered."""

    family = "shape"
    summary = "Puts a learnt vector before the positions; GlobalPool with first reads the answer from it."
    use_when = "Before TransformerEncoderLayer, in the manner of BERT."
    source = "Devlin et al. 2018, BERT"

    kind: Literal["ClassToken"] = "ClassToken"

    def call(self, shape: Shape) -> Call:
        if len(shape) != 2:
            raise self.refusal("positions of numbers", shape)
        return Call.of("ClassToken", shape[1])

    def proposals(self, shape: Shape) -> tuple[Proposal, ...]:
        if len(shape) == 1:
            return (Proposal("Insert FeatureTokenizer", (layers["FeatureTokenizer"].parse({}), self)),)
        return super().proposals(shape)

    @classmethod
    def builds(cls) -> frozenset[str]:
        return frozenset({"ClassToken"})

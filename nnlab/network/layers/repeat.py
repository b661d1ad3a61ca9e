"""The same layers several times, each time with weights of their own."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from pydantic import Field

from nnlab.network.calls import Call, Cost, sequence
from nnlab.network.layer import AnyLayer, Layer, Proposal, layers
from nnlab.network.layers.linear import Linear
from nnlab.network.layers.silu import SiLU
from nnlab.network.shapes import Ids, Shape
from nnlab.network.stack import stack_call, total


@layers
class Repeat(Layer):
    """Its body several times one after the other; each time has weights of its own."""

    family = "containers"
    summary = "Its body several times one after the other, each time with weights of its own."
    use_when = "For depth without drawing it: six Transformer layers, four residual blocks."
    source = "Simonyan and Zisserman 2015, Very deep convolutional networks"

    kind: Literal["Repeat"] = "Repeat"
    times: int = Field(
        2,
        ge=1,
        le=64,
        description="How often the body stands there.",
        json_schema_extra={"why": "Two show whether depth helps.", "search": "linear"},
    )
    body: tuple[AnyLayer, ...] = Field(
        (),
        description="The layers that are repeated.",
        json_schema_extra={"why": "Empty until layers are put in.", "visible": False},
    )

    def call(self, shape: Shape) -> Call:
        calls: list[Call] = []
        costs: list[Cost] = []
        for _ in range(self.times):
            call = stack_call(self.body, shape)
            assert call.cost is not None
            calls.append(call)
            costs.append(call.cost)
            shape = call.cost.out_shape
        return sequence(calls, total(costs, shape), self.is_masked)

    def arguments(self, shape: Shape | None = None) -> str:
        return f"{self.times} times"

    def proposals(self, shape: Shape) -> tuple[Proposal, ...]:
        return (
            Proposal("Set times to 1", (self.having(times=1),)),
            Proposal("Insert Flatten", (layers["Flatten"].parse({}), self)),
            Proposal("Take the body out", self.body),
        )

    @classmethod
    def fitting(cls, shape: Shape | None) -> Layer:
        is_plain = shape is not None and not isinstance(shape, Ids)
        return cls(body=(Linear(out_features=shape[-1]), SiLU())) if is_plain and shape else cls()

    @classmethod
    def builds(cls) -> frozenset[str]:
        return frozenset()

    @property
    def stacks(self) -> Mapping[str, tuple[Layer, ...]]:
        return {"body": self.body}

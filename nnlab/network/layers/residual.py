"""A way around: what arrives is added to what the body makes of it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from pydantic import Field

from nnlab.errors import NetworkError
from nnlab.network.calls import Call
from nnlab.network.layer import AnyLayer, Layer, Proposal, layers
from nnlab.network.layers.linear import Linear
from nnlab.network.layers.silu import SiLU
from nnlab.network.shapes import Ids, Shape, grouped, in_words
from nnlab.network.stack import stack_call


@layers
class Residual(Layer):
    """Adds what arrives to what the body makes of it; where their sizes differ, a learnt projection goes between."""

    family = "containers"
    summary = "Adds what arrives to what its body makes of it: y = body(x) + x."
    use_when = "From about four layers on: the way around lets the first layers learn as fast as the last."
    source = "He, Zhang, Ren and Sun 2015, Deep residual learning for image recognition"

    kind: Literal["Residual"] = "Residual"
    body: tuple[AnyLayer, ...] = Field(
        (),
        description="The layers that make something of what arrives.",
        json_schema_extra={"why": "Empty until layers are put in.", "visible": False},
    )
    shortcut: Literal["auto", "identity", "projection"] = Field(
        "auto",
        description="What is added: identity: what arrives as it is; projection: a learnt linear map of it; auto: "
        "identity where the sizes agree, else projection.",
        json_schema_extra={"why": "The paper found identity as good as projection wherever the sizes allow it."},
    )

    def call(self, shape: Shape) -> Call:
        body = stack_call(self.body, shape)
        assert body.cost is not None
        given = body.cost.out_shape
        if self.shortcut == "identity" and given != shape:
            raise self._mismatch(shape, given)
        same = given == shape and self.shortcut != "projection"
        shortcut = Call.of("nn.Identity") if same else _projection(shape, given)
        if shortcut is None:
            raise self._mismatch(shape, given)
        return Call("Residual", children=(("body", body), ("shortcut", shortcut)))

    def arguments(self, shape: Shape | None = None) -> str:
        if shape is not None:
            try:
                shortcut = dict(self.call(shape).children)["shortcut"]
            except NetworkError:
                return f"shortcut: {self.shortcut}"
            if shortcut.name == "nn.Identity":
                return "shortcut: same size"
            return f"shortcut: {shortcut.name.removeprefix('nn.')} {grouped(int(str(shortcut.args[1])))}"
        return f"shortcut: {self.shortcut}"

    def proposals(self, shape: Shape) -> tuple[Proposal, ...]:
        back = Linear(out_features=shape[-1])
        return (
            Proposal("Use a projection as shortcut", (self.having(shortcut="auto"),)),
            Proposal(f"Add Linear {grouped(shape[-1])} at the body's end", (self.having(body=(*self.body, back)),)),
            Proposal("Insert Flatten", (layers["Flatten"].parse({}), self)),
            Proposal("Take the body out", self.body),
        )

    @classmethod
    def fitting(cls, shape: Shape | None) -> Layer:
        return cls(body=(Linear(out_features=shape[-1]), SiLU())) if shape and not isinstance(shape, Ids) else cls()

    @classmethod
    def builds(cls) -> frozenset[str]:
        return frozenset({"Residual", "nn.Identity", "nn.Linear", "nn.Conv1d", "nn.Conv2d"})

    @property
    def stacks(self) -> Mapping[str, tuple[Layer, ...]]:
        return {"body": self.body}

    def _mismatch(self, shape: Shape, given: Shape) -> NetworkError:
        return self.refusal(f"a shortcut to {in_words(given)}, which its body gives", shape)


def _projection(shape: Shape, given: Shape) -> Call | None:
    """The linear map from one shape to the other: along the last axis or, position by position, along the channels."""
    if len(shape) == len(given) and shape[:-1] == given[:-1]:
        return Call.of("nn.Linear", shape[-1], given[-1])
    if len(shape) == len(given) == 2 and shape[1] == given[1]:
        return Call.of("nn.Conv1d", shape[0], given[0], 1)
    if len(shape) == len(given) == 3:
        return _halved(shape, given)
    return None


def _halved(shape: Shape, given: Shape) -> Call | None:
    """A 1 × 1 convolution to the channels given, its stride that of the body; None where no stride gives the size."""
    stride = -(-shape[1] // given[1])
    if all(-(-before // stride) == after for before, after in zip(shape[1:], given[1:], strict=True)):
        return Call.of("nn.Conv2d", shape[0], given[0], 1, **({"stride": stride} if stride > 1 else {}))
    return None

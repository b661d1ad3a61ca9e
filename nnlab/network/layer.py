"""The base of all layers: a frozen spec that turns the shape which arrives into one constructor call.

A layer is one class in one file under `layers/`, its parts in this order:

    family, summary, use_when, source     what menus and the manual say
    kind, fields                          torch.nn's name and argument names; sizes of what arrives are never asked
    call(shape)                           the constructor call, or `self.refusal(...)` where the shape cannot be taken
    arguments(shape)                      the few words beside the name in the stack, values before names
    proposals(shape)                      what may repair it; each is tried before it is shown
    fitting(shape)                        the layer as a menu inserts it there, where the default would not do
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Annotated, ClassVar, Literal, Self, TypeAlias

from pydantic import Field, model_validator

from nnlab.errors import NetworkError
from nnlab.network.calls import Call, Plain
from nnlab.network.shapes import Shape, in_words
from nnlab.spec import Registry, Spec

Family: TypeAlias = Literal[
    "weights", "activations", "normalisation", "dropout", "shape", "containers", "input", "head"
]


Init: TypeAlias = Literal["default", "xavier", "he", "orthogonal", "normal", "zero"]

MOST_LEVELS = 8  # containers inside containers


class Layer(Spec):
    """A step of the network as a person chose it; equal specs build equal modules."""

    family: ClassVar[Family]
    summary: ClassVar[str]
    use_when: ClassVar[str]
    source: ClassVar[str]
    least_rows: ClassVar[int] = 1  # a training batch with fewer rows makes torch refuse
    takes_ids: ClassVar[bool] = False  # rows of ids, where other layers take numbers
    takes_mask: ClassVar[bool] = False  # its module asks which positions of a row hold something

    kind: str = ""  # each class names its own

    def call(self, shape: Shape) -> Call:
        """The constructor call for rows of this shape; raises `NetworkError` where they cannot be taken."""
        return Call.of(f"nn.{self.kind}")

    def rated(self, call: Call) -> Call:
        """The call, knowing by how much the learning rate is multiplied for what it makes."""
        return call

    def arguments(self, shape: Shape | None = None) -> str:
        """What stands beside the name: values before names; "" where there is nothing to say."""
        return ""

    def proposals(self, shape: Shape) -> tuple[Proposal, ...]:
        """What could stand in this layer's place where it cannot take the shape, best first."""
        if len(shape) > 1:
            return (Proposal("Insert Flatten", (layers["Flatten"].parse({}), self)),)
        return ()

    @classmethod
    def fitting(cls, shape: Shape | None) -> Layer:
        """The layer as a menu inserts it where rows of this shape arrive; None: the shape is not known."""
        return cls.parse({})

    @classmethod
    def builds(cls) -> frozenset[str]:
        """The classes that calls of this layer may name: the allow-list of building."""
        return frozenset({f"nn.{cls.model_fields['kind'].default}"})

    @model_validator(mode="after")
    def _not_too_deep(self) -> Self:
        if self.n_levels > MOST_LEVELS:
            raise ValueError(f"containers may stand {MOST_LEVELS} levels deep; these go deeper")
        return self

    @property
    def n_levels(self) -> int:
        """How deep containers stand inside each other here: 0 for a plain layer."""
        stacks = self.stacks.values()
        return max((1 + max((layer.n_levels for layer in stack), default=0) for stack in stacks), default=0)

    @property
    def stacks(self) -> Mapping[str, tuple[Layer, ...]]:
        """The stacks of layers inside a container by name; empty for plain layers."""
        return {}

    def with_stack(self, name: str, stack: tuple[Layer, ...]) -> Self:
        """The same container with other layers in one of its stacks."""
        return self.having(**{name: stack})

    @property
    def is_masked(self) -> bool:
        """Whether the layer, or one inside it, leaves padding out of account."""
        return self.takes_mask or any(layer.is_masked for stack in self.stacks.values() for layer in stack)

    def beyond_default(self, *names: str) -> dict[str, Plain]:
        """Those of the named fields that differ from their defaults: what the call has to say."""
        fields = type(self).model_fields
        return {name: getattr(self, name) for name in names if getattr(self, name) != fields[name].default}

    def refusal(self, needs: str, shape: Shape) -> NetworkError:
        """The error that says what the layer needs and what arrives."""
        return NetworkError(f"{self.kind} needs {needs}", came=in_words(shape))


@dataclass(frozen=True, slots=True)
class Proposal:
    """A possible repair: a label and the layers that would stand in the place of the one that cannot run."""

    label: str
    layers: tuple[Layer, ...]


class RatedLayer(Layer):
    """A layer that learns, at a pace of its own where a person wishes."""

    rate_factor: float = Field(
        1.0,
        gt=0,
        le=1000,
        description="By how much the learning rate is multiplied for this layer.",
        json_schema_extra={
            "why": "All layers learn at one pace; factors of single features gain by a faster one.",
        },
    )

    def rated(self, call: Call) -> Call:
        return call if self.rate_factor == 1.0 else replace(call, rate_factor=self.rate_factor)


class WeightedLayer(RatedLayer):
    """A layer with weights, whose first values a person may choose."""

    init: Init = Field(
        "default",
        description="How the first weights are drawn; any but default starts offsets at 0.",
        json_schema_extra={
            "why": "torch's own rule suits most layers; he goes with ReLU, xavier with tanh, orthogonal with recurrent "
            "layers; zero makes a branch that adds nothing at first.",
        },
    )
    init_std: float = Field(
        0.02,
        gt=0,
        le=10,
        description="The standard deviation of first weights drawn as normal numbers; no effect else.",
        json_schema_extra={"why": "0.02 is usual in transformers; token embeddings take 0.1."},
    )

    def started(self, call: Call) -> Call:
        """The call, its module's weights drawn by the chosen rule."""
        if self.init == "default":
            return call
        std: dict[str, Plain] = {"std": self.init_std} if self.init == "normal" else {}
        return Call("initialised", (), (("how", self.init), *std.items()), (("module", call),))

    @classmethod
    def builds(cls) -> frozenset[str]:
        return super().builds() | {"initialised"}


layers: Registry[Layer] = Registry("layer")
AnyLayer: TypeAlias = Annotated[Layer, layers.field()]


def one_argument(layer: Layer, name: str, said: str = "") -> str:
    """The value of a field, with its name where it differs from the default; "" for the default."""
    value = getattr(layer, name)
    return f"{said or name} {value}" if value != type(layer).model_fields[name].default else ""

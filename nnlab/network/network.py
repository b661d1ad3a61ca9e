"""The network as a value: a branch of layers for each input, then a trunk; the head follows from the task."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Annotated, Any, Literal, TypeAlias

from pydantic import Field, model_validator

from nnlab.network.layer import MOST_LEVELS
from nnlab.network.layers import AnyLayer, Layer, NearestRows
from nnlab.spec import Spec

FORMAT = 1
MOST_LAYERS = 10_000  # what a file may hold; how many may train is for Limits to say
Input: TypeAlias = Literal["table", "codes", "text", "image", "sequence"]
INPUTS: tuple[Input, ...] = ("table", "codes", "text", "image", "sequence")  # the order in which they are joined
Stack: TypeAlias = tuple[AnyLayer, ...]


class Branch(Spec):
    """The layers that one input goes through before all are joined."""

    input: Input = "table"
    layers: Annotated[Stack, Field(max_length=MOST_LAYERS)] = ()


class Network(Spec):
    """Branches and trunk; an input without a branch goes straight to the trunk. Equal networks build equal models."""

    format: int = FORMAT
    branches: Annotated[tuple[Branch, ...], Field(max_length=len(INPUTS))] = ()
    trunk: Annotated[Stack, Field(max_length=MOST_LAYERS)] = ()
    adds_last_value: bool = Field(
        False,
        description=(
            "Of series: the target's last value is taken from its window, and added to what the head gives; in the "
            "target's scaled unit."
        ),
    )

    @model_validator(mode="before")
    @classmethod
    def _of_a_size_to_read(cls, data: Any) -> Any:
        if not isinstance(data, Mapping):
            return data
        came = data.get("format", FORMAT)
        if isinstance(came, int) and came > FORMAT:
            raise ValueError(f"this network has format {came}, made by a newer nnlab; this one reads up to {FORMAT}")
        branches = data.get("branches")
        stacks = [_layers_of(branch) for branch in branches] if isinstance(branches, list | tuple) else []
        check_size([data.get("trunk"), *stacks])
        return data

    @model_validator(mode="after")
    def _one_branch_an_input(self) -> Network:
        named = [branch.input for branch in self.branches]
        if len(set(named)) < len(named):
            raise ValueError("each input has at most one branch")
        return self

    @property
    def stacks(self) -> dict[str, tuple[Layer, ...]]:
        """The outermost stacks by the head of their paths: `branches.NAME` in the order of joining, then `trunk`."""
        by_input = {branch.input: branch.layers for branch in self.branches}
        named = {f"branches.{name}": by_input[name] for name in INPUTS if name in by_input}
        return {**named, "trunk": self.trunk}

    def with_stack(self, root: str, layers: tuple[Layer, ...]) -> Network:
        """The same network with another stack at `trunk` or `branches.NAME`; a branch without layers is left out."""
        if root == "trunk":
            return self.having(trunk=layers)
        name = root.removeprefix("branches.")
        kept = tuple(branch for branch in self.branches if branch.input != name)
        new = (Branch.parse({"input": name, "layers": layers}),) if layers else ()
        branches = sorted((*kept, *new), key=lambda branch: INPUTS.index(branch.input))
        return self.having(branches=tuple(branches))

    def walk(self) -> Iterator[tuple[str, Layer]]:
        """Every layer with its path, a container before the layers inside it."""
        for root, stack in self.stacks.items():
            yield from walk(stack, root)

    @property
    def remembers_rows(self) -> bool:
        """Whether training rows travel in its weights, as numbers."""
        return bool(self.trunk) and isinstance(self.trunk[0], NearestRows)

    @property
    def n_layers(self) -> int:
        """How many layers there are, containers and those inside them included, the head not."""
        return sum(1 for _ in self.walk())

    @property
    def least_rows(self) -> int:
        """The fewest rows that a training batch may have: 2 where a BatchNorm1d is in it, else 1."""
        return max((layer.least_rows for _, layer in self.walk()), default=1)


def walk(stack: tuple[Layer, ...], prefix: str) -> Iterator[tuple[str, Layer]]:
    """Every layer of a stack with its path below the prefix, a container before the layers inside it."""
    for index, layer in enumerate(stack):
        path = f"{prefix}.{index}"
        yield path, layer
        for name, inner in layer.stacks.items():
            yield from walk(inner, f"{path}.{name}")


def _layers_of(branch: Any) -> Any:
    return branch.layers if isinstance(branch, Branch) else branch.get("layers") if isinstance(branch, Mapping) else ()


def check_size(stacks: list[Any]) -> None:
    """Raises ValueError where stacks of specs or plain data hold too many layers or levels, before any is parsed."""
    generation = [layer for stack in stacks for layer in _listed(stack)]
    n_layers = 0
    for _ in range(MOST_LEVELS + 1):
        n_layers += len(generation)
        if n_layers > MOST_LAYERS:
            raise ValueError(f"a network may hold {MOST_LAYERS} layers; this one has more")
        generation = [inner for layer in generation for inner in _inside(layer)]
    if generation:
        raise ValueError(f"containers may stand {MOST_LEVELS} levels deep; these go deeper")


def _inside(layer: Any) -> list[Any]:
    if isinstance(layer, Layer):
        return [inner for stack in layer.stacks.values() for inner in stack]
    return [inner for value in layer.values() for inner in _listed(value)]


def _listed(stack: Any) -> list[Any]:
    """The layers in what should be a stack; what is no layer at all is left to the field's own check."""
    found = stack[: MOST_LAYERS + 1] if isinstance(stack, list | tuple) else ()
    return [layer for layer in found if isinstance(layer, Layer | Mapping)]

"""A block: a layer, a container or a run of layers under a name, to be put in again elsewhere."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Self

from pydantic import Field, model_validator

from nnlab.errors import NetworkError, SpecError
from nnlab.network.layer import layers
from nnlab.network.network import MOST_LAYERS, Network, Stack, check_size, walk
from nnlab.network.shapes import Shape, in_words
from nnlab.spec import Spec

FORMAT = 1
LONGEST_NAME = 60
SHOWN = 4  # layers told in its line


class Block(Spec):
    """Layers that stand one after the other, under a name; the same JSON is the file that can be handed on."""

    format: int = Field(FORMAT, ge=1, description="The version of this layout.")
    name: str = Field(description="What menus call it.", min_length=1, max_length=LONGEST_NAME)
    layers: Annotated[Stack, Field(min_length=1, max_length=MOST_LAYERS)] = Field(description="First to last.")

    @model_validator(mode="before")
    @classmethod
    def _of_a_size_to_read(cls, data: Any) -> Any:
        if not isinstance(data, Mapping):
            return data
        came = data.get("format", FORMAT)
        if isinstance(came, int) and came > FORMAT:
            raise ValueError(f"this block has format {came}, made by a newer nnlab; this one reads up to {FORMAT}")
        check_size([data.get("layers")])
        return data

    @classmethod
    def named(cls, name: str, stack: Stack) -> Self:
        """A block under a name as a person typed it; raises `SpecError` for none, and for the name of a layer."""
        name = " ".join("".join(letter if letter.isprintable() else " " for letter in name).split())
        if not name or len(name) > LONGEST_NAME:
            rule = f"a block needs a name of 1 to {LONGEST_NAME} letters"
            raise SpecError(rule, where="name", came=name[:80] or "none", do="Give it one.")
        if name.lower() in {kind.lower() for kind in layers.kinds}:
            raise SpecError("this is the name of a layer", where="name", came=name, do="Give the block another name.")
        return cls.parse({"name": name, "layers": stack}, "block")

    @property
    def n_layers(self) -> int:
        """How many layers it holds, containers and those inside them included."""
        return sum(1 for _ in walk(self.layers, "layers"))

    def line(self) -> str:
        """Its layers in a few words: "Linear 64, SiLU, Dropout p 0.1"."""
        told = [f"{layer.kind} {layer.arguments()}".strip() for layer in self.layers[:SHOWN]]
        return ", ".join(told) + (", ..." if len(self.layers) > SHOWN else "")

    def check_fits(self, shape: Shape | None) -> None:
        """Raises `NetworkError`, which says the layer and both shapes, where rows of this shape cannot be taken.

        Where the shape is not known, for a layer before cannot run, everything is taken.
        """
        from nnlab.network.measure import measured

        arriving = shape
        for layer in self.layers if arriving is not None else ():
            assert arriving is not None
            try:
                arriving = measured(layer, arriving)[1].out_shape
            except NetworkError as error:
                here = f"{in_words(shape or ())} at this place"
                came = here if arriving == shape else f"{error.came} in the block, {here}"
                rule = f"the block {self.name} does not fit here: {error.rule}"
                raise NetworkError(rule, came=came, do="Put it in where such a shape arrives.") from None


def run_of(network: Network, path: str, n_layers: int) -> Stack:
    """The layer at a path and those that follow it in the same stack, `n_layers` in all; raises `SpecError`."""
    from nnlab.network.edit import siblings

    found = siblings(network, path)
    if not 1 <= n_layers <= len(found):
        raise SpecError("there are not so many layers from here on", where=path, came=f"{n_layers} of {len(found)}")
    return found[:n_layers]

"""The base of all templates: a named network that is sized to the data, untrained. One class a file in `templates/`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from nnlab.network.head import Head
from nnlab.network.layers import Flatten
from nnlab.network.network import INPUTS, Branch, Network
from nnlab.network.shapes import Shape
from nnlab.spec import Registry, Spec


class Template(Spec):
    """A recipe for a network; its fields are what a person may fix, None where the data decides."""

    title: ClassVar[str]
    summary: ClassVar[str]
    use_when: ClassVar[str]
    why: ClassVar[str]
    source: ClassVar[str]

    kind: str = ""  # each class names its own

    def make(self, input_shapes: Mapping[str, Shape], head: Head, n_rows: int) -> Network:
        """The network for rows of these shapes, a task, and so many rows to train on."""
        raise NotImplementedError(self.kind)


templates: Registry[Template] = Registry("template")


def flat_branches(input_shapes: Mapping[str, Shape]) -> tuple[Branch, ...]:
    """A branch with Flatten for each input that is no list of numbers, so that all can be joined."""
    return tuple(Branch(input=name, layers=(Flatten(),)) for name in INPUTS if len(input_shapes.get(name, (1,))) > 1)

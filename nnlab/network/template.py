"""The base of all templates: a named network that is sized to the data, untrained. One class a file in `templates/`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from nnlab.errors import NetworkError
from nnlab.network.head import Head
from nnlab.network.layers import Embedding, Flatten, GlobalPool
from nnlab.network.network import INPUTS, Branch, Input, Network, Stack
from nnlab.network.shapes import Ids, Shape
from nnlab.spec import Registry, Spec


class Template(Spec):
    """A recipe for a network; its fields are what a person may fix, None where the data decides."""

    title: ClassVar[str]
    summary: ClassVar[str]
    use_when: ClassVar[str]
    why: ClassVar[str]
    source: ClassVar[str]
    n_steps: ClassVar[int | None] = None  # gradient steps that it needs, where it is not the usual number
    needs: ClassVar[Input | None] = None  # the input that it is made for; None: a table, or whatever there is

    kind: str = ""  # each class names its own

    @property
    def inputs(self) -> tuple[Input, ...]:
        """The inputs that preparation has to feed for it."""
        return (self.needs,) if self.needs else ()

    @classmethod
    def fits(cls, input_shapes: Mapping[str, Shape]) -> bool:
        """Whether the data has the input that the template is made for."""
        return cls.needs is None or cls.needs in input_shapes

    def refuse_other_data(self, input_shapes: Mapping[str, Shape]) -> None:
        """Raises `NetworkError` where the input that the template is made for is not there."""
        if not self.fits(input_shapes):
            raise NetworkError(
                f"The template {self.kind} is for the input {self.needs}",
                where="template",
                came=", ".join(input_shapes) or "no input",
                do=_HOW.get(self.needs or "table", ""),
            )

    def make(self, input_shapes: Mapping[str, Shape], head: Head, n_rows: int) -> Network:
        """The network for rows of these shapes, a task, and so many rows to train on."""
        raise NotImplementedError(self.kind)


templates: Registry[Template] = Registry("template")


_HOW: dict[Input, str] = {
    "text": "Give a text column the step token_ids on Prepare.",
    "image": "Give the column of pictures the step picture on Prepare.",
    "sequence": "Say which column is the time, and how many steps a window has.",
}


def flat_branches(input_shapes: Mapping[str, Shape], besides: str = "") -> tuple[Branch, ...]:
    """A branch for each input that is no list of numbers, so that all can be joined; none for the input `besides`.

    Pictures and series are flattened; of a text's ids the mean of their embeddings is taken, of categories all.
    """
    found = []
    for name in INPUTS:
        if name == besides:
            continue
        shape = input_shapes.get(name, (1,))
        ids = (Embedding.fitting(shape),) if isinstance(shape, Ids) else ()
        if name == "text" and ids:
            found.append(Branch(input=name, layers=(*ids, GlobalPool())))
        elif ids or len(shape) > 1:
            found.append(Branch(input=name, layers=(*ids, Flatten())))
    return tuple(found)


def on_window(input_shapes: Mapping[str, Shape], head: Head, layers: Stack, trunk: Stack = ()) -> Network:
    """A network whose windows go through these layers; what it tells is added to the last value, where that is one.

    Without it no network holds a random walk: it would have to learn to hand on what it was given. The window holds
    the target's differences to that value then, so that a level never met in training is no new world. Measured on
    airline_passengers, lookback 12, RMSE as a share of the last value's, mean of three seeds, with the window as it is
    and less its last value: linear .49, .44; MLP .59, .39; GRU 1.08, .51.
    """
    made = with_branch(input_shapes, "sequence", layers, trunk)
    return made.having(adds_last_value=head.task == "regression")


def with_branch(input_shapes: Mapping[str, Shape], name: Input, layers: Stack, trunk: Stack = ()) -> Network:
    """A network whose input `name` goes through these layers, the others as they can be joined, then the trunk."""
    branches = (Branch(input=name, layers=layers), *flat_branches(input_shapes, besides=name))
    return Network(branches=tuple(sorted(branches, key=lambda branch: INPUTS.index(branch.input))), trunk=trunk)

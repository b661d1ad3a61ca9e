"""Several ways side by side: each makes something of what arrives, and all are put together."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Literal, Self

from pydantic import Field, model_validator

from nnlab.errors import NetworkError
from nnlab.network.calls import Call
from nnlab.network.layer import AnyLayer, Layer, Proposal, layers
from nnlab.network.layers.linear import Linear
from nnlab.network.layers.silu import SiLU
from nnlab.network.shapes import Ids, Shape, in_words
from nnlab.network.stack import stack_call

MOST_BRANCHES = 8


@layers
class Parallel(Layer):
    """Gives what arrives to several branches and puts together what they give; an empty branch hands it on."""

    family = "containers"
    summary = "Gives what arrives to several branches and puts their answers side by side, or adds or multiplies them."
    use_when = "Where several views help: filters of several sizes, a deep and a wide way, a gate and what it lets by."
    source = "Szegedy et al. 2015, Going deeper with convolutions"

    kind: Literal["Parallel"] = "Parallel"
    n_branches: int = Field(
        2,
        ge=2,
        le=MOST_BRANCHES,
        description="How many branches there are; taking some away takes the last ones, with their layers.",
        json_schema_extra={"why": "Two are enough for a deep and a wide way."},
    )
    branches: Annotated[tuple[tuple[AnyLayer, ...], ...], Field(max_length=MOST_BRANCHES)] = Field(
        ((), ()),
        description="The layers of each branch.",
        json_schema_extra={"why": "Empty until layers are put in.", "visible": False},
    )
    merge: Literal["cat", "add", "mean", "multiply"] = Field(
        "cat",
        description="How the branches' answers become one: side by side, added, averaged or multiplied.",
        json_schema_extra={"why": "Side by side loses nothing, and branches may differ in size."},
    )

    @model_validator(mode="before")
    @classmethod
    def _as_many_as_said(cls, data: Any) -> Any:
        """As many stacks as branches are asked for: empty ones are added, the last ones go."""
        if not isinstance(data, Mapping) or not isinstance(data.get("branches", ()), list | tuple):
            return data
        stacks = tuple(data.get("branches", ((), ())))
        n = data.get("n_branches", max(2, len(stacks)))
        if not isinstance(n, int) or not 2 <= n <= MOST_BRANCHES:
            return data
        return {**data, "n_branches": n, "branches": (*stacks, *((),) * n)[:n]}

    def call(self, shape: Shape) -> Call:
        calls = [stack_call(stack, shape) for stack in self.branches]
        given = [call.cost.out_shape for call in calls if call.cost is not None]
        return Call.of("Parallel", self._merged(shape, given)).with_children(
            {f"branch_{place}": call for place, call in enumerate(calls)}
        )

    def _merged(self, shape: Shape, given: list[Shape]) -> str:
        """The name of the way of merging for these answers; raises where they cannot be put together."""
        if any(isinstance(each, Ids) for each in given):
            raise NetworkError("Parallel needs numbers from each branch", came="ids from an empty one")
        if self.merge != "cat":
            if len(set(given)) > 1:
                raise self._mismatch("answers of one size to add or multiply", given)
            return self.merge
        if len({len(each) for each in given}) > 1:
            raise self._mismatch("answers with as many axes each", given)
        if len({each[1:] for each in given}) == 1:
            return "cat"
        if len({each[:-1] for each in given}) == 1:
            return "cat_last"
        raise self._mismatch("answers that differ along one axis", given)

    def _mismatch(self, needs: str, given: list[Shape]) -> NetworkError:
        came = "; ".join(in_words(each) for each in given)
        return NetworkError(f"Parallel needs {needs}", came=came)

    def arguments(self, shape: Shape | None = None) -> str:
        return f"{self.n_branches} branches, {self.merge}"

    def proposals(self, shape: Shape) -> tuple[Proposal, ...]:
        flat = layers["Flatten"].parse({})
        flattened = self.having(branches=tuple((*stack, flat) for stack in self.branches))
        return (
            Proposal("Put them side by side", (self.having(merge="cat"),)),
            Proposal("Flatten each branch", (flattened,)),
            Proposal("Take the first branch out", self.branches[0]),
        )

    @classmethod
    def fitting(cls, shape: Shape | None) -> Layer:
        body = (Linear(out_features=shape[-1]), SiLU()) if shape and not isinstance(shape, Ids) else ()
        return cls(branches=(body, ()))

    @classmethod
    def builds(cls) -> frozenset[str]:
        return frozenset({"Parallel"})

    @property
    def stacks(self) -> Mapping[str, tuple[Layer, ...]]:
        return {f"branch_{place}": stack for place, stack in enumerate(self.branches)}

    def with_stack(self, name: str, stack: tuple[Layer, ...]) -> Self:
        place = int(name.removeprefix("branch_"))
        return self.having(branches=(*self.branches[:place], stack, *self.branches[place + 1 :]))

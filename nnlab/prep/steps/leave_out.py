"""The step that keeps a column from the network."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Literal

from nnlab.prep.steps.base import Array, Facts, Form, Learnt, Step, steps

if TYPE_CHECKING:
    from torch import nn


@steps
class LeaveOut(Step):
    """The column gives the network nothing; an is-missing column before it stays."""

    kind: Literal["leave_out"] = "leave_out"

    title: ClassVar[str] = "Leave out"
    takes: ClassVar[tuple[Form, ...]] = ("number", "level", "moment", "text", "picture")
    gives: ClassVar[Form | None] = "number"

    def learn(self, values: Array, facts: Facts) -> Learnt:
        return {}

    def module(self, learnt: Learnt) -> nn.Module:
        from nnlab.prep.modules import Nothing

        return Nothing()

    def sentence(self, learnt: Learnt, facts: Facts) -> str:
        return "left out"

    def names(self, names: tuple[str, ...], learnt: Learnt, facts: Facts) -> tuple[str, ...]:
        return ()

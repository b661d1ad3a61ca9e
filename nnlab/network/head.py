"""The last layer, which follows from the task: nobody has to draw it."""

from __future__ import annotations

from pydantic import Field

from nnlab.data.columns import Task
from nnlab.errors import NetworkError
from nnlab.network.calls import Call
from nnlab.network.shapes import Ids, Shape, counted, grouped, in_words
from nnlab.spec import Spec

ADDED = "The target's last value is taken from its window first, and added to the output."


class Head(Spec):
    """What the network has to give out: one log-odds or several, K scores of classes, or K numbers."""

    task: Task
    n_outputs: int = Field(ge=1, le=65_536, description="1 for yes or no, a number for each class, or for each target.")

    def call(self, shape: Shape) -> Call:
        """The constructor call for rows of this shape; raises `NetworkError` where they are no list of numbers."""
        if len(shape) != 1 or isinstance(shape, Ids):
            raise NetworkError("The head needs one list of numbers", came=in_words(shape))
        return Call.of("nn.Linear", shape[0], self.n_outputs)

    def arguments(self) -> str:
        """What stands beside the name in the stack: "yes or no: Linear 1"."""
        return f"{self.asked}: Linear {grouped(self.n_outputs)}"

    @property
    def asked(self) -> str:
        """What the task asks for, in a few words."""
        if self.task == "binary":
            return "yes or no"
        if self.task == "multiclass":
            return f"one of {counted(self.n_outputs, 'class')}".replace("classs", "classes")
        if self.task == "multilabel":
            return f"yes or no, {grouped(self.n_outputs)} times"
        return "a number" if self.n_outputs == 1 else counted(self.n_outputs, "number")

    def sentence(self) -> str:
        """What the head gives and how it is read."""
        if self.task == "binary":
            return "Yes or no: Linear gives one number, the log-odds of yes; a sigmoid turns it into a probability."
        if self.task == "multiclass":
            n = grouped(self.n_outputs)
            return f"One of {n} classes: Linear gives {n} scores; a softmax turns them into probabilities."
        if self.task == "multilabel":
            n = grouped(self.n_outputs)
            return (
                f"Yes or no, {n} times: Linear gives {n} log-odds; a sigmoid turns each into a probability of its own."
            )
        if self.n_outputs == 1:
            return "A number: Linear gives one, standardized; it is turned back into the target's unit."
        n = grouped(self.n_outputs)
        return f"{n} numbers at once: Linear gives {n}, standardized; each is turned back into its target's unit."

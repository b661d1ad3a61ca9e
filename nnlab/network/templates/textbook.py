"""The network of the textbooks: two hidden sigmoid units."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from nnlab.network.head import Head
from nnlab.network.layers import Linear, Sigmoid
from nnlab.network.network import Network
from nnlab.network.shapes import Shape
from nnlab.network.template import Template, flat_branches, templates


@templates
class Textbook(Template):
    """The network of the textbooks: two hidden sigmoid units."""

    title = "Textbook"
    summary = "One hidden layer of two sigmoid units."
    use_when = "To follow every number of a forward and a backward pass by hand."
    why = "Two inputs, two hidden units and two outputs fit on a page."
    source = "Rumelhart, Hinton and Williams 1986, Learning representations by back-propagating errors"

    kind: Literal["textbook"] = "textbook"

    def make(self, input_shapes: Mapping[str, Shape], head: Head, n_rows: int) -> Network:
        return Network(branches=flat_branches(input_shapes), trunk=(Linear(out_features=2), Sigmoid()))

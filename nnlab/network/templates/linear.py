"""No hidden layer: logistic or linear regression."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from nnlab.network.head import Head
from nnlab.network.network import Network
from nnlab.network.shapes import Shape
from nnlab.network.template import Template, flat_branches, templates


@templates
class LinearModel(Template):
    """No hidden layer: the head alone, which is logistic regression for classes and linear regression for numbers."""

    title = "Linear"
    summary = "No hidden layer: logistic regression for classes, linear regression for numbers."
    use_when = "As a first try: it trains in seconds, its weights can be read, and on small tables it is hard to beat."
    why = "A network is worth its layers only where it beats this one."
    source = "Berkson 1944, Application of the logistic function to bio-assay"

    kind: Literal["linear"] = "linear"

    def make(self, input_shapes: Mapping[str, Shape], head: Head, n_rows: int) -> Network:
        return Network(branches=flat_branches(input_shapes))

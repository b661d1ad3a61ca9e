"""One hidden layer over the words of a text, weighed by how rare they are."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar, Literal

from pydantic import Field

from nnlab.network.head import Head
from nnlab.network.layers import Dropout, Linear, ReLU
from nnlab.network.network import Network
from nnlab.network.shapes import Shape
from nnlab.network.template import Template, flat_branches, templates


@templates
class TfIdfMlp(Template):
    """One hidden layer over the words of a text, weighed by how rare they are."""

    title = "TF-IDF and a hidden layer"
    summary = "The words of each text as numbers (TF-IDF), one hidden layer, and much dropout."
    use_when = "For texts whose words say enough, as a first network: seconds, and hard to beat below 10 000 texts."
    why = (
        "Thousands of words and few texts are learnt by heart in a hundred steps: half of the units are dropped, and "
        "the schedule ends early."
    )
    source = "Salton and Buckley 1988, Term-weighting approaches in automatic text retrieval"
    n_steps: ClassVar[int | None] = 400

    kind: Literal["tf_idf_mlp"] = "tf_idf_mlp"
    width: int = Field(
        128,
        ge=1,
        le=4_096,
        description="Units of the hidden layer.",
        json_schema_extra={"why": "128 suit some thousand texts.", "search": "log"},
    )
    dropout: float = Field(
        0.5,
        ge=0,
        le=0.95,
        description="The share of units dropped while training.",
        json_schema_extra={"why": "Half of them, because there are more words than texts to learn them from."},
    )

    def make(self, input_shapes: Mapping[str, Shape], head: Head, n_rows: int) -> Network:
        hidden = (Linear(out_features=self.width), ReLU(), Dropout(p=self.dropout))
        return Network(branches=flat_branches(input_shapes), trunk=hidden)

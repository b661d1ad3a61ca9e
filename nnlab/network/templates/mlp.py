"""A few hidden layers of one width, sized to the rows."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from pydantic import Field

from nnlab.network.head import Head
from nnlab.network.layers import Dropout, Layer, Linear, SiLU
from nnlab.network.network import Network
from nnlab.network.shapes import Shape
from nnlab.network.template import Template, flat_branches, templates


@templates
class Mlp(Template):
    """Hidden layers of one width, each Linear, SiLU and Dropout; both follow from the rows and the task."""

    title = "MLP"
    summary = "Hidden layers of one width, each Linear, SiLU and Dropout; sized to the number of rows."
    use_when = "For any table; the default."
    why = (
        "Few rows are learnt by heart by a wide network: below 2 000 it has one narrow layer and much dropout. Large "
        "tables bear two layers of 256; a regression there gains from every unit and loses by dropout."
    )
    source = (
        "Rumelhart, Hinton and Williams 1986; settings after Gorishniy et al. 2021, Revisiting deep learning models"
    )

    kind: Literal["mlp"] = "mlp"
    width: int | None = Field(
        None,
        ge=1,
        le=4_096,
        description="Units of each hidden layer; nothing said: from the number of rows.",
        json_schema_extra={"why": "32 below 2 000 rows, 128 below 10 000, then 256."},
    )
    n_hidden: int | None = Field(
        None,
        ge=1,
        le=32,
        description="How many hidden layers; nothing said: from the number of rows.",
        json_schema_extra={"why": "One layer on small tables, two on others: more gained nothing on plain tables."},
    )
    dropout: float | None = Field(
        None,
        ge=0,
        le=0.95,
        description="The share of units dropped while training; nothing said: from the rows and the task.",
        json_schema_extra={"why": "Classes need it more than numbers do, few rows more than many."},
    )

    def make(self, input_shapes: Mapping[str, Shape], head: Head, n_rows: int) -> Network:
        width, n_hidden, dropout = sized(head, n_rows)
        width = self.width or width
        p = dropout if self.dropout is None else self.dropout
        block: tuple[Layer, ...] = (Linear(out_features=width), SiLU(), *([Dropout(p=p)] if p else []))
        return Network(branches=flat_branches(input_shapes), trunk=block * (self.n_hidden or n_hidden))


def sized(head: Head, n_rows: int) -> tuple[int, int, float]:
    """Width, number of hidden layers and dropout for so many training rows."""
    is_classes = head.task != "regression"
    if n_rows < 2_000:
        return 32, 1, 0.3 if is_classes else 0.1
    if n_rows < 10_000:
        return 128, 2, 0.3 if is_classes else 0.05
    return 256, 2, 0.2 if is_classes else 0.0

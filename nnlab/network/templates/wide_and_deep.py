"""A deep way over numeric embeddings beside a wide one, straight to the head."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from pydantic import Field

from nnlab.network.head import Head
from nnlab.network.layers import (
    Dropout,
    FeatureScale,
    Flatten,
    Layer,
    Linear,
    Parallel,
    PeriodicEmbedding,
    PiecewiseLinearEmbedding,
    SiLU,
)
from nnlab.network.network import Network
from nnlab.network.shapes import Shape
from nnlab.network.template import Template, flat_branches, templates
from nnlab.network.templates.mlp import sized

MOST_EMBEDDED = 300  # numbers of a row; waves and bins of more would be most of the network


@templates
class WideAndDeep(Template):
    """A deep way over numeric embeddings beside a wide one, straight to the head."""

    title = "Wide & deep"
    summary = "Hidden layers over the columns, their waves and their bins, beside a linear way straight to the head."
    use_when = "For tables where the MLP loses to trees: thresholds and bends of single columns are seen at once."
    why = (
        "Waves and bins show a column at many scales, which costs an MLP many steps to find; the wide way keeps what "
        "is linear. The first factors turn down columns that do not matter."
    )
    source = "Cheng et al. 2016, Wide and deep learning; Gorishniy et al. 2022; Holzmüller et al. 2024"

    kind: Literal["wide_and_deep"] = "wide_and_deep"
    n_bins: int | None = Field(
        None,
        ge=2,
        le=256,
        description="Into how many bins each number is cut; nothing said: from the rows and columns.",
        json_schema_extra={"why": "48 from 5 000 rows on, 16 for wide tables."},
    )
    width: int | None = Field(
        None,
        ge=1,
        le=4096,
        description="Units of each hidden layer; nothing said: from the number of rows.",
        json_schema_extra={"why": "As in the MLP, at least 128."},
    )

    def make(self, input_shapes: Mapping[str, Shape], head: Head, n_rows: int) -> Network:
        size = sized(head, n_rows)
        width = self.width or max(128, size.width)
        is_classes = head.task != "regression"
        n_numbers = input_shapes.get("table", (0,))[0]
        n_bins = self.n_bins or (48 if n_rows >= 5_000 and n_numbers <= 40 else 16)
        p = 0.3 if is_classes else 0.1
        hidden = (Linear(out_features=width), SiLU(), Dropout(p=p))
        seen: tuple[Layer, ...] = (FeatureScale(),)
        wide: tuple[Layer, ...] = ()
        if 0 < n_numbers <= MOST_EMBEDDED:
            bins = (PiecewiseLinearEmbedding(n_bins=n_bins, embedding_dim=8), Flatten())
            waves = (PeriodicEmbedding(n_frequencies=16, embedding_dim=3, sigma=0.1), Flatten())
            seen = (Parallel(branches=((FeatureScale(),), waves, bins)),)
            wide = (Parallel(branches=((), bins)),)
        ways = Parallel(branches=((*seen, *hidden, *hidden), wide))
        return Network(branches=flat_branches(input_shapes), trunk=(ways,))

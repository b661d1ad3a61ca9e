"""Wide & deep beside remembered training rows."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from pydantic import Field

from nnlab.network.head import Head
from nnlab.network.layers import NearestRows
from nnlab.network.network import Network
from nnlab.network.shapes import Shape
from nnlab.network.template import Template, templates
from nnlab.network.templates.wide_and_deep import WideAndDeep


@templates
class NearestWideAndDeep(Template):
    """Wide & deep beside remembered training rows."""

    title = "Wide & deep with nearest rows"
    summary = "The wide & deep network, its answers blended with those of the training rows nearest in a learnt map."
    use_when = "For tables where trees win and a minute may be spent; the run then holds training rows as numbers."
    why = (
        "Rows that are nearly alike answer alike, which no smooth network sees so sharply. How much they count is "
        "chosen on validation rows, and drawn to a half where these are few."
    )
    source = "Cheng et al. 2016; Gorishniy et al. 2022; Ye et al. 2024 (ModernNCA)"

    kind: Literal["nearest"] = "nearest"
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
        deep = WideAndDeep(n_bins=self.n_bins, width=self.width).make(input_shapes, head, n_rows)
        return deep.having(trunk=(NearestRows(), *deep.trunk))

"""Through a narrow place and out again."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from pydantic import Field

from nnlab.network.head import Head
from nnlab.network.layers import Linear, SiLU
from nnlab.network.network import Network
from nnlab.network.shapes import Shape, size
from nnlab.network.template import Template, flat_branches, templates


@templates
class Autoencoder(Template):
    """Through a narrow place and out again."""

    title = "Autoencoder"
    summary = "Linear layers that narrow to a few numbers and widen again to the targets."
    use_when = "To learn the columns themselves as several targets, or to force an answer through a few numbers."
    why = "An eighth of the inputs is a place narrow enough to drop noise and wide enough to learn."
    source = "Hinton and Salakhutdinov 2006, Reducing the dimensionality of data with neural networks"

    kind: Literal["autoencoder"] = "autoencoder"
    n_code: int | None = Field(
        None,
        ge=1,
        le=4096,
        description="How many numbers the narrow place has; nothing said: an eighth of the inputs, at least 2.",
        json_schema_extra={"why": "An eighth drops noise and keeps what repeats."},
    )

    def make(self, input_shapes: Mapping[str, Shape], head: Head, n_rows: int) -> Network:
        n_numbers = sum(size(shape) for shape in input_shapes.values())
        n_code = self.n_code or max(2, min(256, n_numbers // 8))
        width = max(16, min(256, 2 * n_numbers, 4 * n_code))
        outer = (Linear(out_features=width), SiLU())
        return Network(
            branches=flat_branches(input_shapes), trunk=(*outer, Linear(out_features=n_code), SiLU(), *outer)
        )

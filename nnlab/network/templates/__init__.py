"""All templates, one class a file; importing this fills the registry `templates` in the order of the menus."""

# ruff: isort: skip_file
from collections.abc import Mapping

from nnlab.network.head import Head
from nnlab.network.network import Network
from nnlab.network.shapes import Shape
from nnlab.network.template import Template, templates
from nnlab.network.templates.mlp import Mlp
from nnlab.network.templates.linear import LinearModel


def default_network(input_shapes: Mapping[str, Shape], head: Head, n_rows: int) -> Network:
    """The network that is there from the start: the MLP, sized to the data."""
    return Mlp().make(input_shapes, head, n_rows)


__all__ = ["LinearModel", "Mlp", "Template", "default_network", "templates"]

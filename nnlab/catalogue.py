"""Layers and templates as plain data: what `python -m nnlab layers` and `templates` print, asked of the registries."""

from __future__ import annotations

from typing import Any

from pydantic.fields import FieldInfo
from pydantic_core import PydanticUndefined

from nnlab.errors import NetworkError
from nnlab.manual import range_of
from nnlab.network.layers import layers
from nnlab.network.measure import measured
from nnlab.network.shapes import Ids, Shape, in_words, plain_shape
from nnlab.network.templates import templates
from nnlab.spec import Spec

# A list, positions of channels, a picture, ids: what rows look like in practice.
TRIED: tuple[Shape, ...] = ((64,), (16, 32), (3, 32, 32), Ids((40,), n_ids=5_000))


def layer_rows() -> list[dict[str, Any]]:
    """Every registered layer: name, family, what it does, when to use it, source, arguments, and shapes it takes."""
    return [
        {
            "name": cls.__name__,
            "family": cls.family,
            "summary": cls.summary,
            "use_when": cls.use_when,
            "source": cls.source,
            "arguments": arguments(cls),
            "shapes": [
                {"takes": plain_shape(shape), "takes_in_words": in_words(shape), "gives": plain_shape(given)}
                for shape in TRIED
                if (given := _given(cls.__name__, shape)) is not None
            ],
        }
        for cls in layers
    ]


def template_rows() -> list[dict[str, Any]]:
    """Every registered template: name, what it is, when to use it, why its sizes are so, source, and arguments."""
    return [
        {
            "name": kind,
            "title": cls.title,
            "summary": cls.summary,
            "use_when": cls.use_when,
            "why": cls.why,
            "source": cls.source,
            "arguments": arguments(cls),
        }
        for kind, cls in zip(templates.kinds, templates, strict=True)
    ]


def arguments(cls: type[Spec]) -> list[dict[str, Any]]:
    """The fields a person may set: name, default, range, what each is and why its default is what it is."""
    return [
        {
            "name": name,
            "default": _default(field),
            "range": range_of(field),
            "description": field.description or "",
            "why": _why(field),
        }
        for name, field in cls.model_fields.items()
        if name != "kind"
    ]


def _given(kind: str, shape: Shape) -> Shape | None:
    layer = layers[kind].fitting(shape)
    try:
        return measured(layer, shape)[1].out_shape
    except NetworkError:
        return None


def _default(field: FieldInfo) -> Any:
    value = field.get_default(call_default_factory=True)
    return None if value is PydanticUndefined else value


def _why(field: FieldInfo) -> str:
    extra: Any = field.json_schema_extra
    return str(extra.get("why", "")) if isinstance(extra, dict) else ""

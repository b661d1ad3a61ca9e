"""Pictures on pages: in the cells of lists, side by side as thumbnails, and in a form."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import streamlit as st

from nnlab.data.columns import Columns
from nnlab.data.pictures import cell_of
from nnlab.errors import NnlabError
from nnlab.plots.distribution import pictures_svg
from pages.ui import parts
from pages.ui.parts import _

if TYPE_CHECKING:
    from nnlab.form_field import FormField

TYPES = ["png", "jpg", "jpeg", "gif", "bmp", "webp", "tif", "tiff"]
ACROSS = 6
WIDTH_PX = 360


def config(columns: Columns, *more: str) -> dict[str, Any]:
    """How a list draws its columns of pictures, whose cells are data URIs by then."""
    named = [column.name for column in columns.columns if column.kind == "image"]
    return {name: st.column_config.ImageColumn(width=72) for name in (*named, *more)}


def svg_uri(svg: str) -> str:
    """A drawing as an address that an image can have."""
    return f"data:image/svg+xml;base64,{base64.b64encode(svg.encode()).decode()}"


def draw(pictures: Sequence[str], caption: str = "") -> None:
    """Pictures as thumbnails, their pixels kept square."""
    across = min(ACROSS, len(pictures))
    width = WIDTH_PX * across // ACROSS
    st.image(svg_uri(pictures_svg(tuple(pictures), width, n_across=across)), caption=caption or None, width=width)


def draw_field(field: FormField, key: str) -> str | None:
    """A picture to be chosen, the typical one until then; gives it as a cell."""
    upload = st.file_uploader(parts.plain(field.column, 60), key=key, type=TYPES)
    cell = str(field.value) if field.value else None
    if upload is not None and field.image is not None:
        try:
            cell = cell_of(upload.getvalue(), field.image)
        except NnlabError as error:
            parts.failed(error, spot=key)
    if cell is not None:
        draw([cell], _("a training picture") if upload is None else _("as the network sees it"))
    return cell

"""Pictures on pages: in lists, side by side as thumbnails, in a form, and the zip that a table waits for."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import streamlit as st

from nnlab.data.columns import Columns
from nnlab.data.pictures import cell_of
from nnlab.errors import NnlabError
from nnlab.plots.distribution import pictures_svg
from nnlab.runs import opening
from nnlab.runs.project import Project
from pages.ui import parts, state
from pages.ui.parts import _

if TYPE_CHECKING:
    from nnlab.predictor import FormField

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


def draw_zip(project: Project) -> None:
    """Asks for the zip that holds the pictures whose names a column has; the project moves to the table with them."""
    turn = state.value("data.zip.turn", 0)
    upload = st.file_uploader(_("The zip with these pictures"), key=f"data.zip.{turn}", type=["zip"])
    if upload is None:
        return
    state.keep("data.zip.turn", turn + 1)
    with st.spinner(_("Joining the pictures by name ...")), state.telling():
        state.replace(opening.with_pictures(state.space(), project, upload.getvalue()))
    st.rerun()

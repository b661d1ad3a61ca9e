"""Named blocks on the Network page: kept from the inspector, put in from the menus, looked after in a dialog."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING, Any

import streamlit as st

from nnlab.errors import NnlabError
from nnlab.network import edit
from nnlab.network.block import LONGEST_NAME, run_of
from nnlab.network.layer import layers
from nnlab.runs import blocks as kept_blocks
from nnlab.runs.blocks import BLOCK_BYTES, BlockEntry
from pages.ui import design, parts, state
from pages.ui.parts import _

if TYPE_CHECKING:
    from nnlab.network.plan import LayerPlan
    from nnlab.runs.workspace import Space

KEY = "network.blocks"
MENU_LETTERS = 47  # of an entry, so that it stays on a phone
UPLOAD_MB = BLOCK_BYTES // 1_000_000


def entries() -> tuple[BlockEntry, ...]:
    """The blocks of this workspace, read again when one of them changes."""
    space = state.space()
    return _entries(str(space.path), kept_blocks.stamp(space), space)


@st.cache_resource(max_entries=50, show_spinner=False)
def _entries(place: str, stamp: tuple[Any, ...], _space: Space) -> tuple[BlockEntry, ...]:
    return kept_blocks.blocks(_space)


def menu() -> list[dict[str, str]]:
    """The blocks as entries of the stack's menu; a damaged one is left out."""
    return [
        {
            "kind": design.BLOCK + entry.id,
            "name": parts.one_line(entry.name),
            "family": "containers",
            "line": _("Block: {layers}").format(layers=entry.block.line()),
        }
        for entry in entries()
        if entry.block
    ]


def title(kind: str) -> str:
    """What the menu of layers calls an entry: a layer by its name and what it does."""
    if not kind.startswith(design.BLOCK):
        summary = _(layers[kind].summary).rstrip(".")
        does = textwrap.shorten(summary, MENU_LETTERS - len(kind), placeholder=" …")
        return f"{kind} :gray[:small[{parts.plain(does)}]]"
    return next((parts.plain(entry["name"]) for entry in menu() if entry["kind"] == kind), kind)


def keeper(drawn: design.Design, row: LayerPlan, key: str) -> None:
    """Keeps the selected layer, or a run of layers that begins with it, under a name."""
    following = edit.siblings(drawn.network, row.path)
    named = f"{key}.block.{row.path}"
    with (
        st.popover(_("Keep as a block"), icon=":material/bookmark_add:", type="tertiary"),
        st.form(named, border=False, clear_on_submit=True),
    ):
        st.text_input(_("Name of the block"), key=f"{named}.name", max_chars=LONGEST_NAME)
        if len(following) > 1:
            stack_path, _dot, first = row.path.rpartition(".")
            rows = [drawn.plan.row(f"{stack_path}.{int(first) + n}") for n in range(len(following))]
            titles = [design.title(each) if each else "" for each in rows]
            st.selectbox(
                _("From this layer to"),
                range(1, len(following) + 1),
                key=f"{named}.to",
                format_func=lambda n: titles[n - 1],
            )
        st.form_submit_button(_("Keep"), type="primary", on_click=keep, args=(row.path, named))


def keep(path: str, named: str) -> None:
    """Keeps what the form says, of the network as it was seen."""
    with state.telling():
        stack = run_of(design.as_seen().network, path, int(st.session_state.get(f"{named}.to", 1)))
        made = kept_blocks.keep_block(state.space(), str(st.session_state[f"{named}.name"]), stack)
        said = _("Block {name} is kept: it stands under Add layer.").format(name=parts.one_line(made.name))
        state.keep("network.say", said)
        st.toast(parts.plain(said), icon=":material/bookmark_added:")


def button() -> None:
    """Opens the dialog where blocks are put in, renamed, handed on and deleted."""
    if parts.pressed(st.button, _("Blocks"), icon=":material/bookmarks:", key=KEY, help=_("Layers kept under a name")):
        draw()


@st.dialog(_("Blocks"), width="medium")
def draw() -> None:
    """The blocks of this workspace, one at a time."""
    found = {entry.id: entry for entry in entries()}
    if failure := state.value(f"{KEY}.failed"):
        parts.failed(failure, KEY)
        state.keep(f"{KEY}.failed", None)
    if not found:
        st.markdown(_("No block is kept yet. Select a layer and choose *Keep as a block* beside it."))
    else:
        chosen = st.selectbox(
            _("Block"), list(found), key=f"{KEY}.chosen", format_func=lambda each: parts.one_line(found[each].name)
        )
        if draw_one(found[chosen]):
            st.rerun()
    turn = state.value(f"{KEY}.turn", 0)
    upload = st.file_uploader(
        _("A block from a file"), type=["json"], max_upload_size=UPLOAD_MB, key=f"{KEY}.upload.{turn}"
    )
    if upload is not None:
        state.keep(f"{KEY}.turn", turn + 1)
        data = upload.getvalue() if upload.size <= BLOCK_BYTES else bytes(BLOCK_BYTES + 1)
        state.let_go([upload])
        take(data)
        st.rerun(scope="fragment")


def draw_one(entry: BlockEntry) -> bool:
    """A block's layers and what can be done with it; gives back whether it was put in."""
    is_in = False
    if entry.block is None:
        st.markdown(f":red[{_(entry.problem)}]")
    else:
        n_layers = parts.counted(entry.block.n_layers, "{n} layer", "{n} layers")
        st.caption(f"{n_layers}: {parts.plain(entry.block.line(), 300)}")
    with st.container(horizontal=True, gap="small", vertical_alignment="bottom"):
        if entry.block is not None:
            is_in = st.button(
                _("Insert"),
                type="primary",
                key=f"{KEY}.insert",
                on_click=design.add_layer,
                args=(design.BLOCK + entry.id,),
                help=_("After the selected layer"),
            )
            file = entry.block.to_json().encode()
            parts.download(
                st.download_button, _("Download"), file, "block.json", "application/json", key=f"{KEY}.download"
            )
        with st.popover(_("Delete")):
            st.markdown(_("Networks that it was put into keep its layers."))
            st.button(_("Delete it"), key=f"{KEY}.delete", on_click=delete, args=(entry.id,))
    if entry.block is not None:
        with st.form(f"{KEY}.rename.{entry.id}", border=False):
            st.text_input(_("Name"), entry.name, key=f"{KEY}.name.{entry.id}", max_chars=LONGEST_NAME)
            st.form_submit_button(_("Rename"), on_click=rename, args=(entry.id,))
    return is_in


def take(data: bytes) -> None:
    """Keeps a block that was handed on."""
    try:
        kept_blocks.take_block(state.space(), data)
    except NnlabError as error:
        _fail(error)


def rename(block_id: str) -> None:
    """Gives a block the name that was typed."""
    try:
        kept_blocks.rename_block(state.space(), block_id, str(st.session_state[f"{KEY}.name.{block_id}"]))
    except NnlabError as error:
        _fail(error)


def delete(block_id: str) -> None:
    """Takes a block away."""
    try:
        kept_blocks.delete_block(state.space(), block_id)
    except NnlabError as error:
        _fail(error)


def _fail(error: NnlabError) -> None:
    """Keeps an error until the dialog is drawn again."""
    state.keep(f"{KEY}.failed", {"repair": None, **error.as_dict()})

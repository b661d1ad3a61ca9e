"""Named blocks of a space: each a small JSON file, written beside and renamed, seen by nobody else."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from nnlab.errors import ConflictError, LimitError, NnlabError, NotFoundError, SpecError, StorageError
from nnlab.limits import limits
from nnlab.network.block import Block
from nnlab.runs import files
from nnlab.runs.lock import Lock
from nnlab.spec import plain_json

if TYPE_CHECKING:
    from nnlab.network.network import Stack
    from nnlab.runs.workspace import Space

BLOCK_BYTES = 2_000_000
WAIT_S = 10.0
DAMAGED = "This block is damaged."


class BlockEntry(NamedTuple):
    """A kept block by its id; None and a problem where its file cannot be read."""

    id: str
    block: Block | None
    problem: str = ""

    @property
    def name(self) -> str:
        return self.block.name if self.block else self.id


def blocks(space: Space) -> tuple[BlockEntry, ...]:
    """The blocks of a space by name; a damaged one is listed with its problem."""
    entries = [_entry(path) for path in _files(space)]
    return tuple(sorted(entries, key=lambda entry: (entry.name.lower(), entry.id)))


def stamp(space: Space) -> tuple[tuple[str, int, int], ...]:
    """What differs whenever a block was kept, renamed or taken away: for whoever keeps the list."""
    found = []
    for path in _files(space):
        with suppress(OSError):  # gone meanwhile
            state = path.stat()
            found.append((path.stem, state.st_mtime_ns, state.st_ino))
    return tuple(sorted(found))


def block(space: Space, block_id: str) -> Block:
    """A kept block; raises `NotFoundError`, or `StorageError` where its file is damaged."""
    return _read(_path(space, block_id))


def keep_block(space: Space, name: str, stack: Stack) -> BlockEntry:
    """Layers kept under a name.

    Raises `SpecError` for a name that cannot be or is taken, `LimitError` where the space is full, `StorageError` where
    nothing can be written.
    """
    return _kept(space, Block.named(name, stack))


def take_block(space: Space, data: bytes) -> BlockEntry:
    """A block from a file that was handed on; raises as `keep_block`, and `SpecError` for a file that is none."""
    return _kept(space, parsed_block(data))


def parsed_block(data: bytes) -> Block:
    """The block that a file's bytes describe; raises `LimitError` or `SpecError` before anything is made of them."""
    if len(data) > BLOCK_BYTES:
        raise LimitError(f"a block may have {BLOCK_BYTES} bytes", where="block", came=f"{len(data)} bytes")
    found = Block.parse(plain_json(data, "block"), "block")
    return Block.named(found.name, found.layers)


def rename_block(space: Space, block_id: str, name: str) -> BlockEntry:
    """The block under another name; raises as `keep_block` does."""
    path = _path(space, block_id)
    with _alone(space):
        renamed = Block.named(name, _read(path).layers)
        _check_free(space, renamed.name, but=block_id)
        files.write_json(path, renamed.plain())
    return BlockEntry(block_id, renamed)


def delete_block(space: Space, block_id: str) -> None:
    """Takes a block away; networks that it was put into keep its layers."""
    files.remove(_path(space, block_id))


def _kept(space: Space, made: Block) -> BlockEntry:
    from nnlab.runs.workspace import new_id

    files.make_folder(_folder(space))
    with _alone(space):
        _check_free(space, made.name)
        n_blocks, most = len(_files(space)), limits().stored_blocks
        if n_blocks >= most:
            raise LimitError(f"a workspace keeps {most} blocks", came=f"{n_blocks} are here", do="Delete some of them.")
        found = BlockEntry(new_id(), made)
        files.write_json(_folder(space) / f"{found.id}.json", made.plain())
    return found


def _check_free(space: Space, name: str, but: str = "") -> None:
    taken = {entry.name.lower() for entry in blocks(space) if entry.block and entry.id != but}
    if name.lower() in taken:
        do = "Give it another name, or delete that one first."
        raise SpecError("there is a block of this name", where="name", came=name, do=do)


def _alone(space: Space) -> Lock:
    """The lock under which names are compared and written, taken: two windows cannot both take a name."""
    guard = Lock(_folder(space) / "blocks.lock")
    if not guard.take(WAIT_S):
        raise ConflictError("another window keeps a block at this moment", where="block", do="Try again.")
    return guard


def _folder(space: Space) -> Path:
    return space.path / "blocks"


def _files(space: Space) -> list[Path]:
    """The files of blocks; foreign things are passed over, and a missing folder has none."""
    from nnlab.runs.workspace import ID

    try:
        with os.scandir(_folder(space)) as entries:
            found = [Path(entry.path) for entry in entries if entry.is_file(follow_symlinks=False)]
    except OSError:
        return []
    return [path for path in found if path.suffix == ".json" and ID.fullmatch(path.stem)]


def _path(space: Space, block_id: str) -> Path:
    from nnlab.runs.workspace import ID

    path = _folder(space) / f"{block_id}.json" if ID.fullmatch(block_id) else None
    if path is None or path.is_symlink() or not path.is_file():
        do = "It was deleted, or belongs to another workspace: choose one of your blocks."
        raise NotFoundError("there is no such block in this workspace", came=block_id[:80], do=do, reason="gone")
    return path


def _entry(path: Path) -> BlockEntry:
    try:
        return BlockEntry(path.stem, _read(path))
    except NnlabError:
        return BlockEntry(path.stem, None, DAMAGED)


def _read(path: Path) -> Block:
    try:
        return Block.parse(files.read_json(path, BLOCK_BYTES), "block")
    except (SpecError, StorageError) as error:
        if isinstance(error, NotFoundError):
            raise
        do = "Delete it, and keep its layers anew."
        raise StorageError(
            "this block is damaged", where=path.stem, came=str(error)[:200], do=do, reason="damaged"
        ) from None

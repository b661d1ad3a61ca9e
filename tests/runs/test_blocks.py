"""Blocks of layers under a name: kept with the space, whole or not at all, nobody else's."""

from __future__ import annotations

from pathlib import Path

import pytest

from nnlab.errors import LimitError, NetworkError, NotFoundError, SpecError, StorageError
from nnlab.network.block import Block, run_of
from nnlab.network.layers import Conv1d, Dropout, Linear, Residual, SiLU
from nnlab.network.network import Network
from nnlab.network.shapes import Ids
from nnlab.runs import files
from nnlab.runs.blocks import (
    block,
    blocks,
    delete_block,
    keep_block,
    parsed_block,
    rename_block,
    stamp,
    take_block,
)
from nnlab.runs.workspace import Space

STACK = (Linear(out_features=8), SiLU(), Residual(body=(Linear(out_features=8), Dropout())))


def test_what_is_kept_comes_back(home: Path) -> None:
    """Equal layers, in the order of names; the list's stamp changes with it."""
    space = Space(home)
    assert blocks(space) == ()
    before = stamp(space)
    made = keep_block(space, "  My   block ", STACK)
    assert block(space, made.id) == Block(name="My block", layers=STACK)
    keep_block(space, "another", STACK[:1])
    assert [entry.name for entry in blocks(space)] == ["another", "My block"]
    assert stamp(space) != before
    assert made.block is not None
    assert made.block.n_layers == 5
    assert made.block.line() == "Linear 8, SiLU, Residual shortcut: auto"


def test_a_name_is_taken_once(home: Path) -> None:
    """Whatever its capitals; a layer's name is no block's; renaming frees the old one."""
    space = Space(home)
    made = keep_block(space, "Deep", STACK)
    for taken in ("deep", "DEEP "):
        with pytest.raises(SpecError, match="there is a block of this name"):
            keep_block(space, taken, STACK)
    for bad in ("", "   ", "\u200b\n", "x" * 61):
        with pytest.raises(SpecError, match="needs a name"):
            keep_block(space, bad, STACK)
    with pytest.raises(SpecError, match="name of a layer"):
        keep_block(space, "linear", STACK)
    assert rename_block(space, made.id, "deep").name == "deep"
    rename_block(space, made.id, "Wide")
    keep_block(space, "Deep", STACK)
    with pytest.raises(SpecError, match="there is a block of this name"):
        rename_block(space, made.id, "Deep")


def test_nobody_sees_anothers(home: Path) -> None:
    """Another space has none, by list or by id; no id leads out of the folder."""
    made = keep_block(Space(home), "Deep", STACK)
    other = Space(home, "cookie-" + "a" * 64)
    assert blocks(other) == ()
    for asked in (made.id, "../../local/blocks/" + made.id, "", "x/../y"):
        with pytest.raises(NotFoundError, match="no such block"):
            block(other, asked)
        with pytest.raises(NotFoundError, match="no such block"):
            delete_block(other, asked)
    (Space(home).path / "blocks" / "aaaaaaaa.json").symlink_to("/etc/hostname")
    assert [entry.id for entry in blocks(Space(home))] == [made.id]


def test_a_damaged_file_is_listed_with_its_problem_and_can_go(home: Path) -> None:
    """The others stay usable."""
    space = Space(home)
    made, whole = keep_block(space, "Deep", STACK), keep_block(space, "Whole", STACK)
    path = space.path / "blocks" / f"{made.id}.json"
    path.write_bytes(path.read_bytes()[:40])
    problems = {entry.id: entry.problem for entry in blocks(space)}
    assert problems == {made.id: "This block is damaged.", whole.id: ""}
    with pytest.raises(StorageError, match="damaged"):
        block(space, made.id)
    delete_block(space, made.id)
    assert [entry.id for entry in blocks(space)] == [whole.id]


def test_a_write_that_fails_leaves_the_old_block(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Written beside and renamed."""
    space = Space(home)
    made = keep_block(space, "Deep", STACK)

    def full(operation: str, path: Path) -> None:
        if operation == "replace":
            raise OSError(28, "No space left on device")

    monkeypatch.setattr(files, "before", full)
    with pytest.raises(StorageError, match="disk is full"):
        rename_block(space, made.id, "Other")
    monkeypatch.setattr(files, "before", None)
    assert [entry.name for entry in blocks(space)] == ["Deep"]


def test_a_space_keeps_so_many(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """`stored_blocks` is the quota; deleting makes room."""
    monkeypatch.setenv("NNLAB_LIMITS", '{"stored_blocks": 1}')
    space = Space(home)
    made = keep_block(space, "Deep", STACK)
    with pytest.raises(LimitError, match="keeps 1 blocks"):
        keep_block(space, "Wide", STACK)
    delete_block(space, made.id)
    keep_block(space, "Wide", STACK)


def test_a_block_can_be_handed_on(home: Path) -> None:
    """Its JSON makes the same block in another space; what is none is refused in words, however it is built."""
    made = keep_block(Space(home), "Deep", STACK).block
    assert made is not None
    assert take_block(Space(home, "cookie-" + "b" * 64), made.to_json().encode()).block == made
    deep = '{"kind": "Residual", "body": [' * 5_000 + "]}" * 5_000
    for data in (
        b"\x89PNG",
        b"[]",
        b'{"name": "a", "layers": []}',
        b'{"name": "a", "layers": [{"kind": "System"}]}',
        b'{"name": "a", "format": 99, "layers": [{"kind": "SiLU"}]}',
        f'{{"name": "a", "layers": [{deep}]}}'.encode(),
    ):
        with pytest.raises(SpecError):
            parsed_block(data)
    with pytest.raises(LimitError):
        parsed_block(b" " * 2_000_001)


def test_a_run_of_layers_is_taken_from_where_it_stands() -> None:
    """From a layer on, inside its own stack only."""
    network = Network(trunk=STACK)
    assert run_of(network, "trunk.1", 2) == STACK[1:]
    assert run_of(network, "trunk.2.body.0", 1) == (Linear(out_features=8),)
    with pytest.raises(SpecError, match="not so many layers"):
        run_of(network, "trunk.2.body.1", 2)


def test_a_block_that_does_not_fit_says_which_shape() -> None:
    """The layer that refuses, and what arrives; where nothing is known, it is taken."""
    Block(name="Deep", layers=STACK).check_fits((5,))
    Block(name="Deep", layers=STACK).check_fits(None)
    with pytest.raises(NetworkError, match="block Waves does not fit here: Conv1d needs channels") as told:
        Block(name="Waves", layers=(Conv1d(),)).check_fits((64,))
    assert "64" in told.value.came
    with pytest.raises(NetworkError, match="does not fit here") as told:
        Block(name="Inner", layers=(Linear(out_features=3), Conv1d())).check_fits((7,))
    assert "3" in told.value.came
    assert "7" in told.value.came
    with pytest.raises(NetworkError, match="does not fit"):
        Block(name="Deep", layers=STACK).check_fits(Ids((9,), n_ids=40))

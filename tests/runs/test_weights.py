"""Weights of strangers: lying headers, NaN, other shapes and pickles are refused by name before they are loaded."""

from __future__ import annotations

import json
import struct
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from safetensors.torch import save

from nnlab.errors import NnlabError, StorageError
from nnlab.runs.archive import pack, unpack
from nnlab.runs.checkpoint import packed
from nnlab.runs.workspace import Space
from tests.runs.a_run import make_run
from tests.runs.tampered import everything_in, members, zipped

HOSTILE = Path(__file__).parents[1] / "fixtures" / "archives"
ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def good(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """A downloaded run as it should be."""
    return pack(make_run(tmp_path_factory.mktemp("runs") / "abcdefghij"))


@pytest.fixture
def space(home: Path) -> Space:
    return Space(home)


def refused(data: bytes, space: Space, kind: type[NnlabError] = StorageError) -> str:
    """The sentence of the refusal; nothing may have been written anywhere in the home."""
    with pytest.raises(kind) as caught:
        unpack(data, space)
    assert everything_in(space.home) == []
    assert not holds_folders(space.path / "runs")
    return str(caught.value)


def holds_folders(path: Path) -> bool:
    return path.is_dir() and any(path.iterdir())


@pytest.mark.parametrize("name", ["st_header_lies.safetensors", "st_overlap.safetensors", "st_ok.safetensors"])
@pytest.mark.parametrize("member", ["best.safetensors", "fitted.safetensors"])
def test_lying_weights_are_refused_before_they_are_loaded(name: str, member: str, good: bytes, space: Space) -> None:
    """A header longer than the file, overlapping tensors, weights of something else: the file is named."""
    sentence = refused(zipped({**members(good), member: (HOSTILE / name).read_bytes()}), space)
    assert member in sentence or "preparation" in sentence


def headed(header: object, n_bytes: int = 0) -> bytes:
    text = json.dumps(header).encode() if not isinstance(header, bytes) else header
    return struct.pack("<Q", len(text)) + text + bytes(n_bytes)


@pytest.mark.parametrize(
    "data",
    [
        headed({"w": {"dtype": "F32", "shape": [10**12], "data_offsets": [0, 4 * 10**12]}}, 16),
        headed({"w": {"dtype": "F32", "shape": [2**62, 4], "data_offsets": [0, 0]}}),
        headed({"w": {"dtype": "F32", "shape": [-2, -2], "data_offsets": [0, 16]}}, 16),
        headed({"w": {"dtype": "F32", "shape": [2], "data_offsets": [8, 0]}}, 8),
        headed({"w": {"dtype": "F32", "shape": [2], "data_offsets": [0, 8]}}, 16),
        headed({"w": {"dtype": "F32", "shape": [2], "data_offsets": [8, 16]}}, 16),
        headed({"w": {"dtype": "PICKLE", "shape": [2], "data_offsets": [0, 8]}}, 8),
        headed({"w": {"dtype": "F32", "shape": [True], "data_offsets": [0, 4]}}, 4),
        headed({"w": {"dtype": "F32", "shape": [1.5], "data_offsets": [0, 6]}}, 6),
        headed({"w": ["F32"]}),
        headed({"__metadata__": {"a": 1}}),
        headed(b'{"w": {"dtype":"F32","shape":[1],"data_offsets":[0,4]}, "w": {}}', 4),
        headed(b"[" * 100_000),
        headed(b"[]"),
        headed(b"\xff\xfe"),
        struct.pack("<Q", 2**63),
        b"\x80\x05K\x01.",
        b"",
    ],
)
def test_each_lie_of_a_header_is_refused(data: bytes, good: bytes, space: Space) -> None:
    """Huge, negative, overlapping, gapped, nested, given twice: one sentence that names the file."""
    assert "best.safetensors" in refused(zipped({**members(good), "best.safetensors": data}), space)


def reweighted(good: bytes, change: Callable[[dict[str, torch.Tensor]], None]) -> bytes:
    from safetensors.torch import load as tensors_of

    content = members(good)
    tensors = tensors_of(content["best.safetensors"])
    change(tensors)
    return zipped({**content, "best.safetensors": packed(tensors, {"epoch": 1})})


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_weights_that_are_no_numbers_are_refused_by_the_tensor_s_name(value: float, good: bytes, space: Space) -> None:
    """NaN is named, with its tensor."""

    def change(tensors: dict[str, torch.Tensor]) -> None:
        tensors["head.weight"][0, 3] = value

    sentence = refused(reweighted(good, change), space)
    assert "head.weight" in sentence
    assert ("NaN" if value != value else "infinity") in sentence


def test_weights_of_another_shape_lacking_or_too_many_are_named(good: bytes, space: Space) -> None:
    """Before they are read."""
    assert "trunk.0.bias" in refused(reweighted(good, lambda tensors: tensors.pop("trunk.0.bias")), space)
    more = reweighted(good, lambda tensors: tensors.update(extra=torch.zeros(3)))
    assert "extra" in refused(more, space)
    other = reweighted(good, lambda tensors: tensors.update({"head.weight": torch.zeros(2, 2)}))
    assert "head.weight" in refused(other, space)


def test_weights_without_their_checksum_or_with_a_wrong_one_are_refused(good: bytes, space: Space) -> None:
    """One turned bit is found even where zip and header agree."""
    content = members(good)
    turned = bytearray(content["best.safetensors"])
    turned[-3] ^= 1
    assert "best.safetensors" in refused(zipped({**content, "best.safetensors": bytes(turned)}), space)
    from safetensors.torch import load as tensors_of

    plain = save(tensors_of(content["best.safetensors"]))
    assert "best.safetensors" in refused(zipped({**content, "best.safetensors": plain}), space)


def test_files_that_only_a_hostile_hand_would_add_are_never_unpickled(good: bytes, space: Space) -> None:
    """A pickle under the name of the weights is a damaged file, not a program."""
    data = zipped({**members(good), "best.safetensors": (HOSTILE / "evil_model.pt").read_bytes()})
    assert "best.safetensors" in refused(data, space)
    assert not Path("/tmp/nnlab_canary_pickle").exists()

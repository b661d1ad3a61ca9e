"""Tensors on disk: exact, and never wrong without a word."""

from __future__ import annotations

import random
from pathlib import Path

import pytest
import torch

from nnlab.errors import NotFoundError, StorageError
from nnlab.runs.checkpoint import damage, packed, told_of, unpacked
from nnlab.runs.files import write_bytes
from tests.batteries import battery


def given_file(path: Path) -> dict[str, torch.Tensor]:
    generator = torch.Generator().manual_seed(0)
    weight = torch.randn(17, 5, generator=generator)
    tensors = {
        "weight": weight,
        "tied": weight,
        "transposed": weight.t(),
        "nothing": torch.zeros(0, 3),
        "one": torch.tensor(3.5),
        "whole": torch.arange(7),
        "yes": torch.tensor([True, False]),
        "half": torch.randn(9, generator=generator).to(torch.bfloat16),
        "strange": torch.tensor([float("nan"), float("inf"), -0.0]),
    }
    write_bytes(path, packed(tensors, {"step": 12, "loss": 0.1 + 0.2, "none": None}))
    return tensors


def test_what_is_read_is_what_was_written(tmp_path: Path) -> None:
    """Every bit of every tensor and number, shared and empty ones included."""
    tensors = given_file(tmp_path / "last.safetensors")
    back, plain = unpacked(tmp_path / "last.safetensors")
    assert set(back) == set(tensors)
    for name, tensor in tensors.items():
        assert back[name].dtype == tensor.dtype
        assert torch.equal(back[name].flatten().view(torch.uint8), tensor.contiguous().flatten().view(torch.uint8))
    assert plain == {"format": 1, "step": 12, "loss": 0.1 + 0.2, "none": None}
    assert told_of(tmp_path / "last.safetensors")["step"] == 12
    assert damage(tmp_path / "last.safetensors") == ""


def test_a_turned_bit_or_a_cut_is_found_and_the_file_named(tmp_path: Path) -> None:
    """Anywhere in the file: header, metadata, tensors. Blanks that pad the header carry nothing and may turn."""
    path = tmp_path / "last.safetensors"
    given_file(path)
    whole = path.read_bytes()
    places = random.Random(0).sample(range(len(whole)), battery(80, len(whole)))
    for place in places:
        if whole[place : place + 1] == b" ":
            continue
        turned = bytearray(whole)
        turned[place] ^= 1 << (place % 8)
        path.write_bytes(turned)
        with pytest.raises(StorageError) as caught:
            unpacked(path)
        assert "last.safetensors" in caught.value.where
        path.write_bytes(whole[:place])
        assert damage(path)


def test_a_missing_file_is_missing_and_not_damaged(tmp_path: Path) -> None:
    """The two call for different help."""
    with pytest.raises(NotFoundError):
        unpacked(tmp_path / "last.safetensors")
    assert damage(tmp_path / "last.safetensors") == "missing"
    assert told_of(tmp_path / "last.safetensors") == {}


def test_a_newer_format_is_refused_by_name(tmp_path: Path) -> None:
    """What a later version wrote is not guessed at."""
    path = tmp_path / "last.safetensors"
    write_bytes(path, packed({"x": torch.zeros(1)}, {"format": 99}))
    with pytest.raises(StorageError, match="another version"):
        unpacked(path)

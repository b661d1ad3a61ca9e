"""Random numbers of a run: streams derived from its seed, and the exact state of torch's default generators."""

from __future__ import annotations

import hashlib

import torch
from torch import Tensor

RandomState = dict[str, Tensor]  # device family -> state of its default generator, bytes on the CPU


def stream_seed(seed: int, *purpose: str | int) -> int:
    """A seed of its own for one purpose: streams of neighbouring seeds and purposes have nothing in common."""
    text = ":".join(str(part) for part in (seed, *purpose))
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:8], "big") >> 1


def shuffled_rows(n_rows: int, seed: int, epoch: int) -> Tensor:
    """The order in which an epoch (from 0) sees the rows: int64 (N,), the same on every machine, nothing to store."""
    generator = torch.Generator().manual_seed(stream_seed(seed, "order", epoch))
    return torch.randperm(n_rows, generator=generator)


def first_state(seed: int, device: torch.device) -> RandomState:
    """The state in which a run's dropout begins; the default generators stay untouched."""
    begin = stream_seed(seed, "steps")
    families = ["cpu"] if device.type == "cpu" else ["cpu", device.type]
    return {family: torch.Generator(family).manual_seed(begin).get_state() for family in families}


def current_state(device: torch.device) -> RandomState:
    """The state of the default generators that a run on this device draws from."""
    state = {"cpu": torch.get_rng_state()}
    if device.type == "cuda":
        state["cuda"] = torch.cuda.get_rng_state(device)
    elif device.type == "mps":
        state["mps"] = torch.mps.get_rng_state()
    return state


def set_state(state: RandomState, device: torch.device) -> None:
    """Puts the default generators into a state."""
    torch.set_rng_state(state["cpu"])
    if device.type == "cuda":
        torch.cuda.set_rng_state(state["cuda"], device)
    elif device.type == "mps":
        torch.mps.set_rng_state(state["mps"])

"""The benchmark of training: whole runs beside loops, arms in turn, and rows that say what was measured."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest
import torch

from nnlab.bench import parts, peers, train
from nnlab.bench.train import KINDS, Kind, Loop
from nnlab.errors import NnlabError, SpecError, TrainingError
from nnlab.machine import Choice, Device
from nnlab.runs import trainer
from nnlab.training.race import LOOK_AT

TINY = replace(KINDS[0], n_rows=320)


def test_a_run_and_the_loops_take_turns_and_what_comes_before_tracing_is_not_timed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """With a clock that only the arms move: ratios are of one round, and each arm trains as many epochs."""
    now, order, n_epochs = 0.0, [], []
    monkeypatch.setattr(train, "perf_counter", lambda: now)
    monkeypatch.setattr(train, "ROUND_S", 4.0)
    step, n_steps = train.Engine.run, 0

    def slow_run(engine: Any) -> Any:
        nonlocal now, n_steps
        for event in step(engine):
            is_epoch = isinstance(event, train.Epoch)
            n_steps += not is_epoch
            now += 1.0 if is_epoch else 0.0
            order.append("nnlab") if is_epoch and engine.step > LOOK_AT + 10 else None
            yield event

    monkeypatch.setattr(train.Engine, "run", slow_run)

    def other(name: str, seconds: float) -> Loop:
        def run(epochs: int) -> None:
            nonlocal now
            now += seconds * epochs
            order.append(name)
            n_epochs.append(epochs)

        return Loop(name, run)

    rows = train.side_by_side(TINY, 32, [other("plain", 2.0), other("other", 3.0)], n_rounds=2)
    assert {row.arm: row.ratios for row in rows} == {"plain": (1.0, 1.0), "other": (1.5, 1.5), "nnlab": (0.5, 0.5)}
    assert [row.us_per_step for row in rows] == [2e5, 3e5, 1e5]
    assert n_epochs == [1, 1, 1, 2, 2, 2, 2]
    assert order[3:] == ["nnlab", "nnlab", "plain", "other"] * 2


def test_members_are_timed_beside_as_many_plain_loops(monkeypatch: pytest.MonkeyPatch) -> None:
    """A whole run of them, whose step is one of all."""
    monkeypatch.setattr(train, "ROUND_S", 0.0)
    plain, members = train.member_rows(kinds=(TINY,), n_rounds=1, n_members=2)
    assert (plain.arm, members.arm) == ("2 plain", "2 members")
    assert plain.ratios == (1.0,)
    assert 0 < members.ratios[0]
    assert set(members.plain()) == {"network", "batch", "arm", "us_per_step", "ratio"}


def test_rows_say_network_batch_arm_and_ratios_as_json(monkeypatch: pytest.MonkeyPatch) -> None:
    """One thread while it runs and as many as before afterwards; every arm of every batch size."""
    monkeypatch.setattr(train, "ROUND_S", 0.0)
    monkeypatch.setattr(train, "BATCHES", (32,))
    threads = torch.get_num_threads()
    rows = train.train_rows(kinds=(TINY,), n_rounds=1)
    assert torch.get_num_threads() == threads
    plain = json.loads(json.dumps([row.plain() for row in rows]))
    assert [(row["network"], row["batch"], row["arm"]) for row in plain] == [
        ("tiny", 32, "plain"),
        ("tiny", 32, "dataloader"),
        ("tiny", 32, "nnlab"),
    ]
    assert plain[0]["ratio"] == {"min": 1.0, "median": 1.0, "max": 1.0}
    assert all(set(row) == {"network", "batch", "arm", "us_per_step", "ratio"} for row in plain)
    assert all(row["us_per_step"] > 0 for row in plain)
    assert "batch 32" in str(rows[0])


def test_the_networks_are_those_that_people_train_here() -> None:
    """Each makes a batch of outputs of the right size, and rows with targets that its loss takes."""
    assert [kind.name for kind in KINDS] == ["tiny", "mid", "wide", "cnn", "lstm", "transformer"]
    for kind in KINDS:
        x, y = kind.data()
        assert len(x) == len(y) == kind.n_rows
        outputs = kind.made()(x[:4])
        assert outputs.shape == (4, kind.n_outputs)
        assert kind.loss(outputs, y[:4]).isfinite()


def test_peers_are_those_installed_and_train(monkeypatch: pytest.MonkeyPatch) -> None:
    """scikit-learn is always there; it has no convolutions and leaves such networks out."""
    monkeypatch.setattr(peers, "PEERS", {"sklearn": peers._sklearn, "no_such_library": None})
    (peer,) = peers.peers(TINY, 32)
    assert peer.name == "scikit-learn"
    peer.run(1)
    assert peers.peers(KINDS[3], 32) == []


def test_a_peer_that_is_half_installed_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    """What it lacks is said, not traced."""

    def lacking(kind: object, batch_size: int) -> None:
        raise ModuleNotFoundError("No module named 'yaml'")

    monkeypatch.setattr(peers, "PEERS", {"sklearn": lacking})
    with pytest.raises(SpecError, match=r"sklearn: .* cannot be loaded.*No module named 'yaml'"):
        peers.peers(TINY, 32)


def test_every_arm_trains_on_the_device_that_is_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    """The loops move network and rows there, the run is told; what is not here, and peers elsewhere, are refused."""
    made = train.plain_loop(replace(TINY, device="meta"), 32)
    with pytest.raises(RuntimeError, match="meta"):  # a device without numbers has no loss to read
        made.run(1)
    asked: list[Kind] = []
    monkeypatch.setattr(train, "choose", lambda wanted: Choice(Device(f"{wanted}:0", "one without numbers"), ""))
    monkeypatch.setattr(train, "side_by_side", lambda kind, *_: asked.append(kind) or [])
    assert parts.bench(["train"], device="meta") == []
    assert {kind.device for kind in asked} == {"meta"}
    with pytest.raises(SpecError, match="other libraries are timed on the processor"):
        parts.bench(["train"], device="meta", with_peers=True)
    monkeypatch.undo()
    with pytest.raises(TrainingError, match="this device is not on this machine"):
        parts.bench(["train"], device="no_such_device")


def test_peers_are_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    """Only with the flag."""
    asked: list[bool] = []
    monkeypatch.setattr(train, "train_rows", lambda with_peers, device: asked.append(with_peers) or [])
    assert parts.bench(["train"]) == parts.bench(["train"], with_peers=True) == []
    assert asked == [False, True]


def test_a_run_that_fails_is_no_figure(monkeypatch: pytest.MonkeyPatch) -> None:
    """What went wrong is said instead of a time."""

    def failing(self: Any) -> Any:
        raise trainer.TrainingError("planted")
        yield

    monkeypatch.setattr(train._Timed, "run", failing)
    kind: Kind = TINY
    with pytest.raises(NnlabError, match="planted"):
        train.side_by_side(kind, 32, [Loop("plain", lambda n_epochs: None)], 1)

"""Events: appended, never changed, read as they come, whatever happened to the last line."""

from __future__ import annotations

import json
import math
import os
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nnlab.errors import StorageError
from nnlab.runs import files
from nnlab.runs.events import STRETCH_AT, EventLog, EventReader, curves, effective, last_telling, read_events
from tests.batteries import battery


def test_lines_carry_step_epoch_and_a_heartbeat_that_goes_on(tmp_path: Path) -> None:
    """Each line is a JSON object; the next writer's numbers go on from the last one's."""
    path = tmp_path / "events.jsonl"
    with EventLog(path) as log:
        assert log.is_new
        log.write("started", 0, 0)
        log.write("step", 1, 1, loss=0.5)
    with EventLog(path) as log:
        assert not log.is_new
        log.write("resumed", 1, 1)
    lines = [json.loads(line) for line in path.read_text().splitlines()]
    assert [(line["event"], line["step"], line["epoch"], line["n"]) for line in lines] == [
        ("started", 0, 0, 1),
        ("step", 1, 1, 2),
        ("resumed", 1, 1, 3),
    ]


@given(cut=st.integers(0, 400))
@settings(max_examples=battery(60, 400), deadline=None)
def test_a_torn_end_is_ignored_and_the_next_line_starts_afresh(
    cut: int, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """Cut anywhere: every whole line is read, and what is appended afterwards is read too."""
    path = tmp_path_factory.mktemp("torn") / "events.jsonl"
    with EventLog(path) as log:
        for step in range(1, 5):
            log.write("step", step, 1, loss=0.5)
    whole = path.read_bytes()
    os.truncate(path, max(0, len(whole) - cut))
    left = path.read_bytes()
    n_kept = sum(1 for line in left.split(b"\n") if _is_object(line))
    n_ended = left.count(b"\n")
    assert len(read_events(path)) == n_ended
    with EventLog(path) as log:
        log.write("resumed", 0, 0)
    events = read_events(path)
    assert [event["step"] for event in events[:-1]] == list(range(1, n_kept + 1))
    assert events[-1]["event"] == "resumed"


def test_a_reader_gets_each_event_once_and_half_a_line_never(tmp_path: Path) -> None:
    """Whoever follows a run reads only the bytes that are new."""
    path = tmp_path / "events.jsonl"
    reader = EventReader(path)
    assert reader.new() == []
    with EventLog(path) as log:
        log.write("step", 1, 1)
        assert [event["step"] for event in reader.new()] == [1]
        assert reader.new() == []
        with path.open("ab") as file:
            file.write(b'{"event": "step", "st')
            file.flush()
            assert reader.new() == []
            file.write(b'ep": 2}\n')
        assert [event["step"] for event in reader.new()] == [2]


def test_later_events_supersede_those_after_the_step_resumed_from() -> None:
    """Killed at step 9, resumed from 4: what was said of 5 to 9 counts no more, nor does an earlier word on step 4."""
    told = [
        {"event": "started", "step": 0},
        *({"event": "step", "step": step, "loss": 1.0} for step in (1, 4, 5, 9)),
        {"event": "epoch", "step": 8, "epoch": 2, "best_epoch": 2, "train_loss": 1.0},
        {"event": "resumed", "step": 4},
        *({"event": "step", "step": step, "loss": 2.0} for step in (5, 7)),
        {"event": "epoch", "step": 4, "epoch": 1, "best_epoch": 1, "train_loss": 2.0},
    ]
    drawn = curves(told)
    assert drawn.step.tolist() == [1, 4, 5, 7]
    assert drawn.step_loss.tolist() == [1.0, 1.0, 2.0, 2.0]
    assert drawn.epoch.tolist() == [1]
    assert drawn.best_epoch == 1
    assert drawn.resumed_at == (4,)
    assert last_telling(told) == {"event": "resumed", "step": 4}
    again = [{"event": "epoch", "step": 4, "epoch": 1}, {"event": "resumed", "step": 4}]
    assert (
        len([e for e in effective([*again, {"event": "epoch", "step": 4, "epoch": 1}]) if e["event"] == "epoch"]) == 1
    )


def test_a_loss_that_is_not_finite_is_written_as_null_and_drawn_as_a_gap(tmp_path: Path) -> None:
    """JSON has no NaN; the line stays readable for everybody."""
    path = tmp_path / "events.jsonl"
    with EventLog(path) as log:
        log.write("step", 1, 1, loss=math.inf)
    assert json.loads(path.read_text())["loss"] is None
    assert math.isnan(curves(read_events(path)).step_loss[0])


def test_a_long_run_tells_ever_more_seldom(tmp_path: Path) -> None:
    """After 10 000 lines the gap doubles, and again after as many."""
    with EventLog(tmp_path / "events.jsonl") as log:
        for n, factor in ((0, 1), (STRETCH_AT - 1, 1), (STRETCH_AT, 2), (3 * STRETCH_AT, 8)):
            log.n = n
            assert log.gap_s(0.05) == 0.05 * factor


def test_a_full_disk_is_an_error_with_a_reason(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The writer learns that the line is not there; what was there is whole."""
    path = tmp_path / "events.jsonl"
    with EventLog(path) as log:
        log.write("step", 1, 1)
        monkeypatch.setattr(files, "before", _full)
        with pytest.raises(StorageError) as caught:
            log.write("step", 2, 1)
        monkeypatch.setattr(files, "before", None)
        assert caught.value.reason == "disk full"  # type: ignore[attr-defined]
        log.write("step", 3, 1)
    assert [event["step"] for event in read_events(path)] == [1, 3]
    assert [event["n"] for event in read_events(path)] == [1, 2]


def _full(operation: str, path: Path) -> None:
    raise OSError(28, os.strerror(28))


def _is_object(line: bytes) -> bool:
    try:
        return isinstance(json.loads(line), dict)
    except ValueError:
        return False

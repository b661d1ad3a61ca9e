"""The benchmark: arms take turns, ratios are of one round, and every part can be asked for."""

from __future__ import annotations

import pytest

from nnlab.bench import parts, rows
from nnlab.errors import SpecError
from nnlab.runs import measure


def test_arms_take_turns_and_the_first_round_does_not_count(monkeypatch: pytest.MonkeyPatch) -> None:
    """With a clock of our own: the ratio is the arm's time over the base's in the same round."""
    now, order = 0.0, []
    monkeypatch.setattr(rows.time, "perf_counter", lambda: now)

    def arm(name: str, seconds: list[float]) -> rows.Arm:
        left = iter(seconds)

        def work() -> None:
            nonlocal now
            order.append(name)
            now += next(left)

        return work

    base, other = arm("base", [100, 1, 2]), arm("other", [1, 4, 6])
    (row,) = rows.side_by_side("part", ("base", base), {"other": other}, n_rounds=2)
    assert order == ["base", "other"] * 3
    assert row.ratios == (4.0, 3.0)
    assert row.seconds == 5.0
    assert row.plain()["ratio"] == {"min": 3.0, "median": 3.5, "max": 4.0}
    assert "3.000 – 3.500 – 4.000" in str(row)


def test_an_unknown_part_is_refused_before_anything_is_timed(monkeypatch: pytest.MonkeyPatch) -> None:
    """With the nearest name."""
    monkeypatch.setitem(parts.PARTS, "train", lambda: pytest.fail("it was timed"))
    with pytest.raises(SpecError, match="Did you mean prepare"):
        parts.bench(["train", "prepar"])


def test_nothing_said_times_all_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    """In their order, each with its rows."""
    assert list(parts.PARTS) == ["start", "queue", "train", "prepare", "read", "network"]
    for name in parts.PARTS:
        row = rows.Row(name, "arm", "base", (1.0,), 1.0)
        monkeypatch.setitem(parts.PARTS, name, lambda row=row: [row])
    assert [row.part for row in parts.bench()] == list(parts.PARTS)


def test_start_is_an_idle_worker_against_a_cold_process(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each warm start over the median cold one."""
    times = measure.StartTimes(cold_s=(4.0, 2.0, 3.0), warm_s=(0.03, 0.06))
    monkeypatch.setattr(measure, "measure_start", lambda: times)
    (row,) = parts.bench(["start"])
    assert row.ratios == (0.01, 0.02)


def test_rows_are_those_of_the_table_to_prepare(monkeypatch: pytest.MonkeyPatch) -> None:
    """Other parts know nothing of them."""
    asked: list[int | None] = []
    monkeypatch.setitem(parts.PARTS, "prepare", lambda n_rows=None: asked.append(n_rows) or [])
    monkeypatch.setitem(parts.PARTS, "network", list)
    parts.bench(["prepare", "network"], n_rows=5000)
    parts.bench(["prepare"])
    assert asked == [5000, None]

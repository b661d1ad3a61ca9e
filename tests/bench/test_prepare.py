"""The measured preparation does what the ColumnTransformer does, and every figure says of what it is a multiple."""

from __future__ import annotations

import pytest

from nnlab.bench import prepare
from nnlab.bench.rows import Figure, Row


def test_both_give_the_same_numbers() -> None:
    """To a millionth, for every row and every number that a row becomes."""
    assert prepare.largest_difference(2_000) <= 1


def test_the_table_is_of_mixed_kinds() -> None:
    """Twelve numbers and eight columns of levels, each with a few missing, and a target without."""
    frame = prepare.mixed_frame(500)
    assert frame.shape == (500, 21)
    assert frame.isna().any().sum() == 20


@pytest.mark.parametrize("arm", prepare.ARMS)
def test_an_arm_is_timed_with_its_memory(arm: str) -> None:
    """The output is 77 numbers a row of four bytes."""
    found = prepare.measured(arm, 1_000)
    assert found["output_bytes"] == 1_000 * 77 * 4
    assert all(found[f"{turn}, {clock}"] > 0 for turn in prepare.PASSES for clock in prepare.CLOCKS)
    assert found["extra_bytes"] >= 0


def test_rows_say_what_was_measured(monkeypatch: pytest.MonkeyPatch) -> None:
    """Ratios are of one round; memory is a multiple of the output; the processes are run by the benchmark alone."""
    timed = ["first pass, CPU", "first pass, wall", "second pass, CPU", "second pass, wall"]
    said = {
        "nnlab": dict(zip(timed, (1.0, 2.0, 3.0, 4.0), strict=True)) | {"extra_bytes": 110.0, "output_bytes": 100.0},
        "ColumnTransformer": dict.fromkeys(timed, 10.0) | {"extra_bytes": 300.0, "output_bytes": 100.0},
    }
    monkeypatch.setattr(prepare, "_in_a_process", lambda arm, n_rows: said[arm])
    monkeypatch.setattr(prepare, "largest_difference", lambda: 0.25)
    assert prepare.prepare_rows(1_000_000, 2) == [
        *(
            Row("prepare", f"fit and apply, 1 000 000 × 20, {each}", "ColumnTransformer", (place / 10,) * 2, place)
            for place, each in enumerate(timed, start=1)
        ),
        Figure("prepare", "extra memory of nnlab", 1.1, "times the output"),
        Figure("prepare", "extra memory of ColumnTransformer", 3.0, "times the output"),
        Figure("prepare", "largest difference of a number", 0.25, "millionths"),
    ]

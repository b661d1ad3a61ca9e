"""Whatever happened to a file, reading it ends in a table or in an error of ours, soon and in little memory."""

from __future__ import annotations

import os
import random
import subprocess
import sys
from pathlib import Path

import pytest

from tests.batteries import battery
from tests.data.mutations import damaged

SEEDS = Path(__file__).parent / "seeds"
ROOT = SEEDS.parents[2]


@pytest.mark.parametrize("seed", range(battery(1, 2)))
def test_damage_ends_in_a_table_or_an_error_of_ours(seed: int) -> None:
    """No hang, no traceback, no more than 1 GB; what fails can be made again from its number."""
    command = [sys.executable, "-W", "error", "-m", "tests.data.mutations", str(SEEDS), str(seed)]
    alone = {**os.environ, "OMP_NUM_THREADS": "1"}  # every thread takes address space
    n_bytes = battery(200_000, 500_000)
    done = subprocess.run([*command, str(n_bytes)], cwd=ROOT, env=alone, capture_output=True, text=True, timeout=250)
    lines = done.stdout.splitlines()
    assert [line for line in lines if line.startswith("failed")] == []
    assert done.returncode == 0, (lines[-1:], done.stderr[-2000:])
    assert lines[-1].startswith("read ")


def test_the_same_number_makes_the_same_file() -> None:
    """A failure that was printed can be looked at; another number is another file."""
    files = [path.read_bytes() for path in sorted(SEEDS.iterdir())]
    first, second = ([damaged(files, random.Random(f"0/{number}")) for number in range(50)] for _ in range(2))
    assert first == second
    assert len(set(first)) > 45

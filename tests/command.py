"""The command line as tests call it: in this process where they can, as a program of its own where they must."""

from __future__ import annotations

import contextlib
import io
import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from nnlab.cli import main

ROOT = Path(__file__).resolve().parents[1]
SAMPLES = ROOT / "samples"


@dataclass(frozen=True)
class Answer:
    """What a command left: its exit status, stdout and stderr."""

    status: int
    out: str
    err: str

    @property
    def data(self) -> Any:
        """The one JSON value on stdout; anything else there, and NaN, is an error."""
        return json.loads(self.out, parse_constant=lambda name: no_json(name))


def no_json(name: str) -> None:
    raise AssertionError(f"{name} is no JSON")


def nnlab(*arguments: str | Path) -> Answer:
    """The command, carried out in this process."""
    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        status = main([str(argument) for argument in arguments])
    return Answer(status, out.getvalue(), err.getvalue())


def told(*arguments: str | Path) -> Any:
    """What the command says as JSON; it has to succeed."""
    answer = nnlab(*arguments, "--json")
    assert answer.status == 0, answer
    return answer.data


def program(*arguments: str | Path, cwd: Path, **more: Any) -> subprocess.Popen[str]:
    """The command as a program of its own, standing in `cwd`."""
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1"}
    command = [sys.executable, "-m", "nnlab", *(str(argument) for argument in arguments)]
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, **more}
    return subprocess.Popen(command, cwd=cwd, env=environment, text=True, **pipes)


def few_penguins(path: Path, n_rows: int = 120) -> Path:
    """A CSV with every so many rows of the sample, so that each species is there."""
    frame = pd.read_csv(SAMPLES / "penguins.csv", keep_default_na=False, dtype=str)
    frame.iloc[:: len(frame) // n_rows][:n_rows].to_csv(path, index=False)
    return path

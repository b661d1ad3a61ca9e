"""Trains runs in children of a warm process and kills them: `python -m tests.runs.forked`, a JSON plan a line of stdin.

A plan is a list of {"run": PATH, "kill_after_lines": n | null, "kill_after_saved": n | null, "kill_at": event | null,
"exit_at": n | null, "ballast_mb": n}; "kill_after_saved" counts the lines after this child's first `saved`. A child is
forked before any backward pass, so that it has no thread to lose; only tests do so, nnlab itself always spawns. Answers
each plan with a line: a JSON list of {"code", "n_operations"} in its order.
"""

from __future__ import annotations

import json
import os
import signal
import sys
import time
from pathlib import Path
from typing import Any

import torch
import torch._dynamo

from nnlab.runs import assemble, files, saver
from nnlab.runs.folder import RunFolder
from nnlab.runs.lock import Holder, start_of
from nnlab.runs.state import write_exit
from nnlab.runs.trainer import train
from nnlab.training import race

PATIENCE_S = 60.0


def has(path: str, name: str) -> bool:
    """Whether the run's file of events holds one of this name."""
    return any(event["event"] == name for event in RunFolder(path).all_events())


def n_lines(path: str) -> int:
    """How many events the run has told of."""
    try:
        return (Path(path) / "events.jsonl").read_bytes().count(b"\n")
    except OSError:
        return 0


def n_lines_after_saved(path: str, n_before: int) -> int:
    """How many events were told after the first state saved by whoever wrote the lines after so many; -1 before it."""
    told = [event["event"] for event in RunFolder(path).all_events()[n_before:]]
    return len(told) - told.index("saved") - 1 if "saved" in told else -1


def has_not_said(plan: dict[str, Any], n_before: int) -> bool:
    return n_lines_after_saved(plan["run"], n_before) < plan["kill_after_saved"]


def lives(pid: int) -> bool:
    """Whether the child has not ended by itself; it stays to be waited for."""
    return os.waitid(os.P_PID, pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is None


def child(plan: dict[str, Any], counted: int) -> None:
    n_done = 0

    def before(operation: str, path: Path) -> None:
        nonlocal n_done
        n_done += 1
        if n_done == plan.get("exit_at"):
            os._exit(9)

    files.before = before
    ballast = bytearray(plan.get("ballast_mb", 0) * 1_000_000)
    ballast[::4096] = b"x" * len(ballast[::4096])
    train(RunFolder(plan["run"]))
    os.write(counted, str(n_done).encode())
    os._exit(0)


def carried_out(plan: dict[str, Any]) -> dict[str, Any]:
    """Forks one child for this run, ends it as planned, and tells what became of it."""
    reading, writing = os.pipe()
    began = time.monotonic()
    n_before = n_lines(plan["run"])
    pid = os.fork()
    if pid == 0:
        os.close(reading)
        child(plan, writing)
    os.close(writing)
    holder = Holder(pid, start_of(pid))
    if plan.get("kill_after_lines") is not None:
        while time.monotonic() < began + PATIENCE_S and n_lines(plan["run"]) < plan["kill_after_lines"]:
            time.sleep(0.0005)
        os.kill(pid, signal.SIGKILL)
    if plan.get("kill_after_saved") is not None:
        while time.monotonic() < began + PATIENCE_S and has_not_said(plan, n_before) and lives(pid):
            time.sleep(0.002)
        os.kill(pid, signal.SIGKILL)
    if plan.get("kill_at") is not None:
        while time.monotonic() < began + PATIENCE_S and not has(plan["run"], plan["kill_at"]):
            time.sleep(0.02)
        os.kill(pid, signal.SIGKILL)
    _, status = os.waitpid(pid, 0)
    code = os.waitstatus_to_exitcode(status)
    n_operations = os.read(reading, 20).decode()
    os.close(reading)
    if plan.get("is_told") and code:
        write_exit(RunFolder(plan["run"]), holder, code)
    return {"code": code, "n_operations": int(n_operations or 0)}


def main() -> None:
    torch.set_num_threads(1)
    saver.EXACT_GAP_S, saver.FIRST_COST_S = 0.02, 0.001
    race._likely_cost_s = lambda module: 0.0  # a run goes from eager to traced steps, and begins with eager ones again
    race.LEAST_GAIN = -100.0
    is_warm = False
    for line in sys.stdin:
        plans = json.loads(line)
        if not is_warm:  # first-use costs, paid once for all children
            _, engine = assemble.assemble(RunFolder(plans[0]["run"]))
            engine.state()
            is_warm = True
        print(json.dumps([carried_out(plan) for plan in plans]), flush=True)


if __name__ == "__main__":
    main()

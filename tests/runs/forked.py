"""Trains runs in children of a warm process and kills them: `python -m tests.runs.forked PLAN` with a JSON plan.

The plan is a list of {"run": PATH, "kill_after_s": seconds | null, "exit_at": n | null, "ballast_mb": n}. A child is
forked before any backward pass, so that it has no thread to lose; only tests do so, nnlab itself always spawns. Prints
a JSON list of {"code", "n_operations"} in the plan's order.
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


def main(path: str) -> None:
    torch.set_num_threads(1)
    saver.EXACT_GAP_S, saver.FIRST_COST_S = 0.02, 0.001
    plans = json.loads(Path(path).read_text())
    _, engine = assemble.assemble(RunFolder(plans[0]["run"]))  # first-use costs, paid once for all children
    engine.state()
    told = []
    for plan in plans:
        reading, writing = os.pipe()
        began = time.monotonic()
        pid = os.fork()
        if pid == 0:
            os.close(reading)
            child(plan, writing)
        os.close(writing)
        holder = Holder(pid, start_of(pid))
        if plan.get("kill_after_s") is not None:
            time.sleep(max(0.0, plan["kill_after_s"]))
            os.kill(pid, signal.SIGKILL)
        _, status = os.waitpid(pid, 0)
        code = os.waitstatus_to_exitcode(status)
        n_operations = os.read(reading, 20).decode()
        os.close(reading)
        if plan.get("is_told") and code:
            write_exit(RunFolder(plan["run"]), holder, code)
        told.append({"code": code, "n_operations": int(n_operations or 0), "seconds": time.monotonic() - began})
    print(json.dumps(told))


if __name__ == "__main__":
    main(sys.argv[1])

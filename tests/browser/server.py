"""A real nnlab server for the browser tests: started, waited for, killed by its own pid."""

from __future__ import annotations

import contextlib
import itertools
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PATIENCE_S = 60.0


# Below the ports that a system gives by itself, and a range for each of the processes that test side by side.
PORTS = itertools.count(20_000 + 1_000 * int(os.environ.get("PYTEST_XDIST_WORKER", "gw0")[2:]) + os.getpid() % 500)


def free_port() -> int:
    """A port of 127.0.0.1 that nobody listens on at this moment."""
    while True:
        port = next(PORTS)
        with socket.socket() as probe, contextlib.suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return port


@dataclass
class Server:
    """`streamlit run` of a script, as a rule the app, on 127.0.0.1, with a workspace folder of its own."""

    home: Path
    mode: str = "single"
    port: int = field(default_factory=free_port)
    limits: str = ""
    script: str = "app.py"
    process: subprocess.Popen[bytes] | None = None

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> Server:
        """Starts it and waits until it answers; raises with its last words where it does not."""
        log = self.home.parent / f"server-{self.port}.log"
        log.parent.mkdir(parents=True, exist_ok=True)
        environment = {**os.environ, "NNLAB_HOME": str(self.home), "NNLAB_MODE": self.mode, "PYTHONPATH": str(ROOT)}
        if self.limits:
            environment["NNLAB_LIMITS"] = self.limits
        command = [sys.executable, "-m", "streamlit", "run", self.script, "--server.headless", "true"]
        command += ["--server.address", "127.0.0.1", "--server.port", str(self.port)]
        with log.open("ab") as sink:
            self.process = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=sink, stderr=sink)
        until = time.monotonic() + PATIENCE_S
        while time.monotonic() < until:
            is_there = self.answers()
            if self.process.poll() is not None:
                break  # whoever answers on its port is another
            if is_there:
                return self
            time.sleep(0.1)
        raise AssertionError(f"the server did not come up:\n{log.read_text(errors='replace')[-4000:]}")

    def answers(self) -> bool:
        """Whether the server says that it is well."""
        with contextlib.suppress(OSError), urllib.request.urlopen(self.address + "/_stcore/health", timeout=2):
            return True
        return False

    def kill(self) -> None:
        """Ends it as a crash would: SIGKILL to its own pid and nobody else's."""
        if self.process and self.process.poll() is None:
            self.process.send_signal(signal.SIGKILL)
            self.process.wait()

    def log(self) -> str:
        """What it has written so far."""
        return (self.home.parent / f"server-{self.port}.log").read_text(errors="replace")

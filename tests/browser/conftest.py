"""A real Chromium and a real server for every test in this folder."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, sync_playwright

from tests.browser.server import Server

# No lookup of anybody's servers: the browser talks to 127.0.0.1 alone.
CHROMIUM_FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """One Chromium for the whole session; tests open contexts of their own."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=os.environ.get("CHROMIUM") or None, args=CHROMIUM_FLAGS)
        yield browser
        browser.close()


def end_workers(home: Path) -> None:
    """Ends the workers and jobs of this workspace, told by their environment, and no other process."""
    marker = f"NNLAB_HOME={home}".encode()
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            is_ours = marker in (entry / "environ").read_bytes().split(b"\0")
            if is_ours and int(entry.name) != os.getpid():
                os.kill(int(entry.name), signal.SIGKILL)
        except OSError:  # it has ended meanwhile, or belongs to somebody else
            continue


@pytest.fixture
def server(home: Path) -> Iterator[Server]:
    """A server in single mode with an empty workspace."""
    running = Server(home).start()
    yield running
    running.kill()
    end_workers(home)

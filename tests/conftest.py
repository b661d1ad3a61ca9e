"""What every test gets: a workspace of its own, one thread, and the options of scripts/test."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.timed import Timed

if os.environ.get("NNLAB_TEST_CUDA") != "1":  # equal bits are promised on the processor; children inherit this
    os.environ["CUDA_VISIBLE_DEVICES"] = ""


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--pictures", action="store_true", help="renew the pictures that README shows")


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Prints what tests measured: a figure is told, not judged, for nobody knows what else the machine does."""
    for reports in terminalreporter.stats.values():
        for report in reports:
            for name, told in getattr(report, "user_properties", ()):
                if name == "measured" and report.when == "call":
                    terminalreporter.write_line(f"measured: {told}")


@pytest.fixture
def measured(record_property: Callable[[str, object], None]) -> Callable[[str], None]:
    """Takes a sentence with a figure that is printed at the end."""
    return lambda told: record_property("measured", told)


@pytest.fixture
def timed(measured: Callable[[str], None]) -> Timed:
    """Tells the seconds of the processor that a block took; a test of what may hang has a timeout of its own."""

    @contextmanager
    def told(what: str) -> Iterator[None]:
        began = time.process_time()
        yield
        measured(f"{what}: {time.process_time() - began:.2f} s of the processor")

    return told


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A fresh workspace folder; no test ever writes into the real one."""
    folder = tmp_path / "home"
    monkeypatch.setenv("NNLAB_HOME", str(folder))
    monkeypatch.delenv("NNLAB_MODE", raising=False)
    return folder

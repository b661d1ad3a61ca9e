"""What every test gets: a workspace of its own, one thread, and the options of scripts/test."""

from __future__ import annotations

from pathlib import Path

import pytest


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--pictures", action="store_true", help="renew the pictures that README shows")


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A fresh workspace folder; no test ever writes into the real one."""
    folder = tmp_path / "home"
    monkeypatch.setenv("NNLAB_HOME", str(folder))
    monkeypatch.delenv("NNLAB_MODE", raising=False)
    return folder

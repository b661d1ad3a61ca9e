"""Pages driven as a person drives them, entering by the frame that the server runs, each in a workspace of its own."""

from __future__ import annotations

import functools
import gc
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from streamlit.components.v2 import manifest_scanner
from streamlit.runtime.context import ContextProxy
from streamlit.testing.v1 import AppTest

from nnlab.runs import audit_job
from nnlab.runs.project import Project
from nnlab.runs.workspace import Space
from nnlab.runs.workspace import home as home_folder

ROOT = Path(__file__).resolve().parents[2]
FRAME = ROOT / "pages" / "ui" / "frame.py"
WAIT_S = 60  # the first page that needs torch imports it

Open = Callable[..., AppTest]


@pytest.fixture(scope="session", autouse=True)
def _nothing_to_collect() -> None:
    """As in the server: Streamlit collects garbage after each rerun, which must not walk all that torch imported."""
    import torch._dynamo  # noqa: F401  the largest that a page may import

    gc.collect()
    gc.freeze()


@pytest.fixture(scope="session", autouse=True)
def _one_look_for_components() -> Iterator[None]:
    """AppTest looks through every installed package at each run; what is installed does not change meanwhile."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(
            manifest_scanner, "scan_component_manifests", functools.cache(manifest_scanner.scan_component_manifests)
        )
        yield


@pytest.fixture(autouse=True)
def _one_person(monkeypatch: pytest.MonkeyPatch) -> None:
    """Single mode: one space, found again by the test itself."""
    monkeypatch.setenv("NNLAB_MODE", "single")


@pytest.fixture(autouse=True)
def _no_audit_by_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    """A page begins an audit in a process of its own; the tests of findings make theirs here."""
    monkeypatch.setattr(audit_job, "begin", lambda space, project: None)


@pytest.fixture
def cookies(monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """The cookies of the browser, to be filled by the test; AppTest itself has none."""
    sent: dict[str, str] = {}
    monkeypatch.setattr(ContextProxy, "cookies", property(lambda _self: sent))
    return sent


@pytest.fixture
def open_page() -> Open:
    """Opens a page by its name, as a link would: with query parameters, on a fresh session."""

    def opened(name: str = "start", **query: str) -> AppTest:
        page = AppTest.from_file(str(FRAME), default_timeout=WAIT_S)
        for key, value in query.items():
            page.query_params[key] = value
        page.run()
        if name != "start":
            for key, value in query.items():
                page.query_params[key] = value
            page.switch_page(f"../{name}.py").run()
        return page

    return opened


@pytest.fixture
def space() -> Space:
    """The space that the pages of this test show."""
    return Space(home_folder(), "local")


@pytest.fixture
def project(space: Space) -> Project:
    """A saved project on a small table with a target."""
    rows = "\n".join(f"{i % 7},{i * 3 % 11},{'a' if i % 3 else 'b'},{'yes' if i % 2 else 'no'}" for i in range(120))
    table = space.put_table(f"size,weight,colour,sold\n{rows}\n".encode(), "shop.csv")
    created = space.create_project(table)
    return space.save(created.with_target("sold"))

"""A real Chromium and a real server for every test in this folder."""

from __future__ import annotations

import os
import shutil
import signal
from collections.abc import Callable, Generator, Iterator
from contextlib import ExitStack, suppress
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Error, sync_playwright

from nnlab.runs.start import stop_run
from nnlab.runs.sweeping import spaces
from tests.browser.server import Server, free_port
from tests.browser.visitor import WIDE, Visitor

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
# A living run is drawn once a second, as for users: three times as often kept one core busy for as long as it lived.
QUICK = '{"replay_s": 0.6, "idle_s": 600, "job_bytes": 2000000}'

FOLDER = Path(__file__).resolve().parent

CHROMIUMS = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome", "google-chrome-stable")

Serve = Callable[..., Server]
Visit = Callable[..., Visitor]
Report = pytest.TestReport
VISITORS = pytest.StashKey[list[Visitor]]()  # of the test
SAID = 2_000  # letters of a page that are told with a failure


@pytest.hookimpl(tryfirst=True)  # before xdist writes the group into the names of tests
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Where tests run side by side, these run one after another: a browser and its server keep a core and more busy."""
    for item in items:
        if FOLDER in item.path.parents:
            item.add_marker(pytest.mark.xdist_group("browser"))


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]) -> Generator[None, Report, Report]:
    """Where a test fails, what its pages said at that moment stands beside the error."""
    report = yield
    if report.when == "call" and report.failed:
        for visitor in item.stash.get(VISITORS, []):
            for frame in visitor.page.frames:
                with suppress(Error):
                    report.sections.append((frame.url, frame.inner_text("body")[:SAID]))
    return report


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """One Chromium for the whole session; tests open contexts of their own."""
    found = os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, CHROMIUMS)), None)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=found, args=CHROMIUM_FLAGS)
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


@pytest.fixture(autouse=True)
def _no_run_is_left(request: pytest.FixtureRequest) -> Iterator[None]:
    """What a test leaves training on a shared server would hold the one slot that the next test needs."""
    if "PYTEST_XDIST_WORKER" in os.environ:
        assert request.node.nodeid.endswith("@browser"), "these tests are no longer kept on one process"
    yield
    for name in {"single", "shared"} & set(request.fixturenames):
        for space in spaces(request.getfixturevalue(name).home):
            for run in space.runs():
                if run.state().is_alive:
                    stop_run(run)


@pytest.fixture
def serve(home: Path) -> Iterator[Serve]:
    """Starts servers, each with the workspace folder and the mode that are asked for; ends them afterwards."""
    with ExitStack() as ending:

        def start(
            at: Path = home, mode: str = "single", limits: str = QUICK, port: int = 0, script: str = "app.py"
        ) -> Server:
            running = Server(at, mode=mode, limits=limits, port=port or free_port(), script=script)
            ending.callback(end_workers, at)
            ending.callback(running.kill)
            return running.start()

        yield start


@pytest.fixture(scope="session")
def single(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server in single mode that tests share, each with projects of its own: a start costs seconds."""
    yield from _standing(tmp_path_factory.mktemp("single") / "home", "single")


@pytest.fixture(scope="session")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """The same in shared mode, where every browser has a space of its own."""
    yield from _standing(tmp_path_factory.mktemp("shared") / "home", "shared")


def _standing(home: Path, mode: str) -> Iterator[Server]:
    server = Server(home, mode=mode, limits=QUICK)
    try:
        yield server.start()
    finally:
        server.kill()
        end_workers(home)


@pytest.fixture
def visit(chromium: Browser, request: pytest.FixtureRequest) -> Iterator[Visit]:
    """Lets somebody with a browser profile of their own visit a server."""
    visitors = request.node.stash.setdefault(VISITORS, [])
    with ExitStack() as ending:

        def start(at: Server, **about: object) -> Visitor:
            context = chromium.new_context(**{"viewport": WIDE, "reduced_motion": "reduce", **about})
            ending.callback(context.close)
            visitors.append(Visitor(context.new_page(), at.address))
            return visitors[-1]

        yield start

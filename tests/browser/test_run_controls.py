"""What a person does to a run while it trains: leave, find again, pause, step, go on, stop; and wait in a queue."""

from __future__ import annotations

import time
from collections.abc import Callable
from urllib.parse import urlparse

import pytest

from nnlab.runs.folder import RunFolder
from nnlab.runs.sweeping import spaces
from nnlab.runs.workspace import Space
from tests.browser.conftest import Visit
from tests.browser.projects import becomes, comes_true, epochs_of, ready
from tests.browser.server import Server
from tests.browser.visitor import Visitor

pytestmark = pytest.mark.timeout(300)
LONG = 100_000  # epochs that nobody waits for


def press(visitor: Visitor, key: str) -> None:
    """By script: while a run lives the page moves, and a pointer may come up elsewhere than it went down."""
    visitor.keyed(f"train.{key}").get_by_role("button").evaluate("button => button.click()")


def test_a_run_is_left_found_again_paused_stepped_and_stopped(
    single: Server, visit: Visit, measured: Callable[[str], None]
) -> None:
    """The tab closes, another browser has only the link; each thing asked for is done, and the best is kept."""
    project = ready(single.home, "penguins", epochs=LONG)
    first = visit(single).open(f"/train?project={project.id}").on("Train")
    press(first, "start")
    first.curve_reaches(1)
    run, link = Space(single.home, "local").run(first.named("run")), urlparse(first.app.url)
    first.page.close()
    visitor = visit(single).open(f"{link.path}?{link.query}").on("Train")
    visitor.curve_reaches(int(visitor.curve("train")[0][-1]) + 1)
    press(visitor, "pause")
    becomes(run, "paused")
    visitor.says("Paused")
    step = run.state().step
    visitor.drawn()
    press(visitor, "step")
    comes_true(lambda: run.state().name == "paused" and run.state().step == step + 1, "no single step was taken")
    visitor.drawn()
    press(visitor, "resume")
    comes_true(lambda: run.state().step > step + 2, "it does not go on")
    visitor.says("Training").drawn()
    began = time.monotonic()
    press(visitor, "stop")
    becomes(run, "stopped")
    measured(f"from Stop in the browser to a stopped run: {time.monotonic() - began:.2f} s (wanted 1)")
    visitor.says("Stopped")
    assert (run.path / "best.safetensors").exists()
    epochs = epochs_of(run)
    assert epochs == sorted(set(epochs)), "an epoch was trained twice"


def test_two_people_share_the_one_slot(shared: Server, visit: Visit) -> None:
    """Both press Start; the runs take turns, so both curves move, and each page says that it is not alone."""
    known = {space.name for space in spaces(shared.home)}
    people = [visit(shared).open("/?sample=penguins").on("Train").fill("train.form.epochs", LONG) for _ in range(2)]
    for person in people:
        press(person, "start")
    for person in people:
        person.curve_reaches(1)
    runs = [run for space in spaces(shared.home) if space.name not in known for run in space.runs()]
    assert len(runs) == 2

    def n_turns(run: RunFolder) -> int:
        return sum(event["event"] in ("started", "resumed") for event in run.all_events())

    comes_true(lambda: all(n_turns(run) > 1 for run in runs), "they do not take turns")
    for person, epoch in [(person, int(person.curve("train")[0][-1])) for person in people]:
        person.curve_reaches(epoch + 1)
        person.says("1 other person")

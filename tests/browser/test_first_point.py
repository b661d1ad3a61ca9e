"""From Start to the first drawn point, as a person sees it; printed, not judged: the machine may be busy."""

from __future__ import annotations

import statistics
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.batteries import battery
from tests.browser.conftest import Serve, Visit
from tests.browser.projects import ready

pytestmark = [pytest.mark.timeout(300), pytest.mark.quiet]
N_STARTS = battery(1, 3)
# The page shows other lines before (the planned learning rate, the run before): a point counts when the address names a
# new run and a line is drawn that was not there at the click.
CLICK = """() => new Promise(done => {
    const paths = () => [...document.querySelectorAll('.js-plotly-plot .scatterlayer path')];
    const lines = () => paths().map(path => path.getAttribute('d'));
    const run = () => new URLSearchParams(location.search).get('run');
    const before = new Set(lines()), former = run(), begun = performance.now();
    const look = () => run() && run() !== former && lines().some(d => d && !before.has(d))
        ? done(performance.now() - begun)
        : performance.now() - begun > 120000 ? done(0) : requestAnimationFrame(look);
    document.querySelector('.st-key-train-start button').click();
    look();
})"""


def test_start_draws_a_first_point_and_the_time_is_measured(
    home: Path, serve: Serve, visit: Visit, measured: Callable[[str], None]
) -> None:
    """With a worker that is warm, each Start is followed by a point; the median of the times is printed."""
    visitor = visit(serve(limits=""))
    took_ms = []
    for _ in range(N_STARTS + 1):  # the first warms up the worker and the page
        project = ready(home, "penguins", epochs=20)  # a new one each time: a run before would draw the very same line
        visitor.open(f"/train?project={project.id}").on("Train")
        visitor.page.locator(".st-key-train-start button:enabled").wait_for()
        took_ms.append(visitor.page.evaluate(CLICK))
        visitor.says("Finished")
    median = statistics.median(took_ms[1:])
    measured(f"from Start to the first drawn point: median {median:.0f} ms of {[round(ms) for ms in took_ms[1:]]}")
    assert all(took_ms)

"""Runs for the pages to show: trained in this very process, in each state that a run can be in."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from nnlab.runs import queue, start
from nnlab.runs.events import EventLog
from nnlab.runs.folder import RunFolder
from nnlab.runs.project import Project
from nnlab.runs.report_job import judge
from nnlab.runs.trainer import train
from nnlab.runs.workspace import Space


def made(space: Space, project: Project, **training: Any) -> RunFolder:
    """A run of the project that nobody trains yet."""
    return start.create_run(space, project.having(training=project.training.having(**training)))


def trained(space: Space, project: Project, **training: Any) -> RunFolder:
    """A run trained to its end, and judged where it came to one."""
    run = made(space, project, **{"epochs": 3, **training})
    train(run)
    if (run.path / "best.safetensors").exists():
        judge(run, lambda _share, _text: None)
    return run


def waiting(space: Space, project: Project) -> RunFolder:
    """A run that waits for a worker."""
    run = made(space, project, epochs=3)
    queue.enqueue(space.home, space.name, run.id)
    return run


def told(run: RunFolder, *last: str) -> RunFolder:
    """The run with a start, one epoch and what came last in its events."""
    facts = {"epochs": 9, "steps": 90, "steps_per_epoch": 10}
    figures = {"train_loss": 0.7, "validation_loss": 0.71, "metric": "roc_auc", "metric_value": 0.6, "seconds": 0.1}
    with EventLog(run.path / "events.jsonl") as log:
        log.write("started", 0, 0, **facts)
        log.write("step", 1, 1, loss=0.8)
        log.write("epoch", 10, 1, **figures, is_best=True, best_epoch=1, learning_rate=0.003, rows_per_s=900.0)
        for name in last:
            log.write(name, 10, 1)
    return run


def held(run: RunFolder) -> Iterator[RunFolder]:
    """The run while this process holds it, as a worker would."""
    assert run.lock.take()
    try:
        yield run
    finally:
        run.lock.release()


def without_workers(monkeypatch: pytest.MonkeyPatch) -> None:
    """No page starts a process: what is asked for stays asked for."""
    for module in ("nnlab.runs.spawn", "nnlab.runs.start"):
        monkeypatch.setattr(f"{module}.ensure_worker", lambda _home: 0)


def said(page: AppTest) -> str:
    """All that the page says in words."""
    elements = (*page.title, *page.subheader, *page.markdown, *page.caption, *page.info, *page.warning, *page.error)
    return " ".join(str(element.value) for element in elements).replace("\\", "").replace("\u2060", "")


def has(page: AppTest, key: str) -> bool:
    """Whether a button of this key is drawn."""
    return any(button.key == key for button in page.button)


def primary(page: AppTest) -> list[str]:
    """The labels of the primary buttons."""
    return [button.label for button in page.button if button.proto.type == "primary"]


def sound(page: AppTest) -> bool:
    """Whether nothing went wrong, and nothing is missing in words."""
    return not page.exception and not page.error and "None" not in said(page)

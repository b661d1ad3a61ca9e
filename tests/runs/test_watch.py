"""What somebody who watches a run is told."""

from __future__ import annotations

import threading
from dataclasses import replace
from pathlib import Path

import pytest

from nnlab.runs.state import RunState
from nnlab.runs.trainer import train
from nnlab.runs.watch import RunView, await_first_step, duration, follow, look, view
from tests.runs import given


@pytest.mark.parametrize(
    ("train_loss", "validation_loss", "is_told"), [(0.2, 0.9, True), (0.2, 0.42, False), (0.39, 0.9, False)]
)
def test_learning_by_heart_is_told(train_loss: float, validation_loss: float, is_told: bool) -> None:
    """Both losses have moved apart for ten epochs since the best one; before, or where one did not, nothing is said."""

    def epoch(n: int, train: float, validation: float) -> dict[str, object]:
        return {"event": "epoch", "epoch": n, "train_loss": train, "validation_loss": validation, "best_epoch": 7}

    best = epoch(7, 0.4, 0.41)
    assert view([best, epoch(17, train_loss, validation_loss)], RunState("finished")).learns_by_heart is is_told
    assert not view([best, epoch(16, train_loss, validation_loss)], RunState("running")).learns_by_heart
    assert not view([best], RunState("running")).learns_by_heart


def test_a_view_is_what_the_events_come_to() -> None:
    """Progress, figures, best epoch, speed, and the time left from the epochs' own seconds."""
    events = [
        {"event": "started", "step": 0, "epoch": 0, "epochs": 10, "steps": 40, "steps_per_epoch": 4, "device": "cpu"},
        {"event": "step", "step": 1, "epoch": 1, "loss": 0.9},
        *(
            {
                "event": "epoch",
                "step": 4 * epoch,
                "epoch": epoch,
                "train_loss": 1 / epoch,
                "validation_loss": 2 / epoch,
                "metric": "roc_auc",
                "metric_value": epoch / 10,
                "best_epoch": min(epoch, 3),
                "seconds": 0.5,
                "rows_per_s": 100.0,
            }
            for epoch in range(1, 5)
        ),
    ]
    seen = view(events, RunState("running"))
    assert (seen.epoch, seen.of, seen.step, seen.n_steps, seen.share) == (4, 10, 16, 40, 0.4)
    assert (seen.loss, seen.validation_loss, seen.metric_value) == (0.9, 0.5, 0.4)
    assert (seen.best_epoch, seen.best_value) == (3, 0.3)
    assert seen.seconds_left == pytest.approx(3.0)
    assert seen.line() == "running, epoch 4 of 10, loss 0.5, roc_auc 0.4000, 3\u00a0s left, best epoch 3"


def test_others_turns_are_counted_into_the_time_to_the_end() -> None:
    """A run that waits has one more before it than one that trains; with more slots the turns come sooner."""
    started = {"event": "started", "step": 0, "epoch": 0, "steps": 40, "steps_per_epoch": 4, "epochs": 10}
    told = [started, {"event": "epoch", "step": 20, "epoch": 5, "seconds": 2.0}]
    running, waiting = (view(told, RunState(name)) for name in ("running", "queued"))
    assert running.seconds_to_end == pytest.approx(10.0)
    assert replace(running, n_others=3).seconds_to_end == pytest.approx(40.0)
    assert replace(waiting, n_others=3).seconds_to_end == pytest.approx(50.0)
    assert replace(running, n_others=3, slots=2).seconds_to_end == pytest.approx(25.0)
    assert "10\u00a0s left" in running.line()
    assert replace(waiting, n_others=1).line() == "waits for its next turn, about 30\u00a0s to the end"


def test_a_run_of_which_nothing_is_known_has_a_view() -> None:
    """Before its first event, and after its folder is gone."""
    assert view([], RunState("queued", place=2)) == RunView(RunState("queued", place=2))
    assert view([], RunState("queued", place=2)).line() == "queued, place 2"
    assert view([], RunState("interrupted", "gone")).share == 0.0


def test_the_first_step_is_waited_for_and_not_longer_than_asked(home: Path) -> None:
    """A run that has begun is there at once; one that nobody trains is given up."""
    folder = given.run(home, epochs=2)
    assert not await_first_step(folder, 0.02)
    train(folder)
    assert await_first_step(folder, 0.0)


def test_following_shows_the_way_and_the_end(home: Path) -> None:
    """The last view is the end; epochs never go back."""
    folder = given.run(home, epochs=60)
    thread = threading.Thread(target=train, args=(folder,))
    thread.start()
    while not folder.is_held and folder.state().name != "finished":
        pass
    views = list(follow(type(folder)(folder.path), poll_s=0.005))
    thread.join()
    assert views[-1].state.name == "finished"
    assert views[-1].epoch == 60
    assert views[-1].seconds is not None
    assert [seen.epoch for seen in views] == sorted(seen.epoch for seen in views)
    assert look(folder).best_epoch == views[-1].best_epoch


@pytest.mark.parametrize(
    ("seconds", "said"), [(0.2, "0 s"), (59.4, "59 s"), (61, "1 min 1 s"), (3600, "1 h 0 min"), (90_000, "25 h 0 min")]
)
def test_durations_are_said_in_the_units_that_matter(seconds: float, said: str) -> None:
    """Seconds, minutes and seconds, hours and minutes."""
    assert duration(seconds).replace("\u00a0", " ") == said

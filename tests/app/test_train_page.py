"""The Train page: settings and cost before Start, a run in each of its states, and what is offered then."""

from __future__ import annotations

import re
import shlex
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from nnlab.data.samples import sample_bytes
from nnlab.network.layers import layers
from nnlab.network.network import Network
from nnlab.runs import queue
from nnlab.runs.events import EventLog
from nnlab.runs.folder import RunFolder
from nnlab.runs.project import Project
from nnlab.runs.trainer import train
from nnlab.runs.workspace import Space
from pages.ui import parts
from tests.app.conftest import Open
from tests.app.trained import has, held, made, primary, said, sound, told, trained, waiting, without_workers


@pytest.fixture(autouse=True)
def _no_workers(monkeypatch: pytest.MonkeyPatch) -> None:
    without_workers(monkeypatch)


@pytest.fixture
def running(space: Space, project: Project) -> Iterator[RunFolder]:
    """A run that trains, as far as anyone can see."""
    yield from held(told(made(space, project)))


@pytest.fixture
def paused(space: Space, project: Project) -> Iterator[RunFolder]:
    """A run whose holder waits to go on."""
    yield from held(told(made(space, project), "paused"))


class TestBeforeStart:
    def test_without_a_project_it_says_what_it_needs(self, open_page: Open) -> None:
        """One sentence, and the button that goes there."""
        page = open_page("train")
        assert "No table is open" in said(page)
        assert primary(page) == ["Start"]

    def test_without_a_target_it_sends_to_data(self, open_page: Open, space: Space) -> None:
        """What is missing is said, and Data is where it is chosen."""
        project = space.create_project(space.put_table(b"a,b\n1,2\n3,4\n5,6\n", "small.csv"))
        page = open_page("train", project=project.id)
        assert not page.exception
        assert has(page, "empty.data")

    def test_it_says_what_start_will_do_and_cost(self, open_page: Open, project: Project) -> None:
        """Steps, parameters, memory and time; Start is the one primary button."""
        page = open_page("train", project=project.id)
        assert sound(page)
        assert "gradient steps" in said(page).replace("\u00a0", " ")
        assert "to the end" in said(page)
        assert primary(page) == ["Start"]

    def test_a_network_that_cannot_run_disables_start(self, open_page: Open, space: Space, project: Project) -> None:
        """The button says where to mend it."""
        conv = layers.parse({"kind": "Conv1d"})
        broken = space.save(project.having(network=Network(trunk=(conv,))))
        page = open_page("train", project=broken.id)
        assert not page.exception
        assert page.button(key="train.start").disabled
        assert "Network" in page.button(key="train.start").help

    def test_a_batch_larger_than_the_rows_offers_its_repair(
        self, open_page: Open, space: Space, project: Project
    ) -> None:
        """The sentence names the number of rows; the button sets it."""
        saved = space.save(project.having(training=project.training.having(batch_size=4096)))
        page = open_page("train", project=saved.id)
        assert not page.exception
        mend = next(button for button in page.button if button.label.startswith("Set batch size"))
        mend.click().run()
        assert sound(page)
        assert (space.project(saved.id).training.batch_size or 0) < 100

    def test_a_setting_is_changed(self, open_page: Open, space: Space, project: Project) -> None:
        """What is typed is saved, and undo takes it back."""
        page = open_page("train", project=project.id)
        page.number_input(key="train.form.epochs").set_value(7).run()
        assert sound(page)
        assert space.project(project.id).training.epochs == 7
        page.button(key="undo").click().run()
        assert space.project(project.id).training.epochs is None

    def test_two_settings_changed_before_the_page_is_drawn_again_are_both_kept(
        self, open_page: Open, space: Space, project: Project
    ) -> None:
        """A second field is filled while the server still answers the first; undo takes them back one by one."""
        page = open_page("train", project=project.id)
        page.number_input(key="train.form.epochs").set_value(7)
        page.number_input(key="train.form.batch_size").set_value(4)
        page.number_input(key="train.form.seed").set_value(3).run()
        assert sound(page)
        saved = space.project(project.id).training
        assert (saved.epochs, saved.batch_size, saved.seed) == (7, 4, 3)
        page.button(key="undo").click().run()
        assert space.project(project.id).training.epochs == 7

    def test_the_command_line_stands_there(self, open_page: Open, project: Project) -> None:
        """With the file by its own name, and the project by its path."""
        page = open_page("train", project=project.id)
        program, *said = shlex.split(page.code[0].value.replace("\\\n", " "))
        assert Path(program).is_file()
        assert said[:2] == ["train", "shop.csv"]
        assert Project.from_json(Path(said[3]).read_bytes()).id == project.id

    @pytest.mark.parametrize(
        ("came", "named"), [("../../etc/a b.csv", "a b.csv"), ("--out.csv", "out.csv"), ("x'$(rm).csv", "x'$(rm).csv")]
    )
    def test_a_strange_file_name_is_one_word_of_the_command(
        self, open_page: Open, space: Space, project: Project, came: str, named: str
    ) -> None:
        """No folder, no option, nothing that a shell would carry out."""
        space.save(project.having(file_name=came))
        page = open_page("train", project=project.id)
        assert shlex.split(page.code[0].value.replace("\\\n", " "))[2] == named


class TestStart:
    def test_start_puts_one_run_into_the_queue(self, open_page: Open, space: Space, project: Project) -> None:
        """It is shown, waits, and can be withdrawn."""
        page = open_page("train", project=project.id)
        page.button(key="train.start").click().run()
        assert sound(page)
        runs = space.runs()
        assert len(runs) == 1
        assert page.session_state["run_id"] == runs[0].id
        assert "Waiting in the queue" in said(page)
        assert page.button(key="train.stop").label == "Withdraw"

    def test_start_pressed_twice_is_one_run(self, open_page: Open, space: Space, project: Project) -> None:
        """The second press of the same button, drawn before the first was answered, starts nothing."""
        first, second = (open_page("train", project=project.id) for _ in range(2))
        second.session_state["train.click"] = first.session_state["train.click"]
        second.run()
        first.button(key="train.start").click().run()
        second.button(key="train.start").click().run()
        assert len(space.runs()) == 1
        assert first.session_state["run_id"] == second.session_state["run_id"]

    def test_a_withdrawn_run_leaves_the_queue(self, open_page: Open, space: Space, project: Project) -> None:
        """It is stopped, and training again is offered."""
        run = waiting(space, project)
        page = open_page("train", project=project.id, run=run.id)
        page.button(key="train.stop").click().run()
        assert sound(page)
        assert not queue.has_waiting(space.home)
        assert run.state().name == "stopped"
        assert primary(page) == ["Train again"]


class TestLiving:
    def test_a_running_run_has_pause_step_and_stop(self, open_page: Open, project: Project, running: RunFolder) -> None:
        """Nothing is primary; the line says where it is; each button asks for what it says."""
        page = open_page("train", project=project.id, run=running.id)
        assert sound(page)
        assert "Training · epoch 1 of at most 9" in said(page).replace("*", "")
        assert primary(page) == []
        assert not has(page, "train.start")
        page.button(key="train.pause").click().run()
        assert running.control().wanted == "pause"
        page.button(key="train.step").click().run()
        assert running.control().step_to == 11
        page.button(key="train.stop").click().run()
        assert running.control().wanted == "stop"

    def test_a_paused_run_goes_on(self, open_page: Open, project: Project, paused: RunFolder) -> None:
        """Go on takes the place of Pause."""
        page = open_page("train", project=project.id, run=paused.id)
        assert sound(page)
        assert "Paused" in said(page)
        assert not has(page, "train.pause")
        page.button(key="train.resume").click().run()
        assert paused.control().wanted == "run"

    def test_the_progress_stands_in_the_sidebar_too(
        self, open_page: Open, project: Project, running: RunFolder
    ) -> None:
        """One line on every page."""
        page = open_page("data", project=project.id, run=running.id)
        assert "Training, epoch 1" in said(page)


class TestEnded:
    def test_a_finished_run_offers_evaluate(self, open_page: Open, space: Space, project: Project) -> None:
        """Evaluate is the one primary button; training again is plain."""
        run = trained(space, project)
        page = open_page("train", project=project.id, run=run.id)
        assert sound(page)
        assert "Finished · epoch 3 of 3" in said(page).replace("*", "")
        assert re.search(r"best epoch \d, ROC AUC \*\*[\d.]+\*\* on validation rows", said(page))
        assert primary(page) == ["Evaluate"]
        assert page.button(key="train.start").label == "Train again"

    def test_the_slider_goes_back(self, open_page: Open, space: Space, project: Project) -> None:
        """At epoch 1 the table holds one epoch."""
        run = trained(space, project)
        page = open_page("train", project=project.id, run=run.id)
        assert len(page.dataframe[0].value) == 3
        page.slider(key=f"train.epoch.{run.id}").set_value(1).run()
        assert sound(page)
        assert len(page.dataframe[0].value) == 1

    def test_the_axis_says_which_loss_it_is(self, open_page: Open, space: Space, project: Project) -> None:
        """On Train and on Runs, by the run's own settings."""
        run = trained(space, project)
        for name in ("train", "runs"):
            page = open_page(name, project=project.id, run=run.id)
            assert any("loss (binary cross-entropy)" in chart.proto.spec for chart in page.get("plotly_chart")), name

    @pytest.mark.parametrize("curve", ["metric", "rate"])
    def test_the_other_curves_draw(self, open_page: Open, space: Space, project: Project, curve: str) -> None:
        """The metric and the learning rate."""
        run = trained(space, project)
        page = open_page("train", project=project.id, run=run.id)
        page.session_state["train.curve"] = curve
        page.run()
        assert sound(page)

    def test_a_run_that_was_over_at_once_is_replayed(
        self, open_page: Open, space: Space, project: Project, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Started here and finished before the page has drawn three times: the events are drawn in a short while."""
        monkeypatch.setenv("NNLAB_LIMITS", '{"replay_s": 0.05}')
        page = open_page("train", project=project.id)
        page.number_input(key="train.form.epochs").set_value(3).run()
        page.button(key="train.start").click().run()
        run = space.runs()[0]
        queue.withdraw(space.home, space.name, run.id)  # as the worker does that takes it
        train(run)
        page.run()
        assert sound(page)
        assert page.session_state["train.replay"] is not None
        while page.session_state["train.replay"] is not None:
            page.run()
        assert sound(page)
        assert primary(page) == ["Evaluate"]

    def test_an_interrupted_run_is_resumed(self, open_page: Open, space: Space, project: Project) -> None:
        """Resume is the one primary button and puts the run back into the queue."""
        run = told(made(space, project, epochs=3))
        page = open_page("train", project=project.id, run=run.id)
        assert not page.exception
        assert "Interrupted" in said(page)
        assert primary(page) == ["Resume"]
        page.button(key="train.resume").click().run()
        assert not page.exception
        assert run.state().name == "queued"

    def test_an_interrupted_run_is_stopped_to_be_judged(self, open_page: Open, space: Space, project: Project) -> None:
        """Stop ends it where it is."""
        run = told(made(space, project, epochs=3))
        page = open_page("train", project=project.id, run=run.id)
        page.button(key="train.stop").click().run()
        assert not page.exception
        assert run.state().name == "stopped"

    def test_a_stopped_run_is_resumed_or_judged(self, open_page: Open, space: Space, project: Project) -> None:
        """Stopped before its first epoch it has nothing to judge."""
        run = made(space, project, epochs=3)
        run.ask("stop")
        train(run)
        page = open_page("train", project=project.id, run=run.id)
        assert sound(page)
        assert "Stopped" in said(page)
        assert has(page, "train.resume")
        assert primary(page) == ["Train again"]

    def test_a_run_that_diverged_offers_its_repair(self, open_page: Open, space: Space, project: Project) -> None:
        """The sentence says why; the button sets what it proposes, and then Train again is primary."""
        wild = project.training.having(learning_rate=1e8, optimizer="sgd", epochs=5)
        saved = space.save(project.having(training=wild))
        run = trained(space, saved, learning_rate=1e8, optimizer="sgd", epochs=5)
        page = open_page("train", project=project.id, run=run.id)
        assert not page.exception
        assert run.state().name == "failed"
        assert len(page.error) == 1
        assert len(primary(page)) == 1
        mend = next(button for button in page.button if button.label.startswith("Set learning rate"))
        mend.click().run()
        assert not page.exception
        assert space.project(project.id).training.learning_rate < 1
        assert primary(page) == ["Train again"]

    def test_settings_are_said_to_be_the_next_runs(self, open_page: Open, space: Space, project: Project) -> None:
        """What the run in view has otherwise stands beside; where nothing differs, nothing does."""
        run = trained(space, project)
        same = space.save(project.having(training=project.training.having(epochs=3)))
        page = open_page("train", project=same.id, run=run.id)
        assert "For the next run." in [caption.value for caption in page.caption]
        other = space.save(same.setting("training.learning_rate", 0.01))
        page = open_page("train", project=other.id, run=run.id)
        its = run.spec.project["training"]["learning_rate"]
        said_so = f"For the next run. This one has learning rate {parts.plain(its)}."
        assert said_so in [caption.value for caption in page.caption]

    def test_a_run_that_needs_other_settings_is_not_resumed(
        self, open_page: Open, space: Space, project: Project
    ) -> None:
        """It would go on with its own, and fail again; one that a full disk stopped can go on."""
        for repair, can_go_on in (({"set": "training.learning_rate", "value": 0.003}, False), (None, True)):
            run = told(made(space, project, epochs=3))
            error = {
                "kind": "TrainingError",
                "rule": "the loss must stay a finite number",
                "where": "",
                "came": "",
                "do": "",
            }
            with EventLog(run.path / "events.jsonl") as log:
                log.write("failed", 11, 2, cause="It failed.", error=error | {"repair": repair})
            page = open_page("train", project=project.id, run=run.id)
            assert not page.exception
            assert has(page, "train.resume") is can_go_on

    def test_a_failed_run_is_mended_before_it_is_judged(self, open_page: Open, space: Space, project: Project) -> None:
        """Evaluate is there for its best epoch, but not the primary button; a loss that exploded is told in short."""
        run = made(space, space.save(project.setting("training.learning_rate", 1000.0)), epochs=3)
        with EventLog(run.path / "events.jsonl") as log:
            log.write("started", 0, 0, epochs=9, steps=90, steps_per_epoch=10)
            log.write("epoch", 10, 1, train_loss=0.5, validation_loss=1.27e23, seconds=0.1, is_best=True, best_epoch=1)
            log.write("failed", 11, 2, cause="It failed.")
        (run.path / "best.safetensors").write_bytes(b"")
        page = open_page("train", project=project.id, run=run.id)
        assert not page.exception
        assert page.button(key="next.evaluate").label == "Evaluate"
        assert primary(page) == ["Train again"]
        epochs = next(table.value for table in page.dataframe if "validation loss" in table.value.columns)
        assert list(epochs["validation loss"]) == ["1.27e+23"]
        assert list(epochs["train loss"]) == [0.5]
        assert any("far above the usual ones" in told.value for told in page.warning)


class TestLost:
    def test_a_damaged_checkpoint_offers_another_origin(self, open_page: Open, space: Space, project: Project) -> None:
        """Resume says what is damaged; the repair is a button, and the run waits in the queue again."""
        run = told(made(space, project, epochs=3))
        (run.path / "last.safetensors").write_bytes(b"\x08\x00\x00\x00\x00\x00\x00\x00{broken}")
        page = open_page("train", project=project.id, run=run.id)
        page.button(key="train.resume").click().run()
        assert not page.exception
        assert page.error
        mend = next(button for button in page.button if button.label == "Train from the beginning")
        mend.click().run()
        assert not page.exception
        assert run.state().name == "queued"
        assert run.control().origin == "beginning"

    def test_a_run_whose_folder_vanished_says_so(self, open_page: Open, space: Space, project: Project) -> None:
        """A sentence; the next draw is of the project again."""
        run = told(made(space, project, epochs=3))
        page = open_page("train", project=project.id, run=run.id)
        shutil.rmtree(run.path)
        page.run()
        assert not page.exception
        assert page.error
        page.run()
        assert sound(page)
        assert has(page, "train.start")

    def test_another_browser_opens_the_run_by_its_link(self, open_page: Open, space: Space, project: Project) -> None:
        """`?run=ID` alone is enough: the run is shown without its project's settings."""
        run = trained(space, project)
        page = open_page("train", run=run.id)
        assert sound(page)
        assert "Finished" in said(page)
        assert primary(page) == ["Evaluate"]

    def test_a_run_without_its_project_is_shown(self, open_page: Open, space: Space, project: Project) -> None:
        """Whoever deleted the project still sees what was trained."""
        run = trained(space, project)
        space.delete_project(project.id)
        page = open_page("train", run=run.id)
        assert sound(page)
        assert primary(page) == ["Evaluate"]


@pytest.mark.parametrize("name", ["textbook", "penguins", "california_housing"])
def test_the_samples_are_ready_to_train(open_page: Open, space: Space, name: str) -> None:
    """Every task has its settings, its cost and Start."""
    page = open_page(sample=name)
    assert page.title[0].value == "Train"
    assert sound(page)
    assert primary(page) == ["Start"]
    assert space.table_bytes(space.projects()[0].table_id).read_bytes() == sample_bytes(name)

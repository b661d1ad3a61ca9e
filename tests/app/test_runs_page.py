"""The Runs page: what was trained here, and what can be done with each run."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from nnlab.runs.project import Project
from nnlab.runs.workspace import Space, hashed_space
from tests.app.conftest import Open
from tests.app.trained import has, made, primary, said, sound, told, trained, waiting, without_workers

TOKEN = "0123456789abcdef0123456789abcdef"


@pytest.fixture(autouse=True)
def _no_workers(monkeypatch: pytest.MonkeyPatch) -> None:
    without_workers(monkeypatch)


class TestList:
    def test_an_empty_workspace_says_how_to_begin(self, open_page: Open) -> None:
        """One sentence, and the button that goes there."""
        page = open_page("runs")
        assert sound(page)
        assert primary(page) == ["Start"]

    def test_runs_stand_with_state_score_and_what_differs(
        self, open_page: Open, space: Space, project: Project
    ) -> None:
        """The setting that differs is a column; one that is the same is not; nothing says None."""
        trained(space, project)
        trained(space, project, learning_rate=0.01)
        told(made(space, project, epochs=3))
        page = open_page("runs", project=project.id)
        assert sound(page)
        table = page.dataframe[0].value
        assert len(table) == 3
        assert "Learning rate" in table.columns
        assert "Optimizer" not in table.columns
        assert not table.isin([None, "None", "nan"]).any().any()
        assert set(table["State"]) == {"Finished", "Interrupted"}
        assert "3 runs, kept on this machine" in said(page)

    def test_name_and_score_come_first(self, open_page: Open, space: Space, project: Project) -> None:
        """A phone shows no more than these; the figure stands with its metric."""
        trained(space, project)
        told(made(space, project))
        table = open_page("runs", project=project.id).dataframe[0].value
        assert list(table.columns[:6]) == ["Shown", "Run", "Score", "Predicts", "State", "When"]
        assert table["Score"][0] == "–"
        assert re.fullmatch(r"0\.\d{3} ROC AUC", table["Score"][1])

    def test_the_run_that_is_shown_is_marked(self, open_page: Open, space: Space, project: Project) -> None:
        """The one in view; then the one that was chosen below; then the one that was ticked."""
        runs = [trained(space, project), made(space, project), made(space, project)]
        page = open_page("runs", project=project.id, run=runs[0].id)
        assert list(page.dataframe[0].value["Shown"]) == ["", "", "●"]
        page.selectbox[0].set_value(runs[2].id).run()
        assert list(page.dataframe[0].value["Shown"]) == ["●", "", ""]
        tick = {"selection": {"rows": [1], "columns": [], "cells": []}}
        page.session_state[f"runs.table.3.{space.runs()[0].id}"] = tick
        page.run()
        assert list(page.dataframe[0].value["Shown"]) == ["", "●", ""]
        assert [box.value for box in page.selectbox] == [runs[1].id]

    def test_a_damaged_run_is_listed_and_can_be_deleted(self, open_page: Open, space: Space, project: Project) -> None:
        """The others stay usable."""
        good, bad = trained(space, project), made(space, project)
        (bad.path / "run.json").write_text("{")
        page = open_page("runs", project=project.id)
        assert not page.exception
        assert has(page, "runs.open")
        page.selectbox(key="runs.chosen").set_value(bad.id).run()
        assert not page.exception
        assert len(page.error) == 1
        assert not any("None" in option for option in page.selectbox[0].options)
        page.button(key="runs.delete").click().run()
        assert f"**{bad.id}**: " in said(page)
        page.button(key="runs.delete.sure").click().run()
        assert [run.id for run in space.runs()] == [good.id]


class TestActions:
    def test_a_run_is_opened_where_it_is_at(self, open_page: Open, space: Space, project: Project) -> None:
        """A finished one on Evaluate, one that was interrupted on Train."""
        done, open_ = trained(space, project), told(made(space, project, epochs=3))
        for run, title in ((done, "Evaluate"), (open_, "Train")):
            page = open_page("runs")
            page.selectbox(key="runs.chosen").set_value(run.id).run()
            page.button(key="runs.open").click().run()
            assert page.title[0].value == title
            assert page.session_state["run_id"] == run.id
            assert page.session_state["project_id"] == project.id

    def test_a_full_workspace_says_which_run_goes_and_a_pin_keeps_it(
        self, open_page: Open, space: Space, project: Project, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """The warning names the oldest, on Runs and before Start; pinned, it is the next one's turn."""
        first, second = trained(space, project), told(made(space, project), "finished")
        first.rename("the first")
        second.rename("the second")
        monkeypatch.setenv("NNLAB_LIMITS", '{"stored_runs": 2}')
        page = open_page("runs", project=project.id)
        assert "**the first**" in page.warning[0].value
        page.selectbox(key="runs.chosen").set_value(first.id).run()
        page.button(key="runs.pin").click().run()
        assert sound(page)
        assert "**the second**" in page.warning[0].value
        assert page.button(key="runs.pin").label == "Unpin"

    def test_a_waiting_run_is_withdrawn(self, open_page: Open, space: Space, project: Project) -> None:
        """Its place stands in the list; withdrawn, it is stopped and waits no more."""
        run = waiting(space, project)
        page = open_page("runs", project=project.id)
        assert list(page.dataframe[0].value["State"]) == ["Waiting in the queue, 1"]
        page.button(key="runs.withdraw").click().run()
        assert sound(page)
        assert run.state().name == "stopped"

    def test_a_run_is_renamed(self, open_page: Open, space: Space, project: Project) -> None:
        """The new name stands in the list."""
        run = trained(space, project)
        page = open_page("runs", project=project.id)
        page.text_input(key=f"runs.name.{run.id}").set_value("wider").run()
        assert sound(page)
        assert space.run(run.id).spec.name == "wider"
        assert list(page.dataframe[0].value["Run"]) == ["wider"]

    def test_a_run_keeps_its_name_where_the_new_one_is_empty(
        self, open_page: Open, space: Space, project: Project
    ) -> None:
        """The field shows the name again."""
        run = trained(space, project)
        name = run.spec.name
        page = open_page("runs", project=project.id)
        page.text_input(key=f"runs.name.{run.id}").set_value("  ").run()
        assert sound(page)
        assert space.run(run.id).spec.name == name
        assert [field.value for field in page.text_input] == [name]

    def test_the_run_in_view_is_the_one_until_another_is_chosen(
        self, open_page: Open, space: Space, project: Project
    ) -> None:
        """A visit that chose nothing binds nobody later."""
        first, second = trained(space, project), made(space, project)
        page = open_page("runs", project=project.id, run=first.id)
        assert page.selectbox(key="runs.chosen").value == first.id
        page.query_params["run"] = second.id
        page.run()
        assert [box.value for box in page.selectbox] == [second.id]

    def test_what_was_renamed_is_what_is_deleted(self, open_page: Open, space: Space, project: Project) -> None:
        """A new name in the list moves no choice; the question says which run it is about."""
        old = trained(space, project)
        others = [made(space, project), made(space, project)]
        page = open_page("runs", project=project.id)
        key = f"runs.table.3.{space.runs()[0].id}"
        page.session_state[key] = {"selection": {"rows": [2], "columns": [], "cells": []}}
        page.run()
        page.text_input(key=f"runs.name.{old.id}").set_value("my best").run()
        assert sound(page)
        page.button(key="runs.delete").click().run()
        assert "my best" in said(page)
        page.button(key="runs.delete.sure").click().run()
        assert sound(page)
        assert {run.id for run in space.runs()} == {run.id for run in others}

    def test_runs_that_would_be_called_the_same_are_told_apart(
        self, open_page: Open, space: Space, project: Project
    ) -> None:
        """Name, minute and state are equal: the one in view is the one that is deleted."""
        runs = [told(made(space, project), "finished") for _each in range(3)]
        for run in runs:
            run.rename("twin")
        page = open_page("runs", project=project.id, run=runs[1].id)
        assert len(set(page.selectbox[0].options)) == 3
        page.button(key="runs.delete").click().run()
        page.button(key="runs.delete.sure").click().run()
        assert {run.id for run in space.runs()} == {runs[0].id, runs[2].id}

    def test_a_run_is_cloned_into_the_editor(self, open_page: Open, space: Space, project: Project) -> None:
        """A new project with the run's own settings; the old one stays as it is."""
        run = trained(space, project, learning_rate=0.01)
        page = open_page("runs", project=project.id)
        page.button(key="runs.clone").click().run()
        assert page.title[0].value == "Network"
        assert sound(page)
        clone = space.project(page.session_state["project_id"])
        assert clone.id != project.id
        assert clone.training.learning_rate == 0.01
        assert clone.network is not None
        assert space.project(project.id) == project
        assert run.exists

    def test_a_run_is_deleted_after_a_question(self, open_page: Open, space: Space, project: Project) -> None:
        """Its folder goes; its project stays; the page is empty again."""
        run = trained(space, project)
        page = open_page("runs", project=project.id, run=run.id)
        page.button(key="runs.delete").click().run()
        assert run.exists
        assert primary(page) == ["Open"]
        page.button(key="runs.delete.sure").click().run()
        assert not page.exception
        assert not run.path.exists()
        assert page.session_state["run_id"] is None
        assert space.project(project.id) == project

    def test_the_question_tells_the_run_in_a_sentence(self, open_page: Open, space: Space, project: Project) -> None:
        """With its score where it has one, else with how far it came."""
        asked = []
        for run in (trained(space, project), told(made(space, project)), told(made(space, project), "finished")):
            page = open_page("runs", project=project.id, run=run.id)
            page.button(key="runs.delete").click().run()
            asked.append(said(page))
        moment = r"\d\d \w+ \d\d:\d\d"
        assert re.search(rf"\*\*shop\*\*, trained {moment}, predicts sold: ROC AUC 0\.\d{{3}}\. ", asked[0])
        assert re.search(rf"\*\*shop\*\*, begun {moment}, predicts sold; interrupted\. ", asked[1])
        assert re.search(rf"\*\*shop\*\*, trained {moment}, predicts sold; not judged yet\. ", asked[2])

    def test_a_run_with_weights_can_be_downloaded(self, open_page: Open, space: Space, project: Project) -> None:
        """One without has nothing to take along."""
        run, empty = trained(space, project), made(space, project)
        page = open_page("runs", project=project.id)
        page.selectbox(key="runs.chosen").set_value(run.id).run()
        assert [button.label for button in page.get("download_button")] == ["Download run"]
        page.selectbox(key="runs.chosen").set_value(empty.id).run()
        assert not page.get("download_button")


class TestShared:
    def test_it_says_what_is_kept_and_until_when(
        self, open_page: Open, home: Path, cookies: dict[str, str], monkeypatch: pytest.MonkeyPatch, project: Project
    ) -> None:
        """With a cookie as long as it lasts; without one until the tab closes, which every page says."""
        monkeypatch.setenv("NNLAB_MODE", "shared")
        cookies["nnlab_space"] = TOKEN
        theirs = Space(home, hashed_space("cookie", TOKEN))
        own = theirs.create_project(theirs.put_table(b"a,b\n" + b"1,x\n2,y\n" * 30, "own.csv"))
        trained(theirs, theirs.save(own.with_target("b")))
        page = open_page("runs")
        assert sound(page)
        assert "as long as this server's disk and your cookie last" in said(page)
        assert len(page.dataframe[0].value) == 1
        cookies.clear()
        page = open_page("runs")
        assert sound(page)
        assert "until this tab closes" in said(page)
        assert not page.dataframe

"""The Evaluate page: a verdict with its evidence for every task, and what is said while there is none."""

from __future__ import annotations

import time
from collections.abc import Iterator

import numpy as np
import pytest

from nnlab.runs import opening
from nnlab.runs.folder import RunFolder
from nnlab.runs.project import Project
from nnlab.runs.trainer import train
from nnlab.runs.workspace import Space
from nnlab.score.confusion import ClassScore
from pages.ui import cached, judged
from tests.app.conftest import Open
from tests.app.trained import has, held, made, primary, said, sound, told, trained, waiting, without_workers


@pytest.fixture
def running(space: Space, project: Project) -> Iterator[RunFolder]:
    """A run that trains, as far as anyone can see."""
    yield from held(told(made(space, project)))


class TestNothingToJudge:
    def test_without_a_project_it_says_what_it_needs(self, open_page: Open) -> None:
        """One sentence, and the button that goes there."""
        page = open_page("evaluate")
        assert "No run is open" in said(page)
        assert primary(page) == ["Start"]

    def test_without_a_run_it_sends_to_train(self, open_page: Open, project: Project) -> None:
        """The project is there, its run is not."""
        page = open_page("evaluate", project=project.id)
        assert sound(page)
        assert primary(page) == ["Train"]

    def test_a_run_with_weights_is_judged_before_a_newer_one_that_failed(
        self, open_page: Open, space: Space, project: Project
    ) -> None:
        """No run was asked for: the newest that there is something to say about."""
        good = trained(space, project)
        told(made(space, project), "failed")
        page = open_page("evaluate", project=project.id)
        assert sound(page)
        assert page.session_state["run_id"] == good.id

    def test_while_it_trains_it_says_so(self, open_page: Open, project: Project, running: RunFolder) -> None:
        """Judging waits for the end."""
        page = open_page("evaluate", project=project.id, run=running.id)
        assert sound(page)
        assert "still training" in said(page)
        assert primary(page) == ["Train"]

    def test_while_it_waits_it_says_so(
        self, open_page: Open, space: Space, project: Project, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """A run in the queue, and one that was interrupted."""
        without_workers(monkeypatch)
        page = open_page("evaluate", project=project.id, run=waiting(space, project).id)
        assert sound(page)
        assert "waits in the queue" in said(page)
        page = open_page("evaluate", project=project.id, run=told(made(space, project)).id)
        assert sound(page)
        assert "interrupted" in said(page)

    def test_a_run_without_weights_says_so(self, open_page: Open, space: Space, project: Project) -> None:
        """Stopped before its first epoch there is nothing to judge."""
        run = made(space, project, epochs=3)
        run.ask("stop")
        train(run)
        page = open_page("evaluate", project=project.id, run=run.id)
        assert not page.exception
        assert "nothing to judge" in said(page)


class TestJudged:
    def test_classes_of_two(self, open_page: Open, space: Space, project: Project) -> None:
        """Verdict, baselines, matrix, each class, ROC; Predict is the one primary button."""
        run = trained(space, project)
        page = open_page("evaluate", project=project.id, run=run.id)
        assert sound(page)
        assert "test rows" in said(page)
        for title in ("Beside the baselines", "Which class it says", "Each class", "ROC curve"):
            assert title in said(page)
        assert primary(page) == ["Predict"]

    def test_the_matrix_comes_before_the_tables(self, open_page: Open, space: Space, project: Project) -> None:
        """In the order of a phone; of the metrics the figures come first, the interval last."""
        page = open_page("evaluate", project=project.id, run=trained(space, project).id)
        titles = [title.value for title in page.subheader]
        assert titles[:3] == ["Beside the baselines", "Which class it says", "Every metric"]
        (shown,) = [frame.value for frame in page.dataframe if "95 % interval" in frame.value]
        assert list(shown.columns[:2]) == ["metric", "network"]
        assert shown.columns[-1] == "95 % interval"

    def test_a_class_that_was_never_said_has_a_dash_that_is_explained(
        self, open_page: Open, space: Space, project: Project
    ) -> None:
        """So has one without test rows; where every class has all figures, no dash is spoken of."""
        run = trained(space, project)
        full = ClassScore(name="no", precision=0.5, recall=0.5, f1=0.5, support=9)
        unsaid = ClassScore(name="yes", precision=None, recall=0.0, f1=0.0, support=9)
        absent = ClassScore(name="so", precision=None, recall=None, f1=None, support=0)
        words = ("Precision –: this class was never said.", "All –: no test row is of this class.")
        judged = cached.report(run)
        for found, told_of in (((full, full), ()), ((full, unsaid), words[:1]), ((full, absent), words[1:])):
            (run.path / "report.json").write_text(judged.having(per_class=found).to_json())
            page = open_page("evaluate", project=project.id, run=run.id)
            assert sound(page)
            assert tuple(each for each in words if each in said(page)) == told_of
            (shown,) = [frame for frame in page.dataframe if "recall" in frame.value]
            assert shown.proto.placeholder == "–"

    def test_the_rows_of_a_cell(self, open_page: Open, space: Space, project: Project) -> None:
        """A cell chosen in the menu shows its rows of the file."""
        run = trained(space, project)
        page = open_page("evaluate", project=project.id, run=run.id)
        n_tables = len(page.dataframe)
        page.selectbox(key="evaluate.cell").set_value((0, 0)).run()
        assert sound(page)
        assert len(page.dataframe) == n_tables + 1 or "No test row" in said(page)

    @pytest.mark.parametrize("sample", ["penguins", "california_housing"])
    def test_samples_of_other_tasks(self, open_page: Open, space: Space, sample: str) -> None:
        """Three classes with a choice of curve; a number with its residuals."""
        project = opening.open_sample(space, sample)
        run = trained(space, project, epochs=1, batch_size=2048 if sample == "california_housing" else 64)
        page = open_page("evaluate", project=project.id, run=run.id)
        assert sound(page)
        if sample == "penguins":
            page.selectbox(key="evaluate.positive").select_index(1).run()
        else:
            assert "How far off" in said(page)
        assert sound(page)

    def test_the_worst_rows_show_what_the_network_uses_first(
        self, open_page: Open, space: Space, project: Project
    ) -> None:
        """The target is told as what was; a column left out of training comes last."""
        run = trained(space, space.save(project.with_column("size", role="ignore")))
        page = open_page("evaluate", project=project.id, run=run.id)
        (shown,) = [frame.value for frame in page.dataframe if "says" in frame.value]
        answers = ["says", "was", "probability of the truth"]
        assert list(shown.columns) == [*answers, "weight", "colour", "size"]

    def test_the_worst_rows_of_a_number_tell_how_far_off_they_are(self, open_page: Open, space: Space) -> None:
        """As numbers, in the order of what they are off by."""
        rows = "\n".join(f"{i % 7},{i % 11},{i * 3 + i % 5}" for i in range(90))
        project = space.create_project(space.put_table(f"a,b,price\n{rows}\n".encode(), "p.csv")).with_target("price")
        run = trained(space, space.save(project.with_task("regression")))
        page = open_page("evaluate", project=project.id, run=run.id)
        assert sound(page)
        (shown,) = [frame.value for frame in page.dataframe if "says" in frame.value]
        assert list(shown.columns) == ["says", "was", "off by", "a", "b"]
        np.testing.assert_allclose(shown["off by"], (shown["says"] - shown["was"]).abs())
        assert shown["off by"].is_monotonic_decreasing

    @pytest.mark.parametrize(
        ("largest", "format_"), [(0.0, "%.3f"), (0.0004, "%.2e"), (9.9, "%.3f"), (559, "%.1f"), (2e5, "%.0f")]
    )
    def test_numbers_of_a_list_have_as_many_digits_as_the_largest_needs(self, largest: float, format_: str) -> None:
        """What is no number does not count."""
        assert judged._digits(np.array([largest, -largest / 2, np.nan])) == format_

    def test_several_outputs_one_at_a_time(self, open_page: Open, space: Space) -> None:
        """Two numbers are predicted; each has its picture."""
        rows = "\n".join(f"{i},{i % 7},{i * 2 + i % 5},{100 - i + i % 3}" for i in range(90))
        table = space.put_table(f"a,b,first,second\n{rows}\n".encode(), "two.csv")
        project = space.save(space.create_project(table).with_target("first", "second"))
        run = trained(space, project)
        page = open_page("evaluate", project=project.id, run=run.id)
        assert sound(page)
        assert "in this order: first, second." in said(page)
        (shown,) = [frame.value for frame in page.dataframe if "off by" in frame.value]
        assert not {"first", "second"} & set(shown.columns)
        page.selectbox(key="evaluate.output").set_value("second").run()
        assert sound(page)

    def test_several_yes_or_no(self, open_page: Open, space: Space) -> None:
        """A row for each output, in the order of the columns, the curves of one at a time; Predict answers each."""
        rows = "\n".join(f"{n % 7},{(n * 5) % 11},{int(n % 7 > 3)},{'ny'[(n * 5) % 11 > 4]}" for n in range(80))
        project = space.create_project(space.put_table(f"p,q,up,down\n{rows}\n".encode(), "t.csv"))
        project = space.save(project.with_target("up", "down"))
        run = trained(space, project)
        page = open_page("evaluate", project=project.id, run=run.id)
        assert sound(page)
        (shown,) = [frame.value for frame in page.dataframe if "yes rows" in frame.value]
        assert shown["output"].tolist() == ["up", "down"]
        page.selectbox(key="evaluate.positive").set_value(1).run()
        assert sound(page)
        page = open_page("predict", project=project.id, run=run.id)
        assert sound(page)
        assert "The probability of yes for each" in said(page)

    def test_three_rows_leave_none_to_judge(self, open_page: Open, space: Space) -> None:
        """The verdict says so, and the page ends there."""
        project = opening.open_sample(space, "textbook")
        run = trained(space, project, epochs=20)
        page = open_page("evaluate", project=project.id, run=run.id)
        assert sound(page)
        assert "left to judge" in said(page)
        assert primary(page) == ["Predict"]

    def test_a_number_switch_shows_the_figures(self, open_page: Open, space: Space, project: Project) -> None:
        """Every picture has its table."""
        run = trained(space, project)
        page = open_page("evaluate", project=project.id, run=run.id)
        n_tables = len(page.dataframe)
        for name in ("headline", "confusion", "roc"):
            page.toggle(key=f"chart.evaluate.{name}.table").set_value(True)
        page.run()
        assert sound(page)
        assert len(page.dataframe) == n_tables + 3

    def test_a_run_that_ended_is_judged_by_a_job(self, open_page: Open, space: Space, project: Project) -> None:
        """The page begins it, says how far it is, and shows the report when it is there."""
        run = made(space, project, epochs=2)
        train(run)
        page = open_page("evaluate", project=project.id, run=run.id)
        assert sound(page)
        until = time.monotonic() + 120
        while not has(page, "next.predict") and time.monotonic() < until:
            time.sleep(0.5)
            page.run()
        assert sound(page)
        assert primary(page) == ["Predict"]

"""The Predict page: an answer for the form, answers for a file, and what is odd about either."""

from __future__ import annotations

import numpy as np
import pytest

from nnlab.data.csv_out import csv_bytes
from nnlab.errors import DataError
from nnlab.predictor import Predictor
from nnlab.runs import answer_job, opening
from nnlab.runs.files import read_json
from nnlab.runs.folder import RunFolder
from nnlab.runs.load import load
from nnlab.runs.project import Project
from nnlab.runs.using import answered, rows_of
from nnlab.runs.workspace import Space
from tests.app.conftest import Open
from tests.app.trained import has, made, primary, said, sound, trained


@pytest.fixture
def run(space: Space, project: Project) -> RunFolder:
    return trained(space, project)


def answer_of(predictor: Predictor, **cells: object) -> str:
    """The answer of the model itself, asked without any page."""
    import pandas as pd

    return str(predictor.predict(pd.DataFrame([cells], dtype=object)).frame.iloc[0]["prediction"])


class TestForm:
    def test_without_a_run_it_says_what_it_needs(self, open_page: Open, project: Project) -> None:
        """No project, then no run: each with the button that goes there."""
        assert primary(open_page("predict")) == ["Start"]
        page = open_page("predict", project=project.id)
        assert sound(page)
        assert primary(page) == ["Train"]

    def test_a_run_without_weights_sends_to_train(self, open_page: Open, space: Space, project: Project) -> None:
        """Nothing was learnt yet."""
        page = open_page("predict", project=project.id, run=made(space, project).id)
        assert sound(page)
        assert "no weights yet" in said(page)

    def test_the_form_is_filled_and_answered(self, open_page: Open, project: Project, run: RunFolder) -> None:
        """The answer is the model's own for the same cells."""
        page = open_page("predict", project=project.id, run=run.id)
        assert sound(page)
        cells = {widget.label: widget.value for widget in (*page.number_input, *page.selectbox)}
        assert set(cells) == {"size", "weight", "colour"}
        assert page.metric[0].value == answer_of(load(run.path), **cells)

    def test_the_answer_stands_above_the_fields(self, open_page: Open, project: Project, run: RunFolder) -> None:
        """On a phone it would be out of sight below them, and it follows every change."""
        page = open_page("predict", project=project.id, run=run.id)
        assert [heading.value for heading in page.subheader][:2] == ["The answer", "One row"]

    def test_a_row_unlike_the_training_rows_is_told_before_its_answer(
        self, open_page: Open, project: Project, run: RunFolder
    ) -> None:
        """An answer looks as sure as ever there; which value is odd is said."""
        page = open_page("predict", project=project.id, run=run.id)
        assert not page.warning
        field = page.number_input[0]
        field.set_value(99_999).run()
        assert sound(page)
        (told,) = page.warning
        assert told.value.startswith("Unlike the training rows")
        assert field.label in told.value

    def test_a_change_is_answered_and_remembered(self, open_page: Open, project: Project, run: RunFolder) -> None:
        """Another value, another line in "Tried so far"."""
        page = open_page("predict", project=project.id, run=run.id)
        page.number_input[0].set_value(6).run()
        assert sound(page)
        assert "Tried so far" in said(page)
        assert len(page.dataframe[0].value) == 2

    def test_a_missing_value_is_answered(self, open_page: Open, space: Space) -> None:
        """Where training rows lacked some, a field can be emptied: a missing cell, answered as such."""
        rows = "\n".join(f"{'' if i % 9 == 0 else i % 7},{'yes' if i % 2 else 'no'}" for i in range(120))
        project = space.create_project(space.put_table(f"size,sold\n{rows}\n".encode(), "gaps.csv"))
        run = trained(space, space.save(project.with_target("sold")))
        page = open_page("predict", project=project.id, run=run.id)
        assert page.number_input[0].value == 3
        page.number_input[0].set_value(None).run()
        assert sound(page)
        assert list(page.dataframe[0].value["size"]) == ["missing", "3"]

    def test_a_value_outside_the_training_range_is_warned_about(
        self, open_page: Open, project: Project, run: RunFolder
    ) -> None:
        """It is answered all the same."""
        page = open_page("predict", project=project.id, run=run.id)
        page.number_input[0].set_value(10_000).run()
        assert sound(page)
        assert "size" in said(page)

    def test_numbers_are_answered_in_their_unit(self, open_page: Open, space: Space) -> None:
        """Two outputs, two figures."""
        project = opening.open_sample(space, "textbook")
        run = trained(space, project, epochs=20)
        page = open_page("predict", project=project.id, run=run.id)
        assert sound(page)
        assert [metric.label for metric in page.metric] == ["y1", "y2"]


class TestFile:
    def test_a_file_is_answered_row_by_row(self, open_page: Open, project: Project, run: RunFolder) -> None:
        """The answers are the model's own; the download is the one primary button."""
        page = open_page("predict", project=project.id, run=run.id)
        rows = b"colour,weight,size,note\na,3,2,x\nb,9,5,y\n"
        page.file_uploader[0].upload("new.csv", rows).run()
        assert sound(page)
        assert "2 rows answered" in said(page)
        predictor = load(run.path)
        expected = [
            answer_of(predictor, size=2.0, weight=3.0, colour="a"),
            answer_of(predictor, size=5.0, weight=9.0, colour="b"),
        ]
        shown = next(table.value for table in page.dataframe if "prediction" in table.value.columns)
        assert np.array_equal(shown["prediction"].to_numpy(), expected)
        answers = ["prediction", "probability_no", "probability_yes"]
        assert list(shown.columns) == [*answers, "colour", "weight", "size", "note"]

    def test_an_unseen_level_is_warned_about_by_line(self, open_page: Open, project: Project, run: RunFolder) -> None:
        """The line in the file, the column, what is odd."""
        page = open_page("predict", project=project.id, run=run.id)
        page.file_uploader[0].upload("new.csv", b"colour,weight,size\na,3,2\npurple,9,5\n").run()
        assert sound(page)
        odd = next(table.value for table in page.dataframe if "what" in table.value.columns)
        assert list(odd["column"]) == ["colour"]
        assert list(odd["line"]) == [3]

    def test_a_missing_column_is_told_and_can_be_filled_in(
        self, open_page: Open, project: Project, run: RunFolder
    ) -> None:
        """First the sentence that names it; with the switch on, answers with a warning."""
        page = open_page("predict", project=project.id, run=run.id)
        page.file_uploader[0].upload("new.csv", b"weight,size\n3,2\n9,5\n").run()
        assert not page.exception
        assert "colour" in page.error[0].value
        assert "--" not in page.error[0].value
        page.button(key="predict.fill").click().run()
        assert page.toggle(key="predict.impute").value
        assert sound(page)
        assert "2 rows answered" in said(page)

    def test_a_file_that_is_no_table_is_told(self, open_page: Open, project: Project, run: RunFolder) -> None:
        """A sentence; the form goes on answering."""
        page = open_page("predict", project=project.id, run=run.id)
        page.file_uploader[0].upload("new.csv", b"\x89PNG\r\n\x1a\n" + bytes(range(256))).run()
        assert not page.exception
        assert len(page.error) == 1
        assert page.metric


class TestLargeFile:
    ROWS = b"colour,weight,size,note\n" + b"a,3,2,x\nb,9,5,=1+1\n" * 30

    @pytest.fixture(autouse=True)
    def _every_file_is_large(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("NNLAB_LIMITS", '{"job_bytes": 100}')

    def test_it_is_answered_by_a_process_of_its_own_and_found_again(
        self, open_page: Open, space: Space, project: Project, run: RunFolder
    ) -> None:
        """How far it is stands on the page; the answers are the model's own, there after a reload, and can go."""
        page = open_page("predict", project=project.id, run=run.id)
        page.file_uploader[0].upload("new.csv", self.ROWS).run()
        assert "in a process of its own" in said(page)
        assert has(page, "predict.cancel")
        job = answer_job.job_of(space, run)
        assert job is not None
        assert job.wait(60) == {"n_rows": 60}
        again = open_page("predict", project=project.id, run=run.id)
        assert sound(again)
        assert "60 rows answered" in said(again)
        assert "new.csv" in said(again)
        expected = csv_bytes(answered(rows_of(run, self.ROWS, load(run.path), "new.csv"), load(run.path)).frame)
        answers = answer_job.found(run)
        assert answers is not None
        assert answers.csv() == expected
        assert not (run.path / "answers" / "rows").exists()
        again.button(key="predict.clear").click().run()
        assert sound(again)
        assert "60 rows answered" not in said(again)
        assert not (run.path / "answers").exists()

    def test_it_can_be_cancelled(self, open_page: Open, space: Space, project: Project, run: RunFolder) -> None:
        """The uploader is back at once, and nothing of the file stays."""
        page = open_page("predict", project=project.id, run=run.id)
        page.file_uploader[0].upload("new.csv", self.ROWS).run()
        page.button(key="predict.cancel").click().run()
        assert sound(page)
        assert len(page.file_uploader) == 1
        assert answer_job.job_of(space, run) is None
        assert not (run.path / "answers").exists()

    def test_columns_that_it_lacks_are_told_and_filled_in(
        self, open_page: Open, space: Space, project: Project, run: RunFolder
    ) -> None:
        """The error of the other process is a sentence with its repair, which begins the work anew."""
        with pytest.raises(DataError):
            answer_job.begin(space, run, b"weight,size\n3,2\n9,5\n", "new.csv").wait(60)
        page = open_page("predict", project=project.id, run=run.id)
        assert "colour" in page.error[0].value
        page.button(key="predict.fill").click().run()
        job = answer_job.job_of(space, run)
        assert job is not None
        assert read_json(job.path / "job.json")["arguments"]["imputes"] is True
        answer_job.forget(space, run)

"""The Data page: what was understood, and every change of it a step of undo."""

from __future__ import annotations

import io

import pandas as pd
import pytest
from streamlit.testing.v1 import AppTest

from nnlab.data.samples import sample_bytes
from nnlab.runs.project import Project
from nnlab.runs.workspace import Space
from tests.app.conftest import Open
from tests.app.trained import has, primary, said, sound

GERMAN = "name;größe;farbe\n" + "".join(f"n{i};{i},5;{'rot' if i % 3 else 'blau'}\n" for i in range(30))


@pytest.fixture
def untargeted(space: Space) -> Project:
    """A project on the titanic that has no target yet."""
    return space.create_project(space.put_table(sample_bytes("titanic"), "titanic.csv"))


def reading_line(page: AppTest) -> str:
    """The label of the button that says how the file was read."""
    labels = [child.proto.popover.label for child in page.get("popover")]
    return next(label for label in labels if "header" in label or "Parquet" in label).replace("\\", "")


def column(space: Space, project: Project, name: str) -> tuple[str, str]:
    found = space.project(project.id).columns[name]
    return found.kind, found.role


class TestPage:
    def test_without_a_project_it_says_what_it_needs(self, open_page: Open) -> None:
        """One sentence, and the button that goes there."""
        page = open_page("data")
        assert "No table is open" in said(page)
        assert primary(page) == ["Start"]

    def test_it_shows_what_was_understood(self, open_page: Open, project: Project) -> None:
        """Rows, columns, how the file was read, the task and why; Prepare is the one primary button."""
        page = open_page("data", project=project.id)
        assert sound(page)
        assert "120 rows · 4 columns" in said(page)
        assert "Yes or no" in said(page)
        assert primary(page) == ["Prepare"]

    def test_until_there_is_a_target_prepare_waits(self, open_page: Open, untargeted: Project) -> None:
        """The button is there, disabled, and says why."""
        page = open_page("data", project=untargeted.id)
        assert sound(page)
        assert page.button(key="next.prepare").disabled
        assert "Choose first" in page.button(key="next.prepare").help

    @pytest.mark.parametrize("name", ["penguins", "california_housing", "textbook"])
    def test_every_sample_draws(self, open_page: Open, name: str) -> None:
        """No error and no missing word, whatever the task."""
        page = open_page()
        page.button(key=f"start.sample.{name}").click().run()
        assert page.title[0].value == "Data"
        assert sound(page)

    def test_a_wide_table_draws_and_says_what_it_leaves_out(self, open_page: Open, space: Space) -> None:
        """Of 785 columns the first are listed; a part of a name finds the others."""
        head = ",".join(["target", *(f"x{i}" for i in range(784))])
        rows = "\n".join(",".join(str((i * j) % 7) for j in range(785)) for i in range(30))
        project = space.create_project(space.put_table(f"{head}\n{rows}\n".encode(), "wide.csv"))
        page = open_page("data", project=project.id)
        assert sound(page)
        assert "1 to 50 of 785 columns" in said(page)
        page.text_input(key="data.search").set_value("x783").run()
        assert "of 785 columns" not in said(page)
        page.text_input(key="data.search").set_value("no such name").run()
        assert "No column is found." in said(page)

    def test_role_and_kind_of_many_columns_are_one_change(self, open_page: Open, space: Space) -> None:
        """What the search leaves is changed together; one undo takes both back."""
        head = ",".join([*(f"x{i}" for i in range(14)), "y"])
        rows = "\n".join(",".join(str((i * j) % 7 + i % 3) for j in range(15)) for i in range(30))
        created = space.create_project(space.put_table(f"{head}\n{rows}\n".encode(), "many.csv"))
        project = space.save(created.with_target("y"))
        page = open_page("data", project=project.id)
        page.text_input(key="data.search").set_value("x1").run()
        page.selectbox(key="data.many.kind.0").set_value("categorical").run()
        page.selectbox(key="data.many.role.0").set_value("group").run()
        page.button(key="data.many.change").click().run()
        assert sound(page)
        changed = {each.name for each in space.project(project.id).columns.columns if each.role == "group"}
        assert changed == {"x1", "x10", "x11", "x12", "x13"}
        assert {column(space, project, name)[0] for name in changed} == {"categorical"}
        page.button(key="undo").click().run()
        assert space.project(project.id).columns == project.columns

    def test_a_column_tells_its_quartiles_and_what_it_says_about_the_target(
        self, open_page: Open, untargeted: Project, space: Space
    ) -> None:
        """Once there is a target: fares differ between those who lived and those who did not."""
        space.save(untargeted.with_target("Survived"))
        page = open_page("data", project=untargeted.id)
        page.selectbox(key="data.column").set_value("Fare").run()
        assert "median 14.45" in said(page)
        assert "correlation ratio with the target 0.2" in said(page)


class TestTarget:
    def test_choosing_a_target_sets_the_task(self, open_page: Open, untargeted: Project, space: Space) -> None:
        """One click; undo takes it back."""
        page = open_page("data", project=untargeted.id)
        page.multiselect(key="data.target").set_value(["Survived"]).run()
        assert sound(page)
        assert column(space, untargeted, "Survived")[1] == "target"
        assert "Yes or no" in said(page)
        page.button(key="undo").click().run()
        assert not space.project(untargeted.id).columns.targets

    def test_a_target_that_cannot_be_learnt_says_why(self, open_page: Open, space: Space) -> None:
        """One class: a sentence, and the page stays usable."""
        table = space.put_table(b"a,b\n" + b"".join(b"%d,same\n" % i for i in range(30)), "one.csv")
        project = space.create_project(table)
        page = open_page("data", project=project.id)
        page.multiselect(key="data.target").set_value(["b"]).run()
        assert not page.exception
        assert len(page.error) == 1
        page.multiselect(key="data.target").set_value(["a"]).run()
        assert sound(page)

    def test_the_task_is_overruled(self, open_page: Open, untargeted: Project, space: Space) -> None:
        """Classes become a number where the person says so."""
        saved = space.save(untargeted.with_target("Pclass"))
        page = open_page("data", project=saved.id)
        page.selectbox(key="data.task").set_value("regression").run()
        assert not page.exception
        assert space.project(saved.id).columns.task == "regression"


class TestColumns:
    def test_a_kind_is_changed_and_says_that_you_chose(self, open_page: Open, project: Project, space: Space) -> None:
        """The column in view gets another kind."""
        page = open_page("data", project=project.id)
        page.selectbox(key="data.column").set_value("size").run()
        page.selectbox(key="data.Kind.0").set_value("categorical").run()
        assert sound(page)
        assert column(space, project, "size") == ("categorical", "feature")
        assert "You chose this kind" in said(page)

    def test_a_role_is_changed(self, open_page: Open, project: Project, space: Space) -> None:
        """Ignored, and a feature again; as a target it is the target alone."""
        page = open_page("data", project=project.id)
        page.selectbox(key="data.column").set_value("colour").run()
        page.selectbox(key="data.Role.2").set_value("ignore").run()
        assert column(space, project, "colour")[1] == "ignore"
        page.selectbox(key="data.Role.2").set_value("target").run()
        assert sound(page)
        assert [found.name for found in space.project(project.id).columns.targets] == ["colour"]
        assert column(space, project, "sold")[1] == "feature"


class TestReading:
    def test_another_delimiter_makes_another_table(self, open_page: Open, space: Space) -> None:
        """The project moves to it, and undo moves back."""
        project = space.create_project(space.put_table(GERMAN.encode(), "leute.csv"))
        page = open_page("data", project=project.id)
        assert "3 columns" in said(page)
        page.selectbox(key="data.reading.delimiter").set_value(",").run()
        assert not page.exception
        assert space.project(project.id).table_id != project.table_id
        page.button(key="undo").click().run()
        assert space.project(project.id).table_id == project.table_id

    def test_guessing_again_comes_back(self, open_page: Open, space: Space) -> None:
        """After an overruled guess one button finds the first reading again."""
        project = space.create_project(space.put_table(GERMAN.encode(), "leute.csv"))
        page = open_page("data", project=project.id)
        page.number_input(key="data.reading.header_line").set_value(3).run()
        assert "header in line 3, 2 lines above the table set aside" in reading_line(page)
        assert space.project(project.id).table_id != project.table_id
        assert has(page, "data.guess")
        page.button(key="data.guess").click().run()
        assert not page.exception
        assert space.project(project.id).table_id == project.table_id

    def test_without_a_header_the_lines_above_it_stay_set_aside(self, open_page: Open, space: Space) -> None:
        """The header's line becomes a row and no line above it; with a header again its line alone decides."""
        data = f"Report\n\n{GERMAN}".encode()
        project = space.create_project(space.put_table(data, "leute.csv"))
        page = open_page("data", project=project.id)
        page.number_input(key="data.reading.header_line").set_value(None).run()
        assert not page.exception
        found = space.project(project.id).reading
        assert (found.header_line, found.skip_lines) == (None, 2)
        page.number_input(key="data.reading.header_line").set_value(3).run()
        assert space.project(project.id).table_id == space.reread(project.table_id, project.reading).id

    def test_marks_of_missing_cells_are_lines_of_a_text(self, open_page: Open, space: Space) -> None:
        """One taken out is a level again, one added is missing; an empty cell is missing always."""
        data = "a,b\n" + "".join(f"{i},{('NA', 'x', 'gone')[i % 3]}\n" for i in range(30))
        project = space.create_project(space.put_table(data.encode(), "marks.csv"))
        page = open_page("data", project=project.id)
        marks = page.text_area(key="data.reading.missing").value.splitlines()
        assert {"NA", "N/A", "?"} <= {*marks}
        marks = [mark for mark in marks if mark != "NA"] + ["gone"]
        page.text_area(key="data.reading.missing").set_value("\n".join(marks)).run()
        assert sound(page)
        changed = space.project(project.id)
        assert changed.reading.missing == ("", *marks)
        assert space.table(changed.table_id).frame["b"].value_counts(dropna=False).iloc[:2].to_dict() == {
            "NA": 10,
            "x": 10,
        }

    def test_a_delimiter_that_cuts_nothing_is_warned_of_on_the_page(self, open_page: Open, space: Space) -> None:
        """The table of one column is shown, and what would cut it is said outright; "1 column" is no "1 columns"."""
        project = space.create_project(space.put_table(GERMAN.encode(), "leute.csv"))
        page = open_page("data", project=project.id)
        page.selectbox(key="data.reading.delimiter").set_value("\t").run()
        assert not page.exception
        assert "Cut at the tab, every line is one cell" in said(page)
        assert "30 rows · 1 column" in said(page)
        assert "1 columns" not in said(page)

    def test_a_row_that_cannot_be_placed_is_in_the_line(self, open_page: Open, space: Space) -> None:
        """The line counts it, and the list below names it."""
        data = b"a,b\n1,2\n3,4,5\n" + b"".join(b"%d,%d\n" % (i, i) for i in range(20))
        project = space.create_project(space.put_table(data, "ragged.csv"))
        page = open_page("data", project=project.id)
        assert reading_line(page).endswith("header in line 1, 1 row left empty")
        assert [expander.label for expander in page.expander] == ["One thing in the file did not fit"]

    def test_a_file_that_names_its_columns_itself_has_no_controls_for_lines(
        self, open_page: Open, space: Space
    ) -> None:
        """Parquet: what would change nothing is not there."""
        sink = io.BytesIO()
        pd.DataFrame({"a": range(30), "b": ["x", "y"] * 15}).to_parquet(sink)
        project = space.create_project(space.put_table(sink.getvalue(), "rows.parquet"))
        page = open_page("data", project=project.id)
        assert reading_line(page) == "Parquet, nothing set aside"
        keys = {widget.key for widget in (*page.number_input, *page.selectbox, *page.text_input)}
        assert not {f"data.reading.{name}" for name in ("header_line", "delimiter", "encoding", "comment")} & keys
        assert "data.reading.decimal" in keys


def test_what_did_not_fit_is_told_on_top(open_page: Open, space: Space) -> None:
    """Not only where it is listed, at the page's end."""
    rows = "id,name\n1,Ünï\n2,Bo\n3,żółć\n4,a".encode() + b"\xffb\n5,end\n"
    odd = space.create_project(space.put_table(rows, "names.csv"))
    assert "did not fit: see below the first rows" in said(open_page("data", project=odd.id))

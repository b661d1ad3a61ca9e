"""The Data page: what was understood, and every change of it a step of undo."""

from __future__ import annotations

import pytest

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
        assert "400 of 785 columns are listed" in said(page)
        page.text_input(key="data.search").set_value("x783").run()
        assert "1 of 785 columns are listed" in said(page)


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
        page.number_input(key="data.reading.skip_lines").set_value(3).run()
        assert space.project(project.id).table_id != project.table_id
        assert has(page, "data.guess")
        page.button(key="data.guess").click().run()
        assert not page.exception
        assert space.project(project.id).table_id == project.table_id

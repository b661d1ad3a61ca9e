"""The Prepare page: the split and every column's steps, each change a step of undo."""

from __future__ import annotations

import pytest

from nnlab.data.samples import sample_bytes
from nnlab.prep import before_after
from nnlab.prep.recipe import ColumnRecipe
from nnlab.prep.steps import steps
from nnlab.runs.project import Project
from nnlab.runs.workspace import Space
from tests.app.conftest import Open
from tests.app.trained import has, primary, said, sound


@pytest.fixture
def titanic(space: Space) -> Project:
    """Who survived the titanic: numbers with gaps, levels, and columns that are left out."""
    created = space.create_project(space.put_table(sample_bytes("titanic"), "titanic.csv"))
    return space.save(created.with_target("Survived"))


def kinds(space: Space, project: Project, name: str) -> list[str]:
    """The steps that the project has of its own for a column."""
    recipe = space.project(project.id).recipe
    return [step.kind for step in recipe[name].steps] if name in recipe else []


class TestPage:
    def test_without_a_project_it_says_what_it_needs(self, open_page: Open) -> None:
        """One sentence, and the button that goes there."""
        page = open_page("prepare")
        assert "No table is open" in said(page)
        assert primary(page) == ["Start"]

    def test_without_a_target_it_sends_to_data(self, open_page: Open, space: Space) -> None:
        """What is missing is said, and Data is where it is chosen."""
        project = space.create_project(space.put_table(b"a,b\n1,2\n3,4\n5,6\n", "small.csv"))
        page = open_page("prepare", project=project.id)
        assert not page.exception
        assert has(page, "empty.data")

    def test_it_says_which_rows_train_and_what_a_row_becomes(self, open_page: Open, titanic: Project) -> None:
        """Rows of each part, the numbers a row becomes, and what is left out; Network is the one primary button."""
        page = open_page("prepare", project=titanic.id)
        assert sound(page)
        assert "570 rows train · 143 validate · 178 test" in said(page)
        assert "Left out: PassengerId, Ticket, Cabin" in said(page)
        assert primary(page) == ["Network"]

    def test_three_rows_all_train(self, open_page: Open) -> None:
        """The textbook sample draws."""
        page = open_page()
        page.button(key="start.sample.textbook").click().run()
        page.switch_page("../prepare.py").run()
        assert sound(page)
        assert "3 rows train" in said(page)

    def test_another_row_is_followed(self, open_page: Open, titanic: Project) -> None:
        """The number of a line chooses it; a line that the file lacks gives the next."""
        page = open_page("prepare", project=titanic.id)
        page.number_input(key="prepare.line").set_value(892).run()
        assert sound(page)


class TestSplit:
    def test_the_shares_are_changed(self, open_page: Open, titanic: Project, space: Space) -> None:
        """More test rows, fewer to train with; undo takes it back."""
        page = open_page("prepare", project=titanic.id)
        page.number_input(key="prepare.split_form.test").set_value(0.4).run()
        assert not page.exception
        assert space.project(titanic.id).split.test == 0.4
        page.button(key="undo").click().run()
        assert space.project(titanic.id).split == titanic.split

    def test_another_seed_draws_other_rows(self, open_page: Open, titanic: Project, space: Space) -> None:
        """The number of rows stays."""
        page = open_page("prepare", project=titanic.id)
        page.number_input(key="prepare.split_form.seed").set_value(7).run()
        assert sound(page)
        assert space.project(titanic.id).split.seed == 7
        assert "178 test" in said(page)


class TestSteps:
    def test_a_step_is_removed_and_the_default_comes_back(
        self, open_page: Open, titanic: Project, space: Space
    ) -> None:
        """Age without its is-missing column; one button puts the default back."""
        page = open_page("prepare", project=titanic.id)
        page.selectbox(key="prepare.column").set_value("Age").run()
        page.button(key="prepare.remove.Age.1").click().run()
        assert sound(page)
        assert kinds(space, titanic, "Age") == ["impute_median", "standardize"]
        page.button(key="prepare.default.Age").click().run()
        assert sound(page)
        assert kinds(space, titanic, "Age") == []

    def test_a_step_is_added_and_moved(self, open_page: Open, titanic: Project, space: Space) -> None:
        """The menu offers what fits; the new step stands last and is moved up."""
        page = open_page("prepare", project=titanic.id)
        page.selectbox(key="prepare.column").set_value("Age").run()
        page.menu_button(key="prepare.add.Age").click("clip").run()
        assert sound(page)
        assert kinds(space, titanic, "Age")[-1] == "clip"
        page.button(key="prepare.up.Age.3").click().run()
        assert sound(page)
        assert kinds(space, titanic, "Age")[2:] == ["clip", "standardize"]

    def test_a_chain_that_cannot_run_is_told_with_a_way_back(
        self, open_page: Open, titanic: Project, space: Space
    ) -> None:
        """Levels without one-hot give no number: the sentence names the column, and undo is in reach."""
        page = open_page("prepare", project=titanic.id)
        page.selectbox(key="prepare.column").set_value("Sex").run()
        page.button(key="prepare.remove.Sex.0").click().run()
        assert not page.exception
        assert "Sex" in page.error[0].value
        page.button(key="undo").click().run()
        assert sound(page)

    def test_a_setting_of_a_step_is_changed(self, open_page: Open, titanic: Project, space: Space) -> None:
        """Two places for Embarked, the rest share one."""
        page = open_page("prepare", project=titanic.id)
        page.selectbox(key="prepare.column").set_value("Embarked").run()
        page.number_input(key="prepare.Embarked.0.one_hot.levels").set_value(2).run()
        assert sound(page)
        assert kinds(space, titanic, "Embarked") == ["one_hot"]

    def test_the_target_is_learnt_as_its_logarithm(self, open_page: Open, space: Space) -> None:
        """Offered for a target of numbers alone, beside the reason for what is done; classes have none."""
        rows = "\n".join(f"{x},{x % 7},{x * x + 0.5}" for x in range(60))
        made = space.create_project(space.put_table(f"a,b,y\n{rows}\n".encode(), "powers.csv"))
        project = space.save(made.with_target("y"))
        page = open_page("prepare", project=project.id)
        assert "Standardized" in said(page)
        page.selectbox(key="prepare.target.transform").set_value("log").run()
        assert sound(page)
        assert space.project(project.id).recipe.target.transform == "log"
        page.button(key="undo").click().run()
        assert space.project(project.id).recipe.target.transform == "auto"

    def test_every_kind_of_step_is_drawn_and_set(self, open_page: Open, titanic: Project, space: Space) -> None:
        """Codes, curves, buckets and means of the target on one page; the order of levels is written down."""
        chains = {
            "Sex": ("target_encoding",),
            "Embarked": ("ordinal",),
            "Age": ("impute_median", "piecewise_linear"),
            "Fare": ("robust_scale", "smooth_clip", "splines"),
            "SibSp": ("bins",),
            "Pclass": ("hashing",),
        }
        recipe = titanic.recipe
        for name, kinds_ in chains.items():
            recipe = recipe.changed(name, tuple(steps[kind]() for kind in kinds_))
        space.save(titanic.having(recipe=recipe))
        page = open_page("prepare", project=titanic.id)
        for name in chains:
            page.selectbox(key="prepare.column").set_value(name).run()
            assert sound(page), name
        page.selectbox(key="prepare.column").set_value("Embarked").run()
        page.text_input(key="prepare.Embarked.0.ordinal.order").set_value("S, Q, C").run()
        assert sound(page)
        assert "S < Q < C" in said(page)
        page.text_input(key="prepare.Embarked.0.ordinal.order").set_value("S, S").run()
        assert "S has several" in said(page)


class TestBrokenSteps:
    def test_steps_that_cannot_run_are_mended_where_they_are_said(
        self, open_page: Open, space: Space, project: Project
    ) -> None:
        """Without its last step a column gives no numbers: its steps stand there still; Network leads to them."""
        name = next(column.name for column in project.columns.features if column.kind == "categorical")
        broken = space.save(project.having(recipe=project.recipe.changed(name, ())))
        page = open_page("network", project=broken.id)
        assert not page.exception
        page.button(key="empty.prepare").click().run()
        assert page.title[0].value == "Prepare"
        assert len(page.error) == 1
        assert not [button.label for button in page.button if "Go to" in button.label]
        page.menu_button(key=f"prepare.add.{name}").click("one_hot").run()
        assert not page.error
        assert [step.kind for step in space.project(project.id).recipe[name].steps] == ["one_hot"]

    def test_several_columns_are_mended_one_under_the_other(
        self, open_page: Open, titanic: Project, space: Space
    ) -> None:
        """Steps of numbers in columns that became levels: each stands there, and beyond three it is said how many."""
        names = ["Age", "Fare", "SibSp", "Parch", "Pclass"]
        numbers = titanic
        for name in names:
            numbers = numbers.with_column(name, kind="categorical")
            numbers = numbers.having(recipe=numbers.recipe.changed(name, (steps["standardize"](),)))
        page = open_page("prepare", project=space.save(numbers).id)
        assert not page.exception
        assert len(page.error) == 1, [error.value for error in page.error]
        assert [head.value for head in page.subheader][:3] == ["Steps of Pclass", "Steps of Age", "Steps of SibSp"]
        assert "and 2 more columns" in said(page)
        page.button(key="prepare.default.Pclass").click().run()
        assert "and 1 more column" in said(page)

    def test_the_default_comes_back(self, open_page: Open, space: Space, project: Project) -> None:
        name = next(column.name for column in project.columns.features if column.kind == "categorical")
        broken = space.save(project.having(recipe=project.recipe.changed(name, ())))
        page = open_page("prepare", project=broken.id)
        page.button(key=f"prepare.default.{name}").click().run()
        assert not page.error
        assert name not in space.project(project.id).recipe


def test_a_picture_of_some_rows_says_so(open_page: Open, project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its bars count one row in so many."""
    page = open_page("prepare", project=project.id)
    assert "is drawn" not in said(page)
    monkeypatch.setattr(before_after, "MOST_ROWS", 30)
    page.run()
    assert "One row in 3 is drawn." in said(page)


def test_a_text_column_has_examples_and_no_bars(open_page: Open, space: Space) -> None:
    """No two names are the same, so that every bar would be as long; words lead with the heaviest, in quotes."""
    rows = "\n".join(f'"{"good" if i % 3 else "bad"} tale, no. {i} of them",{i % 2}' for i in range(90))
    created = space.create_project(space.put_table(f"note,sold\n{rows}\n".encode(), "notes.csv"))
    project = space.save(created.with_column("note", kind="text", role="feature").with_target("sold"))
    page = open_page("prepare", project=project.id)
    assert sound(page)
    assert "For example: " in said(page)
    assert "prepare.picture" not in " ".join(toggle.key or "" for toggle in page.toggle)
    (cell,) = page.dataframe[0].value["In the tensor"]
    assert cell.startswith("“")


def test_dates_are_written_as_days_and_years_without_spaces(open_page: Open, space: Space) -> None:
    """In the list, on the journey and in the first rows of Data; nothing is counted in seconds since 1970."""
    rows = "\n".join(f"{1949 + i // 12}-{1 + i % 12:02},{i * 37 % 101}" for i in range(144))
    created = space.create_project(space.put_table(f"month,sold\n{rows}\n".encode(), "months.csv"))
    project = space.save(created.with_target("sold"))
    page = open_page("prepare", project=project.id)
    assert sound(page)
    told = said(page)
    assert "median 195" in told
    assert "year 19" in told
    assert "00:00:00" not in told
    assert list(page.dataframe[0].value["This row"]) == ["1949-06-01"]
    data = open_page("data", project=project.id)
    assert str(data.dataframe[-1].value["month"].iloc[0]) == "1949-01-01"


def test_token_ids_are_what_goes_into_the_network(open_page: Open, space: Space) -> None:
    """A text that is read as tokens has no number in the table: "0 numbers a row" would be false."""
    rows = "\n".join(f'"{"good" if i % 3 else "bad"} tale, no. {i} of them",{i % 2}' for i in range(90))
    created = space.create_project(space.put_table(f"note,sold\n{rows}\n".encode(), "notes.csv"))
    told = created.with_column("note", kind="text", role="feature").with_target("sold")
    chain = ColumnRecipe(column="note", steps=(steps["token_ids"](length=12),))
    project = space.save(told.having(recipe=told.recipe.having(columns=(chain,))))
    page = open_page("prepare", project=project.id)
    assert sound(page)
    assert "**12** token ids a row go into the network" in said(page)

"""Cleaning on the Data page: steps added, changed, moved, removed and undone, and spellings merged."""

from __future__ import annotations

import io
import zipfile

import pytest
from streamlit.testing.v1 import AppTest

from nnlab.cleaning import Cleaning, cleaning_steps
from nnlab.runs.cleaned_tables import with_cleaning
from nnlab.runs.project import Project
from nnlab.runs.workspace import Space
from tests.app.conftest import Open
from tests.app.trained import has, said, sound

SEXES = ["male", "M", "Male", "male", "F"]
TEXT = "age,sex,height\n" + "".join(f"{n % 50},{SEXES[n % 5]},{150 + n % 40}\n" for n in range(100))


@pytest.fixture
def people(space: Space) -> Project:
    created = space.create_project(space.put_table(TEXT.encode(), "people.csv"))
    return space.save(created.with_target("sex"))


def added(page: AppTest, kind: str) -> AppTest:
    """The page with the form of a new step open: AppTest cannot open menus, so the choice goes through the session."""
    place = len([button for button in page.button if "cleaning.remove." in str(button.key)])
    page.session_state[f"cleaning.open.{page.session_state['project_id']}"] = {"kind": kind, "place": place}
    return page.run()


def cleaning(space: Space, project: Project) -> Cleaning:
    return space.project(project.id).cleaning


def keyed(page: AppTest, start: str) -> str:
    """The key of the first button that begins so."""
    return next(str(button.key) for button in page.button if str(button.key).startswith(start))


def form(name: str) -> str:
    return f"cleaning.form.0.0.{name}"


def test_rows_are_kept_by_a_condition_and_undone(open_page: Open, people: Project, space: Space) -> None:
    """What it would do is told before it is applied; then the page shows the rows that are left."""
    page = open_page("data", project=people.id)
    assert "The file itself stays as it is" in said(page)
    added(page, "keep_rows")
    assert page.button(key="cleaning.apply").disabled
    assert "Choose a column and a value in each line" in said(page)
    page.selectbox(key=form("conditions.0.column")).set_value("age").run()
    page.selectbox(key=form("conditions.0.comparison.numeric")).set_value("at_least").run()
    page.text_input(key=form("conditions.0.value")).set_value("10").run()
    assert sound(page)
    assert "20 rows dropped" in said(page)
    page.button(key="cleaning.apply").click().run()
    assert sound(page)
    assert "80 rows" in said(page)
    assert "Keep rows where age ≥ 10" in said(page).replace("\\", "").replace("\u2060", "")
    page.button(key="undo").click().run()
    assert sound(page)
    assert "100 rows" in said(page)
    assert cleaning(space, people) == Cleaning()


def test_what_cannot_be_applied_is_told_and_changes_nothing(open_page: Open, people: Project, space: Space) -> None:
    """A condition that compares nothing, an expression that is none; there is no button to press then."""
    page = added(open_page("data", project=people.id), "compute_column")
    page.text_input(key=form("into")).set_value("bmi").run()
    page.text_area(key=form("expression")).set_value("height / (").run()
    assert sound(page)
    told = said(page).replace("\\", "")
    assert "character 11" in told
    assert ".." not in told.partition("character 11")[2][:140]
    assert page.button(key="cleaning.apply").disabled
    page.text_area(key=form("expression")).set_value("heigth / 100").run()
    assert "Did you mean height?" in said(page).replace("\\", "").replace("\u2060", "")
    assert page.button(key="cleaning.apply").disabled
    page.button(key="cleaning.cancel").click().run()
    assert not has(page, "cleaning.apply")
    assert cleaning(space, people) == Cleaning()


def test_a_column_is_computed_then_the_step_changed_moved_and_removed(
    open_page: Open, people: Project, space: Space
) -> None:
    page = added(open_page("data", project=people.id), "compute_column")
    page.text_input(key=form("into")).set_value("metres").run()
    page.text_area(key=form("expression")).set_value("height / 100").run()
    page.button(key="cleaning.apply").click().run()
    assert sound(page)
    assert space.project(people.id).columns["metres"].kind == "numeric"
    page.button(key=keyed(page, "cleaning.edit.0")).click().run()
    page.text_area(key="cleaning.form.1.0.expression").set_value("height / 10").run()
    page.button(key="cleaning.apply").click().run()
    assert cleaning(space, people).steps[0].plain()["expression"] == "height / 10"
    saved = space.project(people.id)
    both = saved.cleaning.added(cleaning_steps.parse({"kind": "fill_down", "columns": ["age"]}))
    space.save(with_cleaning(space, saved, both))
    page.run()
    page.button(key=keyed(page, "cleaning.arrow_upward.1")).click().run()
    assert [step.kind for step in cleaning(space, people).steps] == ["fill_down", "compute_column"]
    page.button(key=keyed(page, "cleaning.remove.0")).click().run()
    assert sound(page)
    assert [step.kind for step in cleaning(space, people).steps] == ["compute_column"]


def test_proposed_spellings_are_merged(open_page: Open, people: Project, space: Space) -> None:
    """With their counts; what is sure is chosen already, a short form waits to be."""
    page = open_page("data", project=people.id)
    key = f"cleaning.proposal.{people.table_id[:8]}.0.0"
    assert page.multiselect(key=key).value == ["Male"]
    assert set(page.multiselect(key=key).options) == {"Male (20)", "M (20, short form)"}
    assert "differs by a letter, or is a short form, may be another one" in said(page)
    page.multiselect(key=key).set_value(["Male", "M"]).run()
    page.button(key=f"cleaning.merge.{people.table_id[:8]}.0").click().run()
    assert sound(page)
    table = space.table(space.project(people.id).table_id)
    assert set(table.frame.sex) == {"male", "F"}
    assert "40 cells changed" in said(page)
    assert space.project(people.id).columns.targets[0].name == "sex"


@pytest.mark.parametrize(
    "kind", ["keep_rows", "drop_rows", "drop_duplicates", "fill_down", "join_columns", "merge_spellings",
             "replace_pattern", "replace_values", "split_column"],
)  # fmt: skip
def test_every_step_has_a_form(open_page: Open, people: Project, kind: str) -> None:
    """Which opens empty, says nothing is wrong, and can be left."""
    page = added(open_page("data", project=people.id), kind)
    assert sound(page)
    assert page.button(key="cleaning.apply").disabled == (kind != "drop_duplicates")
    assert ":red[" not in said(page)
    assert "not there" not in said(page)


def test_a_step_whose_column_is_gone_says_so(open_page: Open, people: Project, space: Space) -> None:
    gone = Cleaning.parse({"steps": [{"kind": "fill_down", "columns": ["<b>gone</b>"]}]})
    space.save(with_cleaning(space, people, gone))
    page = open_page("data", project=people.id)
    assert sound(page)
    assert "left out" in said(page)
    assert not any("<b>" in str(each.value) for each in (*page.markdown, *page.caption))


def test_a_column_that_is_made_of_the_target_is_told(open_page: Open, people: Project, space: Space) -> None:
    made = {"kind": "compute_column", "into": "both", "expression": "sex & height"}
    space.save(with_cleaning(space, people, Cleaning.parse({"steps": [made]})))
    page = open_page("data", project=people.id)
    assert sound(page)
    assert "Reads the target: sex" in said(page).replace("\u2060", "")


def test_filling_down_is_tried_file_by_file(open_page: Open, space: Space) -> None:
    """What the form promises is what is done: the first empty cells of the second file take nothing of the first."""
    train = "group,y\n" + "".join(f"{'a' if n % 5 == 0 else ''},{n}\n" for n in range(40))
    test = "group,y\n" + ",7\n" * 6 + "b,8\n" * 5
    both = io.BytesIO()
    with zipfile.ZipFile(both, "w") as packed:
        packed.writestr("train.csv", train)
        packed.writestr("test.csv", test)
    project = space.create_project(space.put_table(both.getvalue(), "both.zip"))
    page = added(open_page("data", project=project.id), "fill_down")
    page.multiselect(key=form("columns")).set_value(["group"]).run()
    assert sound(page)
    assert "32 cells changed" in said(page)
    page.button(key="cleaning.apply").click().run()
    assert space.table(space.project(project.id).table_id).frame["group"].isna().sum() == 6

"""Cleaning as a person does it on the Data page: spellings merged, rows kept, a column computed, all of it undone."""

from __future__ import annotations

from playwright.sync_api import expect

from nnlab.runs.project import Project
from nnlab.runs.workspace import Space
from tests.browser.projects import comes_true
from tests.browser.visitor import WAIT_MS, Visitor


def spellings_merged(visitor: Visitor, space: Space, project_id: str) -> Project:
    """Opens what is proposed, and presses the one button of its first column."""
    before = space.project(project_id)
    visitor.settled().keyed("cleaning.proposals").locator("summary").click()
    _in_view(visitor, f"cleaning.merge.{before.table_id[:8]}.0").press(f"cleaning.merge.{before.table_id[:8]}.0")
    return _after(space, before, 1)


def rows_kept(visitor: Visitor, space: Space, project_id: str, column: str, at_least: object) -> Project:
    """A condition built by clicking; what it would drop is told before it is applied."""
    before = space.project(project_id)
    form = _opened(visitor, "Keep rows where", before)
    _in_view(visitor, f"{form}.conditions.0.column").choose(f"{form}.conditions.0.column", column)
    key = f"{form}.conditions.0.comparison.numeric"
    _in_view(visitor, key).choose(key, "≥")
    visitor.fill(f"{form}.conditions.0.value", at_least).says("rows dropped")
    visitor.press("cleaning.apply")
    return _after(space, before, 1)


def column_computed(visitor: Visitor, space: Space, project_id: str, name: str, expression: str) -> Project:
    """An expression typed in; a broken one names the place, and cannot be applied."""
    before = space.project(project_id)
    form = _opened(visitor, "Compute a column", before)
    visitor.fill(f"{form}.into", name)
    field = visitor.keyed(f"{form}.expression").locator("textarea")
    field.fill(f"{expression} + (")
    field.press("Control+Enter")
    visitor.drawn().says("is expected here")
    expect(visitor.keyed("cleaning.apply").get_by_role("button")).to_be_disabled(timeout=WAIT_MS)
    field.fill(expression)
    field.press("Control+Enter")
    visitor.drawn().says("column made")
    visitor.press("cleaning.apply")
    return _after(space, before, 1)


def undone(visitor: Visitor, space: Space, project_id: str, n_steps: int) -> Project:
    """As many steps taken back as were made, by the project's own undo."""
    for _ in range(n_steps):
        before = space.project(project_id)
        visitor.press("undo")
        _after(space, before, -1)
    return space.project(project_id)


def _opened(visitor: Visitor, title: str, project: Project) -> str:
    """Opens the form of a new step by the menu; gives the beginning of its widgets' keys."""
    button = visitor.app.locator('[class*="st-key-cleaning-add-"]').get_by_role("button").first
    button.scroll_into_view_if_needed()
    visitor.settled()
    button.click()
    visitor.app.get_by_role("menuitem", name=title, exact=True).or_(
        visitor.app.get_by_role("option", name=title, exact=True)
    ).click()
    visitor.drawn()
    expect(visitor.keyed("cleaning.form")).to_be_visible(timeout=WAIT_MS)
    first = visitor.keyed("cleaning.form").locator('[class*="st-key-cleaning-form-"]').first
    name = next(part for part in str(first.get_attribute("class")).split() if part.startswith("st-key-cleaning-form-"))
    turn, place = name.removeprefix("st-key-cleaning-form-").split("-")[:2]
    assert int(place) == len(project.cleaning)
    return f"cleaning.form.{turn}.{place}"


def _in_view(visitor: Visitor, key: str) -> Visitor:
    """Waits until a widget stands still within the window: a list closes when the page moves under it."""
    visitor.keyed(key).scroll_into_view_if_needed()
    return visitor.settled()


def _after(space: Space, before: Project, n_more: int) -> Project:
    def is_there() -> bool:
        return len(space.project(before.id).cleaning) == len(before.cleaning) + n_more

    comes_true(is_there, "the cleaning is not saved")
    return space.project(before.id)

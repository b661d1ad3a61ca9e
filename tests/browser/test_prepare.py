"""Preparing twelve columns at once in a real browser: the row's way changes, the leak meter shows a lie, undo."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from playwright.sync_api import expect

from nnlab.runs.project import Project
from nnlab.runs.workspace import Space
from tests.browser.conftest import Visit
from tests.browser.projects import comes_true
from tests.browser.server import Server
from tests.browser.visitor import WAIT_MS

pytestmark = pytest.mark.timeout(400)
TWELVE = {f"m{place}" for place in range(12)}


def leaking(space: Space) -> Project:
    """Twelve measures, six marks, and how long the call took, which is known only once it has been answered."""
    rng = np.random.default_rng(0)
    is_sold = rng.random(300) < 0.4
    frame = pd.DataFrame({f"m{place}": rng.normal(size=300).round(3) for place in range(12)})
    frame = frame.assign(**{f"k{place}": rng.choice(["a", "b", "c"], 300) for place in range(6)})
    frame["duration"] = np.where(is_sold, 300, 90) + rng.integers(0, 120, 300)
    frame["sold"] = np.where(is_sold, "yes", "no")
    created = space.create_project(space.put_table(frame.to_csv(index=False).encode(), "calls.csv"))
    return space.save(created.with_target("sold"))


def test_twelve_columns_change_at_once_and_a_leak_is_seen(single: Server, visit: Visit) -> None:
    """Steps, then kind and role of twelve, each one undo; the cell's way follows; with and without a column."""
    space = Space(single.home, "local")
    project = leaking(space)
    visitor = visit(single).open(f"/prepare?project={project.id}").on("Prepare")
    visitor.fill("prepare.search", "m")
    visitor.choose("prepare.column", "m3")
    way = visitor.keyed("prepare.travel")
    expect(way.get_by_text("Standardize")).to_be_visible(timeout=WAIT_MS)

    visitor.app.get_by_text("Change 12 columns at once").click()
    visitor.settled()  # it unfolds, and a menu that opens meanwhile shuts again
    visitor.choose("prepare.many.steps.0", "without standardize")
    visitor.press("prepare.many.change")
    comes_true(lambda: _columns_with_steps(space, project) == TWELVE, "the steps of twelve columns are not saved")
    visitor.drawn()
    expect(way.get_by_text("Standardize")).to_have_count(0, timeout=WAIT_MS)

    visitor.choose("prepare.many.kind.1", "categorical")
    visitor.choose("prepare.many.role.1", "ignore")
    visitor.press("prepare.many.change")
    comes_true(lambda: _ignored(space, project) >= TWELVE, "the roles of twelve columns are not saved")
    visitor.says("Left out: m0")
    visitor.press("undo")
    comes_true(lambda: not _ignored(space, project) & TWELVE, "undo stands still")
    visitor.press("undo")
    comes_true(lambda: not _columns_with_steps(space, project), "undo stands still")
    assert space.project(project.id).columns == project.columns

    visitor.drawn().fill("prepare.search", "")
    visitor.choose("prepare.column", "duration")
    expect(visitor.keyed("prepare.leak.duration")).to_be_visible(timeout=WAIT_MS)  # else the column before is measured
    visitor.press("prepare.leak.measure")
    visitor.says("if its values are known only afterwards, the difference will not be there for new rows")
    picture = visitor.keyed("chart.prepare.leak_picture")
    expect(picture.get_by_text("with duration")).to_be_visible(timeout=WAIT_MS)

    visitor.go("Data").says("duration alone gives AUC")
    visitor.settled().keyed("findings").get_by_role("button", name="Leave out duration").click()
    comes_true(lambda: "duration" in _ignored(space, project), "the mend does nothing")
    visitor.drawn().press("undo")
    comes_true(lambda: "duration" not in _ignored(space, project), "undo stands still")
    assert visitor.faults == []


def _columns_with_steps(space: Space, project: Project) -> set[str]:
    return {entry.column for entry in space.project(project.id).recipe.columns}


def _ignored(space: Space, project: Project) -> set[str]:
    return {column.name for column in space.project(project.id).columns.columns if column.role == "ignore"}

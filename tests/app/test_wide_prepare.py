"""Prepare on a table of a thousand columns: pages of the list, many columns at once, and how long it takes."""

from __future__ import annotations

import time
from collections.abc import Callable

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from nnlab.runs.project import Project
from nnlab.runs.workspace import Space
from tests.app.conftest import Open
from tests.app.trained import said, sound
from tests.batteries import battery

OPENS_S, ANSWERS_S = 3.0, 0.3  # what a person waits for, on a machine that does nothing else


def wide(space: Space, n_rows: int, n_columns: int) -> Project:
    """Numbers of three digits in every column, the last of which is to be predicted."""
    cells = np.random.default_rng(0).integers(100, 1000, (n_rows, n_columns))
    text = np.empty((n_rows, n_columns, 4), dtype=np.uint8)
    for place, power in enumerate((100, 10, 1)):
        text[:, :, place] = ord("0") + cells // power % 10
    text[:, :, 3] = ord(",")
    text[:, -1, 3] = ord("\n")
    header = ",".join([*(f"x{place}" for place in range(n_columns - 1)), "y"]) + "\n"
    path = space.home.with_name("wide.csv")  # by its path: more than a browser may send
    path.write_bytes(header.encode() + text.tobytes())
    created = space.create_project(space.put_table(path, "wide.csv"))
    return space.save(created.with_target("y"))


@pytest.mark.quiet
def test_a_thousand_columns_open_and_change_quickly(
    open_page: Open, space: Space, measured: Callable[[str], None]
) -> None:
    """The page opens once the profile is there; a change of one column learns one column, and the list has pages."""
    n_rows = battery(10_000, 100_000)
    project = wide(space, n_rows, 1_000)
    page = open_page("data", project=project.id)
    assert sound(page)

    def wait_s(act: Callable[[], AppTest]) -> float:
        began = time.perf_counter()
        assert sound(act())
        return time.perf_counter() - began

    opens_s = wait_s(lambda: page.switch_page("../prepare.py").run())
    assert "1 to 50 of 999 columns" in said(page)
    page.selectbox(key="prepare.column").set_value("x7").run()
    adds_s = [wait_s(lambda: page.menu_button(key="prepare.add.x7").click("clip").run()) for _ in range(3)]
    answers_s = sorted(adds_s)[1]
    measured(
        f"Prepare, 1 000 columns × {n_rows} rows: opens in {opens_s:.2f} s (wanted {OPENS_S:g}), a change of "
        f"one column answers in {1000 * answers_s:.0f} ms (wanted {1000 * ANSWERS_S:.0f}), "
        f"the first one in {1000 * adds_s[0]:.0f} ms"
    )
    assert [step.kind for step in space.project(project.id).recipe["x7"].steps].count("clip") == 3
    assert answers_s < opens_s  # the other columns were not learnt again


class TestMany:
    """The menus that change several columns at once."""

    def test_role_kind_and_steps_of_twelve_columns_are_one_change(self, open_page: Open, space: Space) -> None:
        """A search leaves twelve of them; one undo takes all of it back."""
        project = wide(space, 60, 31)
        page = open_page("prepare", project=project.id)
        assert "Change 30 columns at once" in str(page.expander)
        page.text_input(key="prepare.search").set_value("x1, x29").run()
        assert sound(page)
        page.selectbox(key="prepare.column").set_value("x2").run()
        page.button(key="prepare.remove.x2.0").click().run()
        chain = space.project(project.id).recipe["x2"].steps
        page.selectbox(key="prepare.many.steps.0").set_value("like").run()
        page.button(key="prepare.many.change").click().run()
        assert sound(page)
        changed = space.project(project.id)
        names = {f"x{n}" for n in (1, *range(10, 20), 29)}
        assert {entry.column: entry.steps for entry in changed.recipe.columns} == dict.fromkeys(names | {"x2"}, chain)
        page.button(key="undo").click().run()
        assert {entry.column for entry in space.project(project.id).recipe.columns} == {"x2"}

    def test_a_kind_for_many_takes_their_steps_along(self, open_page: Open, space: Space) -> None:
        """As levels they get the default of levels; a role takes them out of the list."""
        project = wide(space, 60, 15)
        page = open_page("prepare", project=project.id)
        page.selectbox(key="prepare.many.kind.0").set_value("categorical").run()
        page.selectbox(key="prepare.many.steps.0").set_value("then clip").run()
        page.button(key="prepare.many.change").click().run()
        assert sound(page)
        assert {column.kind for column in space.project(project.id).columns.features} == {"categorical"}
        assert "14 of the columns cannot take these steps" in said(page)
        page.text_input(key="prepare.search").set_value("x1").run()
        page.selectbox(key="prepare.many.role.1").set_value("ignore").run()
        page.button(key="prepare.many.change").click().run()
        assert sound(page)
        assert {column.name for column in space.project(project.id).columns.features} == {
            *(f"x{n}" for n in (0, *range(2, 10)))
        }

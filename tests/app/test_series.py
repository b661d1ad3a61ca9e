"""Pages of a project on a series: what a window holds is said, and Predict asks for rows with their past."""

from __future__ import annotations

import math

import pytest

from nnlab.prep.lookback import Windows
from nnlab.runs.project import Project
from nnlab.runs.workspace import Space
from tests.app.conftest import Open
from tests.app.trained import said, sound, trained


@pytest.fixture
def series(space: Space) -> Project:
    """A wave on a trend by month, looked back on for six months."""
    rows = "\n".join(f"20{10 + at // 12}-{at % 12 + 1:02d}-01,{at + 9 * math.sin(at):.2f}" for at in range(72))
    made = space.create_project(space.put_table(f"month,sold\n{rows}\n".encode(), "sold.csv"))
    made = made.with_target("sold").with_column("month", role="time")
    return space.save(made.having(recipe=made.recipe.having(windows=Windows(lookback=6))))


def test_prepare_says_what_a_window_holds_and_changes_it(open_page: Open, space: Space, series: Project) -> None:
    """No column is left to prepare by itself; rows without a whole window are counted; the form sets the steps."""
    page = open_page("prepare", project=series.id)
    assert sound(page)
    assert "Each row brings the last **6** steps of sold, and tells **1** ahead." in said(page)
    assert "6 rows are left out: no 6 steps up to it" in said(page)
    page.number_input(key="prepare.windows_form.lookback").set_value(12).run()
    assert sound(page)
    assert space.project(series.id).recipe.windows.lookback == 12


def test_the_head_says_what_its_output_is_added_to(open_page: Open, space: Space, series: Project) -> None:
    """It is there from the start, and a switch beside the head's sentence takes it away and brings it back."""
    page = open_page("network", project=series.id)
    page.selectbox(key="network.layer.picked").set_value("head").run()
    assert sound(page)
    switch = page.toggle(key="network.layer.adds_last_value")
    assert switch.value is True
    for wanted in (False, True):
        page.toggle(key="network.layer.adds_last_value").set_value(wanted).run()
        assert sound(page)
        network = space.project(series.id).network
        assert network is not None
        assert network.adds_last_value is wanted
        assert ("added to the last value" in page.selectbox(key="network.layer.picked").options[-1]) is wanted


def test_the_steps_ahead_are_changed_at_the_head(open_page: Open, space: Space, series: Project) -> None:
    """A number for each step; the recipe has it, and so has Prepare."""
    page = open_page("network", project=series.id)
    page.selectbox(key="network.layer.picked").set_value("head").run()
    page.number_input(key="network.layer.windows.horizon").set_value(3).run()
    assert sound(page)
    assert space.project(series.id).recipe.windows == Windows(lookback=6, horizon=3)
    assert any(each.value.startswith("3 numbers at once") for each in page.markdown)


def test_predict_asks_for_rows_with_their_past(open_page: Open, space: Space, series: Project) -> None:
    """One row alone has none, so there is no form."""
    run = trained(space, series)
    page = open_page("predict", project=series.id, run=run.id)
    assert sound(page)
    assert "reads a row's past" in said(page)
    assert not page.number_input


def test_the_worst_rows_of_a_series_keep_what_each_row_knows(open_page: Open, space: Space, series: Project) -> None:
    """Its own cell is not what was to be told: that comes a step later."""
    page = open_page("evaluate", project=series.id, run=trained(space, series).id)
    assert sound(page)
    (shown,) = [frame.value for frame in page.dataframe if "off by" in frame.value]
    assert list(shown.columns) == ["says", "was", "off by", "sold", "month"]
    assert (shown["was"] != shown["sold"]).any()

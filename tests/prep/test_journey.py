"""The journey of one row: what the page shows is what the tensor holds."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from nnlab.prep.fit import fit
from nnlab.prep.fitted import Fitted
from nnlab.prep.journey import ColumnJourney, journey, sentences
from nnlab.prep.recipe import Recipe
from nnlab.prep.split import Split, parts
from nnlab.prep.steps import steps
from nnlab.prep.steps.tokens import tokens_shown
from tests.prep.tables import mixed, table


@pytest.fixture(scope="module")
def fitted() -> Fitted:
    frame, columns = mixed(np.random.default_rng(0))
    return fit(frame, columns, Recipe(), parts(frame, columns, "binary", Split()), "binary")


def test_the_slots_hold_what_the_tensor_holds(fitted: Fitted) -> None:
    """For rows of every sort, every number of the journey is the tensor's own, in its slot."""
    frame, _ = mixed(np.random.default_rng(1), 40)
    whole = fitted.apply(frame).inputs["table"]
    for at in range(40):
        stops = journey(fitted, frame.iloc[[at]])
        assert [value for way in stops for value in way.values] == whole[at].tolist()
        assert [slot for way in stops for slot in way.slots] == list(range(whole.shape[1]))
        assert [name for way in stops for name in way.feature_names] == list(fitted.feature_names)


def test_the_formula_carries_the_numbers() -> None:
    """A missing age becomes the median, and the scaling is written out with figures."""
    ages = np.array([20.0, 30.0, 28.0, 40.0, 28.0, np.nan])
    frame, columns = table(age=("numeric", ages), y=("numeric", np.arange(6.0)))
    made = fit(frame, columns, Recipe(), parts(frame, columns, "regression", Split()), "regression")
    (way,) = journey(made, frame.iloc[[5]])
    assert way.raw == "missing"
    assert [stop.kind for stop in way.stops] == ["impute_median", "missing_indicator", "standardize"]
    assert way.stops[0].learnt == "median 28"
    assert [stop.value for stop in way.stops][:2] == ["28", "1"]
    mean, deviation = np.mean([20, 30, 28, 40, 28, 28]), np.std([20, 30, 28, 40, 28, 28])
    wanted = f"(28 − {mean:.2f}) / {deviation:.2f} = {(28 - mean) / deviation:.2f}".replace("-", "−")
    assert way.stops[2].formulas == (wanted,)
    assert sentences(made.features[0])[0] == "median 28"


@pytest.mark.parametrize(
    ("chain", "cell", "formula"),
    [
        (("log1p",), 99.0, "log(1 + 99) = 4.61"),
        (("log1p",), -99.0, "−log(1 + 99) = −4.61"),
        (("min_max_scale",), 25.0, "(25 − 0.00) / 100.00 = 0.25"),
        (("clip",), 150.0, "150 → 100"),
        (("quantile_normal",), 50.0, "50 is above about 50 % of training values = 0.00"),
    ],
)
def test_each_scaling_says_how(chain: tuple[str, ...], cell: float, formula: str) -> None:
    """On 0 to 100."""
    frame, columns = table(x=("numeric", np.arange(101.0)), y=("numeric", np.arange(101.0)))
    recipe = Recipe().changed("x", tuple(steps[kind]() for kind in chain))
    made = fit(frame, columns, recipe, np.zeros(101, dtype=np.int8), "regression")
    row, _ = table(x=("numeric", [cell]))
    (way,) = journey(made, row)
    assert way.stops[0].formulas == (formula,)


def test_a_value_that_no_step_fills_says_what_stands_in() -> None:
    """A chain without an imputation ends with the training median."""
    frame, columns = table(x=("numeric", np.arange(11.0)), y=("numeric", np.arange(11.0)))
    recipe = Recipe().changed("x", (steps["min_max_scale"](),))
    made = fit(frame, columns, recipe, np.zeros(11, dtype=np.int8), "regression")
    row, _ = table(x=("numeric", [np.nan]))
    (way,) = journey(made, row)
    assert way.stops[-1].value == "0.5"
    assert way.values == (0.5,)


def test_levels_dates_and_infinity_are_said_in_words(fitted: Fitted) -> None:
    """Unseen levels, dates as dates, infinity as missing, left-out columns without slots."""
    frame, _ = mixed(np.random.default_rng(2), 5)
    frame["colour"] = "violet"
    frame.loc[frame.index[0], "a"] = np.inf
    ways = {way.column: way for way in journey(fitted, frame)}
    assert ways["a"].raw == "∞, counts as missing"
    assert ways["colour"].raw == "violet"
    assert set(ways["colour"].values) == {0.0}
    assert ways["when"].stops[0].value.startswith("202")
    assert ways["note"].slots == ()
    assert ways["note"].stops[-1].value == "left out"


def months() -> list[pd.Timestamp]:
    return list(pd.date_range("1949-01-01", periods=12, freq="MS"))


@pytest.mark.parametrize(
    ("kind", "said"),
    [
        ("impute_median", "median 1949-06-16"),
        ("impute_mean", "mean 1949-06-16 12:00"),
        ("impute_most_frequent", "most frequent 1949-01-01"),
    ],
)
def test_what_is_learnt_of_dates_is_a_date(kind: str, said: str) -> None:
    """No seconds since 1970: neither in the sentence nor beside a cell that was filled; a day has no time of day."""
    frame, columns = table(when=("datetime", [*months(), None]), y=("numeric", np.arange(13.0)))
    recipe = Recipe().changed("when", (steps[kind](), steps["date_parts"]()))
    made = fit(frame, columns, recipe, np.zeros(13, dtype=np.int8), "regression")
    assert sentences(made.features[0])[0] == said
    ways = journey(made, frame.iloc[[5]]) + journey(made, frame.iloc[[12]])
    assert [way.raw for way in ways] == ["1949-06-01", "missing"]
    assert [way.stops[0].learnt for way in ways] == [said, said]
    assert ways[1].stops[0].value == said.split(" ", 2 if "frequent" in said else 1)[-1]
    assert ways[1].stops[0].formulas == ()


def test_years_have_no_space_between_their_thousands() -> None:
    """As numbers, in the formulas of the step that gives them and of the next one, and in what that one learnt."""
    days = [pd.Timestamp(f"{year}-03-01") for year in range(1949, 1960)]
    frame, columns = table(when=("datetime", days), y=("numeric", np.arange(11.0)))
    parts_of = steps["date_parts"].parse({"day_of_week": False})
    bare = fit(frame, columns, Recipe().changed("when", (parts_of,)), np.zeros(11, dtype=np.int8), "regression")
    (way,) = journey(bare, frame)
    assert way.stops[0].value == way.numbers(4) == "1949"
    assert way.stops[0].formulas == ("year 1949",)
    recipe = Recipe().changed("when", (parts_of, steps["standardize"]()))
    scaled = fit(frame, columns, recipe, np.zeros(11, dtype=np.int8), "regression")
    (way,) = journey(scaled, frame)
    assert way.stops[1].formulas == ("(1949 − 1954.00) / 3.16 = −1.58",)
    assert sentences(scaled.features[0])[1] == "mean 1954, deviation 3.162"


def test_a_thousand_that_is_no_year_keeps_its_space() -> None:
    """Days since the first."""
    days = list(pd.date_range("2000-01-01", periods=3000))
    frame, columns = table(when=("datetime", days), y=("numeric", np.arange(3000.0)))
    wanted = steps["date_parts"].parse({"month": False, "day_of_week": False, "elapsed": True})
    made = fit(frame, columns, Recipe().changed("when", (wanted,)), np.zeros(3000, dtype=np.int8), "regression")
    (way,) = journey(made, frame.iloc[[2999]])
    assert way.numbers(4) == "2008 · 2\u202f999"


def test_numbers_beyond_the_most_are_counted() -> None:
    """The first in three digits."""
    way = ColumnJourney("c", "numeric", "", (), (), (), (0.12345, -1.0, 0.0))
    assert way.numbers(2) == "0.123 · −1 … 3"
    assert way.numbers(3) == "0.123 · −1 · 0"


def test_the_heaviest_words_lead_in_quotes() -> None:
    """A comma is seen to be one, no figure is cut, and the list of columns says less than the step."""
    names = ["Moran, Mr. James", "Braund, Mr. Owen", "Allen, Mr. William", "Heikkinen, Miss. Laina"] * 10
    frame, columns = table(name=("text", [*names, "Moran, Mr. James"]), y=("numeric", np.arange(41.0)))
    recipe = Recipe().changed("name", (steps["tf_idf"](),))
    made = fit(frame, columns, recipe, np.zeros(41, dtype=np.int8), "regression")
    (way,) = journey(made, frame.iloc[[0]])
    assert way.value == "“james” 0.61 · “moran” 0.61 · 3 more"
    assert way.stops[0].value == "“james” 0.61 · “moran” 0.61 · “mr” 0.34 · “,” 0.27 · 1 more"
    assert way.stops[0].formulas[0].startswith("“james”: 1 · ")
    row, _ = table(name=("text", [None]))
    assert journey(made, row)[0].value == "no known word"


def test_tokens_stand_in_quotes_in_their_order() -> None:
    """Those that have no room are counted."""
    assert tokens_shown(np.array([2.0, 1.0, 3.0, 0.0]), ("free", ","), 60) == "“free” 2 · unknown 1 · “,” 3"
    assert tokens_shown(np.array([2.0, 1.0, 3.0, 0.0]), ("free", ","), 18) == "“free” 2 · 2 more"
    assert tokens_shown(np.zeros(3), ("free",), 60) == "no token"

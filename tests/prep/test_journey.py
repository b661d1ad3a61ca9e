"""The journey of one row: what the page shows is what the tensor holds."""

from __future__ import annotations

import numpy as np
import pytest

from nnlab.prep.fit import fit
from nnlab.prep.fitted import Fitted
from nnlab.prep.journey import journey, sentences
from nnlab.prep.recipe import Recipe
from nnlab.prep.split import Split, parts
from nnlab.prep.steps import steps
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

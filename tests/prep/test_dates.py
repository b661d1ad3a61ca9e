"""Parts of a date: pandas's numbers, circles where they come round, and only what varies."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
import torch

from nnlab.data.columns import Column
from nnlab.prep.chain import FittedColumn
from nnlab.prep.date_modules import calendar
from nnlab.prep.fit import fit_column
from nnlab.prep.journey import sentences
from nnlab.prep.steps import Step, steps
from nnlab.prep.steps.dates import PARTS
from tests.batteries import battery
from tests.prep.tables import typed


def fitted_on(days: list[pd.Timestamp], **settings: object) -> FittedColumn:
    step: Step = steps["date_parts"].parse(settings)
    return fit_column(Column(name="d", kind="datetime"), (step,), typed(days, "datetime"))


def applied(fitted: FittedColumn, days: list[object]) -> np.ndarray:
    blocks = fitted.chain(fitted.cells(typed(days, "datetime")))
    return torch.cat([block.to(torch.float32) for block in blocks]).T.numpy()


@pytest.mark.parametrize("unit_s", [60, 3_600, 86_400])
def test_parts_agree_with_pandas(unit_s: int) -> None:
    """Over nine thousand years, leap days, weeks of two years and years before 1970 included."""
    most = {60: 90_000_000, 3_600: 1_500_000, 86_400: 1_500_000}[unit_s]
    offsets = np.random.default_rng(4).integers(-most, most, battery(2_000, 200_000))
    whole = np.concatenate([offsets, np.arange(-800, 800)]) * unit_s
    when = pd.DatetimeIndex((whole * 1_000_000).astype("datetime64[us]"))
    wanted = {
        "year": when.year,
        "quarter": when.quarter,
        "month": when.month,
        "week": when.isocalendar().week,
        "day_of_month": when.day,
        "day_of_year": when.day_of_year,
        "day_of_week": when.day_of_week,
        "weekend": when.day_of_week >= 5,
        "hour": when.hour,
        "minute": when.minute,
        "elapsed": (when - pd.Timestamp("2020-01-01")) / pd.Timedelta(days=1),
    }
    first_s = pd.Timestamp("2020-01-01").timestamp()
    found = calendar(torch.from_numpy(whole.astype(np.float64))[None], list(wanted), first_s)
    assert list(wanted) == [part.field for part in PARTS]
    for part, (name, oracle) in zip(found, wanted.items(), strict=True):
        np.testing.assert_allclose(part[0].numpy(), np.asarray(oracle, dtype=float), rtol=1e-12, err_msg=name)


def test_date_parts_keep_what_varies() -> None:
    """Dates of one year without times give month and weekday on circles, and no year and no hour."""
    fitted = fitted_on(list(pd.date_range("2023-01-01", "2023-12-31")))
    assert fitted.feature_names == (
        "d month sine",
        "d month cosine",
        "d day of the week sine",
        "d day of the week cosine",
    )
    answer = applied(fitted, [pd.Timestamp("2024-04-01 13:00")])[0]
    wanted = [np.sin(2 * np.pi * 3 / 12), np.cos(2 * np.pi * 3 / 12), 0, 1]  # April is 3 months on; a Monday
    np.testing.assert_allclose(answer, wanted, atol=1e-6)


def test_a_person_chooses_the_parts_and_whether_they_lie_on_circles() -> None:
    """Plain numbers as pandas counts them; what is left out is gone; days since the earliest of the training rows."""
    days = list(pd.date_range("2023-01-05", periods=400, freq="31h"))
    plain = {"circles": False, "year": False, "hour": False, "week": True, "weekend": True, "elapsed": True}
    fitted = fitted_on(days, **plain)
    assert fitted.feature_names == (
        "d month",
        "d week",
        "d day of the week",
        "d is at the weekend",
        "d days since the first",
    )
    found = applied(fitted, [pd.Timestamp("2025-03-01 12:00"), pd.Timestamp("2023-01-04")])
    np.testing.assert_allclose(found, [[3, 9, 5, 1, 786.5], [1, 1, 2, 0, -1]])
    assert sentences(fitted) == ("month, week, day of the week and 2 more",)


def test_the_formula_says_the_part() -> None:
    """A circle with its angle, a number as it is."""
    fitted = fitted_on(list(pd.date_range("2022-01-05", periods=900)))
    step, learnt = fitted.steps[0].step, fitted.steps[0].learnt
    april = pd.Timestamp("2024-04-01").timestamp()
    assert step.formula(learnt, 0, april, 2024.0) == "year 2024"
    assert step.formula(learnt, 2, april, 0.0) == "cos(2π · 3 / 12) = 0.00"

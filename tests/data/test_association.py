"""How much a column says about the target: scipy's figures, with the corrections that keep noise near nothing."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy import stats
from scipy.stats.contingency import association as contingency

from nnlab.data.association import Target, association
from nnlab.data.columns import Column, Columns
from nnlab.data.profile import profile
from tests.batteries import battery

N = 4_000


def texts(values: np.ndarray) -> pd.Series:
    return pd.Series([f"l{value}" for value in values], dtype="str")


@pytest.mark.parametrize("seed", range(battery(3, 30)))
def test_the_three_measures_are_scipys_on_many_rows(seed: int) -> None:
    """Pearson's r, the correlation ratio by the analysis of variance, Cramér's V; corrections vanish with the rows."""
    rng = np.random.default_rng(seed)
    a = rng.integers(0, 4, N)
    b = np.where(rng.random(N) < 0.5, a, rng.integers(0, 3, N))
    x = a + rng.normal(0, 1.5, N)
    z = 3 - 2 * x + rng.normal(0, 2, N)
    numbers = Target(pd.Series(z), "numeric", is_class=False)
    classes = Target(texts(b), "categorical", is_class=True)
    r = association(pd.Series(x), "numeric", numbers)
    assert r is not None
    assert r.signed == pytest.approx(stats.pearsonr(x, z).statistic, abs=1e-9)
    v = association(texts(a), "categorical", classes)
    assert v is not None
    assert v.value == pytest.approx(contingency(pd.crosstab(a, b).to_numpy(), method="cramer"), abs=0.01)
    f = stats.f_oneway(*(x[b == level] for level in np.unique(b))).statistic
    k = len(np.unique(b))
    eta = np.sqrt(f * (k - 1) / (f * (k - 1) + N - k))
    ratio = association(pd.Series(x), "numeric", classes)
    other = association(texts(b), "categorical", Target(pd.Series(x), "numeric", is_class=False))
    assert ratio is not None
    assert ratio.value == pytest.approx(eta, abs=0.01)
    assert ratio == other


def test_many_levels_of_noise_say_next_to_nothing() -> None:
    """150 levels and 500 rows: without the correction Cramér's V would claim more than a half."""
    rng = np.random.default_rng(0)
    classes = Target(texts(rng.integers(0, 2, 500)), "boolean", is_class=True)
    found = association(texts(rng.integers(0, 150, 500)), "categorical", classes)
    assert found is not None
    assert found.value < 0.2
    numbers = Target(pd.Series(rng.normal(size=500)), "numeric", is_class=False)
    ratio = association(texts(rng.integers(0, 150, 500)), "categorical", numbers)
    assert ratio is not None
    assert ratio.value < 0.3


@pytest.mark.parametrize("kind", ["text", "id", "constant", "image"])
def test_kinds_that_have_no_measure_have_none(kind: str) -> None:
    target = Target(pd.Series(np.arange(20.0)), "numeric", is_class=False)
    assert association(texts(np.arange(20)), kind, target) is None  # type: ignore[arg-type]


def test_missing_infinite_constant_and_few_rows_are_no_trouble() -> None:
    """Only rows where both are filled count; fewer than ten, or one value, tell nothing."""
    target = Target(pd.Series(np.arange(30.0)), "numeric", is_class=False)
    gaps = pd.Series(np.where(np.arange(30) % 2, np.inf, np.arange(30.0)))
    found = association(gaps, "numeric", target)
    assert found is not None
    assert found.value == pytest.approx(1)
    assert association(pd.Series(np.full(30, 1e300)), "numeric", target) is None
    assert association(pd.Series([np.nan] * 25 + [1.0, 2, 3, 4, 5]), "numeric", target) is None
    dates = pd.Series(pd.date_range("2024-01-01", periods=30))
    said = association(dates, "datetime", target)
    assert said is not None
    assert said.signed == pytest.approx(1)


def test_a_profile_tells_quantiles_and_association() -> None:
    """As pandas' own quantiles, to the nearest value there is."""
    rng = np.random.default_rng(0)
    frame = pd.DataFrame({"x": rng.normal(size=1_001), "y": texts(rng.integers(0, 2, 1_001))})
    columns = Columns(columns=(Column(name="x", kind="numeric"), Column(name="y", kind="categorical", role="target")))
    x, y = profile(frame, columns)
    assert x.quantiles == pytest.approx(frame["x"].quantile([0, 0.25, 0.5, 0.75, 1]).tolist())
    assert (y.quantiles, y.association) == ((), None)
    assert x.association is not None
    assert x.association.measure == "correlation ratio"
    assert x.plain()["association"]["measure"] == "correlation ratio"

"""Every registered step: scikit-learn's numbers, the same bits alone and in a batch, finite whatever comes."""

from __future__ import annotations

import warnings
from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest
import torch
from sklearn import preprocessing
from sklearn.base import TransformerMixin
from sklearn.impute import MissingIndicator as SkMissingIndicator
from sklearn.impute import SimpleImputer

from nnlab.data.columns import Column, Kind
from nnlab.errors import SpecError
from nnlab.prep.chain import FittedColumn
from nnlab.prep.fit import fit_column
from nnlab.prep.modules import calendar, normal_quantile
from nnlab.prep.recipe import check_chain
from nnlab.prep.steps import FORMS, Facts, Step, steps
from tests.batteries import battery
from tests.prep.tables import numbers, typed

N_ROWS = 300
TABLES = battery(3, 30)
AWFUL = [np.nan, np.inf, -np.inf, 1e308, -1e308, 5e-324, 0.0, -0.0, 1e15, -3.7]
KIND_OF: dict[str, Kind] = {
    "number": "numeric",
    "level": "categorical",
    "moment": "datetime",
    "text": "text",
    "picture": "image",
}


def first_kind(step: type[Step]) -> Kind:
    return KIND_OF[step.takes[0]]


def chain_with(step: type[Step]) -> tuple[Step, ...]:
    """The step alone, with what it needs after it to end in numbers."""
    made = step()
    form = made.gives or FORMS[first_kind(step)]
    tail = {
        "number": (),
        "level": ("one_hot",),
        "moment": ("date_parts",),
        "text": ("leave_out",),
        "picture": ("pixels",),
    }[form]
    return made, *(steps[kind]() for kind in tail)


def sample(kind: Kind, rng: np.random.Generator, n_rows: int) -> pd.Series:
    if kind == "numeric":
        return typed(np.concatenate([numbers(rng, n_rows - len(AWFUL))["skewed"], AWFUL]), kind)
    if kind == "datetime":
        hours = pd.to_timedelta(rng.integers(-400_000, 400_000, n_rows), unit="h")
        return typed(pd.Series(pd.Timestamp("2001-01-01") + hours).where(rng.random(n_rows) > 0.1), kind)
    if kind == "image":
        strings = [" ".join(map(str, row)) for row in rng.integers(0, 256, (n_rows, 64))]
        return typed(np.where(rng.random(n_rows) < 0.1, None, strings), kind)
    texts = np.array([f"level {value}" for value in rng.integers(0, 6, n_rows)], dtype=object)
    texts[rng.random(n_rows) < 0.1] = None
    return typed(list(texts), kind)


def applied(fitted: FittedColumn, series: pd.Series) -> torch.Tensor:
    """What the column becomes, float32 (N, K)."""
    blocks = fitted.chain(fitted.cells(series))
    return torch.cat([block.to(torch.float32) for block in blocks]).T


@pytest.mark.parametrize("step", list(steps), ids=steps.kinds)
def test_a_row_alone_gives_the_same_bits_as_in_a_batch(step: type[Step]) -> None:
    """One row, a slice and all rows: bit for bit the same numbers."""
    kind = first_kind(step)
    series = sample(kind, np.random.default_rng(0), N_ROWS)
    fitted = fit_column(Column(name="c", kind=kind), chain_with(step), series)
    whole = applied(fitted, series)
    for start, length in [*((at, 1) for at in range(0, N_ROWS, 7)), (3, 2), (5, 17), (1, 64), (100, 133)]:
        part = applied(fitted, series.iloc[start : start + length])
        assert torch.equal(part, whole[start : start + length])


@pytest.mark.parametrize("step", list(steps), ids=steps.kinds)
def test_every_cell_becomes_finite(step: type[Step]) -> None:
    """Missing, infinite, huge and unseen cells, in training or only afterwards, give finite numbers, one for a name."""
    kind = first_kind(step)
    rng = np.random.default_rng(1)
    awful = sample(kind, rng, N_ROWS) if kind != "numeric" else typed(AWFUL, kind)
    for train in (sample(kind, rng, N_ROWS), sample(kind, rng, N_ROWS).dropna(), awful, awful[:0], awful[:1]):
        fitted = fit_column(Column(name="c", kind=kind), chain_with(step), train)
        answer = applied(fitted, pd.concat([awful, sample(kind, rng, N_ROWS)]))
        assert bool(torch.isfinite(answer).all())
        assert answer.shape[1] == fitted.n_features == len(set(fitted.feature_names))
        assert applied(fitted, awful[:0]).shape == (0, fitted.n_features)


@pytest.mark.parametrize("step", list(steps), ids=steps.kinds)
def test_a_step_speaks_for_itself(step: type[Step]) -> None:
    """Title, docstring, and a description of every setting; plain data gives it back equal; the sentence is short."""
    assert step.title
    assert step.__doc__
    assert all(field.description for name, field in step.model_fields.items() if name != "kind")
    assert steps.parse(step().plain()) == step()
    fitted = fit_column(
        Column(name="c", kind=first_kind(step)),
        chain_with(step),
        sample(first_kind(step), np.random.default_rng(2), 50),
    )
    first = fitted.steps[0]
    sentence = first.step.sentence(first.learnt, Facts("c", fitted.levels))
    assert 0 < len(sentence) <= 80
    assert not sentence.endswith(".")


ORACLES: dict[str, Callable[[], TransformerMixin]] = {
    "impute_mean": lambda: SimpleImputer(strategy="mean"),
    "impute_median": lambda: SimpleImputer(strategy="median"),
    "impute_most_frequent": lambda: SimpleImputer(strategy="most_frequent"),
    "impute_constant": lambda: SimpleImputer(strategy="constant", fill_value=0.0),
    "standardize": preprocessing.StandardScaler,
    "min_max_scale": preprocessing.MinMaxScaler,
    "robust_scale": preprocessing.RobustScaler,
    "power": lambda: preprocessing.PowerTransformer(standardize=False),
    "quantile_normal": lambda: preprocessing.QuantileTransformer(
        output_distribution="normal", n_quantiles=1000, subsample=None
    ),
    "log1p": lambda: preprocessing.FunctionTransformer(lambda x: np.sign(x) * np.log1p(np.abs(x))),
}


@pytest.mark.parametrize("kind", ORACLES)
@pytest.mark.parametrize("seed", range(TABLES))
def test_a_step_agrees_with_scikit_learn(kind: str, seed: int) -> None:
    """To 1e-6 of the answer's size, on rows of the fit and on new ones, missing staying missing."""
    rng = np.random.default_rng(seed)
    columns = numbers(rng, N_ROWS)
    skipped = {"power": {"large", "constant", "one value", "tiny"}, "quantile_normal": {"tiny", "one value"}}
    for name, train in columns.items():
        if name in skipped.get(kind, set()):  # scikit-learn's own answer is not finite, or collapses below 1e-7
            continue
        new = np.concatenate([numbers(rng, 40)[name], [np.nan, train[1] if train[1] == train[1] else 0.0]])
        step = steps[kind]()
        module = step.module(step.learn(train[None], Facts(name)))
        for rows in (train, new):
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                wanted = ORACLES[kind]().fit(train[:, None]).transform(rows[:, None])[:, 0]
            found = module(torch.from_numpy(rows)[None])[0].numpy()
            np.testing.assert_allclose(found, wanted, rtol=1e-6, atol=1e-6, err_msg=name)


@pytest.mark.parametrize("seed", range(TABLES))
@pytest.mark.parametrize(("levels", "least_rows"), [(32, 1), (3, 1), (32, 20)])
def test_one_hot_agrees_with_scikit_learn(seed: int, levels: int, least_rows: int) -> None:
    """The same ones, with rare levels pooled and unseen ones all zero or pooled; places in order of frequency."""
    rng = np.random.default_rng(seed)
    names = np.array(["a", "b", "c", "d", "e", "f"], dtype=object)
    shares = np.array([0.35, 0.25, 0.2, 0.1, 0.06, 0.04])
    train, new = names[rng.choice(6, N_ROWS, p=shares)], np.array(["a", "f", "never", "c"], dtype=object)
    chain = (steps["one_hot"].parse({"levels": levels, "least_rows": least_rows}),)
    fitted = fit_column(Column(name="c", kind="categorical"), chain, typed(list(train), "categorical"))
    pools = levels < 6 or least_rows > 1
    oracle = preprocessing.OneHotEncoder(
        handle_unknown="infrequent_if_exist",
        max_categories=levels + 1 if levels < 6 else None,
        min_frequency=least_rows,
        sparse_output=False,
    ).fit(train[:, None])
    place_of = {name.removeprefix("x0_"): at for at, name in enumerate(oracle.get_feature_names_out())}
    wanted_names = [name.removeprefix("c = ") for name in fitted.feature_names if name.startswith("c = ")]
    order = [place_of[name] for name in wanted_names]
    if pools and "infrequent_sklearn" in place_of:
        assert fitted.feature_names[-1] == "c is another level"
        order.append(place_of["infrequent_sklearn"])
    for rows in (train, new):
        found = applied(fitted, typed(list(rows), "categorical")).numpy()
        np.testing.assert_array_equal(found, oracle.transform(rows[:, None])[:, order])


def test_missing_levels_have_their_own_place_only_where_training_had_them() -> None:
    """A place that was never 1 in training would carry an untrained weight."""
    column = Column(name="c", kind="categorical")
    with_missing = fit_column(column, (steps["one_hot"](),), typed(["a", "b", None, "a"], "categorical"))
    without = fit_column(column, (steps["one_hot"](),), typed(["a", "b", "b", "a"], "categorical"))
    assert with_missing.feature_names == ("c = a", "c = b", "c is missing")
    rows = typed(["a", None, "never"], "categorical")
    assert applied(with_missing, rows).tolist() == [[1, 0, 0], [0, 0, 1], [0, 0, 0]]
    assert applied(without, rows).tolist() == [[1, 0], [0, 0], [0, 0]]


def test_the_missing_indicator_agrees_with_scikit_learn_wherever_it_stands() -> None:
    """Before or after the imputation, and untouched by the scaling."""
    values = numbers(np.random.default_rng(3), N_ROWS)["missing"]
    wanted = SkMissingIndicator().fit_transform(values[:, None])[:, 0].astype(np.float32)
    for kinds in (
        ("impute_median", "missing_indicator", "standardize"),
        ("missing_indicator", "impute_median", "standardize"),
        ("impute_median", "standardize", "missing_indicator"),
    ):
        chain = tuple(steps[kind]() for kind in kinds)
        fitted = fit_column(Column(name="c", kind="numeric"), chain, typed(values, "numeric"))
        assert fitted.feature_names == ("c", "c is missing")
        np.testing.assert_array_equal(applied(fitted, typed(values, "numeric"))[:, 1].numpy(), wanted)


@pytest.mark.parametrize("unit", ["h", "D"])
def test_the_calendar_agrees_with_pandas(unit: str) -> None:
    """Year, month, day of the week and hour over nine thousand years, leap days and years before 1970 included."""
    offsets = np.random.default_rng(4).integers(-1_500_000, 1_500_000, battery(2_000, 200_000))
    days = np.arange(-800, 800)
    whole = np.concatenate([offsets, days]) * (3600 if unit == "h" else 86_400)
    when = pd.DatetimeIndex((whole * 1_000_000).astype("datetime64[us]"))
    found = calendar(torch.from_numpy(whole.astype(np.float64))[None])
    wanted = (when.year, when.month - 1, when.day_of_week, when.hour)
    for part, oracle in zip(found, wanted, strict=True):
        np.testing.assert_array_equal(part[0].numpy(), oracle.to_numpy())


def test_date_parts_keep_what_varies() -> None:
    """Dates of one year without times give month and weekday on circles, and no year and no hour."""
    days = list(pd.date_range("2023-01-01", "2023-12-31"))
    fitted = fit_column(Column(name="d", kind="datetime"), (steps["date_parts"](),), typed(days, "datetime"))
    assert fitted.feature_names == (
        "d month sine",
        "d month cosine",
        "d day of the week sine",
        "d day of the week cosine",
    )
    answer = applied(fitted, typed([pd.Timestamp("2024-04-01 13:00")], "datetime"))[0]
    wanted = [np.sin(2 * np.pi * 3 / 12), np.cos(2 * np.pi * 3 / 12), 0, 1]  # April is 3 months on; a Monday
    np.testing.assert_allclose(answer.numpy(), wanted, atol=1e-6)


def test_clip_keeps_to_the_training_range_or_to_the_edges_given() -> None:
    """numpy.clip is the oracle."""
    values = np.array([-5.0, 0.0, 2.0, 9.0])
    for settings, low, high in [({}, 0, 2), ({"low": 1.0}, 1, 2), ({"low": -1.0, "high": 3.0}, -1, 3)]:
        step = steps["clip"].parse(settings)
        found = step.module(step.learn(np.array([[0.0, 1.0, 2.0]]), Facts("c")))(torch.from_numpy(values)[None])
        np.testing.assert_array_equal(found[0].numpy(), np.clip(values, low, high))


def test_the_normal_quantile_agrees_with_scipy() -> None:
    """To 1e-12 from the middle to the far tails."""
    from scipy.stats import norm

    ranks = np.concatenate([np.linspace(1e-6, 1 - 1e-6, 5001), [1e-7, 1e-9, 1e-12, 1 - 1e-9]])
    np.testing.assert_allclose(
        normal_quantile(torch.from_numpy(ranks)).numpy(), norm.ppf(ranks), rtol=1e-12, atol=1e-12
    )


@pytest.mark.parametrize(
    ("kind", "chain", "said"),
    [
        ("numeric", ("one_hot",), "takes a level"),
        ("categorical", ("standardize",), "takes a number"),
        ("categorical", (), "must give numbers"),
        ("datetime", ("impute_median",), "must give numbers"),
        ("text", ("one_hot",), "takes a level"),
        ("numeric", ("missing_indicator", "missing_indicator"), "only once"),
    ],
)
def test_a_chain_that_cannot_run_is_refused(kind: Kind, chain: tuple[str, ...], said: str) -> None:
    """The sentence names the column, the step and what arrives there."""
    with pytest.raises(SpecError, match=said) as caught:
        check_chain(Column(name="colour", kind=kind), tuple(steps[name]() for name in chain))
    assert "colour" in caught.value.where
    assert caught.value.came

"""Every registered step: scikit-learn's numbers, the same bits alone and in a batch, finite whatever comes."""

from __future__ import annotations

import importlib
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
from nnlab.prep.modules import normal_quantile
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
    }.get(form, ())
    return made, *(steps[kind]() for kind in tail)


def fitted_on(step: type[Step], train: pd.Series) -> FittedColumn:
    """The step fitted on a column, with a target where it asks for one."""
    target = np.random.default_rng(9).standard_normal((2, len(train))) if step.needs_target else None
    return fit_column(Column(name="c", kind=first_kind(step)), chain_with(step), train, target)


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
    fitted = fitted_on(step, series)
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
        fitted = fitted_on(step, train)
        answer = applied(fitted, pd.concat([awful, sample(kind, rng, N_ROWS)]))
        assert bool(torch.isfinite(answer).all())
        n_apart = 0 if fitted.input == "table" else fitted.n_values
        assert answer.shape[1] - n_apart == fitted.n_features == len(set(fitted.feature_names))
        assert applied(fitted, awful[:0]).shape == (0, answer.shape[1])


@pytest.mark.parametrize("step", list(steps), ids=steps.kinds)
def test_a_step_speaks_for_itself(step: type[Step]) -> None:
    """Title, docstring, and a description of every setting; plain data gives it back equal; the sentence is short."""
    assert step.title
    assert step.__doc__
    assert all(field.description for name, field in step.model_fields.items() if name != "kind")
    assert steps.parse(step().plain()) == step()
    fitted = fitted_on(step, sample(first_kind(step), np.random.default_rng(2), 50))
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
    "smooth_clip": lambda: preprocessing.FunctionTransformer(lambda x: x / np.sqrt(1 + (x / 3) ** 2)),
}
# Where the test stands that holds another step to numbers that are not our own.
ELSEWHERE = {
    "bins": "tests.prep.test_edged:test_bins_agree_with_scikit_learn",
    "character_ids": "tests.prep.test_text_steps:test_ids_are_those_that_plain_python_counts",
    "clip": "tests.prep.test_steps:test_clip_keeps_to_the_training_range_or_to_the_edges_given",
    "date_parts": "tests.prep.test_dates:test_parts_agree_with_pandas",
    "embedding_codes": "tests.prep.test_inputs:test_codes_count_one_column_after_the_other",
    "hashing": "tests.prep.test_levels:test_a_bucket_is_what_hashlib_says",
    "leave_out": "tests.prep.test_steps:test_a_column_left_out_gives_nothing",
    "missing_indicator": "tests.prep.test_steps:test_the_missing_indicator_agrees_with_scikit_learn_wherever_it_stands",
    "one_hot": "tests.prep.test_steps:test_one_hot_agrees_with_scikit_learn",
    "ordinal": "tests.prep.test_levels:test_ordinal_agrees_with_scikit_learn",
    "picture": "tests.prep.test_inputs:test_pictures_stay_pictures",
    "piecewise_linear": "tests.prep.test_edged:test_the_piecewise_linear_code_is_numpys_clip_of_each_bin",
    "pixels": "tests.prep.test_pictures:test_pixels_become_numbers_from_0_to_1",
    "splines": "tests.prep.test_edged:test_splines_agree_with_scikit_learn",
    "standardize_together": "tests.prep.test_pictures:test_the_default_is_less_the_mean_picture_in_one_scale",
    "target_encoding": "tests.prep.test_target_encoding:test_other_rows_get_what_scikit_learn_says",
    "text_lengths": "tests.prep.test_text_steps:test_lengths_stand_beside_the_words",
    "tf_idf": "tests.prep.test_text_steps:test_tf_idf_agrees_with_scikit_learn",
    "token_ids": "tests.prep.test_text_steps:test_ids_are_those_that_plain_python_counts",
}


def test_every_step_is_held_to_an_oracle() -> None:
    """A step that is registered without a line here fails, and so does a line without a test."""
    assert sorted([*ORACLES, *ELSEWHERE]) == sorted(steps.kinds)
    for place in ELSEWHERE.values():
        module, name = place.split(":")
        assert callable(getattr(importlib.import_module(module), name)), place


def test_a_column_left_out_gives_nothing() -> None:
    """No number in any row."""
    fitted = fitted_on(steps["leave_out"], typed([1.0, 2.0], "numeric"))
    assert applied(fitted, typed([1.0, np.nan, 5.0], "numeric")).shape == (3, 0)


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
@pytest.mark.parametrize(("levels", "least_rows", "least_share"), [(32, 1, 0), (3, 1, 0), (32, 20, 0), (32, 1, 0.15)])
def test_one_hot_agrees_with_scikit_learn(seed: int, levels: int, least_rows: int, least_share: float) -> None:
    """The same ones, with rare levels pooled and unseen ones all zero or pooled; places in order of frequency."""
    rng = np.random.default_rng(seed)
    names = np.array(["a", "b", "c", "d", "e", "f"], dtype=object)
    shares = np.array([0.35, 0.25, 0.2, 0.1, 0.06, 0.04])
    train, new = names[rng.choice(6, N_ROWS, p=shares)], np.array(["a", "f", "never", "c"], dtype=object)
    chain = (steps["one_hot"].parse({"levels": levels, "least_rows": least_rows, "least_share": least_share}),)
    fitted = fit_column(Column(name="c", kind="categorical"), chain, typed(list(train), "categorical"))
    pools = levels < 6 or least_rows > 1 or least_share > 0
    oracle = preprocessing.OneHotEncoder(
        handle_unknown="infrequent_if_exist",
        max_categories=levels + 1 if levels < 6 else None,
        min_frequency=least_share or least_rows,
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

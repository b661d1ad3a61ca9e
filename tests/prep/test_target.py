"""The target of numbers: standardized, its logarithm, or as it is, and undone in every answer."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from sklearn.compose import TransformedTargetRegressor
from sklearn.linear_model import LinearRegression

from nnlab.errors import DataError, StorageError
from nnlab.prep.encoded import encode_frame, encoding_key
from nnlab.prep.fit import fit
from nnlab.prep.fitted import Fitted
from nnlab.prep.recipe import Recipe
from nnlab.prep.split import Split, parts
from nnlab.prep.target import FittedTarget
from nnlab.prep.target_recipe import TargetRecipe
from tests.prep.tables import Floats, table

VALUES = np.array([0.0, 0.5, 3.0, 20.0, 400.0, 9_000.0] * 20)


def fitted_on(values: Floats, transform: str) -> Fitted:
    frame, columns = table(x=("numeric", np.arange(len(values), dtype=float)), y=("numeric", values))
    recipe = Recipe(target=TargetRecipe.parse({"transform": transform}))
    return fit(frame, columns, recipe, parts(frame, columns, "regression", Split()), "regression")


@pytest.mark.parametrize("transform", ["auto", "standardize", "log", "none"])
def test_answers_are_in_the_targets_unit_again(transform: str) -> None:
    """What the network would learn exactly comes back to 1e-5, an answer beyond the range as its edge."""
    made = fitted_on(VALUES, transform)
    frame, _ = table(y=("numeric", VALUES))
    target = made.targets(frame)
    np.testing.assert_allclose(made.decode(target)["values"][:, 0], VALUES, rtol=1e-5, atol=1e-4)
    np.testing.assert_allclose(made.target.original(target.double().numpy())[:, 0], VALUES, rtol=1e-5, atol=1e-4)
    edges = made.decode(torch.tensor([[1e6], [-1e6], [1e30]]))["values"][:, 0]
    np.testing.assert_allclose(edges, [9_000, 0, 9_000], atol=1e-9)


def test_several_yes_or_no_are_ones_and_zeros_and_come_back_as_they_were_written() -> None:
    """A cell of neither is none; each answer is the sigmoid of its own log-odds; stored and read again it is equal."""
    words, flags = ["cat", "dog", "dog", "cat"] * 5, [1.0, 0.0, 1.0, 1.0] * 5
    cells = {"a": ("categorical", words), "b": ("numeric", flags)}
    frame, columns = table(("a", "b"), x=("numeric", np.arange(20.0)), **cells)  # type: ignore[arg-type]
    made = fit(frame, columns, Recipe(), parts(frame, columns, "multilabel", Split()), "multilabel")
    assert made.target.labels == ("a = dog", "b")
    assert (made.target.n_outputs, made.head.task) == (2, "multilabel")
    frame.loc[2, "a"] = None
    target = made.targets(frame)
    assert torch.isnan(target[0, 0])
    assert target[1:4].tolist() == [[1, 0], [1, 1], [0, 1]]
    logits = torch.tensor([[0.3, -2.0], [-0.1, torch.nan]])
    shares = made.decode(logits)["probabilities"]
    np.testing.assert_allclose(shares, torch.sigmoid(logits.double()).numpy())
    said = made.target.said(shares)
    assert said["a"].tolist() == ["dog", "cat"]
    assert said["b"].tolist() == ["0", None]
    assert Fitted.from_bytes(made.to_bytes()) == made


def test_the_logarithm_is_numpys() -> None:
    """log(1 + value / unit), the unit the smallest value above 0; standardized by training rows."""
    made = fitted_on(VALUES, "log")
    assert made.target.units == (0.5,)
    frame, columns = table(x=("numeric", np.arange(len(VALUES), dtype=float)), y=("numeric", VALUES))
    train = parts(frame, columns, "regression", Split()) == 0
    bent = np.log1p(VALUES / 0.5)
    wanted = (bent - bent[train].mean()) / bent[train].std()
    np.testing.assert_allclose(made.targets(frame)[:, 0].numpy(), wanted, rtol=1e-6, atol=1e-6)


def test_a_fit_on_the_logarithm_agrees_with_scikit_learn() -> None:
    """A line through the logarithms, undone, as TransformedTargetRegressor does it."""
    rng = np.random.default_rng(0)
    x = rng.standard_normal((200, 1))
    y = np.exp(1 + 0.8 * x[:, 0] + 0.3 * rng.standard_normal(200))
    made = fitted_on(y, "log")
    unit = made.target.units[0]
    frame, _ = table(y=("numeric", y))
    line = LinearRegression().fit(x, made.targets(frame).numpy())
    found = made.target.original(line.predict(x))[:, 0]
    oracle = TransformedTargetRegressor(
        LinearRegression(), func=lambda v: np.log1p(v / unit), inverse_func=lambda v: np.expm1(v) * unit
    ).fit(x, y)
    np.testing.assert_allclose(found, oracle.predict(x), rtol=1e-5)


def test_one_answer_alone_has_the_bits_of_many() -> None:
    """Undoing the logarithm row by row or at once."""
    made = fitted_on(VALUES, "log")
    outputs = torch.randn(1_003, 1)
    whole = made.decode(outputs)["values"]
    for at in range(0, 1_003, 17):
        assert (made.decode(outputs[at : at + 1])["values"] == whole[at]).all()


def test_a_negative_target_has_no_logarithm() -> None:
    """Said with its repair; a negative value in other rows stays finite."""
    with pytest.raises(DataError, match="takes values of 0 or more") as refused:
        fitted_on(VALUES - 1, "log")
    assert refused.value.repair == {"set": "recipe.target.transform", "value": "standardize"}
    frame, _ = table(y=("numeric", [-5.0]))
    made = fitted_on(VALUES, "log")
    np.testing.assert_allclose(made.target.original(made.targets(frame).double().numpy()), [[-5]], rtol=1e-5)


def test_the_recipe_says_what_was_done_and_why() -> None:
    """Left to nnlab it is standardized, with a reason; another choice is another encoding."""
    frame, columns = table(x=("numeric", np.arange(120.0)), y=("numeric", VALUES))
    assert Recipe().target.resolved.transform == "standardize"
    assert Recipe().target.resolved.reason.endswith(".")
    assert TargetRecipe(transform="log").resolved == TargetRecipe(transform="log")
    keys = {
        encoding_key("t", columns, Split(), Recipe(target=TargetRecipe.parse({"transform": transform})))
        for transform in ("auto", "standardize", "log", "none")
    }
    assert len(keys) == 3
    made = encode_frame(frame, columns, "regression", Split(), Recipe(target=TargetRecipe(transform="none")))
    assert torch.equal(made.target[:, 0], torch.from_numpy(VALUES).float())


def test_a_stored_logarithm_is_read_back_equal_or_refused() -> None:
    """The unit goes with it; one that is missing or not above 0 is a lie."""
    made = fitted_on(VALUES, "log")
    assert Fitted.from_bytes(made.to_bytes()) == made
    for units in ((), (0.0,), (1.0, 1.0)):
        lying = Fitted(made.columns, made.features, FittedTarget(**{**dict(made.target), "units": units}), made.n_rows)
        with pytest.raises(StorageError):
            Fitted.from_bytes(lying.to_bytes())

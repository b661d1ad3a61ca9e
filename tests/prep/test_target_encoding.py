"""Target encoding: scikit-learn's means, and no training row that sees its own target."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
import torch
from sklearn.preprocessing import TargetEncoder

from nnlab.data.columns import Columns, Task
from nnlab.errors import DataError
from nnlab.prep.encoded import Encoded, encode_frame
from nnlab.prep.fit import fit, fit_column
from nnlab.prep.recipe import Recipe
from nnlab.prep.split import Split, parts
from nnlab.prep.steps import Step, steps
from nnlab.prep.steps.target_encoding import folds
from tests.prep.tables import table, typed

TASKS: list[Task] = ["regression", "binary", "multiclass"]


def rows(task: Task, n_rows: int = 400, n_levels: int = 30, seed: int = 0) -> tuple[pd.DataFrame, Columns]:
    """A column of levels, some of one row, and a target that leans on them a little."""
    rng = np.random.default_rng(seed)
    places = np.minimum(rng.geometric(0.1, n_rows), n_levels)
    score = np.sin(places) + rng.standard_normal(n_rows)
    cells: list[object] = [None if rng.random() < 0.05 else f"level {place}" for place in places]
    if task == "regression":
        return table(c=("categorical", cells), y=("numeric", 100 + 20 * score))
    names = np.array(["no", "yes", "perhaps"], dtype=object)
    edges = [0.0] if task == "binary" else [-0.5, 0.8]
    return table(c=("categorical", cells), y=("categorical", list(names[np.digitize(score, edges)])))


def encoding(*after: str, **settings: object) -> Recipe:
    chain: tuple[Step, ...] = (steps["target_encoding"].parse(settings), *(steps[kind]() for kind in after))
    return Recipe().changed("c", chain)


def oracle(frame: pd.DataFrame, is_train: np.ndarray, task: Task, smooth: float) -> TargetEncoder:
    kinds = {"regression": "continuous", "binary": "binary", "multiclass": "multiclass"}
    made = TargetEncoder(smooth=smooth, target_type=kinds[task])
    return made.fit(frame.loc[is_train, ["c"]].astype(object), frame.loc[is_train, "y"].to_numpy())


@pytest.mark.parametrize("task", TASKS)
@pytest.mark.parametrize("smooth", [0.0, 10.0])
def test_other_rows_get_what_scikit_learn_says(task: Task, smooth: float) -> None:
    """To 1e-6: validation and test rows, unseen levels and missing ones, whatever part a row is said to be in."""
    frame, columns = rows(task)
    made = encode_frame(frame, columns, task, Split(), encoding(smooth=smooth))
    part = made.parts.numpy()
    fitted = oracle(frame, part == 0, task, smooth)
    wanted = fitted.transform(frame[["c"]].astype(object))
    np.testing.assert_allclose(made.inputs["table"].numpy()[part != 0], wanted[part != 0], rtol=1e-6)
    np.testing.assert_allclose(made.fitted.apply(frame).inputs["table"].numpy(), wanted, rtol=1e-6)
    unseen, _ = table(c=("categorical", ["never", None]), y=("numeric", [0.0, 0.0]))
    found = made.fitted.apply(unseen).inputs["table"].numpy()
    np.testing.assert_allclose(found, fitted.transform(unseen[["c"]].astype(object)), rtol=1e-6)


@pytest.mark.parametrize("task", TASKS)
def test_training_rows_get_what_scikit_learn_says_of_the_other_folds(task: Task) -> None:
    """Fitted on the rows outside a row's fold alone."""
    frame, columns = rows(task)
    made = encode_frame(frame, columns, task, Split(), encoding(n_folds=4, seed=3))
    train = frame.loc[made.parts.numpy() == 0]
    target = made.fitted.target.numbers(train)[0]
    fold = folds(target, 4, 3)
    found = made.part("train").inputs["table"].numpy()
    for at in range(4):
        wanted = oracle(train, fold != at, task, 10.0).transform(train[["c"]].astype(object))
        np.testing.assert_allclose(found[fold == at], wanted[fold == at], rtol=1e-6)


def test_no_training_row_sees_its_own_target() -> None:
    """Another target for one row changes the numbers of others, and never its own; its level is of one row alone."""
    frame, columns = rows("regression")
    frame["c"] = typed([f"level {at}" for at in range(len(frame))], "categorical").to_numpy()
    recipe = encoding(smooth=0.0)
    part = parts(frame, columns, "regression", Split())
    one = int(np.flatnonzero(part == 0)[5])
    before = encode_frame(frame, columns, "regression", Split(), recipe)
    frame.iloc[one, 1] *= 1.0001  # so little that every row stays in its fold
    after = encode_frame(frame, columns, "regression", Split(), recipe)
    assert before.inputs["table"][one] == after.inputs["table"][one]
    assert not torch.equal(before.inputs["table"], after.inputs["table"])
    assert before.inputs["table"][one] != before.fitted.apply(frame).inputs["table"][one]


def test_what_follows_learns_from_numbers_out_of_fold() -> None:
    """As a pipeline of scikit-learn: mean 0 and deviation 1 on the training rows as they are learnt from."""
    frame, columns = rows("binary")
    made = encode_frame(frame, columns, "binary", Split(), encoding("missing_indicator", "standardize"))
    train = made.part("train").inputs["table"].double().numpy()
    assert made.fitted.feature_names == ("c mean of target", "c is missing")
    np.testing.assert_allclose(train[:, 0].mean(), 0, atol=1e-6)
    np.testing.assert_allclose(train[:, 0].std(), 1, atol=1e-6)
    assert (train[:, 1] == frame["c"].isna()[made.parts.numpy() == 0]).all()


def test_the_same_table_gives_the_same_bits_and_the_seed_others() -> None:
    """The file read back too."""
    frame, columns = rows("multiclass")
    made, again = (encode_frame(frame, columns, "multiclass", Split(), encoding()) for _ in range(2))
    other = encode_frame(frame, columns, "multiclass", Split(), encoding(seed=1))
    assert torch.equal(made.inputs["table"], again.inputs["table"])
    assert not torch.equal(made.inputs["table"], other.inputs["table"])
    assert torch.equal(Encoded.from_bytes(made.to_bytes()).inputs["table"], made.inputs["table"])
    assert made.fitted.apply(frame).inputs["table"].equal(other.fitted.apply(frame).inputs["table"])


@pytest.mark.parametrize("n_folds", [2, 5])
def test_folds_have_their_share_of_every_class(n_folds: int) -> None:
    """As many rows, and as many of a rare class, but for one."""
    target = np.repeat([0.0, 1.0, 2.0], [70, 23, 7])
    fold = folds(target, n_folds, 0)
    for kind in (target >= 0, target == 1, target == 2):
        counts = np.bincount(fold[kind], minlength=n_folds)
        assert counts.max() - counts.min() <= 2


def test_without_a_target_it_is_refused() -> None:
    """The column is named."""
    with pytest.raises(DataError, match="learns from the target"):
        fit_column(rows("binary")[1]["c"], (steps["target_encoding"](),), typed(["a", "b"], "categorical"))


def test_other_rows_targets_change_nothing() -> None:
    """Validation and test rows may have any target."""
    frame, columns = rows("regression")
    part = parts(frame, columns, "regression", Split())
    before = fit(frame, columns, encoding(), part, "regression")
    frame.loc[part != 0, "y"] = 1e6
    assert fit(frame, columns, encoding(), part, "regression") == before

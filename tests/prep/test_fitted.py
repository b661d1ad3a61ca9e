"""Fitted: learnt on training rows alone, the same bits for a row in any company, and the way back for answers."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from sklearn.compose import make_column_transformer
from sklearn.impute import SimpleImputer
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

from nnlab import machine
from nnlab.errors import DataError, LimitError
from nnlab.limits import Limits
from nnlab.machine import Cores
from nnlab.prep import recipe
from nnlab.prep.fit import fit
from nnlab.prep.fitted import Fitted
from nnlab.prep.recipe import ColumnRecipe, Recipe
from nnlab.prep.split import Split, parts
from nnlab.prep.steps import steps
from tests.prep.tables import mixed, table


@pytest.fixture(scope="module")
def fitted() -> Fitted:
    frame, columns = mixed(np.random.default_rng(0))
    return fit(frame, columns, Recipe(), parts(frame, columns, "binary", Split()), "binary")


def test_other_rows_change_nothing_that_was_learnt() -> None:
    """Whatever stands in validation and test rows, and in rows without a part, every learnt number stays."""
    frame, columns = mixed(np.random.default_rng(1))
    part = parts(frame, columns, "binary", Split())
    before = fit(frame, columns, Recipe(), part, "binary")
    others = part != 0
    frame.loc[others, ["a", "b", "c"]] = 1e9
    frame.loc[others, "colour"] = "never"
    frame.loc[others, "when"] = frame["when"].max()
    assert fit(frame, columns, Recipe(), part, "binary") == before


def test_a_row_has_the_same_bits_alone_in_a_batch_and_with_columns_in_any_order(fitted: Fitted) -> None:
    """Bit for bit, over all default steps together."""
    frame, _ = mixed(np.random.default_rng(2), 150)
    whole = fitted.apply(frame).inputs["table"]
    turned = frame[list(frame.columns[::-1])]
    for at in range(0, 150, 11):
        alone = fitted.apply(turned.iloc[[at]]).inputs["table"]
        assert torch.equal(alone[0], whole[at])
    assert torch.equal(fitted.apply(frame.assign(extra=1)).inputs["table"], whole)


def test_cores_change_nothing(fitted: Fitted, monkeypatch: pytest.MonkeyPatch) -> None:
    """Three cores choose and learn the same steps as one, to the bit."""
    frame, columns = mixed(np.random.default_rng(0))
    used: list[int] = []
    monkeypatch.setattr(machine, "cores", lambda: used.append(3) or Cores(3, "said by the test"))
    for limit in ("LONG", "MANY"):
        monkeypatch.setattr(recipe, limit, 1)
    together = fit(frame, columns, Recipe(), parts(frame, columns, "binary", Split()), "binary")
    assert len(used) == 2
    assert together.digest == fitted.digest


def test_rows_come_as_float32_with_their_lines(fitted: Fitted) -> None:
    """One input, a name for every number, the line of the file for every row."""
    frame, _ = mixed(np.random.default_rng(2), 20)
    batch = fitted.apply(frame)
    assert batch.inputs["table"].dtype == torch.float32
    assert batch.inputs["table"].shape == (20, len(fitted.feature_names))
    assert fitted.input_shapes == {"table": (len(fitted.feature_names),)}
    assert batch.lines.tolist() == list(range(2, 22))
    assert batch.target is None
    assert fitted.apply(frame.iloc[:0]).inputs["table"].shape == (0, len(fitted.feature_names))


def test_the_whole_agrees_with_a_column_transformer() -> None:
    """Median, standardize and one-hot over several columns, to 1e-6."""
    frame, columns = mixed(np.random.default_rng(3))
    part = parts(frame, columns, "binary", Split())
    chain = (steps["impute_median"](), steps["standardize"]())
    recipe = Recipe(columns=tuple(ColumnRecipe(column=name, steps=chain) for name in "abc"))
    for name in ("colour", "when", "note"):
        columns = columns.changed(name, role="ignore")
    found = fit(frame, columns, recipe, part, "binary").apply(frame).inputs["table"].numpy()
    flag_levels = [frame["flag"][part == 0].value_counts().index.to_list()]
    oracle = make_column_transformer(
        (make_pipeline(SimpleImputer(strategy="median"), StandardScaler()), ["a", "b", "c"]),
        (OneHotEncoder(categories=flag_levels, sparse_output=False), ["flag"]),
    ).fit(frame[part == 0])
    np.testing.assert_allclose(found, oracle.transform(frame), rtol=1e-6, atol=1e-6)


def test_an_absent_column_is_named(fitted: Fitted) -> None:
    """A used column must be there; a left-out one may be gone."""
    frame, _ = mixed(np.random.default_rng(4), 10)
    fitted.apply(frame.drop(columns=["note", "key", "same", "y"]))
    with pytest.raises(DataError, match="no colour"):
        fitted.apply(frame.drop(columns="colour"))


def test_too_large_a_table_is_refused_before_memory_is_taken(fitted: Fitted, monkeypatch: pytest.MonkeyPatch) -> None:
    """The sentence says rows, numbers and megabytes."""
    frame, _ = mixed(np.random.default_rng(4), 10)
    monkeypatch.setenv("NNLAB_LIMITS", Limits(encoded_bytes=100).to_json())
    with pytest.raises(LimitError, match="10 rows"):
        fitted.apply(frame)


def test_no_column_to_learn_from_is_refused() -> None:
    """Only an ID beside the target."""
    frame, columns = table(key=("id", list("abcdefghijkl")), y=("numeric", np.arange(12.0)))
    with pytest.raises(DataError, match="at least one column"):
        fit(frame, columns, Recipe(), parts(frame, columns, "regression", Split()), "regression")


def test_twenty_thousand_levels_stay_bounded() -> None:
    """FAULTS 12: the most frequent levels get a place, the rest is another level."""
    rng = np.random.default_rng(5)
    names = [f"level {value}" for value in rng.permutation(20_000)] + ["common"] * 500
    frame, columns = table(c=("categorical", names), y=("numeric", rng.standard_normal(len(names))))
    made = fit(frame, columns, Recipe(), parts(frame, columns, "regression", Split()), "regression")
    assert made.features[0].feature_names[0] == "c = common"
    assert made.feature_names[-1] == "c is another level"
    assert len(made.feature_names) == Limits().one_hot_levels + 1
    assert len(made.features[0].levels) <= 1000


@pytest.mark.parametrize("n_classes", [2, 4])
def test_classes_become_codes_and_come_back_as_probabilities(n_classes: int) -> None:
    """Sigmoid and softmax of torch in float64 are the oracle; numbers sort by size; unknown classes are −1."""
    texts = ["10", "9", "-1", "2"][:n_classes]
    frame, columns = table(x=("numeric", np.arange(40.0)), y=("categorical", texts * (40 // n_classes)))
    task = "binary" if n_classes == 2 else "multiclass"
    made = fit(frame, columns, Recipe(), parts(frame, columns, task, Split()), task)  # type: ignore[arg-type]
    assert list(made.target.classes) == sorted(texts, key=float)
    codes = made.targets(frame)
    assert codes.dtype == torch.int64
    assert [made.target.classes[code] for code in codes] == frame["y"].tolist()
    other, _ = table(y=("categorical", ["never", None, "9"]))
    assert made.targets(other).tolist()[:2] == [-1, -1]
    outputs = torch.randn(40, made.head.n_outputs) * 30
    found = made.decode(outputs)["probabilities"]
    second = torch.sigmoid(outputs.double())
    wanted = torch.cat([1 - second, second], 1) if n_classes == 2 else torch.softmax(outputs.double(), 1)
    np.testing.assert_allclose(found, wanted.numpy(), atol=1e-15)
    np.testing.assert_allclose(found.sum(1), 1, atol=1e-12)


def test_numbers_are_standardized_by_training_rows_and_come_back_in_their_unit() -> None:
    """Two outputs at once; an answer beyond the training range becomes its edge."""
    rng = np.random.default_rng(6)
    frame, columns = table(
        ("y", "z"),
        x=("numeric", rng.standard_normal(50)),
        y=("numeric", 1000 + 50 * rng.standard_normal(50)),
        z=("numeric", np.full(50, 7.0)),
    )
    part = parts(frame, columns, "regression", Split())
    made = fit(frame, columns, Recipe(), part, "regression")
    target = made.targets(frame)
    assert (target.dtype, target.shape) == (torch.float32, (50, 2))
    assert target[part == 0].mean(0).abs().max() < 1e-6
    np.testing.assert_allclose(made.decode(target[part == 0])["values"][:, 0], frame["y"][part == 0], rtol=1e-5)
    beyond = made.decode(torch.tensor([[99.0, 0.0], [-99.0, 0.0]]))["values"]
    train = frame["y"][part == 0]
    assert beyond.tolist() == [[train.max(), 7.0], [train.min(), 7.0]]
    assert made.head.n_outputs == 2


def test_a_target_with_one_class_is_refused() -> None:
    """FAULTS 8."""
    frame, columns = table(x=("numeric", np.arange(20.0)), y=("categorical", ["a"] * 20))
    with pytest.raises(DataError, match="two classes"):
        fit(frame, columns, Recipe(), parts(frame, columns, "binary", Split()), "binary")


def test_slots_and_names_agree(fitted: Fitted) -> None:
    """The slots of the columns cover the row once, in order."""
    places = [at for column in fitted.features for at in fitted.slots(column.name)]
    assert places == list(range(len(fitted.feature_names)))
    assert [fitted.feature_names[at] for at in fitted.slots("a")] == ["a", "a is missing"]

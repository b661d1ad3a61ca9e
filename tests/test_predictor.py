"""The predictor: an answer for every row, whatever its cells hold, and a warning for what is odd about it."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
import torch

from nnlab.errors import DataError
from nnlab.network.build import build
from nnlab.network.layers import Linear, ReLU
from nnlab.network.network import Network
from nnlab.predictor import MOST_WARNINGS, Predictor, RowWarning
from nnlab.prep.fit import fit
from nnlab.prep.recipe import Recipe
from nnlab.prep.split import Split, parts
from tests.prep.tables import mixed, table
from tests.timed import Timed

NETWORK = Network(trunk=(Linear(out_features=8), ReLU()))


def predictor_of(frame: pd.DataFrame, columns, task) -> Predictor:  # type: ignore[no-untyped-def]
    fitted = fit(frame, columns, Recipe(), parts(frame, columns, task, Split()), task)
    module = build(NETWORK, fitted.input_shapes, fitted.head, seed=0)
    return Predictor(columns=columns, fitted=fitted, network=NETWORK, module=module, name="test")


@pytest.fixture(scope="module")
def predictor() -> Predictor:
    return predictor_of(*mixed(np.random.default_rng(0)), "binary")


def good_row(predictor: Predictor) -> dict[str, object]:
    return {field.column: field.value for field in predictor.defaults()}


def as_text(frame: pd.DataFrame) -> pd.DataFrame:
    """The frame as a CSV without types gives it: every cell text, empty ones missing."""
    texts = {
        name: frame[name].map(str, na_action="ignore").astype("str") if frame[name].dtype != "str" else frame[name]
        for name in frame.columns
    }
    return pd.DataFrame(texts, index=frame.index)


def test_classes_come_with_their_probabilities(predictor: Predictor) -> None:
    """One row of answers for each row, in its order and with its index; torch's sigmoid is the oracle."""
    frame, _ = mixed(np.random.default_rng(1), 50)
    answer = predictor.predict(frame)
    assert list(answer.frame.columns) == ["prediction", "probability_no", "probability_yes"]
    assert answer.frame.index.equals(frame.index)
    wanted = torch.sigmoid(predictor.outputs(frame).double())[:, 0].numpy()
    np.testing.assert_allclose(answer.frame["probability_yes"], wanted, atol=1e-12)
    assert ((answer.frame["prediction"] == "yes") == (wanted > 0.5)).all()


def test_numbers_come_in_the_unit_of_the_target() -> None:
    """One column for one output, a named one for each of several."""
    rng = np.random.default_rng(2)
    columns = {name: ("numeric", 100 + rng.standard_normal(40)) for name in ("x", "y", "z")}
    one = predictor_of(*table("y", **columns), "regression")  # type: ignore[arg-type]
    two = predictor_of(*table(("y", "z"), **columns), "regression")  # type: ignore[arg-type]
    row = pd.DataFrame({"x": [100.0], "z": [100.0]})
    assert list(one.predict(row).frame.columns) == ["prediction"]
    assert 90 < one.predict(row).frame["prediction"].iloc[0] < 110
    assert list(two.predict(row).frame.columns) == ["prediction_y", "prediction_z"]


def test_rows_as_text_give_the_same_answers(predictor: Predictor) -> None:
    """A file without types, columns in another order and more of them: the same features, bit for bit."""
    frame, _ = mixed(np.random.default_rng(3), 60)
    text = as_text(frame)[list(frame.columns[::-1])].assign(more="x")
    typed, _ = predictor.prepared(text)
    whole = predictor.fitted.apply(frame).inputs["table"]
    assert torch.equal(predictor.fitted.apply(typed).inputs["table"], whole)
    for at in range(0, 60, 13):
        alone, _ = predictor.prepared(text.iloc[[at]])
        assert torch.equal(predictor.fitted.apply(alone).inputs["table"][0], whole[at])
    assert predictor.predict(text).frame.equals(predictor.predict(frame).frame)


def test_an_absent_column_is_named_or_imputed(predictor: Predictor) -> None:
    """FAULTS 6: refused by name, with the repair; on request it counts as missing in every row."""
    frame, _ = mixed(np.random.default_rng(4), 5)
    lacking = frame.drop(columns=["colour", "a", "when"])
    with pytest.raises(DataError, match="no a, colour and when") as caught:
        predictor.predict(lacking)
    assert caught.value.repair == {"set": "missing_columns", "value": "impute"}
    answer = predictor.predict(lacking, missing_columns="impute")
    assert len(answer.frame) == 5
    assert {warning.column for warning in answer.warnings if warning.line is None} == {"a", "colour", "when"}
    median = predictor.fitted.features[0].median
    filled = frame.assign(a=np.nan, when=pd.NaT, colour=pd.array([None] * 5, dtype="str"))
    assert median is not None
    assert answer.frame.equals(predictor.predict(filled).frame)


@pytest.mark.parametrize(
    ("column", "cell", "said"),
    [
        ("colour", "violet", '"violet" was not seen in training'),
        ("flag", "maybe", '"maybe" was not seen in training'),
        ("b", "twelve", '"twelve" is not a number; the median'),
        ("b", "1e9", "lies outside the training range"),
        ("b", "-5", "lies outside the training range"),
        ("b", "inf", "is infinite; the median"),
        ("b", None, "is missing, as in no training row; the median"),
        ("when", "1931-05-06", "1931-05-06 lies outside the training range, 2021-"),
        ("when", "someday", '"someday" is not a date or time'),
    ],
)
def test_what_is_odd_about_a_row_is_said_with_line_and_column(
    predictor: Predictor, column: str, cell: object, said: str
) -> None:
    """FAULTS 5 and 11: a finite answer with a note, on that row alone."""
    rows = pd.DataFrame([good_row(predictor)] * 3).astype("str")
    rows[column] = pd.array([rows[column][0], cell, rows[column][0]], dtype="str")
    rows.index = pd.Index([2, 3, 4], name="line")
    answer = predictor.predict(rows)
    assert np.isfinite(answer.frame[["probability_no", "probability_yes"]].to_numpy()).all()
    assert len(answer.warnings) == 1
    warning = answer.warnings[0]
    assert (warning.line, warning.column) == (3, column)
    assert said in warning.text


def test_an_ordinary_row_has_no_warning(predictor: Predictor) -> None:
    """Nor has a missing cell in a column that had missing cells in training."""
    rows = pd.DataFrame([good_row(predictor)] * 2)
    rows.loc[1, "colour"] = None
    rows.loc[1, "a"] = None
    assert predictor.predict(rows).warnings == ()


def test_warnings_are_counted_beyond_a_hundred(predictor: Predictor) -> None:
    """A file full of unseen levels does not drown the page."""
    rows = pd.DataFrame([good_row(predictor)] * 350).assign(colour="violet")
    warnings = predictor.predict(rows).warnings
    assert len(warnings) == MOST_WARNINGS + 1
    assert warnings[0] == RowWarning(1, "colour", '"violet" was not seen in training')
    assert warnings[-1] == RowWarning(None, "colour", "250 more rows like the one before")


@pytest.mark.parametrize("seed", range(5))
def test_no_cell_makes_it_fail(predictor: Predictor, seed: int) -> None:
    """Any text in any column: an answer for every row."""
    rng = np.random.default_rng(seed)
    awful = [
        "",
        " ",
        "nan",
        "inf",
        "-inf",
        "1e400",
        "1e308",
        "null",
        "=1+1",
        "<b>",
        "0x10",
        "1,5",
        "1.000,5",
        "٣",
        "12 %",
    ]
    awful += ["9999-99-99", "24:61", "0000-00-00", "99999999999-01-01", "\x00", "𝟙", "-0", "1e-400", "a" * 5000, None]  # type: ignore[list-item]
    names = [field.column for field in predictor.defaults()]
    rows = pd.DataFrame({name: pd.array(rng.choice(np.array(awful, dtype=object), 80), dtype="str") for name in names})
    answer = predictor.predict(rows)
    shares = answer.frame[["probability_no", "probability_yes"]].to_numpy()
    assert np.isfinite(shares).all()
    assert predictor.predict(rows.iloc[:0]).frame.shape == (0, 3)


def test_a_network_that_gives_no_number_is_said(predictor: Predictor) -> None:
    """No class is made up: the answer is missing and the row is named."""

    class Broken(torch.nn.Module):
        def forward(self, table: torch.Tensor) -> torch.Tensor:
            return torch.full((len(table), 1), torch.nan)

    broken = Predictor(predictor.columns, predictor.fitted, predictor.network, Broken())
    answer = broken.predict(pd.DataFrame([good_row(predictor)]))
    assert answer.frame["prediction"].isna().all()
    assert answer.warnings == (RowWarning(1, "", "the network gave no number for this row"),)


def test_a_column_twice_is_one_sentence(predictor: Predictor) -> None:
    """Which of the two is meant cannot be known."""
    rows = pd.DataFrame([good_row(predictor)])
    twice = pd.concat([rows, rows[["a"]]], axis=1)
    with pytest.raises(DataError, match="only once"):
        predictor.predict(twice)


def test_the_form_knows_typical_values_ranges_and_levels(predictor: Predictor) -> None:
    """Of training rows only; pandas is the oracle."""
    frame, columns = mixed(np.random.default_rng(0))
    train = frame[parts(frame, columns, "binary", Split()) == 0]
    fields = {field.column: field for field in predictor.defaults()}
    assert list(fields) == ["a", "b", "c", "colour", "flag", "when"]
    assert fields["a"].value == train["a"].median()
    assert (fields["a"].minimum, fields["a"].maximum) == (train["a"].min(), train["a"].max())
    assert fields["a"].may_be_missing
    assert not fields["b"].may_be_missing
    assert fields["colour"].value == train["colour"].mode()[0]
    assert set(fields["colour"].levels) == set(train["colour"].dropna())
    assert pd.Timestamp(str(fields["when"].minimum)) == train["when"].min()


def test_one_row_is_answered_at_once(predictor: Predictor, timed: Timed) -> None:
    """Well under what a person notices, and each time the same."""
    row = pd.DataFrame([good_row(predictor)]).astype("str")
    first = predictor.predict(row)
    with timed("five answers for one row"):
        answers = [predictor.predict(row) for _ in range(5)]
    assert all(answer.frame.equals(first.frame) for answer in answers)


def test_predicting_leaves_the_module_as_it_was(predictor: Predictor) -> None:
    """Training mode is given back, and no gradient is kept."""
    predictor.module.train()
    outputs = predictor.outputs(pd.DataFrame([good_row(predictor)]))
    assert predictor.module.training
    assert not outputs.requires_grad
    predictor.module.eval()


def test_the_source_is_the_network_as_code(predictor: Predictor) -> None:
    """PyTorch source with the sizes of this preparation."""
    assert "class Model(nn.Module)" in predictor.source

"""A run used on other rows: answers beside the rows as they came, and figures that scikit-learn agrees with."""

from __future__ import annotations

import io
import math
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from sklearn import metrics

from nnlab.cleaning.cleaning import Cleaning
from nnlab.data.csv_out import csv_bytes
from nnlab.data.read import read
from nnlab.errors import DataError
from nnlab.runs.archive import pack
from nnlab.runs.cleaned_tables import with_cleaning
from nnlab.runs.foreground import train
from nnlab.runs.using import beside, evaluate_file, opened, plain_rows, predict_file
from nnlab.runs.workspace import Space
from tests.command import SAMPLES


@pytest.fixture(scope="module")
def houses(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A regression with a name that is a formula, text that is one, and whole numbers."""
    rng = np.random.default_rng(0)
    rooms = rng.integers(1, 9, 90)
    frame = pd.DataFrame(
        {
            "=rooms": rooms,
            "place": np.where(rooms > 4, "=HYPERLINK(1)", "-town"),
            "built": pd.date_range("1990-01-01", periods=90, freq="31D").strftime("%Y-%m-%d"),
            "self": rng.normal(size=90).round(3),
            "price": (1e5 * rooms + rng.normal(size=90) * 100).round(1),
        }
    )
    path = tmp_path_factory.mktemp("houses") / "houses.csv"
    frame.to_csv(path, index=False)
    return path


@pytest.fixture(scope="module")
def run(houses: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("NNLAB_HOME", str(tmp_path_factory.mktemp("home")))
        out = tmp_path_factory.mktemp("runs") / "run"
        return train(houses, "price", settings={"training.epochs": 5}, out=out).path


def test_answers_stand_beside_the_rows_as_they_came(run: Path, houses: Path) -> None:
    """CSV in, CSV out: every cell comes back, formulas as text, whole numbers whole, and one column more."""
    out = pd.read_csv(io.BytesIO(csv_bytes(predict_file(run, houses).frame)))
    frame = pd.read_csv(houses)
    assert list(out.columns) == ["'=rooms", *frame.columns[1:], "prediction"]
    assert out["'=rooms"].dtype == "int64"
    assert set(out["place"]) == {"'=HYPERLINK(1)", "'-town"}
    for name in ("built", "self", "price"):
        pd.testing.assert_series_equal(out[name], frame[name])


def spoilt(houses: Path, place: Path, column: str, rows: list[int], cell: str) -> Path:
    """The file with other cells in a column."""
    frame = pd.read_csv(houses, dtype=str)
    frame.loc[rows, column] = cell
    frame.to_csv(place, index=False)
    return place


@pytest.mark.parametrize(("column", "what"), [("self", "is no number"), ("built", "is no date")])
def test_a_cell_that_cannot_be_read_is_told_and_comes_back(
    run: Path, houses: Path, tmp_path: Path, column: str, what: str
) -> None:
    """As it stands in the file; the other cells of its column are as without it, and no other answer changes."""
    found = predict_file(run, spoilt(houses, tmp_path / "spoilt.csv", column, [3], "abc"))
    whole = predict_file(run, houses)
    told = [each for each in found.warnings if each not in whole.warnings]
    assert [(each.line, each.column, each.text) for each in told] == [
        (5, column, f'"abc" {what}; it counts as missing')
    ]
    out, expected = (pd.read_csv(io.BytesIO(csv_bytes(each.frame)), dtype=str) for each in (found, whole))
    assert out[column][3] == "abc"
    pd.testing.assert_series_equal(out[column].drop(3), expected[column].drop(3))
    pd.testing.assert_series_equal(found.frame["prediction"].drop(5), whole.frame["prediction"].drop(5))


def test_of_many_cells_that_cannot_be_read_the_rest_is_told_as_empty(run: Path, houses: Path, tmp_path: Path) -> None:
    """A thousand come back; of the other three it is said that they do not."""
    many = pd.concat([pd.read_csv(houses, dtype=str)] * 40, ignore_index=True)
    many.to_csv(tmp_path / "many.csv", index=False)
    found = predict_file(run, spoilt(tmp_path / "many.csv", tmp_path / "spoilt.csv", "self", list(range(1003)), "abc"))
    assert (found.frame["self"] == "abc").sum() == 1000
    rest = [each.text for each in found.warnings if each.column == "self" and each.line is None]
    assert rest == [
        "3 more cells like these; each is no number; it counts as missing, and comes back empty",
        "3 more rows in which it is missing",
    ]


def test_a_row_that_is_set_aside_is_told(run: Path, houses: Path, tmp_path: Path) -> None:
    """It gets no answer, so whoever joins the answers back by their order has to know."""
    first, *rest = houses.read_text().splitlines()
    odd = tmp_path / "odd.csv"
    odd.write_text("\n".join([first, *rest[:4], ',"",,,', *rest[4:8], "1,here", *rest[8:]]) + "\n")
    found = predict_file(run, odd)
    assert len(found.frame) == len(rest) + 1
    told = {each.line: each.text for each in found.warnings if not each.column}
    assert told == {6: "the row is empty and was set aside", 11: "2 of 5 cells; the others are missing"}


def test_a_cell_that_only_a_computed_column_needs_is_told(tmp_path: Path, home: Path) -> None:
    """The network reads what is made of it, not the column itself."""
    file = tmp_path / "people.csv"
    body = "".join(f"{50 + n % 40},{150 + n % 37},{n % 2}\n" for n in range(80))
    file.write_text("weight,height,ill\n" + body)
    space = Space(home)
    project = space.create_project(space.put_table(file, "people.csv")).with_target("ill")
    step = {"kind": "compute_column", "into": "share", "expression": "weight / height"}
    made = with_cleaning(space, project, Cleaning.parse({"steps": [step]}))
    for name in ("weight", "height"):
        made = made.with_column(name, role="ignore")
    settings, portable = {"training.epochs": 1}, made.portable()
    out = train(file, "ill", project=portable, settings=settings, out=tmp_path / "run").path
    rows = tmp_path / "rows.csv"
    rows.write_text("weight,height\n" + "".join(f"{50 + n},{'abc' if n == 4 else 150 + n}\n" for n in range(60)))
    told = [(each.line, each.column) for each in predict_file(out, rows).warnings if "abc" in each.text]
    assert told == [(6, "height")]


def test_a_file_without_any_column_of_the_model_is_refused(run: Path, tmp_path: Path) -> None:
    """Also where columns may be filled in: every answer would be the same."""
    path = tmp_path / "wine.csv"
    path.write_text("colour,acid\nred,1\nwhite,2\n")
    for missing in ("refuse", "impute"):
        with pytest.raises(DataError, match="right file") as refused:
            predict_file(run, path, missing)
        assert refused.value.repair is None


def test_a_file_of_the_same_form_is_read_as_the_runs_own_was(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A person said that line 3 is the header: rows of another file of that form are found without being told."""
    monkeypatch.setenv("NNLAB_HOME", str(tmp_path / "home"))
    file = tmp_path / "odd.csv"
    body = "".join(f"{n % 13},{n % 7},{n % 13 + n % 7}\n" for n in range(60))
    file.write_text(f"10,20,30\n1,2,3\na,b,sum\n{body}")
    space = Space(tmp_path / "home")
    reading = read(file).reading.having(header_line=3, skip_lines=0)
    project = space.create_project(space.put_table(file, "odd.csv", reading)).with_target("sum")
    assert "a" not in read(file).frame.columns
    out = train(file, "sum", project=project.portable(), settings={"training.epochs": 1}, out=tmp_path / "run").path
    assert len(predict_file(out, file).frame) == 60


def test_figures_equal_scikit_learn_on_the_answers(run: Path, houses: Path) -> None:
    """R², MAE and RMSE of a file are those of what `predict_file` says, in the target's unit."""
    truth, found = pd.read_csv(houses)["price"], predict_file(run, houses).frame["prediction"]
    right = {
        "r2": metrics.r2_score(truth, found),
        "mae": metrics.mean_absolute_error(truth, found),
        "rmse": metrics.root_mean_squared_error(truth, found),
    }
    # A target is kept as float32, so the truth comes back with seven digits.
    assert evaluate_file(run, houses).metrics["test"] == pytest.approx(right, rel=1e-5, abs=1e-5)


def test_rows_without_a_target_are_not_judged(run: Path, houses: Path, tmp_path: Path) -> None:
    """They leave; a file where no row has one is refused."""
    frame = pd.read_csv(houses)
    frame.loc[:29, "price"] = np.nan
    frame.to_csv(tmp_path / "some.csv", index=False)
    assert evaluate_file(run, tmp_path / "some.csv").n_rows["test"] == 60
    frame["price"] = np.nan
    frame.to_csv(tmp_path / "none.csv", index=False)
    with pytest.raises(DataError, match="some rows must have a target"):
        evaluate_file(run, tmp_path / "none.csv")


def test_a_kind_changed_by_hand_holds_for_other_rows(tmp_path: Path, home: Path) -> None:
    """Whole numbers taken as levels are found again in a file: no cell of it is strange to the model."""
    from nnlab.runs.project import Project
    from nnlab.runs.workspace import Space

    space = Space(home)
    table = space.put_table(SAMPLES / "titanic.csv", "titanic.csv")
    project = Project().for_file(table).with_target("Survived").with_column("Pclass", kind="categorical")
    made = train(SAMPLES / "titanic.csv", project=project, settings={"training.epochs": 1}).path
    prediction = predict_file(made, SAMPLES / "titanic.csv")
    assert not [odd for odd in prediction.warnings if odd.column == "Pclass"]
    judged = pd.read_parquet(made / "predictions.parquet")
    found = prediction.frame.loc[judged["line"]]
    assert list(found["prediction"]) == list(judged["predicted"])


def test_answers_give_way_to_columns_of_the_same_name() -> None:
    """`prediction` twice: the file's own keeps the name."""
    rows = pd.DataFrame({"prediction": ["x"], "prediction_2": ["y"]})
    found = beside(rows, pd.DataFrame({"prediction": ["z"]}))
    assert list(found.columns) == ["prediction", "prediction_2", "prediction_3"]


def test_rows_as_json_lose_no_bit() -> None:
    """Floats whole, dates as ISO 8601, what is missing as None, whatever the dtype."""
    frame = pd.DataFrame(
        {
            "float": [math.pi, np.nan],
            "whole": pd.array([3, None], dtype="Int64"),
            "when": [pd.Timestamp("2024-02-29 12:30"), pd.NaT],
            "text": pd.array(["a", None], dtype="str"),
        }
    )
    assert plain_rows(frame) == [
        {"float": math.pi, "whole": 3, "when": "2024-02-29T12:30:00", "text": "a"},
        {"float": None, "whole": None, "when": None, "text": None},
    ]
    assert plain_rows(frame.iloc[:0]) == []


def test_a_downloaded_run_is_used_like_a_folder(run: Path, houses: Path, tmp_path: Path) -> None:
    """The same answers, bit for bit; what was unpacked is gone afterwards."""
    zipped = tmp_path / "run.zip"
    zipped.write_bytes(pack(run))
    pd.testing.assert_frame_equal(predict_file(zipped, houses).frame, predict_file(run, houses).frame)
    with opened(zipped) as folder:
        assert folder.is_judged()
    assert not folder.exists

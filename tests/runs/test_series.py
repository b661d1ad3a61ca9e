"""A run on windows of a series, from the command line's options to answers for rows with a past."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from nnlab.cleaning import Cleaning, cleaning_steps
from nnlab.errors import DataError
from nnlab.runs.cleaned_tables import with_cleaning
from nnlab.runs.foreground import train
from nnlab.runs.load import load
from nnlab.runs.start import create_run
from nnlab.runs.using import evaluate_file
from nnlab.runs.workspace import Space
from tests.command import nnlab

pytestmark = pytest.mark.timeout(300)


def sales(path: Path) -> pd.DataFrame:
    """Two shops by day, a week's wave on a trend."""
    rng = np.random.default_rng(0)
    days = np.arange(90)
    shops = [
        pd.DataFrame(
            {
                "day": pd.date_range("2024-01-01", periods=90).strftime("%Y-%m-%d"),
                "shop": shop,
                "sales": (base + days + 15 * np.sin(2 * np.pi * days / 7) + rng.normal(0, 2, 90)).round(2),
            }
        )
        for shop, base in (("north", 100), ("south", 160))
    ]
    frame = pd.concat(shops, ignore_index=True)
    frame.to_csv(path, index=False)
    return frame


def test_a_series_is_learnt_judged_and_continued(tmp_path: Path, home: Path) -> None:
    """Beside the last value and the last season of the same rows; each row with a past gets two numbers."""
    frame = sales(tmp_path / "sales.csv")
    settings = {"training.epochs": 40, "recipe.windows.lookback": 7, "recipe.windows.horizon": 2}
    run = train(tmp_path / "sales.csv", "sales", template="series_linear", settings=settings, time="day", group="shop")
    report = run.report()
    assert {"last_value", "last_season", "mean", "linear"} <= set(report.baselines)
    judged = pd.read_parquet(run.path / "predictions.parquet")
    lines = judged["line"].to_numpy() - 2
    last = frame["sales"].to_numpy()[lines]
    for step in (1, 2):
        true = frame.groupby("shop")["sales"].shift(-step).to_numpy()[lines]
        np.testing.assert_allclose(judged[f"true sales +{step}"], true, atol=1e-3)
        rmse = report.baselines["last_value"].outputs[f"sales +{step}"]["rmse"]
        assert rmse == pytest.approx(float(np.sqrt(np.mean((true - last) ** 2))), rel=1e-4)
        week_ago = frame.groupby("shop")["sales"].shift(7 - step).to_numpy()[lines]
        rmse = report.baselines["last_season"].outputs[f"sales +{step}"]["rmse"]
        assert rmse == pytest.approx(float(np.sqrt(np.mean((true - week_ago) ** 2))), rel=1e-4)
    assert report.summary()["by_horizon"]["1"]["rmse"] == report.outputs["sales +1"]["rmse"]
    pooled = [report.outputs[f"sales +{step}"]["rmse"] or 0 for step in (1, 2)]
    assert report.summary()["metrics"]["test"]["rmse"] == pytest.approx(float(np.sqrt(np.mean(np.square(pooled)))))
    assert "the last value" in report.verdict

    predictor = load(run.path)
    answer = predictor.predict(frame.astype("str"))
    is_whole = frame.groupby("shop").cumcount().to_numpy() >= 6
    assert answer.frame.columns.tolist() == ["prediction_sales +1", "prediction_sales +2"]
    assert answer.frame.notna().all(axis=1).tolist() == is_whole.tolist()
    assert sum("7 rows in order" in warning.text for warning in answer.warnings) == 12
    recent = frame[frame["shop"] == "north"].tail(7)
    alone = predictor.predict(recent.sample(frac=1, random_state=1))
    np.testing.assert_allclose(alone.frame.loc[recent.index[-1]], answer.frame.loc[recent.index[-1]], atol=1e-3)
    recent_file = tmp_path / "later.csv"
    frame.groupby("shop").tail(30).to_csv(recent_file, index=False)
    again = evaluate_file(run.path, recent_file)
    later = frame.groupby("shop").tail(30)
    said = answer.frame.loc[later.index, "prediction_sales +1"]
    true = later.groupby("shop")["sales"].shift(-1)
    judged_rows = later.groupby("shop").cumcount().between(6, 27)
    rmse = float(np.sqrt(np.mean((said - true)[judged_rows] ** 2)))
    assert again.outputs["sales +1"]["rmse"] == pytest.approx(rmse, rel=1e-4)
    assert again.n_rows["test"] == int(judged_rows.sum())
    both = [again.outputs[f"sales +{step}"]["rmse"] or 0 for step in (1, 2)]
    assert again.metrics["test"]["rmse"] == pytest.approx(float(np.sqrt(np.mean(np.square(both)))))
    assert list(again.summary()["by_horizon"]) == ["1", "2"]
    assert predictor.defaults() == ()
    with pytest.raises(DataError, match="takes 7 rows"):
        predictor.predict(recent.tail(3))
    with pytest.raises(DataError, match="the model needs 3 columns"):
        predictor.predict(recent.drop(columns="day"))


def test_the_command_line_says_what_a_series_needs(tmp_path: Path, home: Path) -> None:
    """Without a time there is no window."""
    sales(tmp_path / "sales.csv")
    answer = nnlab("train", tmp_path / "sales.csv", "--target", "sales", "--lookback", "7", "--json")
    assert answer.status != 0
    assert "windows need a column" in answer.data["error"]["rule"]


def test_rows_of_a_series_are_not_dropped_by_cleaning(tmp_path: Path, home: Path) -> None:
    """A window of the past would hold other rows when it is continued, where none is dropped."""
    sales(tmp_path / "sales.csv")
    space = Space(home)
    table = space.put_table(tmp_path / "sales.csv", "sales.csv")
    project = space.create_project(table).with_target("sales").with_column("day", role="time")
    project = project.setting("recipe.windows.lookback", 7)
    cleaned = with_cleaning(space, project, Cleaning().added(cleaning_steps.parse({"kind": "drop_duplicates"})))
    with pytest.raises(DataError, match="series is learnt from all its rows"):
        create_run(space, cleaned)

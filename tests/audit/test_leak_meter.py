"""The leak meter: on noise the wrong way looks good and the right way does not; on real gain both say so."""

from __future__ import annotations

import functools
import subprocess
import sys
from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score
from sklearn.preprocessing import StandardScaler

from nnlab.audit.leak_meter import PRACTICES, LeakReading, leak_reading, offered
from nnlab.audit.quick_model import Scorer
from nnlab.baseline import fit_baselines
from nnlab.data.columns import Column, Columns
from nnlab.errors import DataError
from nnlab.prep.encoded import encode_frame
from nnlab.prep.recipe import Recipe
from nnlab.prep.split import Split
from tests.audit.planted import amounts
from tests.audit.planted import table as planted
from tests.batteries import battery
from tests.prep.tables import table

N_COLUMNS = battery(200, 2_000)
N_SEEDS = battery(3, 5)


def noise(seed: int, n_columns: int = N_COLUMNS) -> tuple[pd.DataFrame, Columns]:
    """500 rows of numbers and 150 levels that have nothing to do with the target."""
    rng = np.random.default_rng(seed)
    cells = {f"x{place}": rng.standard_normal(500) for place in range(n_columns)}
    frame = pd.DataFrame(cells).assign(
        level=pd.Series([f"l{value}" for value in rng.integers(0, 150, 500)], dtype="str"),
        y=pd.Series(rng.choice(["no", "yes"], 500), dtype="str"),
    )
    columns = [Column(name=name, kind="numeric") for name in cells]
    columns += [Column(name="level", kind="categorical"), Column(name="y", kind="boolean", role="target")]
    return frame, Columns(columns=tuple(columns))


def test_on_noise_the_wrong_way_shows_a_lie_and_the_own_path_does_not(measured: Callable[[str], None]) -> None:
    """Choosing columns and target encoding before the split look like skill; the prepared rows give none on test."""
    own, chosen, encoded = [], [], []
    for seed in range(N_SEEDS):
        frame, columns = noise(seed)
        split = Split(seed=seed)
        chosen.append(leak_reading(frame, columns, "binary", split, "choose_columns", seed=seed))
        encoded.append(leak_reading(frame, columns, "binary", split, "target_encoding", "level", seed=seed))
        own.append(own_score(frame, columns, split))
    wrong = [float(np.mean([reading.wrong for reading in readings])) for readings in (chosen, encoded)]
    right = [float(np.mean([reading.right for reading in readings])) for readings in (chosen, encoded)]
    measured(
        f"noise, {N_COLUMNS} columns, mean AUC of {N_SEEDS} seeds: choosing columns wrongly {wrong[0]:.2f}, rightly "
        f"{right[0]:.2f}; target encoding wrongly {wrong[1]:.2f}, rightly {right[1]:.2f}; the app's own path "
        f"{np.mean(own):.2f}"
    )
    assert min(wrong) >= 0.65
    assert 0.42 <= float(np.mean(own)) <= 0.58
    assert all(reading.is_telling for reading in (*chosen, *encoded))


def own_score(frame: pd.DataFrame, columns: Columns, split: Split) -> float:
    """The test AUC of a linear model on rows as the app prepares them."""
    made = encode_frame(frame, columns, "binary", split, Recipe())
    x, y, part = made.inputs["table"].numpy(), made.target.numpy(), made.parts.numpy()
    sides = [x[part == 0], y[part == 0], x[part == 1], y[part == 1], x[part == 2]]
    said = fit_baselines("binary", *sides, seed=0)["linear"].values
    assert said is not None
    return float(roc_auc_score(y[part == 2], said[:, -1]))


def test_a_column_that_is_the_answer_is_seen() -> None:
    """With a copy of the target nearly all is told; without it little."""
    frame, columns = noise(3, 5)
    frame["duration"] = np.where(frame["y"] == "yes", 3.0, 1.0) + np.random.default_rng(0).normal(0, 0.3, 500)
    columns = columns.having(columns=(*columns.columns, Column(name="duration", kind="numeric")))
    reading = leak_reading(frame, columns, "binary", Split(), "column", "duration")
    assert reading.wrong > 0.98
    assert reading.right < 0.65
    assert "if its values are known only afterwards" in reading.sentence


def test_copies_on_both_sides_flatter() -> None:
    """Every row three times: a model that learns rows by heart knows the judging ones."""
    frame, columns = table(
        a=("numeric", np.tile(np.random.default_rng(0).standard_normal(80), 2)),
        b=("numeric", np.tile(np.random.default_rng(1).standard_normal(80), 2)),
        y=("numeric", np.tile(np.random.default_rng(2).standard_normal(80), 2)),
    )
    reading = leak_reading(frame, columns, "regression", Split(), "copies")
    assert (reading.metric, reading.is_telling) == ("R²", True)
    assert reading.wrong > 0.3 > reading.right


@pytest.mark.parametrize("has_role", [True, False])
def test_groups_and_times_are_scored_beside_the_random_split(has_role: bool) -> None:
    """Each patient has one answer and a mark of its own: at random it is recognised, by whole groups it is not."""
    rng = np.random.default_rng(0)
    patient = rng.integers(0, 40, 400)
    mark, answer = rng.standard_normal(40), rng.integers(0, 2, 40)
    frame, columns = table(
        patient=("id", [f"p{value}" for value in patient]),
        mark=("numeric", mark[patient] + rng.normal(0, 0.01, 400)),
        y=("categorical", [["no", "yes"][value] for value in answer[patient]]),
    )
    columns = columns.changed("patient", role="group" if has_role else "ignore")
    reading = leak_reading(frame, columns, "binary", Split(), "split", "" if has_role else "patient")
    assert reading.wrong > 0.85
    assert reading.right < 0.75
    assert "rows divided at random" in reading.sentence


def test_a_date_column_is_scored_as_time() -> None:
    """The target drifts: rows between their neighbours are easy, the future is not."""
    when = pd.date_range("2024-01-01", periods=300, freq="D")
    walk = np.cumsum(np.random.default_rng(0).standard_normal(300))
    frame, columns = table(
        when=("datetime", list(when)), day=("numeric", np.arange(300.0)), y=("numeric", walk + np.arange(300) * 0.1)
    )
    reading = leak_reading(frame, columns, "regression", Split(), "split", "when")
    assert reading.wrong > 0.8 > reading.right


def test_the_quick_model_is_a_logistic_regression_on_standardized_columns() -> None:
    """The same figure as scikit-learn's own pieces, put together here."""
    rng = np.random.default_rng(0)
    x, y = rng.standard_normal((200, 4)) * [1, 10, 100, 1], rng.integers(0, 2, 200)
    x[:, 0] += y
    teaches = np.arange(200) < 140
    scaler = StandardScaler().fit(x[teaches])
    model = LogisticRegression().fit(scaler.transform(x[teaches]), y[teaches])
    expected = roc_auc_score(y[~teaches], model.predict_proba(scaler.transform(x[~teaches]))[:, 1])
    assert Scorer("binary", y, teaches, ~teaches).linear(x) == pytest.approx(expected, abs=1e-3)


def test_a_class_that_was_not_learnt_is_none_of_the_classes() -> None:
    """Its rows have zeros everywhere, also where the last class is missing among the rows."""
    everything = np.ones(3, dtype=bool)
    told = Scorer("multiclass", np.array([0, -1, 1]), everything, everything, n_outputs=3).indicators()
    assert told.tolist() == [[1, 0, 0], [0, 0, 0], [0, 1, 0]]


def test_what_is_offered_follows_from_kind_and_role() -> None:
    """Nothing without a target; of a column what can be done with it."""
    frame, columns = noise(0, 3)
    assert set(offered(columns)) == {"choose_columns", "fit_on_all", "copies"}
    assert offered(columns, "level") == ("column", "target_encoding")
    assert offered(columns, "x0") == ("column",)
    assert offered(columns, "y") == ()
    rest = [column.name for column in columns.features if column.name != "x0"]
    alone = functools.reduce(lambda found, name: found.changed(name, role="ignore"), rest, columns)
    assert offered(alone, "x0") == (), "without the only feature nothing is left to measure"
    assert offered(columns.changed("level", role="group"), "level") == ("split",)
    assert "split" in offered(columns.changed("level", role="group"))
    assert offered(columns.having(columns=columns.columns[:3])) == ()
    assert set(PRACTICES) >= set(offered(columns, "level"))
    assert frame.shape == (500, 5)


def test_a_reading_is_plain_data_and_the_same_again() -> None:
    """Equal arguments, equal readings; it goes through JSON."""
    frame, columns = noise(1, 10)
    first, again = (leak_reading(frame, columns, "binary", Split(), "fit_on_all") for _ in range(2))
    assert first == again == LeakReading.from_json(first.to_json())
    assert not first.is_telling


def test_too_few_rows_and_the_target_itself_are_refused() -> None:
    """Each with a sentence."""
    frame, columns = noise(1, 3)
    with pytest.raises(DataError, match="at least 20 rows"):
        leak_reading(frame.iloc[:12], columns, "binary", Split(), "choose_columns")
    with pytest.raises(DataError, match="the target is no column"):
        leak_reading(frame, columns, "binary", Split(), "column", "y")


def test_what_is_offered_is_told_without_scikit_learn() -> None:
    """A page may ask it: the server never loads what only jobs need."""
    asked = "import sys, nnlab.audit.leak_meter; sys.exit('sklearn' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", asked], check=False).returncode == 0


def test_of_a_recipe_with_windows_single_rows_are_compared() -> None:
    """The scores are those without windows, and the sentence says so; with no feature there is nothing to compare."""
    values = amounts(300)
    frame, columns = planted({"day": pd.date_range("2024-01-01", periods=300), **values})
    columns = columns.changed("day", role="time")
    looking_back = Recipe.parse({"windows": {"lookback": 6}})
    plain = leak_reading(frame, columns, "regression", Split(), "column", "a")
    found = leak_reading(frame, columns, "regression", Split(), "column", "a", recipe=looking_back)
    assert (found.right, found.wrong) == (plain.right, plain.wrong)
    assert found.sentence == f"{plain.sentence} Single rows are compared, without the past that a window brings."
    alone = columns.having(columns=tuple(each for each in columns.columns if each.name in ("day", "y")))
    with pytest.raises(DataError, match="no feature beside the past of the target"):
        leak_reading(frame, alone, "regression", Split(), "fit_on_all", recipe=looking_back)

"""Every check finds what is planted for it, says it with numbers, and is silent on a table without faults."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest
from scipy.stats import skew

from nnlab.audit.checks import checks
from nnlab.audit.checks.impossible import stands_apart
from nnlab.audit.finding import Finding
from nnlab.prep.split import Split
from tests.audit.planted import amounts, audited, classes, found, table
from tests.audit.planted_checks import PLANTS


def words(kind: str) -> tuple[str, ...]:
    return checks[kind].reports or (kind,)


def test_every_check_has_a_plant() -> None:
    """Whoever adds a check shows a table in which it finds something."""
    assert set(PLANTS) == set(checks.kinds)


@pytest.mark.parametrize("kind", checks.kinds)
def test_what_is_planted_is_found_with_its_evidence(kind: str) -> None:
    """A sentence, numbers beside it, and the columns by their names; as JSON it comes back equal."""
    frame, columns = PLANTS[kind]()
    all_found = found((frame, columns), *words(kind))
    assert all_found
    for finding in all_found:
        assert set(finding.columns) <= set(columns.names)
        assert len(finding.sentence) > 20
        assert finding.sentence[-1] in ".?"
        assert any(isinstance(value, int | float) for value in finding.evidence.values()) or any(
            isinstance(value, dict) for value in finding.evidence.values()
        )
        assert Finding.parse(json.loads(json.dumps(finding.plain()))) == finding


@pytest.mark.parametrize("values", [classes(1_200, 9), amounts(1_200, 9), classes(1_200, 9, 4)])
def test_a_table_without_faults_has_no_findings(values: dict[str, np.ndarray]) -> None:
    """Nothing is said for the sake of saying something."""
    assert audited(table(values)).findings == ()


def test_findings_come_most_serious_first() -> None:
    """Leaks, then questions, then the rest in the order of the checks."""
    values = classes(2_000)
    values["duration"], values["copy"] = values.pop("a"), values["y"]
    values["same"] = np.full(2_000, "x")
    order = [finding.check for finding in audited(table(values)).findings]
    assert order[:2] == ["leak", "ask"]
    assert order[-1] == "constant"


def test_duplicates_are_counted_as_pandas_does_and_kept_on_one_side() -> None:
    """The rows that repeat another, and that no two parts share one."""
    frame, columns = PLANTS["duplicate_rows"]()
    (finding,) = found((frame, columns), "duplicate_rows")
    assert finding.evidence["n_repeated"] == int(frame.duplicated().sum()) == 60
    assert finding.evidence["n_sets_across"] == 0
    assert "kept on one side" in finding.sentence


def test_duplicates_across_a_split_column_are_said_to_flatter() -> None:
    """The column decides, so rows alike train and judge."""
    frame, columns = PLANTS["duplicate_rows"]()
    frame["part"] = pd.Series(np.where(np.arange(len(frame)) < 600, "train", "test"), index=frame.index, dtype="str")
    split = columns.having(
        columns=(*columns.columns, columns["a"].having(name="part", kind="categorical", role="split"))
    )
    (finding,) = found((frame, split), "duplicate_rows")
    assert finding.evidence["n_sets_across"] == 60
    assert "flatters" in finding.sentence


def test_the_class_with_five_rows_is_named() -> None:
    """With its rows, and in which part they are."""
    (finding,) = found(PLANTS["rare_class"](), "rare_class")
    assert finding.evidence["n_rows"] == {"9": 5}
    assert sum(finding.evidence["parts"]["9"].values()) == 5
    assert "9 (5 rows)" in finding.sentence


def test_the_pile_at_the_end_of_the_scale_is_counted() -> None:
    """Target and feature, each with its largest value and how many rows have it."""
    frame, columns = PLANTS["capped"]()
    caps = {finding.columns[0]: finding.evidence for finding in found((frame, columns), "capped")}
    assert set(caps) == {"y", "a"}
    assert caps["y"]["cap"] == 25
    assert caps["y"]["n_rows"] == int((frame["y"] == 25).sum())


def test_columns_missing_in_the_same_rows_are_one_finding() -> None:
    """And the rows in which most is missing are named by their lines."""
    made = PLANTS["missing_rows"]()
    (together,) = found(made, "missing")
    assert set(together.columns) == {"a", "b", "town"}
    (rows,) = found(made, "missing_rows")
    assert rows.evidence["lines"] == [6, 92]


def test_a_time_column_is_offered_with_both_scores() -> None:
    """A random walk looks well known by chance and is not, later on."""
    values = amounts(800, 1)
    values["y"] = np.cumsum(np.random.default_rng(2).normal(size=800))
    values["day"] = pd.date_range("2020-01-01", periods=800, freq="D")
    (finding,) = found(table(values), "time_order")
    assert finding.evidence["score_random"] > 0.9 > 0.5 > finding.evidence["score_by_time"]


def test_a_group_is_offered_with_both_scores() -> None:
    """Each patient is yes or no, and known by a number of their own: rows drawn one by one flatter."""
    random = np.random.default_rng(0)
    patient = random.integers(0, 140, 2_500)
    values = {
        "measure": random.normal(size=140)[patient] + 0.01 * random.normal(size=2_500),
        "patient": np.char.add("p", patient.astype(str)),
        "y": np.array(["no", "yes"])[random.integers(0, 2, 140)[patient]],
    }
    frame, columns = table(values)
    (finding,) = found((frame, columns.changed("patient", role="ignore")), "repeated_id")
    assert finding.columns == ("patient",)
    assert finding.evidence["score_random"] > 0.8
    assert finding.evidence["score_grouped"] < 0.65


APART = {
    "a negative age": (np.r_[np.arange(200) % 90.0, -3.0], [-3.0]),
    "minus one as a mark": (np.r_[np.full(300, -1.0), np.arange(200.0)], [-1.0]),
    "nines": (np.r_[np.linspace(0, 90, 300), 999.0], [999.0]),
    "zero in a length": (np.r_[np.linspace(3.7, 5.0, 300), 0.0], [0.0]),
    "a mistyped price": (np.r_[np.linspace(10, 20, 300), 12_000.0], [12_000.0]),
}
FINE = {
    "gains and losses": np.random.default_rng(0).normal(2, 1, 500),
    "a long tail": np.random.default_rng(0).lognormal(0, 1.5, 500),
    "zeros among counts": np.random.default_rng(0).poisson(2, 500).astype(float),
    "temperatures": np.random.default_rng(0).normal(10, 4, 500),
    "a normal tail": np.random.default_rng(1).normal(3, 1, 2_000),
}


@pytest.mark.parametrize("name", APART)
def test_values_that_cannot_be_meant_are_found_by_the_others(name: str) -> None:
    """No name is given: the rest of the column is the evidence."""
    values, expected = APART[name]
    apart = stands_apart(values, is_date=False)
    assert apart is not None
    assert apart.values == expected


@pytest.mark.parametrize("name", FINE)
def test_values_that_may_be_meant_are_left_alone(name: str) -> None:
    """Losses, tails, zeros of a count."""
    assert stands_apart(FINE[name], is_date=False) is None


def test_a_date_in_the_year_9999_is_impossible() -> None:
    """And one of 1900 among those of two years; birth dates over a century are not."""
    days = pd.date_range("2022-01-01", periods=300, freq="2D").to_list()
    (finding,) = found(table({**amounts(301), "day": [*days, pd.Timestamp("9999-12-31")]}), "impossible")
    assert finding.evidence["values"] == ["9999-12-31"]
    (finding,) = found(table({**amounts(301), "day": [*days, pd.Timestamp("1900-01-01")]}), "impossible")
    assert finding.evidence["values"] == ["1900-01-01"]
    born = pd.date_range("1920-01-01", periods=301, freq="100D")
    assert found(table({**amounts(301), "day": born}), "impossible") == []


def test_a_target_that_cannot_be_learnt_is_a_finding() -> None:
    """One class, or none: the audit says so instead of failing, and offers what could be predicted."""
    (finding,) = found(PLANTS["one_class"](), "one_class")
    assert finding.evidence["n_classes"] == 1
    assert {mend.kind for mend in finding.mends} == {"target"}
    values = classes(60)
    values["y"] = np.full(60, np.nan)
    (finding,) = found(table(values), "one_class")
    assert "missing everywhere" in finding.sentence


@pytest.mark.parametrize("n_rows", [0, 1, 2, 3, 9, 10, 15])
def test_tables_of_hardly_any_row_are_looked_through(n_rows: int) -> None:
    """Nothing fails, and no leak is claimed."""
    for values in (classes(40), amounts(40)):
        short = {name: np.asarray(column)[:n_rows] for name, column in values.items()}
        frame, columns = table(short)
        assert [each.check for each in audited((frame, columns)).findings if each.check in ("leak", "ask")] == []


def test_several_targets_are_looked_at_each() -> None:
    """A copy of the second is a leak as well."""
    values = amounts(600)
    values["z"], values["copy"] = values["b"] ** 3, 2 * values["b"] ** 3
    frame, columns = table(values)
    leaks = found((frame, columns.changed("z", role="target").having(task="regression")), "leak")
    assert {(leak.columns, leak.evidence["target"]) for leak in leaks} >= {(("copy",), "z")}


def test_no_split_stops_the_audit() -> None:
    """No validation rows, no test rows, all in time order."""
    made = table(classes(400))
    for split in (Split(train=1, validation=0, test=0), Split(train=0.5, validation=0, test=0.5)):
        assert audited(made, split).n_rows == 400


def test_duplicates_without_one_the_same_in_every_column_say_nothing_of_such() -> None:
    """Zero of something is no sentence."""
    values = pd.DataFrame(classes(600))
    values = pd.concat([values, values.head(60)], ignore_index=True)
    values["note"] = np.arange(660.0) ** 1.5
    frame, columns = table(dict(values.items()))
    (finding,) = found((frame, columns.changed("note", role="ignore")), "duplicate_rows")
    assert finding.evidence["n_same_in_all"] == 0
    assert "every other column" not in finding.sentence


def test_a_word_for_missing_is_told_with_its_rows_and_taken_for_missing() -> None:
    """Each column's own words; a question with two sides, one of them unknown, stays one."""
    values = classes()
    values["job"] = np.array(["Unknown", "n.a.", "baker", "nurse"])[np.arange(1_200) % 4]
    values["answer"] = np.where(np.arange(1_200) % 2 == 0, "yes", "unknown")
    values["shop"] = np.array(["none such", "dash - it", "no"])[np.arange(1_200) % 3]
    told = {finding.columns[0]: finding for finding in found(table(values), "missing_words")}
    assert set(told) == {"job"}
    assert told["job"].evidence["levels"] == {"Unknown": 300, "n.a.": 300}
    assert "is Unknown and n.a. in 600 rows (50 %)" in told["job"].sentence
    (taken, left_out) = told["job"].mends
    assert {each.old for each in taken.steps[0].replacements} == {"Unknown", "n.a."}
    assert left_out.role == "ignore"  # it tells nothing, and half of it would be missing


def test_a_class_without_a_name_is_told_too() -> None:
    """Its rows train nothing once it is taken for missing."""
    values = classes(1_200, 0, 3)
    values["y"] = np.where(values["y"] == "class 2", "?", values["y"])
    (finding,) = found(table(values), "missing_words")
    assert finding.columns == ("y",)
    assert [mend.kind for mend in finding.mends] == ["cleaning"]


@pytest.mark.parametrize("is_known", [True, False], ids=["tells", "tells nothing"])
def test_a_column_that_is_mostly_missing_and_tells_is_not_advised_against(is_known: bool) -> None:
    """What it tells by itself is said instead; one that tells nothing is offered to be left out."""
    values = classes()
    values["since"] = np.where(values["a"] > 0.6, np.round(30 + values["a"]), np.nan)
    if not is_known:
        values["since"] = np.random.default_rng(1).permutation(values["since"])
    (finding,) = found(table(values), "missing")
    assert ("Yet since alone gives AUC 0." in finding.sentence) == is_known
    assert [mend.kind for mend in finding.mends] == ([] if is_known else ["role"])


def test_what_stands_apart_once_the_first_is_missing_is_told_with_it() -> None:
    """A zero and, farther out, a mistyped amount: one finding and one click for both."""
    values = classes()
    values["width"] = 5 + np.abs(values["b"])
    values["width"][:8], values["width"][20:23] = 0.0, 700.0
    (finding,) = found(table(values), "impossible")
    assert finding.evidence["values"] == ["0.0", "700.0"]
    assert finding.evidence["n_rows"] == 11
    assert len(finding.mends) == 1


def test_a_column_for_a_pile_that_would_hardly_change_is_not_offered() -> None:
    """A pile of a few rows is told; a column that says so in four of a thousand rows would be advised against next."""
    values = amounts(6_000)
    values["a"] = np.minimum(values["a"], np.sort(values["a"])[-25])
    (finding,) = found(table(values), "capped")
    assert finding.columns == ("a",)
    assert finding.mends == ()


def test_a_skewed_target_is_told_unless_its_logarithm_is_no_better_scale() -> None:
    """By the third moment that scipy gives; values that are near each other, or below zero, are left alone."""
    values = amounts(1_200, 4)
    lengths = np.exp(values["y"] / 8)
    (finding,) = found(table({**values, "y": lengths}), "skewed_target")
    assert finding.evidence["skewness"] == pytest.approx(skew(lengths), rel=0.3)
    assert finding.mends[0].values == {"recipe.target.transform": "log"}
    assert not found(table({**values, "y": lengths + 10 * lengths.max()}), "skewed_target")
    assert not found(table({**values, "y": lengths - 2 * np.median(lengths)}), "skewed_target")

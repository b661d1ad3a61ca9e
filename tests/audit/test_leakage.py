"""Leakage in two voices: what is planted is found whatever it is called, and what only looks like it is asked about."""

from __future__ import annotations

import ast
import secrets
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import roc_auc_score

import nnlab.audit.checks
from nnlab.audit.auditing import rows_of
from nnlab.audit.leakage import REPORTS
from nnlab.audit.probe import alone
from nnlab.prep.split import TEST, TRAIN, VALIDATION, Split
from tests.audit.planted import amounts, asks, audited, classes, found, leaks, table
from tests.batteries import battery

SEEDS = range(battery(2, 12))


def flipped(y: Any, seed: int, share: float = 0.002) -> Any:
    """A copy in which some cells are another row's."""
    random = np.random.default_rng(seed)
    wrong = random.choice(len(y), int(np.ceil(share * len(y))), replace=False)
    copy = np.array(y)
    copy[wrong] = (
        copy[random.permutation(wrong)] if copy.dtype.kind == "f" else copy[random.integers(0, len(y), len(wrong))]
    )
    return copy


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("n_classes", [2, 4])
def test_a_copy_of_the_classes_with_a_few_flips_is_a_leak(seed: int, n_classes: int) -> None:
    """Of 3 000 rows 0.2 % are wrong; the copy's levels have other names."""
    values = classes(3_000, seed, n_classes)
    values["copy"] = np.char.add("level ", flipped(values["y"], seed))
    assert leaks(table(values)) == [("copy",)]


@pytest.mark.parametrize("seed", SEEDS)
def test_a_copy_of_the_amounts_in_another_unit_with_a_few_flips_is_a_leak(seed: int) -> None:
    """Amounts times 0.45 and more, 0.2 % of them another row's.

    Which rows are flipped is drawn, and a few amounts far out alone cost R² more than a leak may lack: of the draws the
    first is taken that leaves the copy an R² of 0.998.
    """
    values = amounts(3_000, seed)
    copies = (0.45 * flipped(values["y"], draw) + 7 for draw in range(seed, seed + 100))
    values["copy"] = next(copy for copy in copies if np.corrcoef(copy, values["y"])[0, 1] ** 2 >= 0.998)
    assert leaks(table(values)) == [("copy",)]


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("signs", [(1, 1), (1, -1), (1, 1, 1), (1, -1, 1), (-1, 1, -1)])
def test_a_sum_or_difference_of_two_or_three_columns_is_a_leak(seed: int, signs: tuple[int, ...]) -> None:
    """The target is the sum itself; the finding names its parts and their signs."""
    values = amounts(600, seed)
    names = ("a", "c", "d")[: len(signs)]
    values["y"] = sum(sign * values[name] for sign, name in zip(signs, names, strict=True))
    (leak,) = found(table(values), "leak")
    assert dict(zip(leak.columns, leak.evidence["signs"], strict=True)) == dict(zip(names, signs, strict=True))
    assert leak.evidence["score"] > 0.999


def test_a_sum_is_found_among_many_columns_that_depend_on_each_other() -> None:
    """Three hundred columns of which the last hundred are sums of others, more columns than the rows to learn from."""
    random = np.random.default_rng(0)
    base = random.normal(size=(400, 200)) * random.uniform(0.1, 30, 200)
    more = base[:, :100] + base[:, 100:]
    values: dict[str, Any] = {f"c{at}": column for at, column in enumerate(np.hstack([base, more]).T)}
    values["y"] = values["c7"] + values["c150"] - values["c33"]
    assert [set(names) for names in leaks(table(values))] == [{"c7", "c33", "c150"}]


@pytest.mark.parametrize("which", ["missing", "filled"])
@pytest.mark.parametrize("kind", ["numeric", "categorical", "text"])
def test_a_column_missing_exactly_for_one_class_is_a_leak(which: str, kind: Any) -> None:
    """Missing where the class is, or filled only there; of any kind, text too."""
    values = classes(600, 1, 3)
    there = values["y"] == "class 1"
    cells = np.random.default_rng(0).normal(size=600)
    column: Any = pd.Series(cells) if kind == "numeric" else pd.Series([f"a word {cell:.0f}" for cell in cells])
    values["notes"] = column.mask(there if which == "missing" else ~there)
    (leak,) = found(table(values, kinds={"notes": kind}), "leak")
    assert (leak.columns, leak.evidence["value"]) == (("notes",), "class 1")


def test_a_column_missing_almost_exactly_there_is_asked_about() -> None:
    """One row in a hundred does not fit: no proof, and worth a question."""
    values = classes(2_000, 1, 3)
    there = (values["y"] == "class 1") ^ (np.arange(2_000) % 100 == 0)
    values["notes"] = pd.Series(np.random.default_rng(0).normal(size=2_000)).mask(there)
    assert leaks(table(values)) == []
    assert asks(table(values)) == [("notes",)]


@pytest.mark.parametrize("statistic", ["mean", "sum", "count"])
@pytest.mark.parametrize("task", ["classes", "amounts"])
def test_a_statistic_of_the_target_by_group_is_a_leak(statistic: str, task: str) -> None:
    """As `groupby(...).transform(...)` makes it; the group may be left out of the features."""
    values = classes(1_500, 3) if task == "classes" else amounts(1_500, 3)
    group = np.random.default_rng(1).integers(0, 60, 1_500) ** 2 // 60
    values["group"] = np.char.add("g", group.astype(str))
    y = pd.Series((values["y"] == "class 1").astype(float) if task == "classes" else values["y"])
    values["made"] = y.groupby(values["group"]).transform(statistic).astype("float64")
    frame, columns = table(values)
    (leak,) = found((frame, columns.changed("group", role="ignore")), "leak")
    assert (leak.columns, leak.evidence["group"], leak.evidence["statistic"]) == (("made",), "group", statistic)


def test_two_columns_that_are_the_answer_only_together_are_asked_about() -> None:
    """Neither tells anything alone: their signs agree or not."""
    values = classes(3_000, 5)
    values["y"] = np.where((values["a"] > 0) == (values["b"] > 0), "same", "other")
    (ask,) = found(table(values), "ask")
    assert set(ask.columns) == {"a", "b"}
    assert ask.evidence["how"] == "pair"
    assert ask.evidence["score_without"] < 0.6 < 0.98 < ask.evidence["score_with"]
    assert "without them" in ask.sentence
    assert ask.sentence.endswith("Are they known before the answer is?")


def test_pairs_never_are_a_leak_and_what_is_close_is_asked_about() -> None:
    """A price of the same day gives the closing one to R² 0.99: asked about, with the scores, and left in."""
    random = np.random.default_rng(0)
    price = np.cumsum(random.normal(size=800))
    values = {
        "opening": price,
        "day": random.normal(size=800),
        "y": price + 0.08 * price.std() * random.normal(size=800),
    }
    assert leaks(table(values)) == []
    (ask,) = found(table(values), "ask")
    assert ask.columns == ("opening",)
    assert 0.98 <= ask.evidence["score"] < 0.995
    assert [mend.kind for mend in ask.mends] == ["role"]


def test_a_name_alone_never_is_a_leak_and_asks_only_where_it_matters() -> None:
    """duration adds to the score and is asked about; a result that tells nothing is not."""
    values = classes(2_000, 2)
    values["duration"] = values.pop("a")
    values["result"] = values.pop("b")
    assert leaks(table(values)) == []
    assert asks(table(values)) == [("duration",)]


def test_what_tells_much_and_is_no_leak_is_left_alone() -> None:
    """Strong honest columns give no finding of leakage."""
    values = classes(2_000, 4)
    values["y"] = np.where(values["a"] + 0.3 * np.random.default_rng(0).normal(size=2_000) > 0, "yes", "no")
    assert leaks(table(values)) == asks(table(values)) == []
    told = audited(table(values)).strongest
    assert told is not None
    assert told.column == "a"
    assert 0.9 < told.score < 0.98


def test_text_and_pictures_alone_never_are_a_leak() -> None:
    """A text that is the class in words is what text is for."""
    values = classes(800, 0)
    values["story"] = values["y"]
    assert leaks(table(values, kinds={"story": "text"})) == []


def test_few_rows_are_no_proof() -> None:
    """On ten rows a column that happens to part the classes says nothing."""
    values = {"a": np.arange(10.0), "y": ["no"] * 5 + ["yes"] * 5}
    assert leaks(table(values)) == asks(table(values)) == []


@pytest.mark.parametrize("seed", range(battery(1, 30)))
def test_noise_gives_no_leak(seed: int) -> None:
    """Eighty rows and sixty columns of chance, levels among them."""
    random = np.random.default_rng(seed)
    values: dict[str, Any] = {f"n{at}": random.normal(size=80) for at in range(40)}
    values |= {f"k{at}": random.integers(0, 30, 80).astype(str) for at in range(20)}
    values["y"] = np.where(random.random(80) < 0.15, "yes", "no")
    assert leaks(table(values)) == asks(table(values)) == []


def test_names_decide_nothing_of_a_leak() -> None:
    """The same table under names drawn by chance gives the same leaks."""
    values = amounts(800, 0)
    values["y"] = values["a"] + values["b"] - values["c"]
    values["copy"] = 3 * flipped(values["y"], 0)
    names = {name: secrets.token_hex(6) for name in values if name != "y"}
    renamed = {names.get(name, name): column for name, column in values.items()}
    renamed_leaks = [tuple(sorted(leak)) for leak in leaks(table(renamed))]
    assert renamed_leaks == [tuple(sorted(names[name] for name in leak)) for leak in leaks(table(values))] != []


def test_no_check_that_says_leak_looks_into_a_name() -> None:
    """Only the check that asks by name holds words; the others have no text that a name could be compared with."""
    folder = Path(nnlab.audit.checks.__file__).parent
    for path in folder.glob("*.py"):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        uses = {node.attr for node in ast.walk(tree) if isinstance(node, ast.Attribute)}
        says_leak = any(isinstance(node, ast.Constant) and node.value == "leak" for node in ast.walk(tree))
        if says_leak:
            assert not uses & {"lower", "upper", "casefold", "search", "match", "fullmatch", "findall", "startswith"}, (
                path
            )


def test_test_rows_have_no_part_in_the_models() -> None:
    """Other cells and other answers in the test rows change no score."""
    values = classes(2_000, 6)
    frame, columns = table(values)
    rows = rows_of(frame, columns, Split())
    test = np.flatnonzero(rows.parts == TEST)
    other = frame.copy()
    other.iloc[test, 0] = 1e6
    other.iloc[test, 3] = "class 0"
    again = rows_of(other, columns, Split())
    again.parts = rows.parts
    again.repeats = rows.repeats
    for column in rows.scored:
        assert alone(again, again.truths[0], column) == alone(rows, rows.truths[0], column)


def test_the_score_of_a_column_of_levels_is_scikit_learns() -> None:
    """The share of the class among training rows of the level, judged on validation rows by roc_auc_score."""
    frame, columns = table(classes(3_000, 7))
    rows = rows_of(frame, columns, Split())
    train, validation = frame[rows.parts == TRAIN], frame[rows.parts == VALIDATION]
    share = (train["y"] == "class 1").groupby(train["town"]).mean()
    expected = roc_auc_score(validation["y"] == "class 1", validation["town"].map(share))
    assert alone(rows, rows.truths[0], columns["town"]) == pytest.approx(expected, abs=1e-9)


def test_leakage_is_told_in_two_words_alone() -> None:
    """`check` is exactly leak or ask."""
    values = amounts(600, 0)
    values["copy"] = values["y"]
    assert REPORTS == ("leak", "ask")
    assert {finding.check for finding in audited(table(values)).findings if "score_with" in finding.evidence} == {
        "leak"
    }


def test_a_question_is_measured_without_what_leaks_and_leads_the_headline() -> None:
    """Beside a copy of the target every column adds nothing; without it, what the questioned one adds is told."""
    values = classes(1_200)
    values["duration"] = values.pop("a")
    alone = audited(table(values)).headline()
    assert alone.startswith("1 column may be known only afterwards: duration (AUC 0.")
    values["copy"] = np.char.add("is ", values["y"])
    both = audited(table(values))
    (ask,) = [each for each in both.findings if each.check == "ask"]
    assert ask.evidence["score_without"] < ask.evidence["score_with"] < 0.99
    assert both.headline() == f"1 leak found: copy; {alone}"

"""Texts as numbers and ids: scikit-learn's TF-IDF, plain Python's ids and lengths, the same bits alone and batched."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
import torch
from sklearn.feature_extraction.text import TfidfVectorizer

from nnlab.data.columns import Column
from nnlab.prep.chain import FittedColumn
from nnlab.prep.fit import fit, fit_column
from nnlab.prep.fitted import Fitted
from nnlab.prep.journey import journey
from nnlab.prep.recipe import Recipe
from nnlab.prep.steps import Step, steps
from nnlab.prep.words import is_unspaced, pieces, word_grams
from tests.batteries import battery
from tests.prep.tables import table, typed

PATTERN = r"(?u)\w+(?:['’]\w+)*|[^\w\s]"
WORDS = [
    "free",
    "now",
    "£1000",
    "call",
    "don't",
    "the",
    "a",
    "of",
    "to",
    "Win!",
    "(txt)",
    "8007",
    "ok...",
    "Ünïcode",
    "I",
]
TABLES = battery(2, 20)


def texts(rng: np.random.Generator, n_rows: int) -> list[str | None]:
    """Sentences of few words, some of them repeated, empty or missing."""
    made: list[str | None] = [" ".join(rng.choice(WORDS, rng.integers(1, 12))) for _ in range(n_rows)]
    for at in range(0, n_rows, 9):
        made[at] = ["", None, "!!", "  spaced \n out "][at // 9 % 4]
    return made


def learnt(step: Step, cells: list[str | None]) -> FittedColumn:
    return fit_column(Column(name="c", kind="text"), (step,), typed(cells, "text"))


def applied(column: FittedColumn, cells: list[str | None]) -> np.ndarray:
    return torch.cat(column.chain(column.cells(typed(cells, "text")))).T.numpy()


@pytest.mark.parametrize("seed", range(TABLES))
@pytest.mark.parametrize(
    ("settings", "oracle"),
    [
        ({}, {"min_df": 2}),
        ({"least_rows": 1, "high": 3, "sublinear": False}, {"ngram_range": (1, 3), "sublinear_tf": False}),
        ({"low": 2, "high": 2, "lowercase": False}, {"ngram_range": (2, 2), "min_df": 2, "lowercase": False}),
        ({"signs": False, "least_rows": 3}, {"token_pattern": r"(?u)\w+(?:['’]\w+)*", "min_df": 3}),
        ({"unit": "characters", "low": 2, "high": 4}, {"analyzer": "char", "ngram_range": (2, 4), "min_df": 2}),
    ],
)
def test_tf_idf_agrees_with_scikit_learn(seed: int, settings: dict[str, object], oracle: dict[str, object]) -> None:
    """To 1e-6, on rows of the fit and on new ones with unseen words; a missing text is a row of zeros."""
    rng = np.random.default_rng(seed)
    train, new = texts(rng, 120), [*texts(rng, 20), "never seen call", None, ""]
    present = [" ".join(text.split()) for text in train if text is not None]
    column = learnt(steps["tf_idf"].parse(settings), train)
    pattern = {} if "analyzer" in oracle else {"token_pattern": PATTERN}
    vectorizer = TfidfVectorizer(**{"sublinear_tf": True, **pattern, **oracle}).fit(present)
    places = [vectorizer.vocabulary_[word] for word in column.words]
    assert sorted(places) == list(range(len(vectorizer.vocabulary_)))
    for cells in (train, new):
        wanted = vectorizer.transform([" ".join((text or "").split()) for text in cells]).toarray()[:, places]
        np.testing.assert_allclose(applied(column, cells), wanted, atol=1e-6)


def test_the_words_kept_are_those_in_most_rows() -> None:
    """A limit of features cuts the rarest off, equal ones in order of text; names and sentence say so."""
    cells = ["b a", "a b", "a c", "c d c c c", "e"]
    column = learnt(steps["tf_idf"].parse({"features": 3, "least_rows": 1}), cells)
    assert column.words == ("a", "b", "c")
    assert column.feature_names == ("c “a”", "c “b”", "c “c”")
    assert column.steps[0].step.sentence(column.steps[0].learnt, column.facts) == "TF-IDF of 3 words"


@pytest.mark.parametrize("kind", ["tf_idf", "token_ids", "character_ids", "text_lengths"])
def test_a_text_alone_gives_the_same_bits(kind: str) -> None:
    """Every row of a batch, in any order, as by itself."""
    rng = np.random.default_rng(4)
    cells = texts(rng, 150)
    column = learnt(steps[kind](), cells)
    whole = applied(column, cells)
    assert np.isfinite(whole).all()
    for at in range(0, 150, 4):
        np.testing.assert_array_equal(applied(column, [cells[at]])[0], whole[at])
    np.testing.assert_array_equal(applied(column, cells[::-1]), whole[::-1])


@pytest.mark.parametrize("kind", ["token_ids", "character_ids"])
def test_ids_are_those_that_plain_python_counts(kind: str) -> None:
    """The most frequent is 2, 1 is unknown, 0 padding; texts are cut at the length that most have."""
    rng = np.random.default_rng(5)
    train, new = texts(rng, 80), [*texts(rng, 9), "zebra 7 call", "", None]
    column = learnt(steps[kind].parse({"vocabulary": 9}), train)

    def cut(text: str) -> list[str]:
        words = "".join(
            letter if letter.isalnum() or letter == "'" else f" {letter} " for letter in text.lower()
        ).split()
        return words if kind == "token_ids" else list(" ".join(text.split()))

    found = [token for text in train if text is not None for token in cut(text)]
    order = sorted(set(found), key=lambda token: (-found.count(token), token))[:9]
    lengths = [len(cut(text)) for text in train if text is not None]
    length = int(np.ceil(np.quantile(lengths, 0.95)))
    for cells in (train, new):
        ids = [[order.index(t) + 2 if t in order else 1 for t in cut(text or "")][:length] for text in cells]
        wanted = [row + [0] * (length - len(row)) for row in ids]
        np.testing.assert_array_equal(applied(column, cells), wanted)
    assert (column.n_ids, column.n_values, column.feature_names) == (11, length, ())


def test_lengths_stand_beside_the_words() -> None:
    """numpy's logarithms of the counts and the shares, standardized; a missing text has zeros."""
    cells = ["Call 07 NOW", "", "ok!", None, "a B"]
    chain = (steps["text_lengths"](), steps["tf_idf"].parse({"least_rows": 1}))
    column = fit_column(Column(name="c", kind="text"), chain, typed(cells, "text"))
    counts = np.array([[11, 3, 2 / 11, 4 / 11], [0, 0, 0, 0], [3, 2, 0, 0], [3, 2, 0, 1 / 3]])
    values = np.concatenate([np.log1p(counts[:, :2]), counts[:, 2:]], axis=1)
    wanted = (values - values.mean(0)) / values.std(0)
    found = applied(column, cells)
    assert column.feature_names[-4:] == (
        "c, characters",
        "c, words and signs",
        "c, share of digits",
        "c, share of capitals",
    )
    np.testing.assert_allclose(found[[0, 1, 2, 4], -4:], wanted, atol=1e-12)
    assert found[3].tolist() == [0.0] * column.n_features


def test_texts_are_read_back_equal_and_their_way_is_told() -> None:
    """Words, weights and lengths; the formula of a word has its figures put in."""
    cells = texts(np.random.default_rng(6), 60)
    frame, columns = table(c=("text", cells), y=("categorical", ["no", "yes"] * 30))
    chosen = Recipe().changed("c", (steps["text_lengths"](), steps["tf_idf"]()))
    made = fit(frame, columns, chosen, np.zeros(60, dtype=np.int8), "binary")
    again = Fitted.from_bytes(made.to_bytes())
    assert again == made
    assert torch.equal(again.apply(frame).inputs["table"], made.apply(frame).inputs["table"])
    (way,) = journey(made, pd.DataFrame({"c": typed(["call call 8007"], "text")}))
    assert way.raw == "call call 8007"
    assert [stop.title for stop in way.stops] == ["Lengths", "TF-IDF"]
    assert way.value == way.stops[1].value == "“call” 0.83 · “8007” 0.55"
    assert way.stops[1].formulas[0] == "“call”: (1 + log 2) · 1.90 / length of the row = 0.83"
    assert len(way.stops[1].formulas) == 2


def test_words_are_cut_as_people_read_them() -> None:
    """Apostrophes and accents hold a word together, signs stand apart, scripts without blanks give characters."""
    assert pieces("Don't go (2 a.m.)!") == ["don't", "go", "(", "2", "a", ".", "m", ".", ")", "!"]
    assert pieces("很好吃, ok") == ["很", "很好", "好", "好吃", "吃", ",", "ok"]
    assert pieces("很好吃", unspaced="characters") == ["很", "好", "吃"]
    assert pieces("很好吃 ok", unspaced="blanks") == ["很好吃", "ok"]
    assert pieces("हिन्दी शब्द") == ["हिन्दी", "शब्द"]
    assert pieces("café nai\u0308ve") == ["café", "nai\u0308ve"]
    assert word_grams("good 很好 bad day", 1, 2) == ["很", "好", "很好", "good", "bad", "day", "bad day"]


@pytest.mark.parametrize(
    ("text", "is_without"),
    [
        ("很好吃", True),
        ("とても美味しい", True),
        ("อร่อยมาก", True),
        ("맛있어요", False),
        ("very good", False),
        ("good 很", False),
    ],
)
def test_scripts_without_blanks_are_known(text: str, is_without: bool) -> None:
    """Chinese, Japanese and Thai, and not Korean, which has blanks."""
    assert is_unspaced([text, None, ""]) == is_without

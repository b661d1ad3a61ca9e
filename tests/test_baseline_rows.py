"""Rows for baselines: TF-IDF of token ids as scikit-learn makes it of the words, one-hot codes, flat pixels."""

from __future__ import annotations

import numpy as np
import torch
from sklearn.feature_extraction.text import TfidfVectorizer

from nnlab.baseline import fit_baselines
from nnlab.baseline_rows import BaselineRows
from nnlab.prep.batch import Batch
from nnlab.prep.fit import fit
from nnlab.prep.fitted import Fitted
from tests.prep.tables import table
from tests.prep.test_inputs import APART, WORDS, everything, recipe

TEXTS = [text or "" for text in WORDS] * 3


def rows_of_texts() -> tuple[Fitted, Batch]:
    frame, columns = table(text=("text", TEXTS), y=("categorical", ["no", "yes"] * 18))
    made = fit(frame, columns, recipe(text=("token_ids",)), np.zeros(36, dtype=np.int8), "binary")
    return made, made.apply(frame)


def test_token_ids_become_what_scikit_learn_makes_of_the_words() -> None:
    """TF-IDF of words and of pairs of neighbours that stand in two rows at least, in any order of columns."""
    made, batch = rows_of_texts()
    found = BaselineRows(made, batch).of(batch).toarray()
    length = made.input_shapes["text"][0]
    cut = [
        " ".join(text.lower().replace(",", " ,").replace(".", " .").replace("!", " !").split()[:length])
        for text in TEXTS
    ]
    oracle = TfidfVectorizer(token_pattern=r"\S+", ngram_range=(1, 2), min_df=2, sublinear_tf=True)
    wanted = oracle.fit_transform(cut).toarray()
    assert found.shape == wanted.shape
    np.testing.assert_allclose(np.sort(found, axis=1), np.sort(wanted, axis=1), atol=1e-6)
    np.testing.assert_allclose(np.sort(found.sum(0)), np.sort(wanted.sum(0)), atol=1e-5)


def test_all_inputs_become_one_list_of_numbers() -> None:
    """The table's numbers and pixels standardized, codes one-hot, tokens weighted; every baseline can be fitted."""
    frame, columns = everything()
    made = fit(frame, columns, APART, np.zeros(len(frame), dtype=np.int8), "binary")
    batch = made.apply(frame)
    rows = BaselineRows(made, batch).of(batch)
    found = rows.toarray()
    n_numbers = 2 + 144
    dense = np.concatenate([batch.inputs["table"].numpy(), batch.inputs["image"].flatten(1).numpy()], axis=1)
    spread = np.where(dense.std(0) > 0, dense.std(0), 1)
    np.testing.assert_allclose(found[:, :n_numbers], (dense - dense.mean(0)) / spread, atol=1e-4)
    one_hot = torch.nn.functional.one_hot(batch.inputs["codes"], 10).sum(1).numpy()
    np.testing.assert_array_equal(found[:, n_numbers : n_numbers + 10], one_hot)
    y = np.array([0, 1] * 6)
    for answers in fit_baselines("binary", rows, y, rows, y, rows, seed=0).values():
        assert answers.values is not None
        assert answers.values.shape == (12, 2)
    for answers in fit_baselines("regression", rows, y * 1.0, rows, y * 1.0, rows, seed=0).values():
        assert answers.values is not None


def test_numbers_and_pictures_alone_stay_as_they_are() -> None:
    """A dense array of the same numbers; texts without any word that repeats give no number."""
    frame, columns = everything()
    made = fit(frame, columns, recipe(seen=("picture",)), np.zeros(12, dtype=np.int8), "binary")
    batch = made.apply(frame)
    found = BaselineRows(made, batch).of(batch)
    np.testing.assert_array_equal(found[:, :-144], batch.inputs["table"].numpy())
    np.testing.assert_array_equal(found[:, -144:], batch.inputs["image"].flatten(1).numpy())
    frame, columns = table(text=("text", ["a b", "c d"] * 2), y=("categorical", ["no", "yes"] * 2))
    made = fit(frame, columns, recipe(text=("token_ids",)), np.zeros(4, dtype=np.int8), "binary")
    nothing = made.apply(frame.assign(text="unknown"))
    rows = BaselineRows(made, nothing).of(nothing)
    y = np.array([0, 1, 0, 1])
    assert "features" in fit_baselines("binary", rows, y, rows, y, rows, seed=0)["linear"].reason

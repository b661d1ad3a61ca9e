"""Rows as the baselines take them: one list of numbers, whatever inputs the network has.

Numbers of the table stay as they are. Pictures become their pixels, one behind the other; codes of levels one-hot;
token ids TF-IDF of the tokens and of the pairs of neighbours. TF-IDF of either origin is sparse and keeps its scale,
because a word that occurs twice would count as much as any other once it were standardized; the other numbers beside it
are standardized here.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import torch

from nnlab.prep.batch import Batch
from nnlab.prep.fitted import Fitted
from nnlab.prep.inputs import BETWEEN, UNKNOWN
from nnlab.prep.steps import TextStep
from nnlab.score.outputs import Floats

Array = npt.NDArray[Any]
LEAST_ROWS = 2  # training rows that a token, or a pair of them, has to stand in
MOST_PAIRS = 200_000


class BaselineRows:
    """What it learns from the training rows: scales, the tokens and pairs that are known, and their weights."""

    def __init__(self, fitted: Fitted, train: Batch) -> None:
        self.weighted = _weighted_slots(fitted)
        self.n_codes = getattr(fitted.input_shapes.get("codes"), "n_ids", 0)
        self.n_first = BETWEEN if len(fitted.layout.by_input.get("text", ())) > 1 else UNKNOWN
        self.is_sparse = bool(self.weighted.any() or self.n_codes or "text" in train.inputs)
        if "text" in train.inputs:
            self._learn_tokens(train.inputs["text"])
        if self.is_sparse:
            dense_NF = self._dense(train)
            mean_F, spread_F = dense_NF.mean(axis=0, dtype=np.float64), dense_NF.std(axis=0, dtype=np.float64)
            self.mean_F, self.spread_F = mean_F, np.where(spread_F > 1e-7 * np.abs(mean_F), spread_F, np.inf)

    def of(self, rows: Batch) -> Any:
        """The rows as (N, F): an array, or a sparse matrix where words or codes are among the inputs."""
        dense_NF = self._dense(rows)
        if not self.is_sparse:
            return dense_NF
        from scipy import sparse

        parts = [sparse.csr_matrix(((dense_NF - self.mean_F) / self.spread_F).astype(np.float32))]
        if self.weighted.any():
            parts.append(sparse.csr_matrix(rows.inputs["table"].numpy()[:, self.weighted]))
        if self.n_codes:
            parts.append(_one_hot(rows.inputs["codes"], self.n_codes))
        if "text" in rows.inputs:
            parts.append(self._tokens(rows.inputs["text"]))
        filled = [part for part in parts if part.shape[1]]
        return sparse.hstack(filled, format="csr") if filled else dense_NF

    def _dense(self, rows: Batch) -> Array:
        """The numbers that are no weights of words, and the pixels."""
        parts = [np.zeros((len(rows), 0), dtype=np.float32)]
        if "table" in rows.inputs:
            table_NF = rows.inputs["table"].numpy()
            parts.append(table_NF[:, ~self.weighted] if self.weighted.any() else table_NF)
        parts += [
            rows.inputs[name].reshape(len(rows), -1).numpy() for name in ("image", "sequence") if name in rows.inputs
        ]
        filled = [part for part in parts if part.shape[1]] or parts[:1]
        return filled[0] if len(filled) == 1 else np.concatenate(filled, axis=1)

    def _learn_tokens(self, text: torch.Tensor) -> None:
        from sklearn.feature_extraction.text import TfidfTransformer

        rows, grams = self._grams(text)
        both = np.unique(np.stack([grams, rows]), axis=1)  # each gram once a row
        found, n_rows = np.unique(both[0], return_counts=True)
        order = np.lexsort((found, -n_rows))[:MOST_PAIRS]
        self.known = np.sort(found[order][n_rows[order] >= LEAST_ROWS])
        if len(self.known):
            self.weights = TfidfTransformer(sublinear_tf=True).fit(self._counts(text))

    def _tokens(self, text: torch.Tensor) -> Any:
        if not len(self.known):
            return np.zeros((len(text), 0))
        return self.weights.transform(self._counts(text)).astype(np.float32)

    def _counts(self, text: torch.Tensor) -> Any:
        from scipy import sparse

        rows, grams = self._grams(text)
        at = np.searchsorted(self.known, grams).clip(max=len(self.known) - 1)
        is_known = self.known[at] == grams
        ones = np.ones(int(is_known.sum()))
        return sparse.csr_matrix((ones, (rows[is_known], at[is_known])), shape=(len(text), len(self.known)))

    def _grams(self, text: torch.Tensor) -> tuple[Array, Array]:
        """The row and the number of every known token and of every pair of neighbours."""
        ids = text.numpy()
        is_word = ids > self.n_first
        is_pair = is_word[:, 1:] & is_word[:, :-1]
        first, second = ids[:, :-1][is_pair], ids[:, 1:][is_pair]
        rows = np.concatenate([np.nonzero(is_word)[0], np.nonzero(is_pair)[0]])
        return rows, np.concatenate([ids[is_word], first * 2**31 + second])


def carried_on(fitted: Fitted, rows: Batch) -> dict[str, Floats]:
    """Of series what always was: (N, H) values of the target, by the name of the baseline; {} of other rows.

    The last value holds for all steps ahead; where the training rows show a season, so do the values one season back.
    """
    windows = fitted.windows
    if windows is None:
        return {}
    values_NT = rows.inputs["sequence"][:, :, 0].double().numpy() * windows.deviations[0] + windows.means[0]
    n_ahead, season = windows.windows.horizon, windows.season
    found = {"last_value": np.repeat(values_NT[:, -1:], n_ahead, axis=1)}
    if season:
        found["last_season"] = np.stack([values_NT[:, step % season - season] for step in range(n_ahead)], axis=1)
    return found


def _weighted_slots(fitted: Fitted) -> npt.NDArray[np.bool_]:
    """Which numbers of the table a step for text gave."""
    found = np.zeros(len(fitted.feature_names), dtype=bool)
    for column in fitted.features:
        if column.input == "table" and column.main and isinstance(column.main[0].step, TextStep):
            slots = fitted.slots_of[column.name]
            found[slots.start : slots.start + column.n_values] = True
    return found


def _one_hot(codes: torch.Tensor, n_ids: int) -> Any:
    from scipy import sparse

    ids = codes.numpy()
    rows = np.repeat(np.arange(len(ids)), ids.shape[1])
    return sparse.csr_matrix((np.ones(ids.size, dtype=np.float32), (rows, ids.ravel())), shape=(len(ids), n_ids))

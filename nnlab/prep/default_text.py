"""The default steps of a column of text, by what its training rows hold."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

import numpy as np

from nnlab.limits import limits
from nnlab.prep.steps import Step, steps
from nnlab.prep.words import is_unspaced, word_grams

if TYPE_CHECKING:
    import pandas as pd

TELLING = 0.01  # least share of missing texts, and of present ones, that an is-missing column can learn from
LOOKED_AT = 20_000  # texts; what they are made of shows on fewer
SENTENCE = 6  # words; shorter texts are names and titles
# Measured with the plain network on the default split, five seeds, mean ROC AUC (log loss) on the test rows of titanic:
# without Name .870 (.420), TF-IDF of its words that stand in 2 rows .881 (.406), in 5 .883 (.403), in 10 .886 (.396).
LEAST_OF_NAMES, LEAST_OF_SENTENCES = 10, 2  # training rows that a word stands in
SHARE_OF_ROWS = 8  # TF-IDF of one column takes at most 1 / this of what an encoded table may take
FEWEST, MOST = 64, 4_000  # numbers

UNSPACED = " Its script has no blanks between words, so it is cut into characters and pairs of neighbours."


def default_text(series_train: pd.Series[Any], to_input: bool) -> tuple[tuple[Step, ...], str]:
    """The steps of a text column and why; `to_input`: ids of its tokens for the input `text`, else numbers."""
    texts = [text for text in series_train.tolist() if isinstance(text, str)]
    share = 1 - len(texts) / len(series_train) if len(series_train) else 0.0
    beside = (steps["missing_indicator"](),) if TELLING <= share <= 1 - TELLING else ()
    reason = " A column says where it is missing." if beside else ""
    looked = texts[:: max(1, -(-len(texts) // LOOKED_AT))]
    words = [set(word_grams(text, 1, 1, signs=False)) for text in looked]
    cut = UNSPACED if is_unspaced(looked) else ""
    n_words = float(np.mean([len(found) for found in words])) if words else 0.0
    least = LEAST_OF_SENTENCES if n_words >= SENTENCE else LEAST_OF_NAMES
    if not _is_telling(words, least):
        why = f"Left out: no word stands in some of the training rows, at least {least}, and not in others."
        return (*beside, steps["leave_out"]()), why + reason
    if to_input:
        chain: tuple[Step, ...] = (*beside, steps["token_ids"]())
        return chain, "Words in their order: each gets an id for the network's branch text." + cut + reason
    lengths = (steps["text_lengths"](),) if n_words >= SENTENCE else ()
    weighed = steps["tf_idf"].parse({"least_rows": least, "features": _most_features(len(series_train))})
    why = f"Words that stand in at least {least} training rows, weighed by how rare they are (TF-IDF)."
    return (*beside, *lengths, weighed), why + cut + reason


def _is_telling(words: list[set[str]], least: int) -> bool:
    """Whether any word stands in some rows and not in others."""
    n_rows_of = Counter(word for found in words for word in found)
    return any(least <= n < len(words) for n in n_rows_of.values())


def _most_features(n_train: int) -> int:
    """How many numbers a row may become, so that the encoded rows stay well below what is granted."""
    granted = limits().encoded_bytes / SHARE_OF_ROWS / 4
    return int(np.clip(granted / max(1, n_train), FEWEST, MOST))

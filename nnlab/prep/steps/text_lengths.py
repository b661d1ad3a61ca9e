"""The step that tells how long a text is, and how much of it are digits and capital letters."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Literal

import numpy as np

from nnlab.prep.steps.base import Array, Encoder, Facts, Learnt, Texts, TextStep, by_row, not_zero, steps
from nnlab.prep.wording import fixed, number
from nnlab.prep.words import pieces

if TYPE_CHECKING:
    from torch import nn

NAMES = ("characters", "words and signs", "share of digits", "share of capitals")
N_COUNTS = 2  # the first ones are counts, whose logarithm is taken


@steps
class TextLengths(TextStep):
    """Four numbers beside: characters and words (logarithms), share of digits, share of capitals; all standardized."""

    kind: Literal["text_lengths"] = "text_lengths"

    title: ClassVar[str] = "Lengths"
    is_beside: ClassVar[bool] = True

    def learn_texts(self, texts: Texts, facts: Facts) -> tuple[Learnt, tuple[str, ...]]:
        values = _measured(texts)
        values[:N_COUNTS] = np.log1p(values[:N_COUNTS])
        mean = by_row(values, np.mean)
        return {"shift": mean, "scale": not_zero(by_row(values, np.std, 1.0), mean)}, ()

    def encoder(self, learnt: Learnt, words: tuple[str, ...]) -> Encoder:
        return _measured

    def module(self, learnt: Learnt) -> nn.Module:
        from nnlab.prep.text_modules import Lengths

        return Lengths(learnt["shift"], learnt["scale"], N_COUNTS)

    def n_cells(self, learnt: Learnt, words: tuple[str, ...]) -> int:
        return len(NAMES)

    def sentence(self, learnt: Learnt, facts: Facts) -> str:
        usual = np.expm1(learnt["shift"][:N_COUNTS])
        return f"usually {number(usual[0], 2)} characters, {number(usual[1], 2)} words and signs"

    def names(self, names: tuple[str, ...], learnt: Learnt, facts: Facts) -> tuple[str, ...]:
        return tuple(f"{facts.name}, {name}" for name in NAMES)

    def formula(self, learnt: Learnt, row: int, before: float, after: float) -> str:
        value = f"log(1 + {number(before)})" if row < N_COUNTS else number(before)
        shift, scale = (float(learnt[name][row]) for name in ("shift", "scale"))
        return f"({value} − {fixed(shift)}) / {fixed(scale)} = {fixed(after)}"


def _measured(texts: Texts) -> Array:
    """Characters, words and signs, share of digits, share of capitals, (4, N); of a missing text NaN."""
    found = np.full((len(texts), len(NAMES)), np.nan)
    for row, text in enumerate(texts):
        if text is not None:
            n = max(1, len(text))
            digits, capitals = sum(map(str.isdigit, text)), sum(map(str.isupper, text))
            found[row] = len(text), len(pieces(text, lowercase=False, unspaced="characters")), digits / n, capitals / n
    return np.ascontiguousarray(found.T)

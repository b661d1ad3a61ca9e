"""The step that weighs the words of a text: how often each occurs, and how rare it is among the training rows."""

from __future__ import annotations

from itertools import chain
from typing import TYPE_CHECKING, ClassVar, Literal

import numpy as np
from pydantic import Field, model_validator

from nnlab.limits import limits
from nnlab.prep.steps.base import Array, Encoder, Facts, Form, Learnt, Texts, TextStep, steps
from nnlab.prep.wording import fixed, number
from nnlab.prep.words import Unspaced, character_grams, counted, most_frequent, numbered, word_grams

if TYPE_CHECKING:
    from torch import nn

MOST_FEATURES = 50_000
LONGEST_GRAM = 8
MOST_READ = 200_000  # training texts that words are counted in; more add rare words at most


@steps
class TfIdf(TextStep):
    """A number for each known word: its count times log((1 + rows) / (1 + rows with it)) + 1, each row to length 1.

    Of scripts without blanks (Chinese, Japanese, Thai) characters and pairs of neighbours stand for words.
    """

    kind: Literal["tf_idf"] = "tf_idf"
    unit: Literal["words", "characters"] = Field("words", description="What is counted: words, or characters.")
    low: int = Field(1, ge=1, le=LONGEST_GRAM, description="The shortest run of neighbours that counts as one.")
    high: int = Field(
        1,
        ge=1,
        le=LONGEST_GRAM,
        description="The longest run of neighbours that counts as one: 2 counts pairs of words too.",
    )
    features: int = Field(
        4_000,
        ge=1,
        le=MOST_FEATURES,
        description="The words that get a number: those that stand in the most training rows.",
        json_schema_extra={"search": "log"},
    )
    least_rows: int = Field(
        2, ge=1, le=1_000_000, description="A word that stands in fewer training rows gets no number."
    )
    sublinear: bool = Field(True, description="Whether a word that occurs n times counts 1 + log n in place of n.")
    lowercase: bool = Field(True, description="Whether capital letters count as small ones.")
    signs: bool = Field(True, description="Of words: whether signs such as ! and £ count too.")
    unspaced: Unspaced = Field(
        "pairs",
        description="Scripts without blanks: characters and pairs of neighbours, characters, or nothing is cut.",
    )

    title: ClassVar[str] = "TF-IDF"
    gives: ClassVar[Form | None] = "number"

    @model_validator(mode="after")
    def _ordered(self) -> TfIdf:
        if self.low > self.high:
            raise ValueError("low must not lie above high")
        return self

    def grams(self, text: str) -> list[str]:
        """What is counted in a text."""
        if self.unit == "characters":
            return character_grams(text, self.low, self.high, self.lowercase)
        return word_grams(text, self.low, self.high, self.lowercase, self.signs, self.unspaced)

    def learn_texts(self, texts: Texts, facts: Facts) -> tuple[Learnt, tuple[str, ...]]:
        present = [text for text in texts[:: max(1, -(-len(texts) // MOST_READ))] if text is not None]
        n_rows_of = counted(set(self.grams(text)) for text in present)
        words = most_frequent(n_rows_of, min(self.features, limits().features), self.least_rows)
        n_rows = np.array([n_rows_of[word] for word in words], dtype=np.float64)
        return {"weight": np.log((1 + len(present)) / (1 + n_rows)) + 1}, words

    def encoder(self, learnt: Learnt, words: tuple[str, ...]) -> Encoder:
        place_of = numbered(words, 0)

        def encode(texts: Texts) -> Array:
            found = [[place_of[g] for g in self.grams(text) if g in place_of] if text else [] for text in texts]
            places = np.fromiter(chain.from_iterable(found), dtype=np.int64)
            rows = np.repeat(np.arange(len(texts)), [len(row) for row in found])
            counts = np.bincount(places * len(texts) + rows, minlength=len(words) * len(texts))
            values = counts.reshape(len(words), len(texts)).astype(np.float64)
            values[:, [text is None for text in texts]] = np.nan
            return values

        return encode

    def module(self, learnt: Learnt) -> nn.Module:
        from nnlab.prep.text_modules import WordWeights

        return WordWeights(learnt["weight"], self.sublinear)

    def n_cells(self, learnt: Learnt, words: tuple[str, ...]) -> int:
        return len(words)

    def sentence(self, learnt: Learnt, facts: Facts) -> str:
        return f"TF-IDF of {number(len(learnt['weight']), 9)} {'words' if self.unit == 'words' else 'runs of letters'}"

    def names(self, names: tuple[str, ...], learnt: Learnt, facts: Facts) -> tuple[str, ...]:
        return tuple(f"{facts.name} “{word}”" for word in facts.words)

    def formula(self, learnt: Learnt, row: int, before: float, after: float) -> str:
        if not before > 0:
            return ""
        count = f"(1 + log {number(before)})" if self.sublinear and before > 1 else number(before)
        return f"{count} · {fixed(float(learnt['weight'][row]))} / length of the row = {fixed(after)}"

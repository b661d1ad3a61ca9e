"""Steps that number the tokens of a text: its words, or its characters."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Literal

import numpy as np
from pydantic import Field

from nnlab.prep.steps.base import Array, Encoder, Facts, Form, Learnt, Texts, TextStep, steps
from nnlab.prep.wording import fitting, number, quoted
from nnlab.prep.words import Unspaced, characters, counted, most_frequent, numbered, pieces

if TYPE_CHECKING:
    from torch import nn

MOST_TOKENS = 100_000
LONGEST = 4_096  # tokens of a text
UNKNOWN, FIRST = 1, 2  # ids; 0 is padding


class Tokens(TextStep):
    """The ids of a text's tokens in the network's input `text`; its families differ in what a token is."""

    gives: ClassVar[Form | None] = "tokens"

    vocabulary: int
    least: int
    length: int | None
    quantile: float
    most: int

    def cut(self, text: str) -> list[str]:
        """The tokens of a text, first to last."""
        raise NotImplementedError

    def learn_texts(self, texts: Texts, facts: Facts) -> tuple[Learnt, tuple[str, ...]]:
        lengths: list[int] = []

        def cut(text: str) -> list[str]:
            found = self.cut(text)
            lengths.append(len(found))
            return found

        counts = counted(cut(text) for text in texts if text is not None)
        words = most_frequent(counts, self.vocabulary, self.least)
        usual = int(np.ceil(np.quantile(lengths, self.quantile))) if lengths else 1
        length = self.length or max(1, min(usual, self.most))
        is_cut = float(np.mean(np.array(lengths) > length)) if lengths else 0.0
        return {"length": np.array([length, is_cut, len(words)], dtype=np.float64)}, words

    def encoder(self, learnt: Learnt, words: tuple[str, ...]) -> Encoder:
        id_of, length = numbered(words, FIRST), _length(learnt)

        def encode(texts: Texts) -> Array:
            found = np.zeros((len(texts), length), dtype=np.float64)
            for row, text in enumerate(texts):
                if text is None:
                    found[row] = np.nan
                    continue
                ids = [id_of.get(token, UNKNOWN) for token in self.cut(text)[:length]]
                found[row, : len(ids)] = ids
            return np.ascontiguousarray(found.T)

        return encode

    def module(self, learnt: Learnt) -> nn.Module:
        from nnlab.prep.text_modules import TokenIds

        return TokenIds(int(learnt["length"][2]) + FIRST)

    def n_cells(self, learnt: Learnt, words: tuple[str, ...]) -> int:
        return _length(learnt)

    def n_ids(self, learnt: Learnt, words: tuple[str, ...]) -> int:
        return len(words) + FIRST

    def sentence(self, learnt: Learnt, facts: Facts) -> str:
        length, is_cut, n_words = learnt["length"]
        more = f", {100 * is_cut:.0f} % of texts are longer" if is_cut >= 0.005 else ""
        return f"ids of the first {number(length, 9)} tokens, {number(n_words, 9)} of them known{more}"

    def names(self, names: tuple[str, ...], learnt: Learnt, facts: Facts) -> tuple[str, ...]:
        return ()


@steps
class WordIds(Tokens):
    """An id for each word and sign, in the order of the text: 0 is padding behind the last, 1 a word that is not known.

    An Embedding in the branch `text` learns what each word stands for.
    """

    kind: Literal["token_ids"] = "token_ids"
    vocabulary: int = Field(
        20_000,
        ge=1,
        le=MOST_TOKENS,
        description="The most frequent words that get an id; the rest are unknown.",
        json_schema_extra={"search": "log"},
    )
    least: int = Field(
        2,
        ge=1,
        le=1_000_000,
        description="A word that occurs less often in the training rows is unknown.",
        json_schema_extra={"why": "Words seen once show the network what to make of one it has not seen."},
    )
    length: int | None = Field(
        None, ge=1, le=LONGEST, description="Tokens kept of each text; nothing said: from the training rows."
    )
    quantile: float = Field(
        0.95, gt=0, le=1, description="Where no length is said: the share of training texts that are kept whole."
    )
    most: int = Field(
        256, ge=1, le=LONGEST, description="Where no length is said: no text keeps more tokens than this."
    )
    lowercase: bool = Field(True, description="Whether capital letters count as small ones.")
    unspaced: Unspaced = Field(
        "pairs",
        description="Scripts without blanks: characters and pairs of neighbours, characters, or nothing is cut.",
    )

    title: ClassVar[str] = "Token ids"

    def cut(self, text: str) -> list[str]:
        return pieces(text, self.lowercase, self.unspaced)


@steps
class CharacterIds(Tokens):
    """An id for each character, in the order of the text: 0 is padding behind the last, 1 one that is not known."""

    kind: Literal["character_ids"] = "character_ids"
    vocabulary: int = Field(
        2_000, ge=1, le=MOST_TOKENS, description="The most frequent characters that get an id; the rest are unknown."
    )
    least: int = Field(
        2, ge=1, le=1_000_000, description="A character that occurs less often in the training rows is unknown."
    )
    length: int | None = Field(
        None, ge=1, le=LONGEST, description="Characters kept of each text; nothing said: from the training rows."
    )
    quantile: float = Field(
        0.95, gt=0, le=1, description="Where no length is said: the share of training texts that are kept whole."
    )
    most: int = Field(
        512, ge=1, le=LONGEST, description="Where no length is said: no text keeps more characters than this."
    )
    lowercase: bool = Field(False, description="Whether capital letters count as small ones.")

    title: ClassVar[str] = "Character ids"

    def cut(self, text: str) -> list[str]:
        return characters(text, self.lowercase)


def tokens_shown(values: Array, words: tuple[str, ...], room: int) -> str:
    """One text's first ids with what they stand for, as many as have room: "“free” 14 · “entry” 9 · 3 more"."""
    ids = [int(value) for value in values if value >= UNKNOWN]
    said = [f"unknown {at}" if at == UNKNOWN else f"{quoted(words[at - FIRST])} {at}" for at in ids]
    return fitting(said, room) if said else "no token"


def _length(learnt: Learnt) -> int:
    length = int(learnt["length"][0])
    if not 1 <= length <= LONGEST:
        raise ValueError("more tokens than a text can have")
    return length

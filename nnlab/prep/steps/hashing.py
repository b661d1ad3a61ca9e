"""The step for columns of very many levels: a few buckets, and each level in the one that its letters say."""

from __future__ import annotations

from hashlib import blake2b
from typing import TYPE_CHECKING, ClassVar, Literal

import numpy as np
from pydantic import Field

from nnlab.prep.level_names import usual_text
from nnlab.prep.steps.base import Array, Encoder, Facts, Form, Learnt, Texts, TextStep, steps

if TYPE_CHECKING:
    from torch import nn

MOST_BUCKETS = 4_096


@steps
class Hashing(TextStep):
    """1 in the bucket that the level falls into, 0 in the others: however many levels there are, new ones included.

    Levels share buckets, and which do is chance; nothing is learnt and nothing kept, so memory stays what it is. The
    bucket is what is left of the first eight bytes of BLAKE2b of the level's letters (UTF-8, the least byte first)
    divided by the number of buckets: the same on every machine.
    """

    kind: Literal["hashing"] = "hashing"
    n_buckets: int = Field(
        64,
        ge=2,
        le=MOST_BUCKETS,
        description="How many buckets; more of them and fewer levels share one.",
        json_schema_extra={"why": "Rare levels that share a bucket are learnt together.", "search": "log"},
    )

    title: ClassVar[str] = "Hashing"
    takes: ClassVar[tuple[Form, ...]] = ("level", "text")
    gives: ClassVar[Form | None] = "number"

    def learn_texts(self, texts: Texts, facts: Facts) -> tuple[Learnt, tuple[str, ...]]:
        return {}, ()

    def encoder(self, learnt: Learnt, words: tuple[str, ...]) -> Encoder:
        def encode(texts: Texts) -> Array:
            bucket_of: dict[str | None, float] = {None: np.nan}
            for text in texts:
                if text not in bucket_of:
                    bucket_of[text] = float(bucket(text or "", self.n_buckets))
            return np.array([[bucket_of[text] for text in texts]], dtype=np.float64)

        return encode

    def n_cells(self, learnt: Learnt, words: tuple[str, ...]) -> int:
        return 1

    def module(self, learnt: Learnt) -> nn.Module:
        from nnlab.prep.modules import OneHotSlots

        return OneHotSlots(self.n_buckets, has_other=False, has_missing=False)

    def sentence(self, learnt: Learnt, facts: Facts) -> str:
        return f"each level in one of {self.n_buckets} buckets"

    def names(self, names: tuple[str, ...], learnt: Learnt, facts: Facts) -> tuple[str, ...]:
        return tuple(f"{facts.name} bucket {place}" for place in range(self.n_buckets))


def bucket(level: str, n_buckets: int) -> int:
    """The bucket of a level; "2.0" and "2" are one level."""
    letters = usual_text(level).encode("utf-8", "surrogatepass")
    return int.from_bytes(blake2b(letters, digest_size=8).digest(), "little") % n_buckets

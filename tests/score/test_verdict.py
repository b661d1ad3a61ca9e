"""The sentence that says what the figures come to."""

from __future__ import annotations

import pytest

from nnlab.score.verdict import Compared, Says, detail, says, signed, verdict


def compared(**said: Says | None) -> list[Compared]:
    return [
        Compared(name, 0.1, 0.05, 0.2, what) if what else Compared(name, None, None, None, None)
        for name, what in said.items()
    ]


def test_the_sentence_joins_what_is_alike_and_parts_what_is_not() -> None:
    """As LOOK's example: not told from two, better than the third."""
    three = compared(majority="beats", linear="cannot be told from", lightgbm="cannot be told from")
    assert verdict(179, 712, "ROC AUC", 0.84, three, "no") == (
        "On these 179 test rows, by ROC AUC, the network cannot be told from the linear model or LightGBM; "
        "it beats always saying “no”."
    )


def test_a_loss_comes_first() -> None:
    """Bad news is not hidden behind good."""
    three = compared(mean="beats", linear="beats", lightgbm="loses to")
    assert verdict(10_788, 43_152, "R²", 0.9, three, "") == (
        "On these 10\u202f788 test rows, by R², the network loses to LightGBM; "
        "it beats always saying the mean and the linear model."
    )


@pytest.mark.parametrize(
    ("n_test", "value", "said", "sentence"),
    [
        (0, None, {}, "All 3 rows are used for training: no rows are left to judge."),
        (1, 1.0, {"linear": None}, "no baseline could be fitted"),
        (40, None, {"linear": None}, "the ROC AUC cannot be computed"),
        (40, 0.9, {}, "On these 40 test rows the network's ROC AUC is 0.900."),
    ],
)
def test_where_nothing_can_be_said_that_is_said(
    n_test: int, value: float | None, said: dict[str, None], sentence: str
) -> None:
    """No rows, no figure, no baseline: each has its own sentence."""
    assert sentence in verdict(n_test, 3, "ROC AUC", value, compared(**said), "no")


def test_too_few_rows_tell_nothing() -> None:
    """A difference without an interval beats nobody."""
    few = [Compared("linear", 0.2, None, None, None)]
    assert verdict(5, 20, "R²", 0.5, few, "") == (
        "On these 5 test rows nothing can be told: they are too few for a 95 % interval."
    )


@pytest.mark.parametrize(
    ("low", "high", "word"),
    [
        (0.01, 0.05, "beats"),
        (-0.05, -0.01, "loses to"),
        (-0.01, 0.05, "cannot be told from"),
        (0.0, 0.05, "cannot be told from"),
        (0.0, 0.0, "cannot be told from"),
        (1e-16, 1e-15, "cannot be told from"),
    ],
)
def test_only_an_interval_beside_zero_beats_or_loses(low: float, high: float, word: str) -> None:
    """An end at zero, or a rounding away from it, tells nothing."""
    assert says(low, high) == word


def test_the_detail_gives_each_difference_with_its_interval() -> None:
    """A constant answer needs no figures; signs are true signs."""
    two = [
        Compared("majority", 0.34, 0.3, 0.4, "beats"),
        Compared("linear", 0.0, -0.028, 0.0281, "cannot be told from"),
        Compared("lightgbm", 0.0152, -0.021, 0.053, "cannot be told from"),
    ]
    assert detail(two, 31) == (
        "Difference to the linear model 0.000, 95\u202f% interval \u22120.028 to +0.028; "
        "to LightGBM +0.015, \u22120.021 to +0.053. Epoch 31, the one with the lowest loss on the validation rows."
    )
    assert detail([], None) == ""
    assert detail([], 3, has_validation=False) == "Epoch 3, the one with the lowest loss on the training rows."
    assert signed(-12345.6) == "\u22121.23e+04"

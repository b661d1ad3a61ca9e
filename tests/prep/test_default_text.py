"""What becomes of a column of text when nobody says anything."""

from __future__ import annotations

import pytest

from nnlab.data.columns import Column
from nnlab.prep.recipe import Recipe, default_steps
from nnlab.prep.steps import Step
from tests.prep.tables import typed

SENTENCES = [
    f"we {'like' if at % 2 else 'hate'} the {'red' if at % 3 else 'blue'} one, number {at}, very much"
    for at in range(60)
]
NAMES = [f"{'Mr.' if at % 2 else 'Mrs.'} Name{at}" for at in range(60)]


def chosen(cells: list[str | None], recipe: Recipe | None = None) -> tuple[tuple[Step, ...], str]:
    return default_steps(Column(name="c", kind="text"), typed(cells, "text"), recipe)


@pytest.mark.parametrize(
    ("cells", "kinds", "said"),
    [
        (SENTENCES, ["text_lengths", "tf_idf"], "at least 2 training rows"),
        (NAMES, ["tf_idf"], "at least 10 training rows"),
        ([f"note {at}" for at in range(60)], ["leave_out"], "no word stands in some"),
        ([None] * 9, ["leave_out"], "no training row has a value"),
        ([*SENTENCES[:30], *[None] * 30], ["missing_indicator", "text_lengths", "tf_idf"], "where it is missing"),
        (
            ["很好吃，谢谢老板" if at % 2 else "不好吃，等了半天" for at in range(40)],
            ["text_lengths", "tf_idf"],
            "no blanks between words",
        ),
    ],
)
def test_the_default_follows_from_the_words(cells: list[str | None], kinds: list[str], said: str) -> None:
    """Sentences with their lengths, names by their frequent words, what never repeats left out; the reason says it."""
    chain, reason = chosen(cells)
    assert [step.kind for step in chain] == kinds
    assert said in reason


def test_a_network_with_a_branch_for_text_gets_ids() -> None:
    """And one with branches for pictures or levels gets those."""
    recipe = Recipe().feeding(["text", "image", "codes", "table"])
    assert [step.kind for step in chosen(SENTENCES, recipe)[0]] == ["token_ids"]
    assert [
        step.kind
        for step in default_steps(Column(name="c", kind="categorical"), typed(["a", "b"], "categorical"), recipe)[0]
    ] == ["embedding_codes"]
    pixels = typed(["0 9 9 0", "1 1 1 1"], "text")
    assert [step.kind for step in default_steps(Column(name="c", kind="image"), pixels, recipe)[0]] == ["picture"]
    assert recipe.feeding(()) == Recipe()


def test_many_rows_get_fewer_numbers_each(monkeypatch: pytest.MonkeyPatch) -> None:
    """So that the encoded rows stay an eighth of what is granted."""
    monkeypatch.setenv("NNLAB_LIMITS", '{"encoded_bytes": 192000}')
    (_, weighed), _ = chosen(SENTENCES)
    assert weighed.plain()["features"] == 100

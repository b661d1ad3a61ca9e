"""What is proposed as one value spelt in several ways, and what must not be."""

from __future__ import annotations

import pandas as pd
import pytest

from nnlab.cleaning.spellings import merging, proposals, spellings
from nnlab.data.read import read
from nnlab.data.samples import sample_bytes, samples
from tests.cleaning.frames import cells, frame


def found(**counts: int) -> dict[str, set[str]]:
    return {each.kept.text: {other.text for other in each.merged} for each in spellings("c", counts)}


def test_spellings_of_a_value_are_proposed_with_their_counts() -> None:
    """Each with its rows and why, the full form kept although the short one comes more often."""
    (male, female) = spellings("sex", {"M": 90, "male": 40, "Male": 5, "MALE.": 1, "F": 50, "female": 20, "femlae": 1})
    assert (male.kept.text, male.kept.n_rows) == ("male", 40)
    said = {(each.text, each.n_rows, each.why) for each in male.merged}
    look = "capitals, blanks, punctuation"
    assert said == {("M", 90, "short form"), ("Male", 5, look), ("MALE.", 1, look)}
    assert {(each.text, each.why) for each in female.merged} == {("F", "short form"), ("femlae", "a letter")}


@pytest.mark.parametrize(
    ("counts", "expected"),
    [
        ({"New York": 9, "new-york": 1, "NEW  YORK": 1}, {"New York": {"new-york", "NEW  YORK"}}),
        ({"São Paulo": 9, "Sao Paulo": 3}, {"São Paulo": {"Sao Paulo"}}),
        ({"Zürich": 9, "ZURICH": 1}, {"Zürich": {"ZURICH"}}),
        ({"Torgersen": 30, "Torgesen": 1, "Torgresen": 2}, {"Torgersen": {"Torgesen", "Torgresen"}}),
        ({"New York": 9, "NY": 2, "Boston": 3}, {"New York": {"NY"}}),
        ({"Ontario": 9, "ON": 2, "Quebec": 3}, {"Ontario": {"ON"}}),
        ({"ﬁne": 5, "fine": 3}, {"ﬁne": {"fine"}}),
    ],
)  # fmt: skip
def test_near_duplicates(counts: dict[str, int], expected: dict[str, set[str]]) -> None:
    assert found(**counts) == expected


@pytest.mark.parametrize(
    "counts",
    [
        {"C": 5, "C++": 4, "C#": 3}, {"A+": 9, "A-": 9, "A": 9}, {"1.5": 3, "15": 40}, {"-5": 3, "5": 40},
        {"Class A": 50, "Class B": 2}, {"right": 60, "light": 2}, {"cat": 60, "car": 1}, {"lion": 50, "lions": 1},
        {"m": 3, "male": 9, "married": 4}, {"Model 10": 40, "Model 11": 1}, {"Austria": 50, "Australia": 3},
        {"male": 50, "female": 60}, {"2-3": 9, "23": 1}, {"да": 9, "дА ": 0, "нет": 3},
        {"North": 40, "South": 3}, {"Slovakia": 50, "Slovenia": 5}, {"yes": 9, "no": 9},
        {"No": 50, "Yes": 40, "No phone service": 9}, {"No": 50, "Northern": 3, "Yes": 40}, {"US": 30, "US dollar": 5},
    ],
)  # fmt: skip
def test_what_is_not_the_same_is_not_proposed(counts: dict[str, int]) -> None:
    counts = {text: n for text, n in counts.items() if n}
    assert spellings("c", counts) == ()


def test_the_samples_are_left_alone() -> None:
    """Clean tables get no proposals, save one that nobody could know to be wrong, and that says why it was made."""
    found: list[tuple[str, str, str]] = []
    for each in samples():
        table = read(sample_bytes(each.name), name=each.name)
        names = [column.name for column in table.columns.columns if column.kind in ("categorical", "boolean")]
        few = [name for name in names if table.frame[name].nunique() <= 20]
        found += [(p.kept.text, other.text, other.why) for p in proposals(table.frame, few) for other in p.merged]
    assert found == [("INLAND", "ISLAND", "a letter")]


def test_a_proposal_becomes_a_step() -> None:
    data = frame(sex=["M", "male", "Male", "male", None, "x"])
    (proposal,) = proposals(data, ["sex"])
    assert cells(merging("sex", [proposal]).apply(data).sex) == [*["male"] * 4, None, "x"]


def test_many_values_take_little_time() -> None:
    """A column of thousands of names is passed over, and two thousand are looked at."""
    names = pd.Series([f"name {n}" for n in range(5_000)], dtype="str")
    assert proposals(pd.DataFrame({"a": names}), ["a"]) == ()
    assert proposals(pd.DataFrame({"a": names[:2_000]}), ["a"]) == ()

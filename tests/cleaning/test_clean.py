"""A table through its steps: identity, lines, kinds guessed anew, and what each step did."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from nnlab.cleaning import Cleaning, carried_out, cleaned
from nnlab.cleaning.done import done_of
from nnlab.data.read import read
from nnlab.errors import DataError, LimitError, SpecError
from tests.cleaning.frames import cells, table

ROWS = "\n".join(
    f"{n},{'n/k' if n % 5 == 0 else n / 8},{['M', 'male', 'F'][n % 3]},2024-01-{n + 1:02}" for n in range(30)
)
TEXT = f"n,price,sex,day\n{ROWS}\n"


def cleaning(*steps: dict[str, Any]) -> Cleaning:
    return Cleaning.parse({"steps": steps})


REPLACED = {"kind": "replace_values", "columns": ["price"], "replacements": [{"old": "n/k"}]}
KEPT = {"kind": "keep_rows", "conditions": [{"column": "n", "comparison": "at_least", "value": "3"}]}
COMPUTED = {"kind": "compute_column", "into": "half", "expression": "price / 2"}


def test_without_steps_it_is_the_same_table() -> None:
    """So what was stored for it before there was any cleaning is still found."""
    raw = table(TEXT)
    assert cleaned(raw, Cleaning()) is raw


def test_a_cleaned_table_has_an_id_of_its_own() -> None:
    """Other steps, another id; the same steps, the same; the file's digest and the reading stay."""
    raw = table(TEXT)
    one, other, again = (cleaned(raw, cleaning(*steps)) for steps in ([KEPT], [KEPT, REPLACED], [KEPT]))
    assert len({raw.id, one.id, other.id}) == 3
    assert again.id == one.id
    assert (one.file_digest, one.reading) == (raw.file_digest, raw.reading)
    with pytest.raises(ValueError, match="once"):
        cleaned(one, cleaning(REPLACED))


def test_rows_keep_the_lines_of_the_file_and_columns_no_step_touched_stay_as_they_were() -> None:
    raw = table(TEXT)
    found = cleaned(raw, cleaning(KEPT))
    assert list(found.frame.index) == list(range(5, 32))
    pd.testing.assert_frame_equal(found.frame, raw.frame.loc[5:])
    values = cleaned(raw, cleaning(REPLACED))
    assert [values.columns[name] for name in ("n", "sex", "day")] == [raw.columns[name] for name in ("n", "sex", "day")]


def test_kinds_are_guessed_anew() -> None:
    """Text that holds only numbers now is numeric, and every step sees numbers in it before that."""
    raw = table(TEXT)
    assert raw.columns["price"].kind == "categorical"
    found = cleaned(raw, cleaning(COMPUTED, REPLACED))
    expected = pd.to_numeric(raw.frame.price, errors="coerce")
    assert [found.columns[name].kind for name in ("price", "half")] == ["numeric", "numeric"]
    np.testing.assert_array_equal(found.frame.price, expected)
    np.testing.assert_array_equal(found.frame.half, expected / 2)
    one_sex = cleaned(raw, cleaning({"kind": "keep_rows", "conditions": [{"column": "sex", "value": "F"}]}))
    assert one_sex.columns["sex"].kind == "constant"
    truth = cleaned(raw, cleaning({"kind": "compute_column", "into": "late", "expression": "n > 20"}))
    assert truth.columns["late"].kind == "boolean"


def test_every_bit_of_a_computed_number_stays() -> None:
    found = cleaned(table(TEXT), cleaning({"kind": "compute_column", "into": "third", "expression": "n / 3 + 0.1"}))
    np.testing.assert_array_equal(found.frame.third, found.frame.n / 3 + 0.1)


def test_what_each_step_did_is_told() -> None:
    """Rows, cells, columns made, and a few cells before and after; it can be kept as plain data."""
    merged = {"kind": "merge_spellings", "column": "sex", "spellings": [{"kept": "male", "merged": ["M"]}]}
    done = carried_out(table(TEXT), cleaning(KEPT, REPLACED, merged, COMPUTED)).done
    assert [each.sentence() for each in done] == [
        "3 rows dropped",
        "5 cells changed",
        "9 cells changed",
        "1 column made, missing in 5 of 27 rows",
    ]
    assert [(each.line, each.before, each.after) for each in done[2].examples] == [(5, "M", "male")]
    assert (done[3].examples[0].line, done[3].examples[0].before) == (5, "price 0.375")
    assert done[0].examples[0].before == "n 0"
    assert tuple(done_of(each.plain()) for each in done) == done


def test_a_step_that_cannot_be_carried_out_is_left_out_and_told() -> None:
    """A column that is gone, a name that is taken, a pattern that is none, a comparison that means nothing."""
    gone = {"kind": "fill_down", "columns": ["prices"]}
    taken = {"kind": "compute_column", "into": "sex", "expression": "n"}
    broken = {"kind": "replace_pattern", "columns": ["sex"], "pattern": "("}
    senseless = {"kind": "keep_rows", "conditions": [{"column": "n", "comparison": "more", "value": "many"}]}
    found = carried_out(table(TEXT), cleaning(gone, taken, broken, senseless, KEPT))
    problems = [each.problem for each in found.done]
    for problem, words in zip(
        problems, ("Did you mean price?", "there already", "not a pattern", "a number"), strict=False
    ):
        assert words in problem
    assert problems[4] == ""
    assert found.table.n_rows == 27


def test_some_rows_must_be_left() -> None:
    nothing = {"kind": "keep_rows", "conditions": [{"column": "n", "comparison": "less", "value": "0"}]}
    with pytest.raises(DataError, match="some rows must be left") as raised:
        cleaned(table(TEXT), cleaning(KEPT, nothing))
    assert raised.value.where == "cleaning step 2, keep_rows"


def test_more_columns_than_granted_are_refused_before_they_are_made(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NNLAB_LIMITS", '{"columns": 5}')
    split = {"kind": "split_column", "column": "day", "separator": "-", "into": ["y", "m", "d"]}
    with pytest.raises(LimitError, match="5 columns") as raised:
        cleaned(table(TEXT), cleaning(split))
    assert raised.value.where == "cleaning step 1, split_column"


def test_the_list_of_steps_is_a_value() -> None:
    """Steps are added, changed, moved and taken away in a list that is another one afterwards."""
    both = cleaning(KEPT, REPLACED)
    kept, replaced = both.steps
    assert Cleaning().added(kept, replaced) == both
    assert both.moved(0, 5).steps == both.moved(1, 0).steps == (replaced, kept)
    assert both.without(0).steps == (replaced,)
    assert both.changed(0, replaced).steps == (replaced, replaced)
    assert Cleaning.from_json(both.to_json()) == both
    with pytest.raises(SpecError, match="Did you mean keep_rows") as raised:
        Cleaning.parse({"steps": [{"kind": "keep_row"}]})
    assert raised.value.where.startswith("steps.0")


def test_a_column_of_the_split_stays_one_and_an_issue_of_the_file_is_kept() -> None:
    raw = table("a,b\n" + "".join(f"{n},{n % 2}\n" for n in range(300)) + "x,1\n")
    assert raw.issues
    found = cleaned(raw, cleaning({"kind": "drop_rows", "conditions": [{"column": "b", "value": "1"}]}))
    assert found.issues == raw.issues
    assert cells(found.frame.b) == ["0"] * 150


def test_filling_down_ends_with_a_file(tmp_path: Path) -> None:
    """The first empty cells of a test file have nothing above them, as in rows to predict."""
    (tmp_path / "train.csv").write_text("group,y\na,1\n,2\nb,3\n,4\n")
    (tmp_path / "test.csv").write_text("group,y\n,5\nc,6\n,7\n")
    raw = read([tmp_path / "train.csv", tmp_path / "test.csv"])
    found = cleaned(raw, Cleaning.parse({"steps": [{"kind": "fill_down", "columns": ["group"]}]}))
    assert cells(found.frame.group) == ["a", "a", "b", "b", None, "c", "c"]
    assert list(found.frame.index) == list(raw.frame.index)


def test_what_a_computed_column_lacks_is_told() -> None:
    """Text plus a number is nothing, nor is a division by zero; rows of each are shown."""
    raw = table("job,n\nclerk,0\nnurse,2\n,4\ncook,\n")
    asked = {"kind": "compute_column", "into": "more", "expression": "job + 1"}
    of_n = {"kind": "compute_column", "into": "one", "expression": "1 / n"}
    text, divided = carried_out(raw, cleaning(asked, of_n)).done
    assert text.sentence() == ("1 column made, missing in 4 of 4 rows, 3 of these have every cell that it is made of")
    assert [(each.before, each.after) for each in text.examples] == [("job clerk", None), ("job nurse", None)]
    assert (divided.n_rows, divided.n_missing, divided.n_lost) == (4, 2, 1)
    assert ("n 0", None) in [(each.before, each.after) for each in divided.examples]
    assert done_of(divided.plain()) == divided
    old = {name: value for name, value in divided.plain().items() if name not in ("n_rows", "n_missing", "n_lost")}
    assert done_of(old).made == ("one",)

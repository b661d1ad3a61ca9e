"""The named inputs: each column in the one that its last step feeds, ids as numpy and plain Python count them."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
import torch

from nnlab.data.columns import Column, Columns
from nnlab.errors import DataError, LimitError, StorageError
from nnlab.network.shapes import Ids
from nnlab.prep.encoded import Encoded, encode_frame
from nnlab.prep.fit import fit
from nnlab.prep.fitted import Fitted
from nnlab.prep.journey import journey
from nnlab.prep.recipe import Recipe
from nnlab.prep.split import Split
from nnlab.prep.steps import steps
from nnlab.prep.stored import packed, stored
from tests.data.drawn import blobs, string_of
from tests.prep.tables import table

N_ROWS = 12
COLOURS = ["red", "red", "green", None, "blue", "red", "green", "red", "blue", None, "grey", "red"]
WORDS = ["To be, or not to be.", "to be", "", None, "Not now!", "be", "now be now", "or", "to", "not", "be or not", "x"]


def everything() -> tuple[pd.DataFrame, Columns]:
    """A number, levels twice, two texts, a picture and a target."""
    pictures = [string_of(one) for one in blobs(N_ROWS)]
    return table(
        a=("numeric", np.arange(N_ROWS, dtype=float)),
        colour=("categorical", COLOURS),
        shade=("categorical", COLOURS[::-1]),
        text=("text", WORDS),
        more=("text", WORDS[::-1]),
        seen=("image", pictures),
        y=("categorical", ["no", "yes"] * (N_ROWS // 2)),
    )


def recipe(**chains: tuple[str, ...]) -> Recipe:
    made = Recipe()
    for name, kinds in chains.items():
        made = made.changed(name, tuple(steps[kind]() for kind in kinds))
    return made


APART = recipe(
    colour=("embedding_codes",),
    shade=("missing_indicator", "embedding_codes"),
    text=("token_ids",),
    more=("token_ids",),
    seen=("picture",),
)


def fitted(frame: pd.DataFrame, columns: Columns, chosen: Recipe = APART) -> Fitted:
    return fit(frame, columns, chosen, np.zeros(len(frame), dtype=np.int8), "binary")


def test_each_column_feeds_the_input_that_its_last_step_gives_for() -> None:
    """Shapes and dtypes; ids carry how many there are, an is-missing column lies in the table."""
    frame, columns = everything()
    made = fitted(frame, columns)
    found = made.apply(frame).inputs
    assert made.feature_names == ("a", "shade is missing")
    assert {name: (tuple(values.shape[1:]), values.dtype) for name, values in found.items()} == {
        "table": ((2,), torch.float32),
        "codes": ((2,), torch.int64),
        "text": ((13,), torch.int64),
        "image": ((1, 12, 12), torch.float32),
    }
    assert made.input_shapes["codes"] == Ids((2,), n_ids=10)
    assert made.input_shapes["text"] == Ids((13,), n_ids=len(made.layout.id_names["text"]))
    assert int(found["text"].max()) < len(made.layout.id_names["text"])


def test_codes_count_one_column_after_the_other() -> None:
    """0 rare or unseen, 1 missing, then by frequency; the second column's ids follow on the first's."""
    frame, columns = everything()
    made = fitted(frame, columns)
    names = made.layout.id_names["codes"]
    ids = made.apply(frame).inputs["codes"].tolist()
    for row, (first, second) in enumerate(zip(COLOURS, COLOURS[::-1], strict=True)):
        said = [
            "is another level" if cell == "grey" else f"= {cell}" if cell else "is missing" for cell in (first, second)
        ]
        assert [names[at] for at in ids[row]] == [f"colour {said[0]}", f"shade {said[1]}"]
    assert names[:5] == (
        "colour is another level",
        "colour is missing",
        "colour = red",
        "colour = blue",
        "colour = green",
    )


def test_several_texts_share_one_list_of_tokens() -> None:
    """One behind the other with an id between, padding last; a row without a token begins with an unknown one."""
    frame, columns = everything()
    made = fitted(frame, columns)
    names = made.layout.id_names["text"]
    assert names[:3] == ("padding", "unknown token", "next text")
    rows = [[names[at] for at in row] for row in made.apply(frame).inputs["text"].tolist()]
    cut = [[name for name in row if name != "padding"] for row in rows]
    assert all(row[len(cut[at]) :] == ["padding"] * (13 - len(cut[at])) for at, row in enumerate(rows))
    assert cut[1] == ["to", "be", "next text", "be", "or", "not"]
    assert cut[3] == ["to"]
    assert cut[2] == ["not"]
    unknown = made.apply(frame.assign(text="strange", more=None)).inputs["text"]
    assert unknown[:, 0].tolist() == [1] * N_ROWS
    nothing = made.apply(frame.assign(text=None, more="")).inputs["text"]
    assert nothing.tolist() == [[1] + [0] * 12] * N_ROWS


def test_a_row_alone_and_other_column_orders_give_the_same_bits() -> None:
    """In every input."""
    frame, columns = everything()
    made = fitted(frame, columns)
    whole = made.apply(frame).inputs
    for at in range(0, N_ROWS, 5):
        alone = made.apply(frame[frame.columns[::-1]].iloc[at : at + 1]).inputs
        assert all(torch.equal(alone[name], whole[name][at : at + 1]) for name in whole)


def test_pictures_stay_pictures() -> None:
    """Channel, row, column, each colour standardized as numpy does it; several columns lie on each other."""
    frame, columns = everything()
    frame["again"] = frame["seen"]
    both = columns.having(columns=(*columns.columns, Column(name="again", kind="image")))
    made = fitted(frame, both, recipe(seen=("picture",), again=("picture",)))
    pixels = blobs(N_ROWS).astype(np.float64)
    wanted = ((pixels - pixels.mean()) / pixels.std()).astype(np.float32)
    found = made.apply(frame).inputs["image"].numpy()
    assert found.shape == (N_ROWS, 2, 12, 12)
    np.testing.assert_allclose(found[:, 0], wanted, atol=1e-6)
    np.testing.assert_array_equal(found[:, 0], found[:, 1])
    small = frame.assign(again=[string_of(one[:8, :8]) for one in blobs(N_ROWS)])
    with pytest.raises(DataError, match="one size") as caught:
        fitted(small, both, recipe(seen=("picture",), again=("picture",)))
    assert "again 8 × 8" in caught.value.came


def test_a_table_of_one_text_has_no_input_table() -> None:
    """Encoded, written and opened again, with ids as whole numbers; a file whose shapes lie is refused."""
    frame, columns = table(text=("text", WORDS), y=("categorical", ["no", "yes"] * (N_ROWS // 2)))
    encoded = encode_frame(frame, columns, "binary", Split(), recipe(text=("token_ids",)))
    assert list(encoded.inputs) == ["text"]
    assert encoded.fitted.feature_names == ()
    again = Encoded.from_bytes(encoded.to_bytes())
    assert torch.equal(again.inputs["text"], encoded.inputs["text"])
    assert again.fitted == encoded.fitted
    plain, tensors = stored(encoded.fitted)
    rows = {"target": encoded.target, "part": encoded.parts, "line": encoded.lines}
    lie = {"input.text": encoded.inputs["text"].to(torch.float32)}
    with pytest.raises(StorageError):
        Encoded.from_bytes(packed({"fitted": plain}, {**tensors, **rows, **lie}))


def test_a_preparation_of_all_inputs_is_read_back_equal() -> None:
    """Words and all; one whose words repeat is refused."""
    frame, columns = everything()
    made = fitted(frame, columns)
    again = Fitted.from_bytes(made.to_bytes())
    assert again == made
    assert again.input_shapes == made.input_shapes
    assert all(
        torch.equal(again.apply(frame).inputs[name], values) for name, values in made.apply(frame).inputs.items()
    )
    plain, tensors = stored(made)
    plain["features"][3]["steps"][0]["words"][1] = plain["features"][3]["steps"][0]["words"][0]
    with pytest.raises(StorageError):
        Fitted.from_bytes(packed({"fitted": plain}, tensors))


def test_too_many_ids_are_refused_before_memory_is_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    """As many bytes as all inputs of all rows together."""
    frame, columns = everything()
    made = fitted(frame, columns)
    n_bytes = N_ROWS * (2 * 4 + 2 * 8 + 13 * 8 + 144 * 4)
    monkeypatch.setenv("NNLAB_LIMITS", f'{{"encoded_bytes": {n_bytes}}}')
    made.apply(frame)
    monkeypatch.setenv("NNLAB_LIMITS", f'{{"encoded_bytes": {n_bytes - 1}}}')
    with pytest.raises(LimitError):
        made.apply(frame)


def test_the_way_of_ids_is_told() -> None:
    """Tokens with their ids, a level's id, a picture; what stands beside keeps its slot."""
    frame, columns = everything()
    ways = {way.column: way for way in journey(fitted(frame, columns), frame.iloc[1:2])}
    assert ways["text"].value == "“to” 4 · “be” 2"
    assert ways["text"].slots == ()
    assert ways["colour"].value == "id 2"
    assert ways["seen"].value == "a picture of 12 × 12"
    assert (ways["shade"].value, ways["shade"].values) == ("id 0", (0.0,))

"""Encoded: the table as tensors with its split, in one file; its key changes with whatever changes the tensors."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors import safe_open

from nnlab.data.read import read
from nnlab.data.task import with_target
from nnlab.errors import NotFoundError, StorageError
from nnlab.limits import Limits
from nnlab.prep import encoded as module
from nnlab.prep.cells import with_codes
from nnlab.prep.encoded import Encoded, encode, encode_frame, encoding_key
from nnlab.prep.fit import fit
from nnlab.prep.recipe import Recipe
from nnlab.prep.split import Split, parts
from nnlab.prep.steps import steps
from tests.batteries import battery
from tests.prep.tables import mixed, table


@pytest.fixture(scope="module")
def encoded() -> Encoded:
    frame, columns = mixed(np.random.default_rng(0))
    return encode_frame(frame, columns, "binary", Split(), Recipe())


def test_a_part_is_a_batch_of_its_rows_in_order(encoded: Encoded) -> None:
    """Counts by the shares; each row's numbers, target and line together."""
    assert encoded.n_rows == {name: len(encoded.part(name)) for name in ("train", "validation", "test")}  # type: ignore[arg-type]
    assert sum(encoded.n_rows.values()) == len(encoded) == 200
    test = encoded.part("test")
    rows = torch.nonzero(encoded.parts == 2).flatten()
    assert torch.equal(test.inputs["table"], encoded.inputs["table"][rows])
    assert test.target is not None
    assert torch.equal(test.target, encoded.target[rows])
    assert test.lines.tolist() == (rows + 2).tolist()


def test_the_file_gives_the_same_tensors_and_preparation(encoded: Encoded, tmp_path: Path) -> None:
    """From bytes and mapped from a path; the tensors have the names that others read."""
    path = tmp_path / "encoded.safetensors"
    path.write_bytes(encoded.to_bytes())
    with safe_open(str(path), framework="pt") as file:
        assert {"input.table", "target", "part", "line"} <= set(file.keys())
    for again in (Encoded.open(path), Encoded.from_bytes(path.read_bytes())):
        assert again.fitted == encoded.fitted
        assert torch.equal(again.inputs["table"], encoded.inputs["table"])
        assert torch.equal(again.target, encoded.target)
        assert torch.equal(again.parts, encoded.parts)
        assert torch.equal(again.lines, encoded.lines)


def test_a_damaged_or_absent_file_is_one_sentence(encoded: Encoded, tmp_path: Path) -> None:
    """Cut, empty, turned in the header, not there."""
    data = encoded.to_bytes()
    path = tmp_path / "encoded.safetensors"
    for cut in (data[:-1], data[:100], b"", b"\xff" * 200):
        path.write_bytes(cut)
        with pytest.raises(StorageError, match="as it was prepared") as caught:
            Encoded.open(path)
        assert "Start another run" in caught.value.do
        with pytest.raises(StorageError):
            Encoded.from_bytes(cut)
    with pytest.raises(StorageError, match="as it was prepared") as caught:
        Encoded.open(tmp_path)
    assert str(tmp_path) not in str(caught.value)
    with pytest.raises(NotFoundError):
        Encoded.open(tmp_path / "nowhere")
    with pytest.raises(StorageError, match="do not fit"):
        Encoded.from_bytes(encoded.fitted.to_bytes())


def test_a_worker_opens_the_file_without_pandas_and_scikit_learn(encoded: Encoded, tmp_path: Path) -> None:
    """Training needs torch and safetensors alone: the heavy libraries are not imported, by no road."""
    path = tmp_path / "encoded.safetensors"
    path.write_bytes(encoded.to_bytes())
    code = (
        "import sys\n"
        "from nnlab.prep.encoded import Encoded\n"
        "import nnlab.prep.batch, nnlab.prep.fitted\n"
        f"encoded = Encoded.open({str(path)!r})\n"
        "encoded.fitted.decode(encoded.target[:3, None].float())\n"
        "print(len(encoded.part('train')), sorted({'pandas', 'pyarrow', 'sklearn', 'scipy'} & set(sys.modules)))\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == f"{encoded.n_rows['train']} []"


def test_three_rows_of_a_textbook_all_train() -> None:
    """Two features, two outputs, and nothing in the other parts."""
    frame, columns = table(
        ("c", "d"),
        a=("numeric", [1.0, 2.0, 3.0]),
        b=("numeric", [2.0, 3.0, 4.0]),
        c=("numeric", [0.0, 1.0, 0.0]),
        d=("numeric", [1.0, 0.0, 0.0]),
    )
    made = encode_frame(frame, columns, "regression", Split(), Recipe())
    assert made.n_rows == {"train": 3, "validation": 0, "test": 0}
    assert made.part("test").inputs["table"].shape == (0, 2)
    np.testing.assert_allclose(made.fitted.decode(made.target)["values"], [[0, 1], [1, 0], [0, 0]], atol=1e-6)


def test_the_key_changes_with_everything_that_changes_the_tensors(monkeypatch: pytest.MonkeyPatch) -> None:
    """Table, kinds, roles, task, split, recipe, limits and the version of prep; never with a reason."""
    _, columns = mixed(np.random.default_rng(1))
    split, recipe = Split(), Recipe()
    keys = [
        encoding_key("t", columns, split, recipe),
        encoding_key("u", columns, split, recipe),
        encoding_key("t", columns.changed("a", kind="categorical"), split, recipe),
        encoding_key("t", columns.changed("a", role="ignore"), split, recipe),
        encoding_key("t", columns.having(task="multiclass"), split, recipe),
        encoding_key("t", columns, split.having(seed=1), recipe),
        encoding_key("t", columns, split.having(test=0.3), recipe),
        encoding_key("t", columns, split, recipe.changed("a", (steps["log1p"](),))),
        encoding_key("t", columns, split, recipe.changed("a", (steps["log1p"](), steps["standardize"]()))),
    ]
    assert encoding_key("t", columns.changed("a", reason="because"), split, recipe) == keys[0]
    monkeypatch.setenv("NNLAB_LIMITS", Limits(one_hot_levels=5).to_json())
    keys.append(encoding_key("t", columns, split, recipe))
    monkeypatch.delenv("NNLAB_LIMITS")
    monkeypatch.setattr(module, "PREP_VERSION", 99)
    keys.append(encoding_key("t", columns, split, recipe))
    assert len(set(keys)) == len(keys)


def test_targets_of_zero_and_one_can_be_numbers() -> None:
    """The textbook's rows as a file: both outputs are yes and no each, unless a person says that they are numbers."""
    made_table = read(b"a,b,c,d\n1,2,0,1\n2,3,1,0\n3,4,0,0\n", name="three.csv")
    columns = with_target(made_table.columns, "c", "d")
    columns = columns.changed("a", kind="numeric", role="feature").changed("b", kind="numeric", role="feature")
    made = encode(made_table, columns, Split(), Recipe())
    assert made.fitted.target.task == "multilabel"
    assert made.target.tolist() == [[0, 1], [1, 0], [0, 0]]
    made = encode(made_table, columns.having(task="regression"), Split(), Recipe())
    assert made.fitted.target.task == "regression"
    np.testing.assert_allclose(made.fitted.decode(made.target)["values"], [[0, 1], [1, 0], [0, 0]], atol=1e-6)


@pytest.mark.parametrize(
    ("target", "task", "dtype"), [("kind", "multiclass", torch.int64), ("size", "regression", torch.float32)]
)
def test_a_file_becomes_tensors_by_its_columns(target: str, task: str, dtype: torch.dtype) -> None:
    """From the bytes of a CSV, with the kinds guessed and the task from the target."""
    rng = np.random.default_rng(0)
    lines = [f"{rng.standard_normal():.4f},{rng.integers(0, 5)},{'abc'[rng.integers(0, 3)]}" for _ in range(100)]
    data = "\n".join(["size,count,kind", *lines]).encode()
    read_table = read(data, name="small.csv")
    made = encode(read_table, with_target(read_table.columns, target), Split(), Recipe())
    assert made.fitted.target.task == task
    assert made.target.dtype == dtype
    assert made.lines.tolist() == list(range(2, 102))
    assert made.n_rows["train"] + made.n_rows["validation"] + made.n_rows["test"] == 100


@pytest.mark.parametrize("seed", range(battery(3, 30)))
def test_levels_that_are_read_once_are_learnt_and_applied_the_same(seed: int) -> None:
    """Codes instead of texts change no number, whichever rows train and whatever is missing."""
    frame, columns = mixed(np.random.default_rng(seed), 60)
    part = parts(frame, columns, "binary", Split(seed=seed))
    coded = with_codes(frame, columns)
    assert any(coded[column.name].dtype == "category" for column in columns.features)
    plain, quick = (fit(each, columns, Recipe(), part, "binary") for each in (frame, coded))
    assert plain == quick
    ours, theirs = plain.apply(frame), quick.apply(coded)
    assert all(torch.equal(values, theirs.inputs[name]) for name, values in ours.inputs.items())


def test_how_cells_were_written_makes_no_other_encoding() -> None:
    """The values are in the table already: projects from before it was told find their tensors again."""
    columns = read(b"a;y\n0,5;1\n2,25;3\n7,5;4\n", "b.csv").columns
    assert columns["a"].decimal == ","
    silent = columns.having(columns=tuple(each.having(decimal="", dates="", reason="") for each in columns.columns))
    assert encoding_key("t", columns, Split(), Recipe()) == encoding_key("t", silent, Split(), Recipe())

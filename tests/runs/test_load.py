"""A run opened as a predictor: from its folder, its zip, its id; damaged files are named."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import load_file

from nnlab.errors import NotFoundError, StorageError
from nnlab.network.build import build
from nnlab.prep.fitted import Fitted
from nnlab.runs.archive import pack
from nnlab.runs.folder import RunFolder
from nnlab.runs.load import load
from nnlab.runs.workspace import Space
from tests.runs.a_run import FRAME, NETWORK, make_run


@pytest.fixture
def run(tmp_path: Path) -> RunFolder:
    return make_run(tmp_path / "abcdefghij")


def test_what_is_loaded_gives_the_probabilities_that_torch_gives(run: RunFolder) -> None:
    """The oracle: the weights in a fresh module, a sigmoid, nothing of ours around it."""
    fitted = Fitted.from_bytes((run.path / "fitted.safetensors").read_bytes())
    module = build(NETWORK, fitted.input_shapes, fitted.head, seed=99).eval()
    module.load_state_dict(load_file(run.path / "best.safetensors"))
    with torch.no_grad():
        wanted = torch.sigmoid(module(**fitted.apply(FRAME).inputs).double())[:, 0].numpy()
    found = load(run).predict(FRAME).frame
    column = f"probability_{fitted.target.classes[1]}"
    np.testing.assert_allclose(found[column].to_numpy(), wanted, atol=1e-6)


def test_a_folder_a_path_a_zip_and_an_id_open_the_same_run(run: RunFolder, home: Path, tmp_path: Path) -> None:
    """However a run is named."""
    in_space = make_run(Space(home).new_run())
    (tmp_path / "run.zip").write_bytes(pack(run))
    wanted = load(run).predict(FRAME).frame
    for named in (run.path, str(run.path), tmp_path / "run.zip", in_space.id, in_space):
        assert load(named).predict(FRAME).frame.equals(wanted)


@pytest.mark.parametrize("name", ["best.safetensors", "fitted.safetensors"])
def test_a_truncated_file_or_a_turned_bit_is_found_and_named(run: RunFolder, name: str) -> None:
    """Never a wrong number, never a traceback of the library's own."""
    path = run.path / name
    whole = path.read_bytes()
    for damaged in (whole[: len(whole) // 2], b"", whole[:-1], whole + b"x"):
        path.write_bytes(damaged)
        with pytest.raises(StorageError, match=name):
            load(run)
    if name == "best.safetensors":
        turned = bytearray(whole)
        turned[-len(whole) // 8] ^= 1
        path.write_bytes(bytes(turned))
        with pytest.raises(StorageError, match=name):
            load(run)


def test_a_run_without_weights_and_no_run_at_all_are_told_apart(run: RunFolder, tmp_path: Path) -> None:
    """Each with what to do."""
    (run.path / "best.safetensors").unlink()
    with pytest.raises(NotFoundError, match="no weights yet"):
        load(run)
    for nowhere in (tmp_path / "nowhere", tmp_path, "abcdefghzz", "../../etc", "no such run"):
        with pytest.raises(NotFoundError):
            load(nowhere)


def test_a_file_that_is_no_run_is_refused(tmp_path: Path) -> None:
    """A table is not a run."""
    (tmp_path / "people.csv").write_text("a,b\n1,2\n")
    with pytest.raises(StorageError, match="not a run"):
        load(tmp_path / "people.csv")

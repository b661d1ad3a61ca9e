"""The suggested network beside the trees: the same test rows, honest counts, and files that are not there."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score

from nnlab.bench.trees import TABLES, Beside, beside, on_all_but_test, some_rows, trees
from nnlab.errors import NotFoundError, SpecError
from nnlab.prep.encoded import encode
from nnlab.runs.workspace import Space

SAMPLES = Path(__file__).parents[2] / "samples"


def test_names_and_folders_that_are_not_there_are_said(tmp_path: Path) -> None:
    """Before anything trains; fourteen tables are compared on."""
    assert len(TABLES) == 14
    with pytest.raises(SpecError, match="Did you mean titanic"):
        trees(SAMPLES, "titanik")
    with pytest.raises(NotFoundError, match=r"no titanic\.csv"):
        trees(tmp_path)


def test_a_table_is_compared_on_its_test_rows(tmp_path: Path, home: Path) -> None:
    """A whole run of the suggested network on a part of a table."""
    found = beside("iris", tmp_path, most_rows=120)
    assert found.metric == "roc_auc"
    assert 0.5 < found.network <= 1
    assert 0.5 < found.lightgbm <= 1
    assert "iris" in str(found)
    assert found.plain()["is_reached"] == (found.network >= found.lightgbm)
    assert not home.exists(), "its table lies in the person's own workspace"


def test_the_linear_model_learns_from_all_but_the_test_rows(home: Path) -> None:
    """As scikit-learn does on the same rows, standardized."""
    space = Space(home)
    rng = np.random.default_rng(0)
    x = rng.normal(size=(400, 2))
    lines = "\n".join(f"{a},{b},{'yes' if a + 0.5 * b + rng.normal() > 0 else 'no'}" for a, b in x)
    project = space.create_project(space.put_table(f"a,b,y\n{lines}\n".encode(), "t.csv")).with_target("y")
    encoded = encode(space.table(project.table_id), project.columns, project.split, project.recipe)
    train, validation, test = (encoded.part(part) for part in ("train", "validation", "test"))
    learnt = np.concatenate([part.inputs["table"].double().numpy() for part in (train, validation)])
    known = np.concatenate([part.target.numpy() for part in (train, validation) if part.target is not None])
    centre, spread = learnt.mean(axis=0), learnt.std(axis=0)
    model = LogisticRegression().fit((learnt - centre) / spread, known)
    said = model.predict_proba((test.inputs["table"].numpy() - centre) / spread)[:, 1]
    assert test.target is not None
    expected = roc_auc_score(test.target.numpy(), said)
    assert on_all_but_test(encoded, "roc_auc")["linear"] == pytest.approx(expected, abs=1e-3)


def test_a_long_file_is_shortened_under_its_header(tmp_path: Path) -> None:
    """The same rows at every call, in their order; a short file is taken as it is."""
    path = tmp_path / "t.csv"
    path.write_bytes(b"a\n" + b"".join(b"%d\n" % n for n in range(100)))
    assert some_rows(path, tmp_path / "some.csv", 100) == path
    lines = some_rows(path, tmp_path / "some.csv", 10).read_bytes().split()
    numbers = [int(line) for line in lines[1:]]
    assert (lines[0], len(numbers), numbers) == (b"a", 10, sorted(numbers))
    assert some_rows(path, tmp_path / "other.csv", 10).read_bytes().split() == lines


def test_a_figure_is_beside_the_trees_or_below_the_linear_model() -> None:
    """Below the linear model only where one can see it."""
    assert Beside("x", "r2", 0.8, 0.8, 0.5, 1.0).is_reached
    assert not Beside("x", "r2", 0.8, 0.81, 0.809, 1.0).is_below_linear
    far = Beside("x", "r2", 0.7, 0.9, 0.8, 1.0)
    assert "below, below the linear model" in str(far)

"""What was shown last is what is trained on: after another delimiter, header row or kind nothing of before is left."""

from __future__ import annotations

import random
from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import load_file

from nnlab.data import Reading, read
from nnlab.prep.stored import plain_header
from nnlab.runs.folder import RunFolder
from nnlab.runs.project import Project
from nnlab.runs.start import create_run
from nnlab.runs.trainer import train
from nnlab.runs.using import load
from nnlab.runs.workspace import Space

pytestmark = pytest.mark.timeout(300)


def two_ways() -> bytes:
    """Rows that can be read with commas, as "level" and "left;y", and with semicolons, as decimal commas and "y"."""
    rng = random.Random(0)
    rows = (f"{rng.randint(1, 3)},{rng.randint(0, 4)};{rng.choice(('yes', 'no'))}" for _ in range(200))
    return "\n".join(["level,left;y", *rows]).encode()


def chosen(project: Project, target: str, kinds: dict[str, str]) -> Project:
    """The project with its target and kinds, as a person chooses them one after the other."""
    project = project.with_target(target)
    for column, kind in kinds.items():
        project = project.with_column(column, kind=kind)  # type: ignore[arg-type]
    return project.setting("training.epochs", 1)


def encoded(space: Space, project: Project) -> tuple[object, dict[str, np.ndarray]]:
    """What the encoded table says about its columns, and its tensors."""
    path = space.encoded(project)
    data = path.read_bytes()
    return plain_header(data, len(data), "encoded table"), load_file(path)


def trained(space: Space, project: Project) -> RunFolder:
    folder = create_run(space, project)
    train(folder)
    return folder


@pytest.mark.parametrize(
    ("reading", "target", "kinds"),
    [
        (Reading(delimiter=";"), "y", {}),
        (Reading(delimiter=";"), "y", {"level,left": "categorical"}),
        (Reading(header_line=None), "column_2", {}),
        (Reading(header_line=4), None, {}),
        (Reading(), "left;y", {"level": "categorical"}),
    ],
    ids=["delimiter", "delimiter and kind", "no header", "header row", "kind"],
)
def test_another_reading_or_kind_trains_on_what_is_then_shown(
    reading: Reading, target: str | None, kinds: dict[str, str], home: Path, tmp_path: Path
) -> None:
    """The tensors are those of a workspace that was told all at once; the run of before keeps its table and answers."""
    space, fresh = Space(home), Space(tmp_path / "fresh")
    table = space.put_table(two_ways(), "two ways.csv", Reading(delimiter=","))
    project = space.save(chosen(space.create_project(table), "left;y", {}))
    first, before = trained(space, project), encoded(space, project)
    answers = load(first.path).predict(table.frame).frame

    other = space.reread(table.id, reading)
    target = target or other.columns.names[-1]
    changed = space.save(chosen(project.with_table(other, table.columns), target, kinds))
    second = trained(space, changed)

    shown = fresh.put_table(two_ways(), "two ways.csv", reading)
    at_once = fresh.save(chosen(fresh.create_project(shown), target, kinds))
    found, expected = encoded(space, changed), encoded(fresh, at_once)
    assert found[0] == expected[0]
    assert found[1].keys() == expected[1].keys()
    for name, values in expected[1].items():
        np.testing.assert_array_equal(found[1][name], values, err_msg=name, strict=True)
    assert encoded_by(space, second).keys() == expected[1].keys()
    assert all(np.array_equal(values, expected[1][name]) for name, values in encoded_by(space, second).items())
    assert found[0] != before[0]

    assert (first.spec.table_id, second.spec.table_id) == (table.id, other.id)
    assert space.table(table.id).frame.equals(table.frame)
    assert all(np.array_equal(values, before[1][name]) for name, values in encoded_by(space, first).items())
    assert load(first.path).predict(space.table(table.id).frame).frame.equals(answers)


def encoded_by(space: Space, run: RunFolder) -> dict[str, np.ndarray]:
    """The tensors that a run trained on."""
    spec = run.spec
    return load_file(space.path / "tables" / spec.table_id / "encoded" / f"{spec.encoding_key}.safetensors")


def test_a_number_made_a_category_is_known_again_in_its_own_file(home: Path) -> None:
    """Cells such as 2.0 and 0,50 are the levels 2 and 0.5 that were trained on, wherever the file is read again."""
    rng = random.Random(0)
    rows = [f"{rng.randint(1, 3)}.0;{rng.choice(('0,50', '2,50'))};{rng.choice(('yes', 'no'))}" for _ in range(99)]
    data = "\n".join(["a;b;y", *rows]).encode()
    space = Space(home)
    table = space.put_table(data, "t.csv")
    project = space.save(chosen(space.create_project(table), "y", {"a": "categorical", "b": "categorical"}))
    predictor = load(trained(space, project).path)
    found = predictor.predict(read(data, columns=predictor.columns).frame)
    assert found.warnings == ()
    assert found.frame.equals(predictor.predict(table.frame).frame)

"""A project as a value and as a file: round trips, older and newer formats, changes that drop what no longer fits."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import nnlab
from nnlab.data.table import Table
from nnlab.errors import DataError, LimitError, NnlabError, SpecError, StorageError
from nnlab.network.layers import layers
from nnlab.network.network import Network
from nnlab.runs import project as project_module
from nnlab.runs.project import Project
from nnlab.training.spec import Training
from tests.runs.people import NETWORK, PROJECT, columns_of

ROWS = "".join(f"{20 + n},{'AB'[n % 2]},{n / 3:.2f},{n % 2}\n" for n in range(20))
PEOPLE = f"age,city,score,passed\n{ROWS}".encode()


def table_of(data: bytes, name: str = "people.csv", **how: Any) -> Table:
    return nnlab.read(data, name=name, **how)


# The value


def test_a_project_and_its_json_are_the_same() -> None:
    """Writing and reading back are inverse, and the JSON has no number that JSON does not know."""
    assert Project.from_json(PROJECT.to_json()) == PROJECT
    assert Project.from_plain(json.loads(json.dumps(PROJECT.plain()))) == PROJECT


@settings(max_examples=30, deadline=None)
@given(
    name=st.text(max_size=300),
    epochs=st.integers(1, 1_000_000) | st.none(),
    kinds=st.lists(st.sampled_from(sorted(set(layers.kinds) & {"ReLU", "Tanh", "Linear", "Dropout", "LayerNorm"}))),
    names=st.lists(st.text(min_size=1, max_size=20), max_size=5, unique=True),
)
def test_random_projects_come_back_equal(name: str, epochs: int | None, kinds: list[str], names: list[str]) -> None:
    """Whatever a person chose survives the file."""
    project = Project(
        name=name,
        columns=columns_of(*((column, "numeric", "feature") for column in names)),
        network=Network.parse({"trunk": [{"kind": kind} for kind in kinds]}),
        training=Training(epochs=epochs),
    )
    assert Project.from_json(project.to_json()) == project


def test_a_newer_project_is_refused_and_says_who_made_it() -> None:
    """The sentence names both versions, however much of the file is unknown."""
    newer = {**PROJECT.plain(), "format": 99, "nnlab": "7.1", "hologram": True}
    with pytest.raises(StorageError, match=rf"made by nnlab 7\.1; this is nnlab {nnlab.__version__}") as caught:
        Project.from_json(json.dumps(newer))
    assert caught.value.reason == "newer"


def test_an_older_project_is_upgraded_step_by_step(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each upgrade function leads one format further, inside run.json as well."""
    monkeypatch.setattr(project_module, "FORMAT", 3)
    monkeypatch.setattr(
        project_module,
        "UPGRADES",
        {
            1: lambda old: {**{k: v for k, v in old.items() if k != "title"}, "name": old["title"], "format": 2},
            2: lambda old: {**old, "name": old["name"].upper(), "format": 3},
        },
    )
    assert Project.from_plain({"format": 1, "title": "people"}).name == "PEOPLE"
    assert Project.model_validate({"format": 2, "name": "x"}).format == 3


@pytest.mark.timeout(60)
@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("[" * 100_000, SpecError),
        (json.dumps({"layers": [{"type": "relu"}] * 100_000}), SpecError),
        (json.dumps({"name": '__import__("os").system("true")', "data_path": "../../../../etc/passwd"}), SpecError),
        (json.dumps({"network": {"trunk": [{"kind": "ReLU"}] * 100_000}}), LimitError),
        (json.dumps({"columns": {"columns": [{"name": "a", "kind": "numeric"}] * 30_000}}), LimitError),
        (json.dumps({"id": "../../etc"}), SpecError),
        (json.dumps({"table_id": "../x"}), SpecError),
        (json.dumps({"network": {"trunk": [{"kind": "os.system"}]}}), SpecError),
        ("[]", SpecError),
        ("{", SpecError),
    ],
)
def test_a_hostile_project_file_is_refused_quickly(text: str, kind: type[NnlabError]) -> None:
    """One sentence, soon, whatever it holds."""
    with pytest.raises(kind):
        Project.from_json(text)


# Changes


def test_another_kind_or_role_takes_only_that_column_s_steps_away() -> None:
    """What still fits stays: the other column's steps, the network, the training."""
    changed = PROJECT.with_column("age", kind="categorical")
    assert [entry.column for entry in changed.recipe.columns] == ["city"]
    assert changed.columns["age"].kind == "categorical"
    assert (changed.network, changed.training) == (NETWORK, PROJECT.training)
    ignored = PROJECT.with_column("city", role="ignore")
    assert [entry.column for entry in ignored.recipe.columns] == ["age"]
    back = ignored.with_column("city", role="feature")
    assert [entry.column for entry in back.recipe.columns] == ["age"]


def test_another_target_keeps_the_network_and_lets_the_loss_follow_the_task() -> None:
    """The head follows by itself; a loss for classes would not fit numbers."""
    changed = PROJECT.with_column("age", kind="numeric").with_target("score")
    assert [column.name for column in changed.columns.targets] == ["score"]
    assert changed.columns["passed"].role == "feature"
    assert changed.network == NETWORK
    assert (changed.training.loss, changed.training.class_weights) == ("auto", "none")
    assert changed.training.epochs == 3
    assert [entry.column for entry in changed.recipe.columns] == ["age", "city"]


def test_a_column_that_becomes_the_target_loses_its_steps() -> None:
    """Steps are for features."""
    assert [entry.column for entry in PROJECT.with_target("age").recipe.columns] == ["city"]


def test_the_task_can_be_overruled_and_follows_again_with_another_target() -> None:
    """`--task` holds for the target it was said of."""
    overruled = PROJECT.with_target("score", task="regression")
    assert overruled.columns.task == "regression"
    assert overruled.with_task(None).columns.task is None
    assert overruled.with_column("passed", role="target").columns.task is None


# Files


def test_on_its_own_file_a_project_comes_back_unchanged() -> None:
    """Read again with the project's reading, every choice stands: the run will be the same."""
    table = table_of(PEOPLE)
    project = Project(name="p").for_file(table).with_target("passed").with_column("age", kind="categorical")
    assert project.for_file(table_of(PEOPLE, reading=project.reading)) == project
    assert Project.from_json(project.portable().to_json()).for_file(table) == project.having(id="", revision=0)


def test_only_a_project_that_saw_a_file_knows_how_to_read_it() -> None:
    """A project file written by hand leaves the reading to be guessed."""
    assert Project.from_json('{"training": {"epochs": 3}}').chosen_reading is None
    table = table_of(PEOPLE.replace(b",", b";"))
    assert Project().for_file(table).chosen_reading == table.reading


def test_a_file_that_lacks_columns_is_refused_by_their_names() -> None:
    """A near name is offered; columns that are ignored may be missing."""
    project = PROJECT.for_file(table_of(PEOPLE))
    with pytest.raises(DataError, match="no column score") as caught:
        project.for_file(table_of(PEOPLE.replace(b"score", b"scores", 1), "new.csv"))
    assert "scores" in caught.value.do
    assert caught.value.column == "score"
    without = project.with_column("score", role="ignore")
    fitting = without.for_file(table_of(PEOPLE.replace(b"score", b"scores", 1), "new.csv"))
    assert "score" not in fitting.columns.names
    assert fitting.columns["scores"].role == "ignore"


def test_columns_in_another_order_and_more_of_them_fit() -> None:
    """By name; what the project does not know is ignored."""
    lines = [line.split(b",") for line in PEOPLE.splitlines()]
    turned = b"\n".join(b",".join([*reversed(cells), b"new" if n == 0 else b"%d" % n]) for n, cells in enumerate(lines))
    fitting = PROJECT.for_file(table_of(turned))
    assert fitting.columns.names == ("passed", "score", "city", "age", "new")
    assert fitting.columns["new"].role == "ignore"
    assert {column.name: column.role for column in fitting.columns.features} == dict.fromkeys(
        ("age", "city", "score"), "feature"
    )


def test_another_reading_keeps_roles_and_the_kinds_a_person_chose() -> None:
    """Guessed kinds are guessed anew; a choice against the guess stays."""
    table = table_of(PEOPLE)
    project = Project().for_file(table).with_target("passed").with_column("age", kind="categorical")
    again = table_of(PEOPLE.replace(b"\n20,", b"\nyoung,"))
    kept = project.with_table(again, former=table.columns)
    assert kept.columns["age"].kind == "categorical"
    assert kept.columns["passed"].role == "target"
    assert kept.table_id == again.id
    assert project.with_table(again).columns["score"].kind == "numeric"


def test_a_column_says_how_its_own_table_was_written() -> None:
    """Whatever else is kept of a project on another file: rows to predict are read by it."""
    points = nnlab.read(b"a,y\n0.5,1\n2.25,3\n7.5,4\n", "a.csv")
    commas = nnlab.read(b"a;y\n0,5;1\n2,25;3\n7,5;4\n", "b.csv")
    first = Project().for_file(points)
    assert [each.columns["a"].decimal for each in (first, first.for_file(commas))] == [".", ","]
    moved = first.with_column("a", kind="categorical").with_table(commas, points.columns).columns["a"]
    assert (moved.kind, moved.decimal) == ("categorical", ",")

"""A project as a value and as a file: round trips, older and newer formats, changes that drop what no longer fits."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from nnlab.data.table import Table

import nnlab
from nnlab.data.columns import Column, Columns
from nnlab.errors import ConflictError, DataError, LimitError, NnlabError, NotFoundError, SpecError, StorageError
from nnlab.network.layers import layers
from nnlab.network.network import Network
from nnlab.prep.recipe import ColumnRecipe, Recipe
from nnlab.prep.steps import steps
from nnlab.runs import files, project_folder
from nnlab.runs import project as project_module
from nnlab.runs.project import Project
from nnlab.runs.project_folder import ProjectFolder
from nnlab.train.training import Training

ROWS = "".join(f"{20 + n},{'AB'[n % 2]},{n / 3:.2f},{n % 2}\n" for n in range(20))
PEOPLE = f"age,city,score,passed\n{ROWS}".encode()


def columns_of(*columns: tuple[str, str, str]) -> Columns:
    return Columns(columns=tuple(Column.parse({"name": n, "kind": k, "role": r}) for n, k, r in columns))


COLUMNS = columns_of(
    ("age", "numeric", "feature"),
    ("city", "categorical", "feature"),
    ("score", "numeric", "feature"),
    ("passed", "boolean", "target"),
)
OWN = Recipe(
    columns=(
        ColumnRecipe(column="age", steps=(steps["impute_median"](),)),
        ColumnRecipe(column="city", steps=(steps["one_hot"](),)),
    )
)
NETWORK = Network.parse({"trunk": [{"kind": "Linear", "out_features": 7}, {"kind": "ReLU"}]})
PROJECT = Project(
    name="people",
    columns=COLUMNS,
    recipe=OWN,
    network=NETWORK,
    training=Training(epochs=3, loss="cross_entropy", class_weights="balanced"),
)


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
    """One sentence, within two seconds, whatever it holds."""
    began = time.monotonic()
    with pytest.raises(kind):
        Project.from_json(text)
    assert time.monotonic() - began < 2.0


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


# Saving


@pytest.fixture
def folder(tmp_path: Path) -> ProjectFolder:
    made = ProjectFolder(tmp_path / "abcdefghij")
    made.create(PROJECT)
    return made


def epochs(folder: ProjectFolder) -> int | None:
    return folder.load().training.epochs


def saved(folder: ProjectFolder, n: int) -> Project:
    current = folder.load()
    return folder.save(current.having(training=current.training.having(epochs=n)))


def test_each_change_is_a_revision_and_no_change_is_none(folder: ProjectFolder) -> None:
    """What is saved is loaded, by its folder's id."""
    first = folder.load()
    assert (first.id, first.revision) == ("abcdefghij", 1)
    second = saved(folder, 5)
    assert (second.revision, folder.load()) == (2, second)
    assert folder.save(second) == second


def test_the_second_of_two_windows_is_told_and_nothing_is_overwritten(folder: ProjectFolder) -> None:
    """Both loaded revision 1; the first save stands, the second raises, its change can be made again."""
    mine, theirs = folder.load(), folder.load()
    stands = folder.save(mine.having(name="mine"))
    before = folder.file.read_bytes()
    with pytest.raises(ConflictError, match="another window") as caught:
        folder.save(theirs.having(name="theirs"))
    assert caught.value.revision == 2
    assert folder.file.read_bytes() == before
    assert folder.save(stands.having(name="both")).revision == 3


def test_of_many_threads_that_save_one_revision_exactly_one_gets_through(folder: ProjectFolder) -> None:
    """Compare-and-swap under the lock."""
    base, results = folder.load(), []

    def save(n: int) -> None:
        try:
            results.append(ProjectFolder(folder.path).save(base.having(name=f"n{n}")).name)
        except ConflictError:
            results.append("")

    threads = [threading.Thread(target=save, args=(n,)) for n in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len([name for name in results if name]) == 1
    assert folder.load().name in results


def test_undo_and_redo_walk_over_every_change_as_new_revisions(folder: ProjectFolder) -> None:
    """Undo covers every page; a new change after an undo clears redo."""
    saved(folder, 10)
    current = folder.load()
    folder.save(current.with_column("city", role="ignore"))
    assert folder.undo().columns["city"].role == "feature"
    assert folder.undo().training.epochs == 3
    assert folder.undo_redo() == (False, True)
    assert folder.undo().revision == 5
    assert folder.redo().training.epochs == 10
    assert folder.redo().columns["city"].role == "ignore"
    assert folder.undo_redo() == (True, False)
    folder.undo()
    changed = saved(folder, 77)
    assert folder.undo_redo() == (True, False)
    assert folder.redo() == changed
    assert folder.undo().training.epochs == 10
    assert folder.load().revision == 10


def test_an_undo_on_a_stale_revision_is_a_conflict(folder: ProjectFolder) -> None:
    """The other window's change is not taken back unseen."""
    saved(folder, 10)
    with pytest.raises(ConflictError):
        folder.undo(revision=1)
    assert epochs(folder) == 10


@given(walk=st.lists(st.sampled_from(["edit", "undo", "redo"]), max_size=25))
@settings(max_examples=25, deadline=None)
def test_undo_and_redo_agree_with_two_stacks(walk: list[str], tmp_path_factory: pytest.TempPathFactory) -> None:
    """The oracle: a list of past and a list of future states."""
    folder = ProjectFolder(tmp_path_factory.mktemp("p") / "abcdefghij")
    folder.create(PROJECT.having(training=Training(epochs=1)))
    past, present, future = [], 1, []
    for n, step in enumerate(walk, 2):
        if step == "edit":
            past, present, future = [*past, present], n, []
            saved(folder, n)
        elif step == "undo":
            if past:
                past, present, future = past[:-1], past[-1], [present, *future]
            folder.undo()
        else:
            if future:
                past, present, future = [*past, present], future[0], future[1:]
            folder.redo()
        assert epochs(folder) == present
        assert folder.undo_redo() == (bool(past), bool(future))


def test_a_torn_history_line_costs_that_step_only(folder: ProjectFolder) -> None:
    """The project is untouched, and undo still leads to the state before."""
    for n in (10, 11, 12):
        saved(folder, n)
    size = folder.log.stat().st_size
    with folder.log.open("r+b") as log:
        log.truncate(size - 7)
    assert epochs(folder) == 12
    assert folder.undo().training.epochs == 11
    assert folder.redo().training.epochs == 12
    folder.log.write_bytes(b"\xff\n[]\n" + b"[" * 5000 + b"\n{}\n")
    assert folder.undo_redo() == (False, False)
    saved(folder, 50)
    assert folder.undo().training.epochs == 12
    folder.log.unlink()
    assert folder.undo() == folder.load()


def test_the_history_keeps_to_its_length(folder: ProjectFolder, monkeypatch: pytest.MonkeyPatch) -> None:
    """The log is written anew once it is long; undo reaches as far back as is kept."""
    monkeypatch.setattr(project_folder, "LONGEST_HISTORY", 5)
    for n in range(10, 60):
        saved(folder, n)
        assert len(files.read_lines(folder.log)[0]) <= 3 * 5 + 2
    reached = [folder.undo().training.epochs for _ in range(8)]
    assert reached == [58, 57, 56, 55, 55, 55, 55, 55]
    assert folder.redo().training.epochs == 56
    monkeypatch.setattr(project_folder, "MOST_HISTORY_BYTES", 4000)
    saved(folder, 99)
    saved(folder, 100)
    assert folder.log.stat().st_size < 8000
    assert epochs(folder) == 100


def test_a_full_disk_keeps_the_project_that_was_saved(folder: ProjectFolder) -> None:
    """The save fails with a sentence at any operation; the file is the old or the new project, whole."""
    for n in range(1, 30):
        before, calls = folder.load(), []

        def hook(operation: str, path: Path, n: int = n, calls: list[str] = calls) -> None:
            calls.append(operation)
            if len(calls) == n:
                raise OSError(28, "No space left on device")

        files.before = hook
        try:
            folder.save(before.having(name=f"name {n}"))
        except StorageError as error:
            told = error.reason
        else:
            told = ""
        finally:
            files.before = None
        after = folder.load()
        assert after.name in (before.name, f"name {n}")
        assert told in ("", "disk full")
        if told == "" and len(calls) < n:
            assert after.name == f"name {n}"
            assert folder.undo().name == before.name
            return
    raise AssertionError("no save got through")


def test_a_process_killed_in_the_middle_of_a_save_leaves_a_whole_project(folder: ProjectFolder) -> None:
    """os._exit at the n-th operation: the project loads, undo works, and nothing half stays after the next save."""
    code = (
        "import os, sys\nfrom pathlib import Path\nfrom nnlab.runs import files\n"
        "from nnlab.runs.project_folder import ProjectFolder\nfolder = ProjectFolder(Path(sys.argv[1]))\n"
        "project = folder.load()\nfor n in range(1, 9):\n"
        "    child = os.fork()\n    if child == 0:\n        seen = []\n"
        "        def hook(operation, path):\n            seen.append(operation)\n"
        "            if len(seen) == n: os._exit(9)\n"
        "        files.before = hook\n        folder.save(folder.load().having(name=f'n{n}'))\n        os._exit(0)\n"
        "    os.waitpid(child, 0)\n    assert folder.load().name in ('people', *(f'n{i}' for i in range(1, n + 1)))\n"
        "    folder.undo_redo()\n"
        "print(folder.load().name)\n"
    )
    argv = [sys.executable, "-W", "ignore", "-c", code, str(folder.path)]
    root = Path(__file__).parents[2]
    done = subprocess.run(argv, cwd=root, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "n8"
    saved(folder, 40)
    assert sorted(path.name for path in folder.path.iterdir()) == ["history.jsonl", "project.json", "project.lock"]


def test_a_damaged_project_says_so_and_a_missing_one_too(folder: ProjectFolder) -> None:
    """Never a traceback; nothing is overwritten by trying to save."""
    good = folder.load()
    for text in ("{", '{"format": 1, "surprise": 1}', "[" * 5000, '"text"'):
        folder.file.write_text(text)
        with pytest.raises(StorageError, match="damaged"):
            folder.load()
        with pytest.raises(StorageError):
            folder.save(good)
        assert folder.file.read_text() == text
    files.remove_tree(folder.path)
    for attempt in (folder.load, lambda: folder.save(good), folder.undo):
        with pytest.raises(NotFoundError):
            attempt()
    assert not folder.path.exists()

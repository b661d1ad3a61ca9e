"""Training in this process: the same run as a worker's, from a project, a file or a table changed in Python."""

from __future__ import annotations

import dataclasses
import threading
import time
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from safetensors.torch import load_file

import nnlab
from nnlab.data.read import read
from nnlab.errors import ConflictError, DataError, NotFoundError, SpecError
from nnlab.runs import files
from nnlab.runs.folder import RunFolder
from nnlab.runs.foreground import Run, resume, train
from nnlab.runs.lock import holder_of
from nnlab.runs.project import Project
from nnlab.runs.slots import Slot
from nnlab.runs.start import create_run, start_run
from nnlab.runs.workspace import Space
from tests.command import few_penguins, told

pytestmark = pytest.mark.timeout(300)
QUICK = {"training.epochs": 3}


@pytest.fixture
def rows(tmp_path: Path) -> Path:
    return few_penguins(tmp_path / "penguins.csv")


def weights(folder: Path, name: str = "best") -> dict[str, bytes]:
    return {key: tensor.numpy().tobytes() for key, tensor in load_file(folder / f"{name}.safetensors").items()}


def changed_on_the_pages(space: Space, rows: Path) -> Project:
    """A project with a kind, a step and a layer of a person's own, a semicolon file and its reading."""
    semicolons = rows.with_name("semicolons.csv")
    semicolons.write_text(rows.read_text().replace(",", ";"))
    project = space.create_project(space.put_table(semicolons, semicolons.name), "Changed")
    project = project.with_target("species").with_column("flipper_length_mm", kind="categorical")
    steps = [{"kind": "impute_mean"}, {"kind": "quantile_normal"}]
    recipe = {"columns": [{"column": "bill_length_mm", "steps": steps}]}
    layers = [{"kind": "Linear", "out_features": 24}, {"kind": "Mish"}, {"kind": "Dropout", "p": 0.3}]
    made = project.parse({**project.plain(), "recipe": recipe, "network": {"trunk": layers}})
    return space.save(made.setting("training.epochs", 6).setting("training.seed", 5))


def test_train_with_a_project_file_gives_the_bits_of_the_workers_run(rows: Path, home: Path, tmp_path: Path) -> None:
    """The command line under Start, in a workspace of its own, against the run that Start itself began."""
    space = Space(home)
    project = changed_on_the_pages(space, rows)
    folder = start_run(space, project)
    files.write_json(tmp_path / "project.json", project.portable().plain())
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("NNLAB_HOME", str(tmp_path / "another home"))
        words = (rows.with_name("semicolons.csv"), "--project", tmp_path / "project.json", "--out", tmp_path / "run")
        said = told("train", *words)
    try:
        until = time.monotonic() + 200
        while folder.state().name != "finished":
            assert time.monotonic() < until, folder.state()
            time.sleep(0.05)
        assert said["epochs"] == 6
        for name in ("best", "last"):
            assert weights(folder.path, name) == weights(tmp_path / "run", name)
        ours, theirs = RunFolder(tmp_path / "run").spec, folder.spec
        assert (ours.encoding_key, ours.head, ours.n_rows) == (theirs.encoding_key, theirs.head, theirs.n_rows)
        while not folder.is_judged():
            assert time.monotonic() < until
            time.sleep(0.05)
        assert said["metrics"] == Run(folder).summary()["metrics"]
    finally:
        holder = holder_of(home / "slots" / "worker-0.lock")
        if holder is not None:
            holder.end()


def test_a_project_written_by_hand_leaves_the_reading_to_be_guessed(rows: Path, tmp_path: Path) -> None:
    """A semicolon file and a project file that says nothing but the training."""
    rows.write_text(rows.read_text().replace(",", ";"))
    (tmp_path / "mine.json").write_text('{"training": {"epochs": 2}}')
    run = train(rows, "species", project=tmp_path / "mine.json")
    assert run.folder.spec.project["reading"]["delimiter"] == ";"
    assert run.summary()["epochs"] == 2


def test_a_project_goes_with_another_file_of_the_same_columns(rows: Path, tmp_path: Path, home: Path) -> None:
    """Kinds and roles are the project's; a column it does not know is ignored, one it needs and misses is named."""
    project = changed_on_the_pages(Space(home), rows)
    frame = pd.read_csv(rows)
    frame.assign(more=range(len(frame))).iloc[:100].to_csv(tmp_path / "more.csv", index=False, sep=";")
    run = train(tmp_path / "more.csv", project=project, settings=QUICK)
    columns = {column["name"]: column for column in run.folder.spec.project["columns"]["columns"]}
    assert (columns["more"]["role"], columns["flipper_length_mm"]["kind"]) == ("ignore", "categorical")
    frame.drop(columns="sex").to_csv(tmp_path / "less.csv", index=False, sep=";")
    with pytest.raises(DataError, match="no column sex"):
        train(tmp_path / "less.csv", project=project)


def test_the_readme_in_short(rows: Path) -> None:
    """Read, train, load, predict: the predictions are those that the run's report judged."""
    table = nnlab.read(rows)
    run = nnlab.train(table, target="species", settings=QUICK)
    judged = pd.read_parquet(run.path / "predictions.parquet")
    answers = nnlab.load(run).predict(table.frame).frame
    # Lines of the stored copy are counted from 2, as in the file itself.
    found = answers.loc[judged["line"]]
    assert list(found["prediction"]) == list(judged["predicted"])
    np.testing.assert_allclose(found["probability_Gentoo"], judged["probability of Gentoo"], atol=1e-6)
    assert run.report().metrics["test"]["accuracy"] == pytest.approx((judged["true"] == judged["predicted"]).mean())


def test_an_unchanged_table_and_its_file_give_the_same_bits(rows: Path) -> None:
    """A table from Python makes no difference of its own."""
    from_table = train(read(rows), "species", settings=QUICK)
    from_file = train(rows, "species", settings=QUICK)
    from_bytes = train(rows.read_bytes(), "species", settings=QUICK)
    assert weights(from_table.path) == weights(from_file.path) == weights(from_bytes.path)


def test_a_table_changed_in_python_is_what_is_trained_on(rows: Path) -> None:
    """Rows left out, a column more, one less, a kind and a role changed; text that looks like missing stays text."""
    table = read(rows)
    frame = table.frame.iloc[:100].drop(columns="sex").assign(ratio=lambda f: f["bill_length_mm"] / f["body_mass_g"])
    frame["island"] = pd.array(np.where(np.arange(100) % 3 == 0, "none", "NA"), dtype="str")
    columns = table.columns.changed("bill_depth_mm", role="ignore").changed("island", kind="text")
    run = train(dataclasses.replace(table, frame=frame, columns=columns), "species", settings=QUICK)
    spec = run.folder.spec
    kinds = {column["name"]: (column["kind"], column["role"]) for column in spec.project["columns"]["columns"]}
    assert sum(spec.n_rows.values()) == 100
    assert "sex" not in kinds
    assert kinds["ratio"] == ("numeric", "feature")
    assert kinds["bill_depth_mm"] == ("numeric", "ignore")
    assert kinds["island"][0] == "text"
    stored = Space(run.folder.home or Path()).table(spec.table_id).frame
    assert stored["island"].value_counts().to_dict() == {"NA": 66, "none": 34}
    pd.testing.assert_series_equal(stored["ratio"], frame["ratio"])


def test_a_run_waits_for_its_slot_unless_told_otherwise(rows: Path, home: Path) -> None:
    """While another run holds the machine's slot, progress says so; `now` does not wait."""
    slot, heard = Slot(home, 1), []
    assert slot.take()
    assert train(rows, "species", settings=QUICK, now=True).is_finished

    def hear(line: str, is_last: bool) -> None:
        heard.append(line)
        slot.release()

    assert train(rows, "species", settings=QUICK, progress=hear).is_finished
    assert heard[0].startswith("waiting")
    assert heard[-1].startswith(("finished", "judging"))


def test_training_works_outside_of_the_main_thread(rows: Path) -> None:
    """Python allows signal handlers in the main thread only; a notebook's thread pool trains all the same."""
    done: list[Run] = []
    thread = threading.Thread(target=lambda: done.append(train(rows, "species", settings=QUICK)))
    thread.start()
    thread.join()
    assert done[0].is_finished


def test_a_stopped_run_goes_on_where_it_was(rows: Path, home: Path) -> None:
    """Stopped before it began, then resumed: the bits of a run that was never stopped."""
    space = Space(home)
    project = Project().for_file(space.put_table(rows, "penguins.csv")).with_target("species")
    project = project.setting("training.epochs", 3)
    stopped, plain = create_run(space, project), create_run(space, project)
    stopped.ask("stop")
    resumed = resume(stopped.path)
    assert resumed.is_finished
    assert weights(resumed.path) == weights(resume(plain.id).path)


def test_what_cannot_be_is_told_before_anything_is_made(rows: Path, tmp_path: Path, home: Path) -> None:
    """No target, a path where something is, no run."""
    with pytest.raises(SpecError, match="--target"):
        train(rows)
    with pytest.raises(ConflictError, match="folder of its own"):
        train(rows, "species", out=rows)
    with pytest.raises(NotFoundError, match="no run here"):
        resume(tmp_path)
    with pytest.raises(SpecError, match="mlp"):
        train(rows, "species", template="mpl")
    assert not list(home.glob("spaces/local/runs/*"))

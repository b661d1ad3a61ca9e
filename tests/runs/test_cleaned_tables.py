"""Cleaned tables in a workspace: kept beside the one that was read, made again when lost, carried into runs."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from safetensors.torch import load_file

import nnlab
from nnlab.cleaning import Cleaning
from nnlab.errors import ConflictError, DataError
from nnlab.runs import reading_job, second_file
from nnlab.runs.cleaned_tables import CLEANED_KEPT, carried_cleaning, raw_table, steps_done, with_cleaning
from nnlab.runs.project import Project
from nnlab.runs.start import create_run
from nnlab.runs.using import evaluate_file, predict_file
from nnlab.runs.workspace import Space
from tests.command import told

N_ROWS = 120
ROWS = [(n % 7, 150 + n % 40, 50 + n % 31, ["M", "male", "F", "female"][n % 4]) for n in range(N_ROWS)]
PEOPLE = "child,height,weight,sex\n" + "".join(f"{a},{b},{c},{d}\n" for a, b, c, d in ROWS)
SPELLED = {
    "kind": "merge_spellings",
    "column": "sex",
    "spellings": [{"kept": "male", "merged": ["M"]}, {"kept": "female", "merged": ["F"]}],
}
COMPUTED = {"kind": "compute_column", "into": "bmi", "expression": "weight / (height / 100) ^ 2"}
KEPT = {"kind": "keep_rows", "conditions": [{"column": "child", "comparison": "less", "value": 6}]}


def cleaning(*steps: dict[str, Any]) -> Cleaning:
    return Cleaning.parse({"steps": steps})


STEPS = cleaning(SPELLED, COMPUTED, KEPT)


@pytest.fixture
def space(home: Path) -> Space:
    return Space(home)


@pytest.fixture
def project(space: Space) -> Project:
    return space.save(space.create_project(space.put_table(PEOPLE.encode(), "people.csv")).with_target("sex"))


def test_a_project_is_cleaned_and_everything_stands_on_the_cleaned_table(space: Space, project: Project) -> None:
    """The file and the table that was read stay as they are; roles stay by name."""
    raw = space.table(project.table_id)
    changed = space.save(with_cleaning(space, project, STEPS))
    table = space.table(changed.table_id)
    assert (table.n_rows, table.columns.names[-1]) == (sum(row[0] < 6 for row in ROWS), "bmi")
    assert changed.columns.targets[0].name == "sex"
    assert changed.columns["bmi"].role == "feature"
    assert space.table_bytes(changed.table_id).read_text() == PEOPLE
    assert space.table_bytes(changed.table_id).stat().st_ino == space.table_bytes(raw.id).stat().st_ino
    pd.testing.assert_frame_equal(raw_table(space, changed.table_id).frame, raw.frame)
    said = [done.sentence() for done in steps_done(space, changed.table_id)]
    assert said == ["60 cells changed", "1 column made", f"{N_ROWS - table.n_rows} rows dropped"]
    assert with_cleaning(space, changed, Cleaning()).table_id == raw.id


def test_undo_and_redo_walk_between_the_tables(space: Space, project: Project) -> None:
    """Also where a table was taken away meanwhile: it is made again."""
    changed = space.save(with_cleaning(space, project, STEPS))
    back = space.undo(project.id)
    assert (back.cleaning, back.table_id) == (Cleaning(), project.table_id)
    shutil.rmtree(space.table_bytes(changed.table_id).parent)
    again = space.redo(project.id)
    assert (again.cleaning, again.table_id) == (STEPS, changed.table_id)
    assert "bmi" in space.table(again.table_id).frame


def test_a_lost_frame_is_made_again_from_the_file_and_the_steps(space: Space, project: Project) -> None:
    changed = space.save(with_cleaning(space, project, STEPS))
    before = space.table(changed.table_id)
    (space.table_bytes(changed.table_id).parent / "table.parquet").write_bytes(b"damaged")
    after = space.table(changed.table_id)
    pd.testing.assert_frame_equal(after.frame, before.frame)
    assert (after.id, after.columns) == (before.id, before.columns)


def test_few_cleaned_tables_that_nobody_uses_are_kept(space: Space, project: Project) -> None:
    """And none of them once the project is gone."""
    for n in range(CLEANED_KEPT + 4):
        kept = {"kind": "keep_rows", "conditions": [{"column": "weight", "comparison": "more", "value": 50 + n}]}
        project = space.save(with_cleaning(space, project, cleaning(kept)))
    assert len(space.tables()) == 1 + CLEANED_KEPT + 1 + 1
    with pytest.raises(ConflictError):
        space.delete_table(raw_table(space, project.table_id).id)
    space.delete_project(project.id)
    assert space.tables() == ()


def test_another_reading_goes_through_the_same_steps(space: Space, project: Project) -> None:
    """Two readings of one file are two tables, cleaned or not; a file that came again is read, not cleaned."""
    changed = space.save(with_cleaning(space, project, STEPS))
    other = space.reread(changed.table_id, changed.reading.having(footer_lines=20))
    assert other.columns.names[-1] == "bmi"
    assert other.n_rows < space.table(changed.table_id).n_rows
    assert space.put_table(PEOPLE.encode(), "people.csv").id == project.table_id


def test_a_step_whose_column_is_gone_is_told_and_is_no_part_of_a_run(space: Space, project: Project) -> None:
    gone = {"kind": "fill_down", "columns": ["sexes"]}
    changed = space.save(with_cleaning(space, project, cleaning(gone, COMPUTED)))
    assert "Did you mean sex?" in steps_done(space, changed.table_id)[0].problem
    assert carried_cleaning(space, changed) == cleaning(COMPUTED)


def test_a_cleaning_that_leaves_no_row_changes_nothing(space: Space, project: Project) -> None:
    nothing = {"kind": "keep_rows", "conditions": [{"column": "weight", "comparison": "less", "value": 0}]}
    with pytest.raises(DataError, match="some rows must be left"):
        with_cleaning(space, project, cleaning(nothing))
    assert len(space.tables()) == 1


def test_a_large_table_is_cleaned_by_a_job(space: Space, project: Project) -> None:
    job = reading_job.begin_cleaning(space, project, STEPS)
    (coming,) = reading_job.being_read(space)
    assert coming.project_id == project.id
    job.wait(60)
    table, steps = reading_job.finish_again(space, project, coming.job)
    expected = with_cleaning(space, project, STEPS)
    assert (table.id, steps) == (expected.table_id, STEPS)
    assert project.with_table(table, project.columns, steps) == expected


def test_a_cleaning_by_a_job_does_not_undo_what_was_done_meanwhile(space: Space, project: Project) -> None:
    """Steps were undone while a job cleaned: its table is not put over the older one."""
    changed = space.save(with_cleaning(space, project, cleaning(SPELLED)))
    job = reading_job.begin_cleaning(space, changed, STEPS)
    back = space.undo(project.id)
    job.wait(60)
    with pytest.raises(ConflictError, match="changed meanwhile"):
        reading_job.finish_again(space, back, job)
    assert not reading_job.being_read(space)
    assert space.project(project.id).cleaning == Cleaning()


def test_a_second_file_goes_through_the_same_steps(space: Space, project: Project) -> None:
    """Raw rows are looked at as what they become; joined, both files are cleaned."""
    changed = space.save(with_cleaning(space, project, STEPS))
    found = second_file.looked_at(space, changed, PEOPLE.encode(), "more.csv")
    assert found.use == "rows"
    assert second_file.looked_at(space, changed, b"child,height,weight\n1,170,60\n", "ask.csv").use == "predict"
    both = second_file.as_test_set(space, changed, found)
    table = space.table(both.table_id)
    assert both.cleaning == STEPS
    assert both.columns.split_column is not None
    assert set(table.frame.sex) == {"male", "female"}
    assert table.n_rows == 2 * space.table(changed.table_id).n_rows
    with pytest.raises(DataError, match="needs the columns"):
        second_file.looked_at(space, changed, b"child,sex\n1,M\n", "short.csv")


def test_a_run_whose_feature_is_made_of_the_target_does_not_start(space: Space, project: Project) -> None:
    """It would answer with what is asked; without that column it does."""
    ratio = {"kind": "compute_column", "into": "ratio", "expression": "weight / height"}
    changed = space.save(with_cleaning(space, project.with_target("weight"), cleaning(ratio)))
    with pytest.raises(DataError, match="it reads weight") as told_of:
        create_run(space, changed)
    assert not space.runs()
    assert told_of.value.repair == {"go": "data"}
    assert create_run(space, changed.with_column("ratio", role="ignore")).spec.target == ("weight",)


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """A file beside a run on it, trained through the steps."""
    folder = tmp_path_factory.mktemp("trained")
    file = folder / "people.csv"
    file.write_text(PEOPLE)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("NNLAB_HOME", str(folder / "home"))
        space = Space(folder / "home")
        project = space.create_project(space.put_table(file, "people.csv")).with_target("sex")
        project = with_cleaning(space, project, STEPS).with_column("weight", role="ignore")
        project = space.save(project.setting("training.epochs", 2))
        (folder / "project.json").write_text(project.portable().to_json())
        nnlab.train(file, project=project, out=folder / "run")
    return folder / "run", file


def test_a_project_file_trains_to_the_same_bits(trained: tuple[Path, Path], home: Path) -> None:
    """The command line reads the file anew, cleans it by the project's steps, and ends with equal weights."""
    run, file = trained
    said = told("train", file, "--project", run.with_name("project.json"))
    one, other = (load_file(Path(path) / "best.safetensors") for path in (run, said["run"]))
    assert one.keys() == other.keys()
    assert all(np.array_equal(one[name], other[name]) for name in one)


def test_the_command_line_tells_what_each_step_did(trained: tuple[Path, Path]) -> None:
    """The columns are those of the cleaned table; without a project nothing is said of cleaning."""
    run, file = trained
    said = told("read", file, "--project", run.with_name("project.json"))
    assert [each["step"]["kind"] for each in said["cleaning"]] == [step.kind for step in STEPS.steps]
    assert [each["n_rows_dropped"] for each in said["cleaning"]] == [0, 0, N_ROWS - said["n_rows"]]
    assert said["columns"][-1]["name"] == "bmi"
    assert "cleaning" not in told("read", file)


def test_raw_rows_are_cleaned_before_they_are_answered(trained: tuple[Path, Path]) -> None:
    """A file, typed rows and rows of text say the same; none is dropped; nothing that was computed is asked for."""
    run, file = trained
    predictor = nnlab.load(run)
    assert set(predictor.needs()) == {"child", "height", "weight"}
    assert [field.column for field in predictor.defaults()] == ["child", "height", "weight"]
    typed = predictor.predict(nnlab.read(file).frame)
    text = predictor.predict(pd.read_csv(file, dtype=str))
    np.testing.assert_array_equal(typed.frame["probability_male"], text.frame["probability_male"])
    assert len(typed.frame) == N_ROWS
    answered = predict_file(run, file)
    np.testing.assert_array_equal(answered.frame["probability_male"], typed.frame["probability_male"])
    by_hand = nnlab.read(file).frame.assign(bmi=lambda rows: rows.weight / (rows.height / 100) ** 2)
    made = predictor.predict(by_hand.drop(columns="weight"))
    np.testing.assert_allclose(made.frame["probability_male"], typed.frame["probability_male"], rtol=1e-6)


def test_what_raw_rows_lack_is_refused_or_imputed(trained: tuple[Path, Path]) -> None:
    run, file = trained
    predictor, rows = nnlab.load(run), nnlab.read(file).frame.drop(columns="weight")
    with pytest.raises(DataError, match="needs 3 columns"):
        predictor.predict(rows)
    imputed = predictor.predict(rows, missing_columns="impute")
    assert "is not there; it counts as missing in every row" in [odd.text for odd in imputed.warnings]
    odd = predictor.predict(pd.DataFrame({"child": ["1"], "height": ["tall"], "weight": ["60"]}))
    assert '"tall" is not a number; it counts as missing' in [warning.text for warning in odd.warnings]


def test_a_target_that_was_cleaned_is_judged_on_other_rows(trained: tuple[Path, Path]) -> None:
    """M counts as male there as well; every row is judged."""
    run, file = trained
    report = evaluate_file(run, file)
    assert report.n_rows["test"] == N_ROWS


def test_a_downloaded_run_cleans_too(trained: tuple[Path, Path], home: Path, tmp_path: Path) -> None:
    from nnlab.runs.archive import pack

    run, file = trained
    packed = tmp_path / "run.zip"
    packed.write_bytes(pack(run))
    expected = predict_file(run, file).frame["probability_male"]
    np.testing.assert_array_equal(predict_file(packed, file).frame["probability_male"], expected)


def test_a_project_before_cleaning_is_one_without_steps(project: Project) -> None:
    plain = json.loads(project.to_json())
    del plain["cleaning"]
    assert Project.from_plain({**plain, "format": 1}) == project


def test_other_cleaning_than_the_projects_own_is_a_fault(space: Space, project: Project) -> None:
    """So that nobody moves a project to a table that its own steps do not give."""
    raw = space.table(project.table_id)
    with pytest.raises(ValueError, match="own cleaning"):
        with_cleaning(space, project, STEPS).with_table(raw)


def test_a_trained_model_reads_cleaned_text_as_its_table_did(home: Path, tmp_path: Path) -> None:
    """With the file's decimal mark, one row alone too, in a feature and in the target; a name made again is found."""
    listed = [(f"ca. {1 + n % 9}.{n:03}", f"a{n % 3} b{n % 2}", f"um {n},5", f"{n},{n % 9}5") for n in range(60)]
    file = tmp_path / "prices.csv"
    file.write_text("price;full;y;share\n" + "".join(";".join(row) + "\n" for row in listed))
    steps = cleaning(
        {"kind": "replace_pattern", "columns": ["price", "y"], "pattern": "^(ca[.]|um) ", "replacement": ""},
        {"kind": "split_column", "column": "full", "separator": " ", "into": ["l", "r"], "keeps": False},
        {"kind": "join_columns", "columns": ["r", "l"], "into": "full", "separator": ", ", "keeps": False},
    )
    space = Space(home)
    first = with_cleaning(space, space.create_project(space.put_table(file, "prices.csv")), steps)
    chosen = first.with_target("y").with_column("price", role="feature").with_column("full", role="feature")
    project = space.save(chosen.setting("training.epochs", 1))
    nnlab.train(file, project=project, out=tmp_path / "run")
    predictor, table = nnlab.load(tmp_path / "run"), space.table(project.table_id)
    text = pd.read_csv(file, sep=";", dtype=str).drop(columns="y")
    for rows in (text, text[7:8]):
        found = predictor.prepared(rows)[0]
        assert found["price"].tolist() == table.frame["price"].iloc[rows.index].tolist()
        assert found["full"].tolist() == table.frame["full"].iloc[rows.index].tolist()
    assert table.frame["price"].iloc[7] == 8007.0
    assert evaluate_file(tmp_path / "run", file).n_rows["test"] == len(listed)


def test_a_role_that_was_only_guessed_goes_with_the_kind(space: Space) -> None:
    """Text that was left out is learnt from once it is numbers, and left out again after undo; a choice stays."""
    rows = "".join(f"{100 + n * 7 % 91},x{n}y,k{n * 3 + 5}m,{'ab'[n % 2]}\n" for n in range(120))
    project = space.create_project(space.put_table(f"size,price,load,sold\n{rows}".encode(), "shop.csv"))
    project = space.save(project.with_target("sold").with_column("load", role="group"))
    assert project.columns["price"].role == "ignore"
    numbers = [
        {"kind": "replace_pattern", "columns": [name], "pattern": "[a-z]", "replacement": ""}
        for name in ("price", "load")
    ]
    cleaned = with_cleaning(space, project, cleaning(*numbers))
    assert {name: cleaned.columns[name].role for name in ("price", "load", "size", "sold")} == {
        "price": "feature",
        "load": "group",
        "size": "feature",
        "sold": "target",
    }
    assert cleaned.columns["price"].kind == "numeric"
    assert with_cleaning(space, cleaned, cleaning()).columns == project.columns
    left_out = cleaned.with_column("price", role="ignore")
    again = with_cleaning(
        space, left_out, cleaned.cleaning.added(*cleaning(COMPUTED | {"expression": "size + 1"}).steps)
    )
    assert again.columns["price"].role == "ignore"

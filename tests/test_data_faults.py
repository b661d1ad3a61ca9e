"""Faults of the data, each injected for real and followed to its end: what is told, what trains, what is refused."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from nnlab.data import read
from nnlab.data.table import lost_cells
from nnlab.errors import LimitError
from nnlab.runs.workspace import Space
from nnlab.score.report import Report
from tests.batteries import battery
from tests.command import ROOT, nnlab, told

QUICK = ("--set", "training.epochs=1")


@pytest.fixture
def space(home: Path) -> Space:
    return Space(home, "local")


def written(path: Path, **columns: object) -> Path:
    pd.DataFrame(columns).to_csv(path, index=False)
    return path


def sides(n_rows: int) -> np.ndarray:
    return np.array(["no", "yes"])[np.arange(n_rows) % 2]


def test_missing_and_constant_columns_are_left_out_and_the_rest_trains(tmp_path: Path, home: Path) -> None:
    """FAULTS 2 and 4: both are named; a tenth of the target is blank, and those rows are in no part."""
    n = 200
    y = pd.Series(np.arange(n) % 7 / 2 + np.arange(n) % 3).mask(np.arange(n) % 10 == 0)
    path = written(tmp_path / "t.csv", a=np.arange(n) % 7, b=np.full(n, np.nan), c="same", y=y)
    kinds = {column["name"]: (column["kind"], column["role"]) for column in told("read", path)["columns"]}
    assert kinds["b"] == kinds["c"] == ("constant", "ignore")
    checks = {each["check"]: each for each in told("audit", path, "--target", "y")["findings"]}
    assert set(checks["constant"]["columns"]) == {"b", "c"}
    assert "20 rows" in checks["missing_target"]["evidence"]["sentence"]
    said = told("train", path, "--target", "y", *QUICK)
    assert sum(said["n_rows"].values()) == 180


def test_one_word_among_forty_thousand_numbers_is_told_and_a_chosen_kind_stays(space: Space) -> None:
    """FAULTS 3: the column stays numbers, the cell is missing with its line; what a person chose stays."""
    cells = [str(n % 90) for n in range(40_000)]
    cells[31_000] = "twelve"
    table = space.put_table(("a,b\n" + "".join(f"{cell},{n % 2}\n" for n, cell in enumerate(cells))).encode(), "t.csv")
    assert table.columns["a"].kind == "numeric"
    assert [(issue.line, issue.text) for issue in table.issues] == [(31_002, "twelve")]
    assert table.frame["a"].isna().sum() == 1
    project = space.create_project(table).with_column("a", kind="categorical")
    saved = space.save(project)
    assert saved.with_target("b").columns["a"].kind == "categorical"
    as_text = pd.Series(cells, dtype="str")
    assert lost_cells(as_text, "numeric") == (1, ("twelve",))


def test_rows_to_predict_lack_a_column_have_more_or_another_order(tmp_path: Path, home: Path) -> None:
    """FAULTS 5 and 6: lacking is refused by name, more is ignored, order is nothing, a new level is noted."""
    n = 60
    path = written(tmp_path / "t.csv", a=np.arange(n) % 7, b=np.array(["x", "z"])[np.arange(n) // 2 % 2], y=sides(n))
    run = tmp_path / "run"
    told("train", path, "--target", "y", "--out", run, *QUICK)
    rows = pd.DataFrame({"a": [1, 2], "b": ["x", "z"]})
    plain = told("predict", run, written(tmp_path / "p.csv", **rows))["rows"]
    other = told("predict", run, written(tmp_path / "q.csv", more=[7, 8], **rows[["b", "a"]]))["rows"]
    assert [each["prediction"] for each in plain] == [each["prediction"] for each in other]
    lacking = nnlab("predict", run, written(tmp_path / "l.csv", a=[1, 2]), "--json")
    assert lacking.status == 1
    assert "b" in lacking.data["error"]["came"]
    unseen = told("predict", run, written(tmp_path / "u.csv", a=[1], b=["never"]))
    assert "never" in str(unseen)


def test_a_class_that_is_in_one_part_only_has_no_figure_of_its_own(tmp_path: Path, home: Path) -> None:
    """FAULTS 7: only in validation, so that nothing of it is judged; the run ends well."""
    n = 240
    part = np.array(["train", "validation", "test"])[np.arange(n) % 3]
    y = np.where((part == "validation") & (np.arange(n) % 2 == 0), "rare", sides(n))
    path = written(tmp_path / "t.csv", a=np.arange(n) % 11, b=np.arange(n) % 5, y=y, part=part)
    run = tmp_path / "run"
    said = told("train", path, "--target", "y", "--split-column", "part", "--out", run, *QUICK)
    assert said["metrics"]["test"]["accuracy"] is not None
    report = Report.from_file((run / "report.json").read_bytes())
    by_class = {each.name: each for each in report.per_class}
    assert (by_class["rare"].precision, by_class["rare"].recall, by_class["rare"].f1) == (None, None, None)
    assert by_class["yes"].recall is not None


@pytest.mark.parametrize(
    ("rows", "words"),
    [("", "at least 1 row"), ("1,yes\n", "at least two rows"), ("1,yes\n2,yes\n3,yes\n", "at least two of them")],
    ids=["no rows", "one row", "one class"],
)
def test_too_little_is_refused_with_what_is_needed(rows: str, words: str, tmp_path: Path, home: Path) -> None:
    """FAULTS 8 and 9: before anything is made."""
    (tmp_path / "t.csv").write_text(f"a,y\n{rows}")
    answer = nnlab("train", tmp_path / "t.csv", "--target", "y", *QUICK)
    assert answer.status == 1
    assert words in answer.err
    assert not Space(home, "local").runs()


@pytest.mark.parametrize("n_rows", [2, 9])
def test_two_to_nine_rows_train_and_nothing_judges(n_rows: int, tmp_path: Path, home: Path) -> None:
    """FAULTS 9: all of them train, and the verdict says what is not there."""
    path = written(tmp_path / "t.csv", a=np.arange(n_rows), y=sides(n_rows))
    said = told("train", path, "--target", "y", *QUICK)
    assert said["n_rows"] == {"train": n_rows, "validation": 0, "test": 0}
    assert "no rows are left to judge" in said["verdict"]


def test_infinite_cells_are_named_before_anything_trains(tmp_path: Path) -> None:
    """FAULTS 11: inf and 1e400 with their lines; the text nan is a missing cell like an empty one."""
    cells = ["inf", "1e400", "-inf", "nan", *map(str, range(96))]
    path = tmp_path / "t.csv"
    path.write_text("a,y\n" + "".join(f"{cell},{n % 3}\n" for n, cell in enumerate(cells)))
    said = told("read", path)
    assert [(issue["line"], issue["text"]) for issue in said["issues"]] == [(2, "inf"), (3, "1e400"), (4, "-inf")]
    assert read(path).frame["a"].isna().sum() == 4


@pytest.mark.skipif(battery(0, 1) == 0, reason="a process of its own that trains; with --thorough")
def test_twenty_thousand_levels_train_in_three_gigabytes(tmp_path: Path) -> None:
    """FAULTS 12: under a limit of address space; the column is no one-hot of twenty thousand places."""
    n = 60_000
    code = np.char.add("level ", np.random.default_rng(0).integers(0, 20_000, n).astype(str))
    path = written(tmp_path / "t.csv", a=np.arange(n) % 50, code=code, y=sides(n))
    script = (
        "import resource, sys; resource.setrlimit(resource.RLIMIT_AS, (3 << 30, 3 << 30));"
        "from nnlab.cli import main; sys.exit(main(sys.argv[1:]))"
    )
    told_by = subprocess.run(
        [sys.executable, "-c", script, "train", str(path), "--target", "y", "--out", str(tmp_path / "run"), *QUICK],
        cwd=ROOT,
        capture_output=True,
        text=True,
    )
    assert told_by.returncode == 0, told_by.stderr[-2_000:]


def test_a_million_columns_are_refused_and_ten_thousand_are_shown_in_part(space: Space) -> None:
    """FAULTS 37: at once, by their number; a table within the limit is previewed by its first columns."""
    n_names = battery(50_000, 1_000_000)
    header = ",".join(f"n{place}" for place in range(n_names))
    with pytest.raises(LimitError, match=f"{n_names} columns") as caught:
        read(f"{header}\n{'1,' * (n_names - 1)}1\n".encode())
    assert "20000" in caught.value.rule
    n = battery(3_000, 10_000)
    rows = "\n".join(",".join("12"[(row + place) % 2] for place in range(n)) for row in range(12))
    table = space.put_table(f"{','.join(f'x{place}' for place in range(n))}\n{rows}\n".encode(), "wide.csv")
    from nnlab.data.preview import preview

    assert table.n_columns == n
    assert preview(table).rows.shape[1] < 500

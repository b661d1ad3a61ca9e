"""`python -m nnlab audit`: findings as JSON and as lines."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from nnlab.runs.project import Project
from tests.audit.planted import amounts
from tests.command import SAMPLES, nnlab, told


@pytest.fixture
def leaking(tmp_path: Path) -> Path:
    """A file in which two columns sum up to the target."""
    values = amounts(500)
    values["y"] = values["a"] - values["c"]
    values["town"] = np.array(["north", "south"])[np.arange(500) % 2]
    pd.DataFrame(values).to_csv(tmp_path / "shares.csv", index=False)
    return tmp_path / "shares.csv"


def test_the_json_is_a_list_of_findings(leaking: Path) -> None:
    """Each with check, columns, evidence and mends, and nothing else."""
    said = told("audit", leaking, "--target", "y")
    assert list(said) == ["findings"]
    assert all(set(finding) == {"check", "columns", "evidence", "mends"} for finding in said["findings"])
    (leak,) = [finding for finding in said["findings"] if finding["check"] == "leak"]
    assert set(leak["columns"]) == {"a", "c"}
    assert leak["evidence"]["score"] > 0.999
    assert leak["evidence"]["score_without"] < leak["evidence"]["score_with"]
    assert {"kind": "role", "label": "Leave out these 2 columns", "columns": leak["columns"], "role": "ignore"} in leak[
        "mends"
    ]


def test_people_get_a_line_for_each_finding(leaking: Path) -> None:
    """The most serious first, under a headline that claims no more than was found."""
    lines = nnlab("audit", leaking, "--target", "y").out.splitlines()
    assert lines[0].startswith("1 leak found")
    assert lines[1].startswith("leak (a, c): a − c is y with R² 1 on")
    headline = nnlab("audit", SAMPLES / "titanic.csv", "--target", "Survived").out.splitlines()[0]
    assert headline.startswith("No leak found; Sex alone gives AUC 0.7")


def test_what_is_ignored_is_not_looked_at(leaking: Path) -> None:
    """The same options as for training say which columns and rows are meant."""
    said = told("audit", leaking, "--target", "y", "--ignore", "c", "--seed", "3")
    assert [finding for finding in said["findings"] if finding["check"] == "leak"] == []


def test_a_project_answers_what_it_has_settled(leaking: Path, tmp_path: Path) -> None:
    """A finding that was answered in the project file is not told again."""
    file = tmp_path / "project.json"
    first = told("audit", leaking, "--target", "y")["findings"]
    from nnlab.audit.finding import Finding

    keys = tuple(Finding.parse(finding).key for finding in first)
    file.write_text(Project(answered=keys).to_json())
    assert told("audit", leaking, "--target", "y", "--project", file) == {"findings": []}


def test_a_missing_target_is_refused() -> None:
    """With the names to choose from."""
    answer = nnlab("audit", SAMPLES / "penguins.csv", "--json")
    assert answer.status == 1
    assert answer.data["error"]["where"] == "--target"


def test_without_a_target_the_likeliest_columns_are_named_first(tmp_path: Path) -> None:
    """The last one, then yes or no; how many are not named is said."""
    columns = {f"x{at}": np.arange(40) * (at + 1.5) for at in range(25)}
    columns |= {
        "member": np.array(["yes", "no"])[np.arange(40) % 2],
        "amount": np.arange(40.0),
        "Churn": np.arange(40.0),
    }
    pd.DataFrame(columns).to_csv(tmp_path / "shop.csv", index=False)
    refused = nnlab("audit", tmp_path / "shop.csv")
    assert "Choose one of: Churn, member, x0, " in refused.err
    assert " and 9 more." in refused.err


def test_of_windows_it_is_said_that_single_rows_were_looked_at(tmp_path: Path) -> None:
    """One line under the headline, and no finding."""
    values = {"day": pd.date_range("2024-01-01", periods=300).astype(str), **amounts(300)}
    path = tmp_path / "series.csv"
    pd.DataFrame(values).to_csv(path, index=False)
    asked = ("audit", path, "--target", "y", "--time", "day")
    lines = nnlab(*asked, "--set", "recipe.windows.lookback=6").out.splitlines()
    assert lines[1] == "Findings and scores are of single rows; the past that a window brings is not looked at."
    assert lines[:1] + lines[2:] == nnlab(*asked).out.splitlines()

"""Readings of the leak meter: taken once by a child, kept for these very choices, and from the command line."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from nnlab.runs import leak_job
from nnlab.runs.project import Project
from nnlab.runs.workspace import Space
from tests.command import nnlab, told

pytestmark = pytest.mark.timeout(200)


def calls() -> bytes:
    """How long a call took tells whether something was sold."""
    rng = np.random.default_rng(0)
    is_sold = rng.random(200) < 0.4
    frame = pd.DataFrame({"age": rng.normal(40, 9, 200).round(1), "duration": is_sold * 200 + rng.normal(90, 40, 200)})
    return frame.assign(sold=np.where(is_sold, "yes", "no")).to_csv(index=False).encode()


@pytest.fixture
def opened(home: Path) -> tuple[Space, Project]:
    space = Space(home)
    project = space.create_project(space.put_table(calls(), "calls.csv"))
    return space, space.save(project.with_target("sold"))


def test_a_reading_is_taken_once_and_kept_for_these_choices(opened: tuple[Space, Project]) -> None:
    """By a job; asked again it is there, and with other steps or another split it is another one."""
    space, project = opened
    assert leak_job.known(space, project, "column", "duration") is None
    assert leak_job.under_way(space, project, "column", "duration") is None
    job = leak_job.begin(space, project, "column", "duration")
    told_of = job.wait(120)
    found = leak_job.known(space, project, "column", "duration")
    assert found is not None
    assert found.plain() == told_of
    assert found.wrong > 0.9 > 0.75 > found.right
    same = leak_job.under_way(space, project, "column", "duration")
    assert same is not None
    assert same.id == job.id
    assert leak_job.known(space, project, "column", "age") is None
    other = project.having(split=project.split.having(seed=5))
    assert leak_job.known(space, other, "column", "duration") is None


def test_the_command_line_tells_the_same(tmp_path: Path) -> None:
    """JSON with every reading, or a sentence each; a column that cannot be measured is refused."""
    path = tmp_path / "calls.csv"
    path.write_bytes(calls())
    (reading,) = told("leak", path, "--target", "sold", "--column", "duration")["readings"]
    assert (reading["what"], reading["metric"]) == ("column", "AUC")
    assert reading["wrong"] > 0.9
    lines = nnlab("leak", path, "--target", "sold").out.splitlines()
    assert len(lines) == 3
    assert lines[0].startswith("AUC ")
    refused = nnlab("leak", path, "--target", "sold", "--column", "sold")
    assert refused.status == 1
    assert "nothing to measure" in refused.err

"""The audit as a job: begun once, kept, made anew for other columns, and its mends in the project's history."""

from __future__ import annotations

from pathlib import Path

import pytest

from nnlab.cleaning.cleaning import Cleaning
from nnlab.cleaning.steps.compute_column import ComputeColumn
from nnlab.data.samples import sample_bytes
from nnlab.runs import audit_job
from nnlab.runs.cleaned_tables import with_cleaning
from nnlab.runs.mending import mended, unsettled
from nnlab.runs.project import Project
from nnlab.runs.workspace import Space

pytestmark = pytest.mark.timeout(200)


def opened(home: Path) -> tuple[Space, Project]:
    """Penguins with their target, in a space of its own."""
    space = Space(home)
    project = space.create_project(space.put_table(sample_bytes("penguins"), "penguins.csv"))
    return space, space.save(project.with_target("species"))


def test_it_is_begun_once_and_kept_beside_the_table(home: Path) -> None:
    """Asked again while it lives it is the same job; afterwards it is there at once."""
    space, project = opened(home)
    assert audit_job.known(space, project) is None
    job = audit_job.begin(space, project)
    assert audit_job.begin(space, project).id == job.id
    job.wait(120)
    found = audit_job.known(space, project)
    assert found is not None
    assert audit_job.audited(space, project) == found
    assert found.n_rows == 344
    assert audit_job.failed(space, project) is None


def test_other_columns_have_an_audit_of_their_own(home: Path) -> None:
    """What was found for the columns before is kept, and is not taken for these."""
    space, project = opened(home)
    first = audit_job.audited(space, project)
    other = project.with_column("bill_length_mm", role="ignore")
    assert audit_job.known(space, other) is None
    assert audit_job.audited(space, other) != first
    assert audit_job.known(space, project) == first


def test_a_damaged_record_is_made_again(home: Path) -> None:
    """Half a file is no audit."""
    space, project = opened(home)
    first = audit_job.audited(space, project)
    (record,) = (space.path / "tables" / project.table_id / "audits").iterdir()
    record.write_bytes(record.read_bytes()[:100])
    assert audit_job.known(space, project) is None
    assert audit_job.audited(space, project).findings == first.findings


def test_a_mend_is_a_change_that_undo_takes_back(home: Path) -> None:
    """The ask about two bill measures: both left out with one click, and in again with another."""
    space, project = opened(home)
    (ask,) = [finding for finding in audit_job.audited(space, project).findings if finding.check == "ask"]
    changed = space.save(mended(project, ask.mends[0], space))
    assert {changed.columns[name].role for name in ask.columns} == {"ignore"}
    assert space.undo(project.id).columns == project.columns


def test_an_answer_settles_a_finding_until_it_is_undone(home: Path) -> None:
    """Keep it: the question is not asked again."""
    space, project = opened(home)
    audit = audit_job.audited(space, project)
    (ask,) = [finding for finding in audit.findings if finding.check == "ask"]
    answered = space.save(mended(project, ask.keep, space))
    assert ask not in unsettled(answered, audit).findings
    assert ask in unsettled(space.undo(project.id), audit).findings


def test_a_column_that_cleaning_computes_from_the_target_leaks(home: Path) -> None:
    """However little it tells by itself, also through another column; leaving it out settles it."""
    space, project = opened(home)
    steps = (
        ComputeColumn(into="half", expression="body_mass_g / 2"),
        ComputeColumn(into="part", expression="half * 0 + bill_length_mm"),
    )
    project = with_cleaning(space, project.with_target("body_mass_g"), Cleaning(steps=steps))
    leaks = [each for each in audit_job.audited(space, project).findings if each.check == "leak"]
    assert [each.columns for each in leaks] == [("half",), ("part",)]
    mended_ = mended(project, leaks[1].mends[0], space)
    assert leaks[1].key not in {each.key for each in unsettled(mended_, audit_job.audited(space, mended_)).findings}

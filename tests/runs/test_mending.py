"""Every mend of every check: it changes the project, settles its finding, and undo takes it back."""

from __future__ import annotations

from pathlib import Path

import pytest

from nnlab.audit.checks import checks
from nnlab.audit.finding import Audit, Finding
from nnlab.audit.mends import Mend, UseTemplate, leave_out, mends
from nnlab.errors import DataError, SpecError
from nnlab.runs.audit_job import audited
from nnlab.runs.mending import is_settled, mended, unsettled
from nnlab.runs.project import Project
from nnlab.runs.workspace import Space
from tests.audit.planted import Made, classes, table
from tests.audit.planted import audited as audited_rows
from tests.audit.planted_checks import PLANTS

CHOICES = ("columns", "split", "recipe", "network", "training", "table_id", "answered")


def opened(space: Space, made: Made) -> Project:
    """A project on a file with these rows, its columns as they were planted."""
    frame, columns = made
    table = space.put_table(frame.to_csv(index=False, lineterminator="\n").encode(), "planted.csv")
    known = {column.name: column for column in columns.columns}
    # what the reader left out by itself stays so: constants and names of rows
    chosen = tuple(
        known[each.name].having(kind=each.kind) if each.role != "ignore" or known[each.name].role != "feature" else each
        for each in table.columns.columns
    )
    project = space.create_project(table)
    return space.save(project.with_columns(table.columns.having(columns=chosen, task=columns.task)))


def choices(project: Project) -> dict[str, object]:
    return {name: getattr(project, name) for name in CHOICES}


def offered(audit: Audit, kind: str) -> list[tuple[Finding, Mend]]:
    """Every mend of a check's findings, that all is well as it is among them."""
    words = checks[kind].reports or (kind,)
    return [(each, mend) for each in audit.findings if each.check in words for mend in (*each.mends, each.keep)]


def advised_against(after: Audit, before: Audit, finding: Finding) -> list[Finding]:
    """What an audit after a mend has found anew about its columns that would have them left out."""
    known = {each.key for each in before.findings}
    asked = {name for each in before.findings for mend in each.mends if mend.kind == "role" for name in each.columns}
    columns = set(finding.columns) - asked
    return [
        each
        for each in after.findings
        if each.key not in known
        for mend in each.mends
        if getattr(mend, "role", "") == "ignore" and columns & set(each.columns)
    ]


@pytest.mark.parametrize("kind", checks.kinds)
def test_every_mend_works_and_is_undone(kind: str, home: Path) -> None:
    """One click saves another project in which the finding is gone, whose rows can be prepared and whose columns are
    not advised against for what the click did; undo gives back the one before."""
    space = Space(home)
    project = opened(space, PLANTS[kind]())
    pairs = offered(audited(space, project), kind)
    assert pairs
    for finding, mend in pairs:
        changed = space.save(mended(space.project(project.id), mend, space))
        assert choices(changed) != choices(project), mend
        left = unsettled(changed, audited(space, changed))
        assert finding.key not in {each.key for each in left.findings}, mend
        assert not advised_against(left, audited(space, project), finding), mend
        if mend.kind not in ("keep", "target"):
            assert space.encoded(changed).is_file()
        assert choices(space.undo(project.id)) == choices(project), mend


def test_every_kind_of_mend_is_offered() -> None:
    """None that nobody offers."""
    kinds = ("alone", "codes", "few_rows", "imbalance", "one_class", "outliers")
    found = [each for kind in kinds for each in audited_rows(PLANTS[kind]()).findings]
    offered_kinds = {mend.kind for each in found for mend in (*each.mends, each.keep)}
    assert offered_kinds == set(mends.kinds)


def test_what_no_longer_fits_is_refused(home: Path) -> None:
    """A mend for a column that is gone names it; one that nobody knows says so."""
    space = Space(home)
    project = opened(space, PLANTS["constant"]())
    with pytest.raises(DataError, match="no such column"):
        mended(project, leave_out("gone"), space)
    with pytest.raises(SpecError, match="not known"):
        mended(project, Mend(label="Do something"), space)


def test_a_setting_that_stands_already_settles_its_finding(home: Path) -> None:
    """Weighed classes need no advice to weigh them."""
    space = Space(home)
    project = opened(space, PLANTS["imbalance"]())
    (finding,) = [each for each in audited(space, project).findings if each.check == "imbalance"]
    assert not is_settled(project, finding)
    assert is_settled(project.setting("training.class_weights", "balanced"), finding)


def test_a_mend_asked_for_twice_changes_nothing_more(home: Path) -> None:
    """Two clicks are one."""
    space = Space(home)
    project = opened(space, PLANTS["outliers"]())
    for finding in audited(space, project).findings:
        for mend in finding.mends:
            once = mended(project, mend, space)
            assert mended(once, mend, space) == once


def test_a_template_is_fed_what_it_asks_for(home: Path) -> None:
    """The recipe changes with the network: texts go to the template as texts."""
    space = Space(home)
    values = classes(200)
    values["note"] = [
        f"it was a {a:.2f} day in the {town} of the land" for a, town in zip(values["a"], values["town"], strict=True)
    ]
    frame, columns = table(values, kinds={"note": "text"})
    project = opened(space, (frame, columns))
    changed = space.save(mended(project, UseTemplate(label="Take it", template="text_cnn"), space))
    assert changed.network is not None
    assert "text" in {branch.input for branch in changed.network.branches}
    assert (project.recipe.text, changed.recipe.text) == ("table", "text")


def test_the_logarithm_of_a_target_is_not_offered_where_windows_are_learnt_from(home: Path) -> None:
    """The target of windows is standardized with its own past, so the click could not be carried out."""
    space = Space(home)
    project = opened(space, PLANTS["skewed_target"]())
    (finding,) = [each for each in audited(space, project).findings if each.check == "skewed_target"]
    assert not is_settled(project, finding)
    assert is_settled(project.setting("recipe.windows.lookback", 5), finding)

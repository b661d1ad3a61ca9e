"""Findings on the Data page: shown with their evidence, mended with one click, answered, undone."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from nnlab.audit.finding import Finding
from nnlab.errors import LimitError
from nnlab.runs import audit_job
from nnlab.runs.project import Project
from nnlab.runs.workspace import Space
from pages.ui import findings
from tests.app.conftest import Open
from tests.app.trained import said, sound, trained
from tests.audit.planted import classes


@pytest.fixture
def leaking(space: Space) -> Project:
    """A project whose table holds a copy of the target under a name with markup, and a column named duration."""
    values = classes(1_200)
    values["duration"], values["*copy*"] = values.pop("a"), np.char.add("is ", values["y"])
    table = space.put_table(pd.DataFrame(values).to_csv(index=False).encode(), "shop.csv")
    return space.save(space.create_project(table).with_target("y"))


def found(space: Space, project: Project, check: str) -> Finding:
    """The first finding of a check, as the page knows it."""
    return next(each for each in audit_job.audited(space, project).findings if each.check == check)


class TestFindings:
    def test_while_it_is_looked_for_the_page_says_so(
        self, open_page: Open, leaking: Project, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """The audit begins by itself once there is a target, and everything else is there meanwhile."""
        begun: list[str] = []
        monkeypatch.setattr(audit_job, "begin", lambda space, project: begun.append(project.id))
        page = open_page("data", project=leaking.id)
        assert sound(page)
        assert set(begun) == {leaking.id}
        assert "Before training" in said(page)
        assert "First rows" in said(page)

    @pytest.mark.parametrize(("doing", "told"), [("", "waiting for its place"), ("looking for an id",) * 2])
    def test_what_is_being_done_makes_a_sentence(
        self, leaking: Project, monkeypatch: pytest.MonkeyPatch, doing: str, told: str
    ) -> None:
        """The line beside the share done, whatever the audit is at."""
        job = SimpleNamespace(is_alive=True, progress=lambda: (0.25, doing))
        monkeypatch.setattr(findings.state, "space", lambda: SimpleNamespace(project=lambda _id: leaking))
        monkeypatch.setattr(audit_job, "under_way", lambda space, project: job)
        lines: list[tuple[float, str]] = []
        monkeypatch.setattr(findings.st, "progress", lambda share, text: lines.append((share, text)))
        findings._draw_progress(leaking.id)
        assert lines == [(0.25, f"Looking the table through before training: {told}")]

    def test_a_leak_stands_first_and_one_click_mends_it(self, open_page: Open, leaking: Project, space: Space) -> None:
        """With its score and its name as it is written; the click is a change that undo takes back."""
        leak = found(space, leaking, "leak")
        page = open_page("data", project=leaking.id)
        assert sound(page)
        assert "1 leak found" in said(page)
        assert "copy" in said(page)
        assert "alone gives AUC" in said(page)
        page.button(key=f"mend.{leak.key}.0").click().run()
        assert sound(page)
        assert space.project(leaking.id).columns["*copy*"].role == "ignore"
        page.button(key="undo").click().run()
        assert space.project(leaking.id).columns == leaking.columns
        assert "1 leak found" in said(page)

    def test_a_question_is_answered_and_not_asked_again(self, open_page: Open, leaking: Project, space: Space) -> None:
        """Keep it: nothing is left out, and the finding is gone until that is undone."""
        ask = found(space, leaking, "ask")
        page = open_page("data", project=leaking.id)
        page.button(key=f"mend.{ask.key}.{len(ask.mends)}").click().run()
        assert sound(page)
        assert space.project(leaking.id).columns == leaking.columns
        assert ask.key not in " ".join(button.key or "" for button in page.button)
        page.button(key="undo").click().run()
        assert page.button(key=f"mend.{ask.key}.0")

    def test_train_says_what_stands_open(self, open_page: Open, leaking: Project, space: Space) -> None:
        """In one line, in words: which columns leak and which are asked about."""
        audit_job.audited(space, leaking)
        told = said(open_page("train", project=leaking.id))
        assert "copy" in told
        assert "a leak gives the answer away. duration: is it known before the answer is?" in told

    def test_evaluate_says_beside_its_verdict_what_nobody_answered(
        self, open_page: Open, leaking: Project, space: Space
    ) -> None:
        """Until it is: the score may promise too much."""
        run = trained(space, leaking)
        audit_job.audited(space, leaking)
        told = said(open_page("evaluate", project=leaking.id, run=run.id))
        assert "duration: is it known before the answer is?" in told
        ask, leak = found(space, leaking, "ask"), found(space, leaking, "leak")
        settled = space.save(leaking.having(answered=(ask.key, leak.key)))
        assert "promise too much" not in said(open_page("evaluate", project=settled.id, run=run.id))

    def test_without_a_finding_it_claims_no_more_than_it_knows(
        self, open_page: Open, project: Project, space: Space
    ) -> None:
        """No leak was found, and which column tells most."""
        quiet = space.save(project.with_target("colour"))
        audit_job.audited(space, quiet)
        page = open_page("data", project=quiet.id)
        assert "No leak found" in said(page)
        assert "alone gives AUC" in said(page)

    def test_a_damaged_audit_is_made_again_and_shown(
        self, open_page: Open, leaking: Project, space: Space, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """That there was none is not remembered: once the file is whole, it is shown."""
        monkeypatch.setattr(audit_job, "begin", lambda space, project: None)
        audit_job.audited(space, leaking)
        (path,) = space.path.rglob(f"*{audit_job.audit_key(leaking)}*.json")
        whole = path.read_bytes()
        path.write_bytes(b"{")
        page = open_page("data", project=leaking.id)
        assert sound(page)
        assert "1 leak found" not in said(page)
        path.write_bytes(whole)
        assert "1 leak found" in said(page.run())

    def test_an_audit_that_failed_says_why(
        self, open_page: Open, leaking: Project, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """With a way to look again; the rest of the page is there."""
        error = LimitError("the memory is full", do="Take a part of the rows.")
        monkeypatch.setattr(audit_job, "failed", lambda space, project: error)
        page = open_page("data", project=leaking.id)
        assert "memory is full" in " ".join(each.value for each in page.error)
        assert page.button(key="findings.again")
        assert "First rows" in said(page)

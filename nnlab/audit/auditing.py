"""A table looked through by every check: what a person should know before they train on it."""

from __future__ import annotations

import time
from collections.abc import Callable
from itertools import islice
from typing import TYPE_CHECKING

import numpy as np

from nnlab.audit.checks import Check, checks
from nnlab.audit.finding import Audit, Finding, Strongest
from nnlab.audit.probe import alone
from nnlab.audit.rows import Rows
from nnlab.data.columns import Columns, Task
from nnlab.data.task import resolve_task
from nnlab.errors import DataError
from nnlab.prep.split import TRAIN, Parts, Split, parts

if TYPE_CHECKING:
    import pandas as pd

AUDIT_VERSION = 4  # raise it whenever the same rows would give other findings
MOST_A_CHECK = 20  # findings of one check; nobody reads more of them
Progress = Callable[[float, str], None]


def audit(frame: pd.DataFrame, columns: Columns, split: Split, *, progress: Progress | None = None) -> Audit:
    """What is found in a frame typed by these columns, most serious first.

    Models of the audit learn from training rows and are judged on validation rows; test rows have no part in them.
    `progress` is told the share done and what the check at work looks for. A target that cannot be learnt is a finding.
    """
    began = time.monotonic()
    rows = rows_of(frame, columns, split)
    able = [check() for check in in_order() if rows.task is not None or not check.needs_target]
    found: list[Finding] = []
    for at, check in enumerate(able):
        if progress is not None:
            progress(at / len(able), f"looking for {check.title[:1].lower()}{check.title[1:]}")
        found += islice(check.find(rows), MOST_A_CHECK)
    leaking = {name for finding in found if finding.check == "leak" for name in finding.columns}
    found = [each for each in found if each.check != "ask" or not leaking.issuperset(each.columns)]
    order = {check.kind: check.seriousness for check in able}
    found.sort(key=lambda finding: {"leak": -2, "ask": -1}.get(finding.check) or order.get(finding.check, 0))
    return Audit(findings=tuple(found), strongest=strongest(rows), n_rows=rows.n_rows, seconds=time.monotonic() - began)


def rows_of(frame: pd.DataFrame, columns: Columns, split: Split) -> Rows:
    """The rows under audit; without a task, and all of them training rows, where the target cannot be learnt."""
    task, part = _parted(frame, columns, split)
    return Rows(frame, columns, task, part, split)


def in_order() -> list[type[Check]]:
    """Every check, the most serious first."""
    return sorted(checks, key=lambda check: check.seriousness)


def strongest(rows: Rows) -> Strongest | None:
    """The column that tells most by itself."""
    told = [(alone(rows, truth, column), column.name, truth.metric) for truth in rows.truths for column in rows.scored]
    score, name, metric = max(((each if each[0] == each[0] else (-np.inf, *each[1:])) for each in told), default=_NONE)
    return Strongest(column=name, metric=metric, score=round(float(score), 6)) if np.isfinite(score) else None


_NONE = (-np.inf, "", "r2")


def _parted(frame: pd.DataFrame, columns: Columns, split: Split) -> tuple[Task | None, Parts]:
    try:
        task, _reason = resolve_task(frame, columns)
        return task, parts(frame, columns, task, split)
    except DataError:
        return None, np.full(len(frame), TRAIN, dtype=np.int8)

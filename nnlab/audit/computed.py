"""Columns that cleaning computes from the answer: leaks by the way they were made, whatever their score is."""

from __future__ import annotations

from collections.abc import Iterable

from nnlab.audit.finding import Audit, Finding
from nnlab.audit.leakage import named
from nnlab.audit.mends import leave_out
from nnlab.data.columns import Columns

Made = tuple[tuple[str, ...], tuple[str, ...]]  # the columns that a step makes, and those it reads


def with_computed(audit: Audit, columns: Columns, steps: Iterable[Made]) -> Audit:
    """The audit with a leak for each feature that one of these steps, in their order, makes of a target."""
    targets = {column.name for column in columns.targets}
    answers = dict.fromkeys(targets, True)
    for makes, reads in steps:
        if any(name in answers for name in reads):
            answers.update(dict.fromkeys(makes, True))
    found = tuple(_told(column.name, targets) for column in columns.features if column.name in answers)
    kept = audit.without(found)  # what else was found about the same column is said already
    known = {each.columns for each in found}
    rest = tuple(each for each in kept.findings if each.check != "ask" or each.columns not in known)
    return audit.having(findings=(*found, *rest))


def _told(name: str, targets: set[str]) -> Finding:
    said = f"{name[:60]} is computed from {named(tuple(sorted(targets)))} by a step of cleaning: it tells the answer."
    evidence = {"sentence": said, "how": "computed", "targets": sorted(targets)}
    return Finding(check="leak", columns=(name,), evidence=evidence, mends=(leave_out(name),))

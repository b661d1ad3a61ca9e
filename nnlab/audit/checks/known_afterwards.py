"""A column whose name and place say that it may be known only once the answer is."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import ClassVar, Literal

from nnlab.audit.checks.check import Check, checks
from nnlab.audit.finding import METRICS, Finding, shown
from nnlab.audit.leakage import MOST_COMPARED, REPORTS, told, whole
from nnlab.audit.probe import alone
from nnlab.audit.rows import Rows
from nnlab.audit.truth import Truth

# what is known when something is over: how long it took, how it ended, what was decided or paid then
_LATER = frozenset(
    {
        "actual",
        "after",
        "afterwards",
        "approved",
        "cancellation",
        "cancelled",
        "canceled",
        "closed",
        "closing",
        "completed",
        "completion",
        "concluded",
        "decision",
        "deceased",
        "defaulted",
        "delivered",
        "discharge",
        "discharged",
        "duration",
        "ended",
        "ending",
        "exit",
        "exited",
        "final",
        "finished",
        "outcome",
        "overdue",
        "paid",
        "payoff",
        "recovered",
        "recoveries",
        "refund",
        "refunded",
        "rejected",
        "repaid",
        "resolution",
        "resolved",
        "response",
        "result",
        "returned",
        "settled",
        "settlement",
        "survival",
        "terminated",
        "termination",
        "verdict",
        "winner",
    }
)
_WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+")
LEAST_GAIN = 0.005  # of the score of all columns, that one is worth asking about
MOST_NAMED = 4
LEAST_LETTERS = 3


@checks
class KnownAfterwards(Check):
    """A name that says how something ended or how long it took, and its place in the file: asked about where the column
    adds to the score."""

    kind: Literal["known_afterwards"] = "known_afterwards"

    title: ClassVar[str] = "May be known only afterwards"
    seriousness: ClassVar[int] = 5
    reports: ClassVar[tuple[str, ...]] = REPORTS

    def find(self, rows: Rows) -> Iterator[Finding]:
        for truth in rows.truths if rows.folds else ():
            # beside a leak nothing else adds to the score
            names = [column.name for column in rows.scored if column.name not in rows.leaking(truth.name)]
            likely = [name for name in names if (truth.name, name) not in rows.told and reason(name, truth.name)]
            for name in sorted(likely, key=lambda name: -_alone(rows, truth, name))[:MOST_NAMED]:
                rest = [other for other in names if other != name]
                gain = whole(rows, truth, names) - whole(rows, truth, rest)
                if gain < LEAST_GAIN or rows.n_compared >= MOST_COMPARED:
                    continue
                rows.told[truth.name, name] = "ask"
                where = place(rows, name, truth.name)
                score = alone(rows, truth, rows.columns[name])
                what = f"{reason(name, truth.name)}{where}. Alone it gives {METRICS[truth.metric]} {shown(score)}"
                yield told(rows, truth, "ask", (name,), "name", what, score, place=where.strip(", "))


def reason(name: str, target: str) -> str:
    """Why the name speaks of afterwards, or nothing."""
    words = _words(name)
    later = next((word for word in words if word in _LATER), "")
    if later:
        return f"{name[:60]} has a name that speaks of what is known afterwards ({later})"
    own = [word for word in _words(target) if len(word) >= LEAST_LETTERS]
    if own and set(own) <= set(words) and len(words) > len(own):
        return f"{name[:60]} is named after {target[:60]}"
    return ""


def place(rows: Rows, name: str, target: str) -> str:
    """What the column's place in the file adds: it stands behind the target, where later things are written down."""
    names = [str(each) for each in rows.frame.columns]
    behind = names.index(name) - names.index(target)
    is_late = names.index(target) >= len(names) / 2
    return " and stands behind the target in the file" if behind > 0 and is_late else ""


def _words(name: str) -> list[str]:
    return [word.lower() for word in _WORD.findall(name)]


def _alone(rows: Rows, truth: Truth, name: str) -> float:
    score = alone(rows, truth, rows.columns[name])
    return score if score == score else -1.0  # NaN is no order

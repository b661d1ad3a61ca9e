"""One column that tells the target by itself."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar, Literal

from nnlab.audit.checks.check import Check, checks
from nnlab.audit.finding import METRICS, Finding, shown
from nnlab.audit.leakage import ASK, LEAK, REPORTS, Voice, told
from nnlab.audit.probe import alone
from nnlab.audit.rows import Rows


@checks
class Alone(Check):
    """One numeric, categorical, boolean or date column that alone reaches AUC or R² 0.995 on held-out rows: a leak;
    from 0.98 it is asked about."""

    kind: Literal["alone"] = "alone"

    title: ClassVar[str] = "A column that is the answer"
    seriousness: ClassVar[int] = 0
    reports: ClassVar[tuple[str, ...]] = REPORTS

    def find(self, rows: Rows) -> Iterator[Finding]:
        for truth in rows.truths:
            scores = {column.name: alone(rows, truth, column) for column in rows.scored}
            high = [name for name in scores if scores[name] >= ASK]
            for name in sorted(high, key=lambda name: -scores[name]):
                what = f"{name[:60]} alone gives {METRICS[truth.metric]} {shown(scores[name])}"
                voice: Voice = "leak" if scores[name] >= LEAK else "ask"
                rows.told[truth.name, name] = voice
                yield told(rows, truth, voice, (name,), "alone", what, scores[name])

"""What an audit says: findings, each with its evidence and what mends it, and how far the whole is from a leak."""

from __future__ import annotations

import hashlib
import json
from typing import Any, Self

from pydantic import Field

from nnlab.audit.mends import AnyMend, Keep
from nnlab.spec import Spec

MOST_NAMED = 5  # columns on a line
MOST_IN_HEADLINE = 3  # findings


class Finding(Spec):
    """Something that a person should know of the table before they train on it.

    `evidence` is plain data with a `sentence`; the same numbers stand beside it under names of their own.
    """

    check: str = Field(description='The check; of leakage exactly "leak" or "ask".')
    columns: tuple[str, ...] = Field((), description="The columns it is about.")
    evidence: dict[str, Any] = Field(description="The numbers it rests on, and a sentence that says them.")
    mends: tuple[AnyMend, ...] = Field((), description="What can be done with one click; nothing: it is done already.")

    @property
    def sentence(self) -> str:
        """The evidence in words."""
        return str(self.evidence.get("sentence", ""))

    def line(self) -> str:
        """The finding on one line: check, columns, evidence."""
        more = f" and {len(self.columns) - MOST_NAMED} more" if len(self.columns) > MOST_NAMED else ""
        about = ", ".join(self.columns[:MOST_NAMED]) + more
        return f"{self.check}{f' ({about})' if about else ''}: {self.sentence}"

    @property
    def key(self) -> str:
        """16 hexadecimal digits that name what was found where, whatever the figures are."""
        text = json.dumps([self.check, sorted(self.columns)], ensure_ascii=False)
        return hashlib.sha256(text.encode()).hexdigest()[:16]

    @property
    def keep(self) -> Keep:
        """The answer that all is well as it is."""
        return Keep(label="Keep it" if self.check in ("leak", "ask") else "Fine as it is", finding=self.key)


class Strongest(Spec):
    """The column that tells most of the target by itself, on held-out rows."""

    column: str
    metric: str = Field(description="roc_auc or r2.")
    score: float

    def sentence(self) -> str:
        """The score in words: "Sex alone gives AUC 0.77"."""
        return f"{self.column[:60]} alone gives {METRICS[self.metric]} {shown(self.score)}"


class Audit(Spec):
    """All findings, most serious first."""

    findings: tuple[Finding, ...] = ()
    strongest: Strongest | None = None
    n_rows: int = 0
    note: str = Field("", description="What was not looked at, where there is something to say; no part of a finding.")
    seconds: float = Field(0.0, description="How long it took; not a part of what was found.")

    def plain_findings(self) -> dict[str, Any]:
        """What `python -m nnlab audit FILE --target COL --json` prints."""
        return {"findings": self.plain()["findings"]}

    def without(self, findings: tuple[Finding, ...]) -> Self:
        """The same audit without some findings."""
        keys = {finding.key for finding in findings}
        return self.having(findings=tuple(each for each in self.findings if each.key not in keys))

    def headline(self) -> str:
        """What is known of leakage, in one sentence."""
        leaks = [finding for finding in self.findings if finding.check == "leak"]
        asks = [finding for finding in self.findings if finding.check == "ask"]
        strongest = self.strongest.sentence() if self.strongest else ""
        if not leaks and not asks:
            return "; ".join(part for part in ("No leak found", strongest) if part) + "."
        found = f"{len(leaks)} {'leak' if len(leaks) == 1 else 'leaks'} found: {_about(leaks)}" if leaks else ""
        n_asked = len({name for ask in asks for name in ask.columns})
        may_be = f"{n_asked} {'column' if n_asked == 1 else 'columns'} may be known only afterwards"
        asked = f"{may_be}: {_about(asks)}" if asks else ""
        return "; ".join(part for part in (found, asked) if part) + "."


def _about(findings: list[Finding]) -> str:
    """The columns of the first few, with both scores: "duration (AUC 0.93 with it, 0.80 without)"."""
    said = []
    for finding in findings[:MOST_IN_HEADLINE]:
        names = " and ".join(name[:60] for name in finding.columns[:MOST_IN_HEADLINE])
        with_, without = finding.evidence.get("score_with"), finding.evidence.get("score_without")
        if finding.check == "ask" and with_ is not None and without is not None:
            it = "it" if len(finding.columns) == 1 else "them"
            metric = METRICS[finding.evidence["metric"]]
            names += f" ({metric} {shown(with_)} with {it}, {shown(without)} without)"
        said.append(names)
    more = f" and {len(findings) - MOST_IN_HEADLINE} more" if len(findings) > MOST_IN_HEADLINE else ""
    return ", ".join(said) + more


METRICS = {"roc_auc": "AUC", "r2": "R²"}


def shown(score: float) -> str:
    """A score with two places, with more where it is near 1: 0.77, 0.9962."""
    if score <= 0.98:
        return f"{score:.2f}"
    return "1" if score > 0.99995 else f"{score:.4f}"


def percent(share: float) -> str:
    """A share as people write it: 88 %, 0.1 %."""
    if share >= 0.995:
        return "100 %" if share == 1 else f"{100 * min(share, 0.9999):.2f} %"
    if share < 0.001:
        return "less than 0.1 %"
    return f"{100 * share:.0f} %" if share >= 0.0095 else f"{100 * share:.1g} %"

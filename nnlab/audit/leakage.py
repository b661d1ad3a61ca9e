"""What the checks for leakage share: the two voices, and the score with and without what was found."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any, Literal

import numpy as np

from nnlab.audit import probe
from nnlab.audit.finding import METRICS, Finding, shown
from nnlab.audit.mends import leave_out
from nnlab.audit.rows import Rows
from nnlab.audit.truth import Truth
from nnlab.prep.wording import listed, number

LEAK, ASK = 0.995, 0.98  # held-out AUC or R² of one column
IDENTITY = 0.999  # held-out R² of a sum, or of a statistic of the target over groups
MOST_COMPARED = 8  # findings that are given a score with and without
REPORTS = ("leak", "ask")
Voice = Literal["leak", "ask"]


def told(
    rows: Rows, truth: Truth, voice: Voice, columns: tuple[str, ...], how: str, what: str, score: float, **numbers: Any
) -> Finding:
    """A finding of leakage. `how` names the way it was found; `what` says it in words, without the scores of all."""
    without = rows.leaking(truth.name) if voice == "ask" else set[str]()  # beside a leak no column tells anything
    scores = with_and_without(rows, truth, columns, without)
    is_it = "Is it" if len(columns) == 1 else "Are they"
    before = "" if voice == "leak" else f" {is_it} known before the answer is?"
    rest = compared(truth, scores, len(columns))
    evidence = {
        "sentence": f"{what} on {number(rows.n_judged, 9)} held-out rows.{rest}{before}",
        "how": how,
        "metric": truth.metric,
        "score": round(score, 6),
        "target": truth.name,
        **scores,
        "n_rows_learnt": rows.n_learnt,
        "n_rows_held_out": rows.n_judged,
        **numbers,
    }
    return Finding(check=voice, columns=columns, evidence=evidence, mends=(leave_out(*columns),))


def with_and_without(
    rows: Rows, truth: Truth, columns: tuple[str, ...], leaking: Collection[str] = ()
) -> dict[str, float | None]:
    """The held-out scores of all features that do not leak and of all these but some; None where they were not told."""
    if rows.n_compared >= MOST_COMPARED:
        return {"score_with": None, "score_without": None}
    rows.n_compared += 1
    names = [column.name for column in rows.scored if column.name not in leaking]
    rest = [name for name in names if name not in columns]
    return {"score_with": known(whole(rows, truth, names)), "score_without": known(whole(rows, truth, rest))}


def whole(rows: Rows, truth: Truth, names: list[str]) -> float:
    """The held-out score of many columns together, computed once; of none what a constant gives."""
    at: tuple[int | str, ...] = (rows.truths.index(truth), *names)
    if at not in rows.together:
        nothing = 0.5 if truth.classes else 0.0
        rows.together[at] = probe.together(rows, truth, names) if names else nothing
    return rows.together[at]


def compared(truth: Truth, scores: dict[str, float | None], n_columns: int = 1) -> str:
    """The two scores in a sentence, or nothing."""
    with_, without = scores["score_with"], scores["score_without"]
    if with_ is None or without is None:
        return ""
    them = "it" if n_columns == 1 else "them"
    return f" All columns together reach {METRICS[truth.metric]} {shown(with_)}, without {them} {shown(without)}."


def named(columns: tuple[str, ...]) -> str:
    """Names of columns in a sentence."""
    return listed([str(name) for name in columns])


def everything(rows: Rows) -> float:
    """What all features of the first target reach together on held-out rows, as the rows are divided."""
    return whole(rows, rows.truths[0], [column.name for column in rows.scored])


def known(score: float) -> float | None:
    """A score for the evidence; None where it was not told."""
    return None if np.isnan(score) else round(score, 6)

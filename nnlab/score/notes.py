"""What a reader has to know about a report's figures, a sentence each."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from nnlab.score.bootstrap import LEAST_ROWS, RESAMPLES
from nnlab.score.verdict import named, number, shortened, title

if TYPE_CHECKING:
    from nnlab.score.judging import Judging

FREQUENT = 0.8  # a class with this share of the rows makes accuracy easy
NAMED = 5  # classes named in a sentence; the rest are counted


def notes(judging: Judging) -> tuple[str, ...]:
    """The notes that apply to these test rows."""
    found = [_not_fitted(judging), _few_rows(judging), _resampled(judging), _outputs_without_variance(judging)]
    if not judging.is_several:
        found += [_absent_classes(judging), _one_answer(judging), _frequent_class(judging), _nothing_wrong(judging)]
    return tuple(note for note in found if note)


def _not_fitted(judging: Judging) -> str:
    parts = []
    for model, outputs in judging.outputs_of.items():
        if model not in judging.models:
            reason = outputs.reason or "what it says is not all numbers"
            parts.append(f"{'The network' if model == 'network' else title(model)} has no figures: {reason}.")
    return " ".join(parts)


def _few_rows(judging: Judging) -> str:
    if judging.n_test >= LEAST_ROWS:
        return ""
    rows = f"{judging.n_test} test row{'s' if judging.n_test > 1 else ''}"
    return f"{rows}: intervals need at least {LEAST_ROWS}."


def _resampled(judging: Judging) -> str:
    drawn = judging.bootstrap
    if drawn.narrowing == 1:
        return ""
    return (
        f"The intervals come from {number(RESAMPLES)} resamples of {number(len(drawn.rows))} "
        f"of the {number(drawn.n_rows)} test rows, scaled to all of them."
    )


def _outputs_without_variance(judging: Judging) -> str:
    if not judging.is_several:
        return ""
    constant = [name for name, truth in zip(judging.targets, judging.truth.T, strict=True) if np.ptp(truth) == 0]
    lost = "there is no R²" if judging.is_regression else "figures that compare yes and no leave it out"
    return f"{_names(constant)}: every test row has the same value, so {lost}." if constant else ""


def _absent_classes(judging: Judging) -> str:
    present = np.bincount(judging.truth, minlength=len(judging.classes)) > 0
    absent = [name for name, is_present in zip(judging.classes, present, strict=True) if not is_present]
    if not absent:
        return ""
    if present.sum() < 2:
        return (
            f"All test rows are {_names([judging.classes[present.argmax()]])}: figures that compare classes are empty."
        )
    return f"No test row is {_names(absent, 'or')}: the figures are over the other classes."


def _one_answer(judging: Judging) -> str:
    """Ranks may be better than chance where every row gets the same answer all the same."""
    ours = judging.models.get("network")
    if ours is None or np.ptp(judging.truth) == 0 or np.ptp(answers := ours.argmax(axis=1)) > 0:
        return ""
    return f"The network answers {_names([judging.classes[int(answers[0])]])} in every test row."


def _frequent_class(judging: Judging) -> str:
    count_K = np.bincount(judging.truth, minlength=len(judging.classes))
    share = count_K.max() / judging.n_test
    if not FREQUENT <= share < 1:
        return ""
    name = judging.classes[int(count_K.argmax())]
    saying = named("majority", name)
    percent = f"{100 * share:.0f}\u202f%"
    return f"{saying[0].upper()}{saying[1:]} is right on {percent} of the rows: read accuracy beside balanced accuracy."


def _nothing_wrong(judging: Judging) -> str:
    ours = judging.models.get("network")
    if ours is None or judging.n_test < LEAST_ROWS or (ours.argmax(axis=1) != judging.truth).any():
        return ""
    # none wrong among n leaves, with 95 % confidence, at most 1 - 0.05**(1/n) wrong (Clopper and Pearson, 1934)
    most = 100 * (1 - 0.05 ** (1 / judging.n_test))
    share = f"{most:.1f}" if most < 10 else f"{most:.0f}"
    rows = f"{number(judging.n_test)} rows"
    return f"No test row is wrong; of new rows up to {share}\u202f% may be (95\u202f% bound from {rows})."


def _names(names: list[str], word: str = "and") -> str:
    shown = [f"“{shortened(name)}”" for name in names[:NAMED]]
    if len(names) > NAMED:
        shown.append(f"{number(len(names) - NAMED)} more")
    return shown[0] if len(shown) == 1 else f"{', '.join(shown[:-1])} {word} {shown[-1]}"

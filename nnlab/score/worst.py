"""The test rows a network gets most wrong, so that a person can look at them.

Axes: N rows, K classes or outputs.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
from pydantic import Field

from nnlab.score.outputs import Floats, Integers
from nnlab.spec import Spec

MOST = 200
SAYS_YES = 0.5  # the probability above which one of several outputs is said to be yes


class WrongRow(Spec):
    """One test row: what was true, what was said."""

    line: int = Field(description="Its line in the file.")
    truth: tuple[str | float, ...] = Field(description="The class, or the value of each output.")
    predicted: tuple[str | float, ...] = Field(description="The class, or the value of each output, that was said.")
    probability: float | None = Field(None, description="The probability that was given to the true class.")

    @property
    def off_by(self) -> tuple[float, ...]:
        """How far each output is from what was true, in its own unit; nothing of classes."""
        pairs = zip(self.predicted, self.truth, strict=False)
        return tuple(abs(says - was) for says, was in pairs if not isinstance(says, str) and not isinstance(was, str))


def worst_classified(
    classes: tuple[str, ...], truth_N: npt.NDArray[Any], prediction_NK: Floats, line_N: Integers
) -> tuple[WrongRow, ...]:
    """The rows given a wrong class, the surest mistakes first."""
    predicted_N = prediction_NK.argmax(axis=1)
    given_N = np.take_along_axis(prediction_NK, truth_N[:, None], axis=1)[:, 0]
    wrong = np.flatnonzero(predicted_N != truth_N)
    wrong = wrong[np.argsort(given_N[wrong], kind="stable")][:MOST]
    return tuple(
        WrongRow(
            line=int(line_N[row]),
            truth=(classes[truth_N[row]],),
            predicted=(classes[predicted_N[row]],),
            probability=float(given_N[row]),
        )
        for row in wrong
    )


def worst_labelled(
    labels: tuple[str, ...], truth_NK: npt.NDArray[Any], prediction_NK: Floats, line_N: Integers
) -> tuple[WrongRow, ...]:
    """The rows of which some output is said wrong, those with the least probability of all that is true first.

    What is said and what is true are the labels that are yes.
    """
    given_NK = np.where(truth_NK == 1, prediction_NK, 1 - prediction_NK)
    given_N = given_NK.prod(axis=1)
    said_NK = prediction_NK > SAYS_YES
    wrong = np.flatnonzero((said_NK != (truth_NK == 1)).any(axis=1))
    wrong = wrong[np.argsort(given_N[wrong], kind="stable")][:MOST]
    return tuple(
        WrongRow(
            line=int(line_N[row]),
            truth=_yes(labels, truth_NK[row] == 1),
            predicted=_yes(labels, said_NK[row]),
            probability=float(given_N[row]),
        )
        for row in wrong
    )


def _yes(labels: tuple[str, ...], is_yes_K: npt.NDArray[Any]) -> tuple[str, ...]:
    return tuple(label for label, is_yes in zip(labels, is_yes_K.tolist(), strict=True) if is_yes) or ("none",)


def worst_predicted(truth_NK: Floats, predicted_NK: Floats, line_N: Integers) -> tuple[WrongRow, ...]:
    """The rows furthest off; several outputs are added up in units of each one's spread."""
    spread_K = np.std(truth_NK, axis=0)
    spread_K = np.where(np.isfinite(spread_K) & (spread_K > 0), spread_K, 1.0)
    error_N = (np.abs(predicted_NK - truth_NK) / spread_K).sum(axis=1)
    order = np.argsort(-error_N, kind="stable")[:MOST]
    return tuple(
        WrongRow(
            line=int(line_N[row]), truth=tuple(truth_NK[row].tolist()), predicted=tuple(predicted_NK[row].tolist())
        )
        for row in order
        if error_N[row] > 0
    )

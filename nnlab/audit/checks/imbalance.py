"""Classes of very different size."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar, Literal

import numpy as np

from nnlab.audit.checks.check import Check, checks
from nnlab.audit.finding import Finding, percent
from nnlab.audit.mends import SetSettings
from nnlab.audit.rows import Rows

TIMES = 4  # the commonest class beside the rarest that is no rare class


@checks
class Imbalance(Check):
    """Classes of which the commonest has four times the rows of the smallest, or more: a model that always says the
    commonest looks good in accuracy."""

    kind: Literal["imbalance"] = "imbalance"

    title: ClassVar[str] = "Unbalanced classes"
    seriousness: ClassVar[int] = 35

    def find(self, rows: Rows) -> Iterator[Finding]:
        for truth in rows.truths:
            if not truth.classes:
                continue
            codes = truth.codes()
            counts = np.bincount(codes[codes >= 0], minlength=truth.n_classes)
            most, least = int(counts.argmax()), int(counts.argmin())
            if counts[most] < TIMES * counts[least]:
                continue
            told = counts / counts.sum()
            shares = {name: round(float(share), 6) for name, share in zip(truth.classes, told, strict=True)}
            common, rare = (f"“{truth.classes[code][:60]}”" for code in (most, least))
            said = (
                f"{common} is {percent(told[most])} of the rows, {rare} {percent(told[least])}: "
                f"always saying {common} is right in {percent(told[most])}."
            )
            mend = SetSettings(label="Weigh classes alike", values={"training.class_weights": "balanced"})
            yield self.finding((truth.name,), said, mend, shares=shares)

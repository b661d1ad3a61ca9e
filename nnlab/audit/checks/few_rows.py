"""Too few rows for what is asked."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar, Literal

from nnlab.audit.checks.check import Check, checks
from nnlab.audit.finding import Finding
from nnlab.audit.mends import SetSettings, UseTemplate
from nnlab.audit.rows import Rows
from nnlab.prep.split import FEWEST_TO_SPLIT, TEST
from nnlab.prep.wording import number

FEW_TO_LEARN = 200  # training rows
A_COLUMN = 5  # training rows for each column that is learnt from
FEW_TO_JUDGE = 100  # test rows: an accuracy of 0.8 is then known to ± 0.08
MORE_TEST = 0.4  # beside 0.64 and 0.16: a third of the rows


@checks
class FewRows(Check):
    """Too few rows to learn from, for so many columns or at all."""

    kind: Literal["few_rows"] = "few_rows"

    title: ClassVar[str] = "Too few rows"
    seriousness: ClassVar[int] = 33

    def find(self, rows: Rows) -> Iterator[Finding]:
        n_train, n_columns = len(rows.train), len(rows.scored)
        linear = UseTemplate(label="Use a linear model", template="linear")
        if n_train < FEW_TO_LEARN or n_train < A_COLUMN * n_columns:
            many = f" for {number(n_columns, 9)} columns" if n_train < A_COLUMN * n_columns else ""
            said = f"{number(n_train, 9)} rows train{many}: a network learns them by heart, a simple model less so."
            yield self.finding((), said, linear, n_train=n_train, n_columns=n_columns)


@checks
class FewTestRows(Check):
    """Too few rows to judge: what a score says then depends on luck."""

    kind: Literal["few_test_rows"] = "few_test_rows"

    title: ClassVar[str] = "Too few rows to judge"
    seriousness: ClassVar[int] = 33

    def find(self, rows: Rows) -> Iterator[Finding]:
        n_test = int((rows.parts == TEST).sum())
        if rows.n_rows >= FEWEST_TO_SPLIT and n_test < FEW_TO_JUDGE and rows.columns.split_column is None:
            wide = 1.96 * (0.16 / max(n_test, 1)) ** 0.5
            said = f"{number(n_test, 9)} rows judge: an accuracy of 0.80 is known to ± {wide:.2f} only."
            more = SetSettings(label="Judge on a third of the rows", values={"split.test": MORE_TEST})
            yield self.finding((), said, more, n_test=n_test)

"""What every check is: a look at the rows under audit that tells its findings one by one."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, ClassVar

from nnlab.audit.finding import Finding
from nnlab.audit.mends import Mend
from nnlab.audit.rows import Rows
from nnlab.spec import Registry, Spec


class Check(Spec):
    """One thing that is looked for.

    `seriousness` orders findings, the smaller the earlier; `needs_target` keeps a check back while the target cannot be
    learnt. `reports` are the words in `Finding.check`; of most checks their own kind.
    """

    kind: str = ""

    title: ClassVar[str] = ""
    seriousness: ClassVar[int] = 50
    needs_target: ClassVar[bool] = True
    reports: ClassVar[tuple[str, ...]] = ()

    def find(self, rows: Rows) -> Iterator[Finding]:
        """The findings, the most telling first."""
        raise NotImplementedError

    def finding(self, columns: tuple[str, ...], sentence: str, *mends: Mend, **numbers: Any) -> Finding:
        """A finding of this check from its evidence."""
        return Finding(check=self.kind, columns=columns, evidence={"sentence": sentence, **numbers}, mends=mends)


checks: Registry[Check] = Registry("check")

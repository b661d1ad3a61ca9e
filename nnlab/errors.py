"""The errors a person can meet.

    NnlabError                where, the rule, what came, what to do
     +-- SpecError            a setting is unknown or out of its range
     +-- DataError            a file, column or row cannot be used (fields: line, column)
     +-- LimitError           it would take more rows, memory, disk or time than is granted
     +-- NetworkError         a layer cannot take what arrives (field: layer)
     +-- TrainingError        a run cannot start or had to end
     +-- StorageError         what lies on disk is missing, damaged, full or of another version
          +-- NotFoundError   there is no such table, project or run in this workspace
          +-- ConflictError   somebody else saved in between

Every page and command shows these four parts; anything else that is raised is a fault of nnlab's own.
"""

from __future__ import annotations

from typing import Any


class NnlabError(Exception):
    """A sentence in four parts: where it is, the rule, what came instead, what to do.

    `repair` is what a page can offer as a button: plain data such as `{"set": "training.batch_size", "value": 64}`.
    """

    def __init__(
        self,
        rule: str,
        *,
        where: str = "",
        came: str = "",
        do: str = "",
        repair: dict[str, Any] | None = None,
        **fields: Any,
    ) -> None:
        super().__init__(rule)
        self.rule, self.where, self.came, self.do, self.repair = rule, where, came, do, repair
        self._fields = fields
        for name, value in fields.items():
            setattr(self, name, value)

    def __str__(self) -> str:
        head = f"{self.where}: {self.rule}" if self.where else self.rule
        came = f" What came: {self.came}" if self.came else ""
        do = f" {self.do}" if self.do else ""
        return f"{_ended(head)}{_ended(came)}{_ended(do)}"

    def __reduce__(self) -> tuple[Any, ...]:
        parts = {"where": self.where, "came": self.came, "do": self.do, "repair": self.repair, **self._fields}
        return _rebuilt, (type(self), self.rule, parts)

    def as_dict(self) -> dict[str, str]:
        """The four parts as the command line prints them."""
        return {"where": self.where, "rule": self.rule, "came": self.came, "do": self.do}

    def within(self, where: str) -> NnlabError:
        """The same error, its place told from one floor further up: `where` goes before the place known so far."""
        self.where = f"{where}, {self.where}" if self.where else where
        return self


class SpecError(NnlabError):
    """A setting is unknown or out of its range; `where` is the path of the field, such as `training.epochs`."""


class DataError(NnlabError):
    """A file, a column or a row cannot be used."""

    line: int | None = None
    column: str | None = None


class LimitError(NnlabError):
    """It would take more than is granted here; nothing was taken yet."""


class NetworkError(NnlabError):
    """A layer cannot take what arrives; `layer` is its path, such as `trunk.2`."""

    layer: str = ""


class TrainingError(NnlabError):
    """A run cannot start, or had to end."""


class StorageError(NnlabError):
    """What lies on disk is missing, damaged, full or of another version.

    `reason` is one word or two for code: "disk full", "not writable", "gone", "damaged", "newer" or "other".
    """

    reason: str = ""


class NotFoundError(StorageError):
    """There is no such table, project or run in this workspace."""


class ConflictError(StorageError):
    """Somebody else saved in between; nothing was overwritten."""


def _ended(text: str) -> str:
    return text if not text.strip() or text.rstrip()[-1] in ".?!" else text + "."


def _rebuilt(kind: type[NnlabError], rule: str, parts: dict[str, Any]) -> NnlabError:
    return kind(rule, **parts)

"""A run's folder: everything about one run, readable by anyone, written by whoever holds its lock.

States are decided by the reader: from the kernel's lock first, then from the queue, then from the last event. No
word of a process that died is taken for its state, and no clock and no process number either.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from contextlib import suppress
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, Self

from pydantic import Field

from nnlab.data.columns import Task
from nnlab.errors import NotFoundError, SpecError, StorageError
from nnlab.network.shapes import AnyShape
from nnlab.runs.events import Event, EventReader, effective, read_events
from nnlab.runs.files import (
    append_text,
    link_or_copy,
    move,
    read_bytes,
    read_json,
    remove_tree,
    shown,
    staging,
    write_bytes,
    write_json,
)
from nnlab.runs.lock import Lock, is_held
from nnlab.spec import Spec

if TYPE_CHECKING:
    from nnlab.runs.state import RunState

FORMAT = 2
LONGEST_IN_ZIP_NAME = 40  # letters of the run's name in that of its download
MOST_LOG_BYTES = 1_000_000  # of log.txt; beyond, its older half goes
Wanted = Literal["run", "pause", "stop"]
Origin = Literal["last", "previous", "beginning"]
_SPACE = re.compile(r"[A-Za-z0-9_-]{1,128}")


class RunSpec(Spec):
    """What run.json says: all that is needed to do the run again."""

    format: int = Field(FORMAT, ge=1, le=FORMAT, description="The version of this layout.")
    nnlab: str = Field(description="The version of nnlab that made it.")
    id: str = Field(pattern="^[a-z0-9]{4,32}$", description="Names the run's folder.")
    name: str = Field("", max_length=300, description="The name a person reads.")
    project: dict[str, Any] = Field(description="The project with everything resolved: recipe, network, training.")
    table_id: str = Field(pattern="^[0-9a-f]{32}$", description="The table in the run's space.")
    encoding_key: str = Field(pattern="^[0-9a-f]{8,64}$", description="The encoded tensors of that table.")
    task: Task
    target: tuple[str, ...]
    head: dict[str, Any] = Field(description="The network's head, as follows from the task.")
    input_shapes: dict[str, AnyShape] = Field(description="The shape of a row by the name of its input.")
    n_rows: dict[str, int] = Field(description="Rows in train, validation and test.")
    seed: int = Field(0, ge=0)
    threads: int | None = Field(None, ge=1, le=256, description="Threads that a race at the first start decided for.")
    raw_columns: tuple[dict[str, Any], ...] = Field(
        (), description="Where the table was cleaned: the columns of the file that a row to predict needs."
    )
    versions: dict[str, str] = Field(default_factory=dict, description="Versions of Python and the libraries in use.")
    parent: str | None = Field(None, description="The run that this one was cloned from or goes on from.")
    group: dict[str, Any] | None = Field(None, description="Kind, id and index where several runs belong together.")
    created: str = Field("", description="When, ISO 8601 in UTC; for people to read, never to order by.")
    key: str = Field("", description="The click that started it: the same click twice is one run.")


class Control(Spec):
    """What a person wants of a run; `step_to` lets a paused run train up to that step."""

    wanted: Wanted = "run"
    step_to: int | None = Field(None, ge=0)
    origin: Origin = Field("last", description="The exact state to go on from; `previous` when the last is damaged.")


class RunFolder:
    """One run, by the path of its folder; making this object reads nothing."""

    def __init__(self, path: Path | str) -> None:
        self.path = Path(path).absolute()
        self.lock = Lock(self.path / "run.lock")
        self._reader = EventReader(self.path / "events.jsonl")
        self._events: list[Event] = []

    @classmethod
    def create(cls, path: Path, spec: RunSpec, encoded: Path, fitted: bytes, folds: bytes = b"") -> Self:
        """A new run at `path`, whole or not at all; `folds` says which member holds out which row, if any does.

        Encoded tensors that lie with the space's table are referred to; others are linked or copied into the folder.
        """
        path = path.absolute()
        stage = staging(path.parent, path.name)
        try:
            write_bytes(stage / "fitted.safetensors", fitted)
            if folds:
                write_bytes(stage / "folds.safetensors", folds)
            if encoded.absolute() != _encoded_of(path, spec):
                link_or_copy(encoded, stage / "encoded.safetensors")
            write_json(stage / "run.json", spec.plain())
            move(stage, path)
        except BaseException:
            with suppress(StorageError):
                remove_tree(stage)
            raise
        return cls(path)

    @property
    def zip_name(self) -> str:
        """What the run's download is called: its name, as every system and shell takes it, and its id."""
        name = unicodedata.normalize("NFC", self.spec.name)
        kept = (letter if letter.isalnum() or unicodedata.category(letter)[0] == "M" else "-" for letter in name)
        named = re.sub("-+", "-", "".join(kept))[:LONGEST_IN_ZIP_NAME].strip("-")
        return f"{named}-{self.id}.zip" if named else f"{self.id}.zip"

    @cached_property
    def spec(self) -> RunSpec:
        """What run.json says; raises `NotFoundError` where there is no run, `StorageError` for a newer format."""
        plain = read_json(self.path / "run.json")
        found = plain.get("format") if isinstance(plain, Mapping) else None
        if isinstance(found, int) and found > FORMAT:
            came = f"made by nnlab {str(plain.get('nnlab'))[:40]}, format {found}; this nnlab reads format {FORMAT}"
            do = "Update nnlab, then open it again. Nothing was changed."
            raise StorageError("this run is of a newer version", where=shown(self.path), came=came, do=do)
        return RunSpec.parse(plain, "run.json")

    @property
    def id(self) -> str:
        return self.path.name

    @property
    def home(self) -> Path | None:
        """The home whose queue and slots the run uses; None for a run that lies outside of every space."""
        parts = self.path.parents
        is_in_space = len(parts) > 3 and parts[0].name == "runs" and parts[2].name == "spaces"
        return parts[3] if is_in_space and _SPACE.fullmatch(parts[1].name) else None

    @property
    def space(self) -> str:
        """The name of the run's space, empty for a run outside of every space."""
        return self.path.parents[1].name if self.home else ""

    @property
    def exists(self) -> bool:
        return (self.path / "run.json").exists()

    @property
    def encoded_path(self) -> Path:
        """The encoded tensors; raises `NotFoundError` where they are gone, as in a downloaded run."""
        own = self.path / "encoded.safetensors"
        path = own if own.exists() else _encoded_of(self.path, self.spec)
        if not path.exists():
            rule = "the table as it was prepared for this run is no longer here"
            do = "Open the file it was trained on, and start the run again from its project."
            raise NotFoundError(rule, where="prepared table", do=do, reason="gone")
        return path

    def events(self) -> list[Event]:
        """The events that count, oldest first; each call reads only what is new."""
        self._events += self._reader.new()
        return effective(self._events)

    def all_events(self) -> list[Event]:
        """Every event as it was written, superseded ones included."""
        return read_events(self.path / "events.jsonl")

    def control(self) -> Control:
        """What is wanted; a file that is missing or damaged wants the run to go on."""
        try:
            return Control.parse(read_json(self.path / "control.json", 10_000))
        except (StorageError, SpecError):
            return Control()

    def ask(self, wanted: Wanted, step_to: int | None = None, origin: Origin = "last") -> None:
        """Says what is wanted of the run; whoever trains it looks there several times a second."""
        if not self.exists:
            raise NotFoundError("this run is no longer there", where=shown(self.path), reason="gone")
        write_json(self.path / "control.json", Control(wanted=wanted, step_to=step_to, origin=origin).plain())

    @property
    def is_held(self) -> bool:
        """Whether a process trains or writes it now, as the kernel knows it."""
        return is_held(self.lock.path)

    def state(self) -> RunState:
        """What the run is doing now, decided by who holds its lock, then the queue, then its last event."""
        from nnlab.runs.state import state_of

        return state_of(self)

    def is_judged(self) -> bool:
        """Whether report.json is there; a run that is final and has none is being judged, or can be."""
        return (self.path / "report.json").exists()

    def report_plain(self) -> dict[str, Any]:
        """The report as JSON-ready data; raises `NotFoundError` while there is none."""
        plain: dict[str, Any] = read_json(self.path / "report.json")
        return plain

    def rename(self, name: str) -> None:
        """Gives the run another name for people; nothing else changes."""
        write_json(self.path / "run.json", self.spec.having(name=name).plain())
        self.__dict__.pop("spec", None)

    def decide_threads(self, count: int) -> None:
        """Writes down with how many threads the run computes, for good."""
        self.__dict__.pop("spec", None)  # it may have been given another name meanwhile
        write_json(self.path / "run.json", self.spec.having(threads=count).plain())
        self.__dict__.pop("spec", None)

    def note(self, text: str) -> None:
        """Adds to log.txt what is for whoever looks closer; a place that cannot be written to stays as it is."""
        path = self.path / "log.txt"
        with suppress(StorageError, OSError):
            if path.exists() and path.stat().st_size > MOST_LOG_BYTES:
                write_bytes(path, read_bytes(path)[-MOST_LOG_BYTES // 2 :])
            append_text(path, text.rstrip() + "\n")

    def delete(self) -> None:
        """Takes the run away at one stroke; a process that trains it ends by itself."""
        from nnlab.runs import queue

        if self.home is not None:
            queue.withdraw(self.home, self.space, self.id)
        remove_tree(self.path)


def _encoded_of(path: Path, spec: RunSpec) -> Path:
    """Where the space keeps the encoded tensors of a run at `path`: by ids alone, so that a home can be moved."""
    return path.parent.parent / "tables" / spec.table_id / "encoded" / f"{spec.encoding_key}.safetensors"

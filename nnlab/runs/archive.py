"""A run as one file to take away: a zip with its weights, its preparation, its specs, its events and its report.

Nothing of a stranger's archive is believed: only known names are read, sizes are counted while unpacking, weights are
compared with the network before they are loaded, and nothing is written outside the new run's own folder. The table
is not in it.
"""

from __future__ import annotations

import io
import stat
import struct
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from nnlab.errors import LimitError, NnlabError, NotFoundError, SpecError, StorageError
from nnlab.limits import Limits, limits
from nnlab.runs import files
from nnlab.runs.events import FINAL
from nnlab.runs.folder import RunFolder, RunSpec
from nnlab.runs.project import Project
from nnlab.runs.weights import check_fits, damaged, header_length, read_header
from nnlab.runs.workspace import shown_name
from nnlab.spec import plain_json

if TYPE_CHECKING:
    from nnlab.runs.workspace import Space

WEIGHTS, PREPARATION = "best.safetensors", "fitted.safetensors"
NEEDED = ("run.json", PREPARATION, WEIGHTS)
READ_ME = "README.txt"
KNOWN = (READ_ME, *NEEDED, "events.jsonl", "report.json")
LONGEST_TEXT = 50_000_000  # bytes, of run.json, events.jsonl and report.json each
DENSEST = 200  # how many times smaller than its content a member may be; weights hardly shrink, logs some 20 times
SMALL = 1_000_000  # bytes; below, nothing can be a bomb
LONGEST_DIRECTORY = 200  # bytes a file in the zip's list; names here are short
END, END_BYTES, END_64 = b"PK\x05\x06", 22, b"PK\x06\x07"
LONG_AGO = (1980, 1, 1, 0, 0, 0)  # the same run packs to the same bytes
# What readers of events calculate with; everything else may be text.
NUMBERS = (
    *("loss", "train_loss", "validation_loss", "metric_value", "learning_rate", "seconds", "rows_per_s", "at"),
    *("telemetry_share", "memory_bytes", "machine_bytes", "epochs", "steps", "steps_per_epoch", "batch_size"),
    *("n_train", "n_parameters", "loss_low", "loss_high", "metric_low", "metric_high"),
    *("best_value", "best_low", "best_high"),
)
READ_ME_TEXT = """{name}: a network trained on {n_train} rows, which predicts {target}.

It was made with nnlab, a free program that trains networks on tables. Use it there (the file is called {file}):
    in the browser            drop it on the page Start
    in nnlab's own folder     scripts/run predict {file} ROWS.csv --out ANSWERS.csv
    in Python, beside nnlab   nnlab.load("{file}").predict(rows).frame

In this file:
    run.json             columns, steps, network and settings
    fitted.safetensors   what the steps have learnt from the training rows
    best.safetensors     the weights of the best epoch
    events.jsonl         how the training went, one event a line
    report.json          how it was judged, where it was

The table is not in it.
"""
NOT_OURS = "this is not a run downloaded from nnlab"


def pack(run: RunFolder | Path | str) -> bytes:
    """The run as a zip; raises `NotFoundError` while it has no weights to take away."""
    folder = run if isinstance(run, RunFolder) else RunFolder(run)
    content = {"run.json": (folder.spec.having(key="").to_json() + "\n").encode()}
    for name in (PREPARATION, WEIGHTS):
        try:
            content[name] = files.read_bytes(folder.path / name)
        except NotFoundError:
            do = "Train it until its first epoch is over, then download it."
            raise NotFoundError("this run has no weights yet", where=name, do=do, reason="gone") from None
    events, report = folder.path / "events.jsonl", folder.path / "report.json"
    lines, _ = files.read_lines(events)
    content["events.jsonl"] = "".join(files.ONE_LINE(line) + "\n" for line in lines).encode()
    if report.is_file():
        content["report.json"] = files.read_bytes(report)
    content[READ_ME] = _read_me(folder).encode()
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        for name in KNOWN:
            if name in content:
                how = zipfile.ZIP_STORED if name.endswith(".safetensors") else zipfile.ZIP_DEFLATED
                archive.writestr(zipfile.ZipInfo(name, LONG_AGO), content[name], how)
    return made.getvalue()


def _read_me(run: RunFolder) -> str:
    """What the zip is and how it is used, for whoever finds it on a disk."""
    spec = run.spec
    name, target = shown_name(spec.name or run.id), ", ".join(map(shown_name, spec.target))
    return READ_ME_TEXT.format(name=name, target=target, file=run.zip_name, n_train=spec.n_rows.get("train", 0))


def unpack(data: bytes, space: Space) -> str:
    """Opens a downloaded run in a space, and gives back the new run's id.

    Raises `LimitError` where the space is full or the archive too large, `StorageError` where anything about it is not
    as it should be; then nothing of it stays.
    """
    path = space.new_run()
    check_list(data, limits())
    files.make_folder(path.parent)
    files.sweep(path.parent)
    stage = files.staging(path.parent, path.name)
    try:
        place(data, stage, path.name)
        files.move(stage, path)
    finally:
        files.remove_tree(stage)
    return path.name


def place(data: bytes, folder: Path, run_id: str) -> None:
    """Checks a downloaded run and writes it into an empty folder, as a run of this id."""
    from nnlab.runs.load import predictor_of

    granted = limits()
    infos = check_list(data, granted)
    with _told_as_damage(), zipfile.ZipFile(io.BytesIO(data)) as archive:
        contents = _Contents(archive, infos, granted)
        files.write_bytes(folder / "run.json", contents.text("run.json"))
        spec = RunFolder(folder).spec
        project = Project.from_plain(spec.project, "run.json, project")
        files.write_json(folder / "run.json", spec.having(id=run_id, key="").plain())
        preparation = contents.tensors(PREPARATION)
        expected = _expected(spec, project, granted)
        weights = contents.tensors(WEIGHTS, expected)
        files.write_bytes(folder / PREPARATION, preparation)
        files.write_bytes(folder / WEIGHTS, weights)
        events = _events(contents.text("events.jsonl")) if "events.jsonl" in infos else []
        text = "".join(files.ONE_LINE(event) + "\n" for event in _ended(events))
        files.write_bytes(folder / "events.jsonl", text.encode())
        if "report.json" in infos:
            files.write_bytes(folder / "report.json", _report(contents.text("report.json")))
    # The last check is the use itself: checksums, names, shapes, finite weights, a preparation that reads.
    predictor_of(RunFolder(folder))


def holds_run(data: bytes) -> bool:
    """Whether a zip looks like a run rather than a table, going by the names in it; nothing is unpacked."""
    try:
        return any(info.filename in NEEDED for info in _members(data, limits()))
    except NnlabError:
        return False


def check_list(data: bytes, granted: Limits) -> dict[str, zipfile.ZipInfo]:
    """The members of a zip by name; raises unless each is a known plain file, stands once, and states a fair size."""
    found: dict[str, zipfile.ZipInfo] = {}
    for info in _members(data, granted):
        _check_member(info, found)
        found[info.filename] = info
    missing = [name for name in NEEDED if name not in found]
    if missing:
        do = "Choose the file as it was downloaded from a run."
        raise StorageError(NOT_OURS, came="no " + ", ".join(missing), do=do, reason="damaged")
    total = sum(info.file_size for info in found.values())
    if total > granted.archive_bytes:
        raise _too_large(granted, f"{total} bytes unpacked")
    return found


def _members(data: bytes, granted: Limits) -> list[zipfile.ZipInfo]:
    """What the zip's list says; the list's own size is looked at before it becomes objects in memory."""
    if len(data) > granted.archive_bytes:
        raise _too_large(granted, f"{len(data)} bytes")
    end = data[-END_BYTES:]
    if len(end) < END_BYTES or not end.startswith(END) or END_64 in data[-END_BYTES - 20 :]:
        raise StorageError(NOT_OURS, came="no plain zip file", do="Choose the file as it was downloaded.")
    n_files, n_directory = struct.unpack("<10xHL6x", end)
    if n_files > granted.archive_files or n_directory > granted.archive_files * LONGEST_DIRECTORY:
        raise LimitError(f"a downloaded run may hold {granted.archive_files} files", came=f"{n_files} files")
    with _told_as_damage(), zipfile.ZipFile(io.BytesIO(data)) as archive:
        return archive.infolist()


class _Contents:
    """The members, read one by one; bytes are counted as they come, whatever the zip says they are."""

    def __init__(self, archive: zipfile.ZipFile, infos: dict[str, zipfile.ZipInfo], granted: Limits) -> None:
        self.archive, self.infos, self.granted = archive, infos, granted
        self.n_left = granted.archive_bytes

    def text(self, name: str) -> bytes:
        """A member that is text; raises `LimitError` where it is longer than texts are."""
        return self._read(name, LONGEST_TEXT)

    def tensors(self, name: str, expected: dict[str, tuple[int, ...]] | None = None) -> bytes:
        """A safetensors member whose header was checked, also against the expected shapes, before the rest is read."""
        size = self.infos[name].file_size
        with self.archive.open(self.infos[name]) as member:
            head = member.read(8)
            head += member.read(header_length(head, size, name))
        claims = read_header(head, size, name)
        if expected is not None:
            check_fits(claims, expected, name)
        data = self._read(name, size)
        if len(data) != size:
            raise damaged(name, f"{len(data)} bytes where {size} are announced")
        return data

    def _read(self, name: str, most: int) -> bytes:
        most = min(most, self.n_left)
        with self.archive.open(self.infos[name]) as member:
            data = member.read(most + 1)
        if len(data) > most:
            raise _too_large(self.granted, f"more than {most} bytes in {name}")
        self.n_left -= len(data)
        return data


def _check_member(info: zipfile.ZipInfo, found: dict[str, zipfile.ZipInfo]) -> None:
    name, mode = info.filename, info.external_attr >> 16
    if name not in KNOWN:
        raise StorageError(NOT_OURS, came=f"a file named {name[:80]!r}", do="Choose the file as it was downloaded.")
    if name in found:
        raise damaged(name, "the same name twice", NOT_OURS)
    if stat.S_IFMT(mode) not in (0, stat.S_IFREG):
        raise damaged(name, "a link or something else that is no plain file", NOT_OURS)
    if info.flag_bits & 0x1:
        raise damaged(name, "an encrypted file", NOT_OURS)
    if info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        raise damaged(name, "a kind of compression that nnlab does not use", NOT_OURS)
    if info.file_size > SMALL and info.file_size > DENSEST * max(1, info.compress_size):
        came = f"{name} would unpack from {info.compress_size} to {info.file_size} bytes"
        raise LimitError("an archive may not unpack to a multiple of its size", came=came, do="Do not trust it.")


def _expected(spec: RunSpec, project: Project, granted: Limits) -> dict[str, tuple[int, ...]]:
    """Names and shapes of the network's tensors, from a model without memory; raises where it would be too large."""
    import torch

    from nnlab.network.build import build_members
    from nnlab.network.head import Head
    from nnlab.network.plan import plan

    if project.network is None:
        raise damaged("run.json", "a run without its network")
    head = Head.parse(spec.head, "run.json, head")
    plan(project.network, spec.input_shapes, head, granted).runnable()
    with torch.device("meta"):
        module = build_members(project.network, spec.input_shapes, head, range(project.training.members), granted)
    return {name: tuple(tensor.shape) for name, tensor in module.state_dict().items()}


def _events(text: bytes) -> list[dict[str, Any]]:
    """The lines of a stranger's log that are events; what else stands there is left out."""
    events = []
    for line in text.splitlines():
        try:
            plain = plain_json(line)
        except SpecError:
            continue
        if isinstance(plain, dict) and _is_event(plain):
            events.append(plain)
    return events


def _is_event(plain: dict[str, Any]) -> bool:
    counts = [plain.get(name, 0) for name in ("step", "epoch", "n", "best_epoch")]
    numbers = [plain.get(name) for name in NUMBERS]
    others = [value for name, value in plain.items() if name != "error"]
    return (
        isinstance(plain.get("event"), str)
        and all(value is None or _is_count(value) for value in counts)
        and all(value is None or isinstance(value, int | float) for value in numbers)
        and all(value is None or isinstance(value, int | float | str) for value in others)
        and isinstance(error := plain.get("error", {}), dict)
        and isinstance(error.get("repair") or {}, dict)
    )


def _ended(events: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The events with an end: a run that was taken away while it trained cannot go on without its table."""
    if any(event["event"] in FINAL for event in events[-1:]):
        return events
    last = events[-1] if events else {}
    told = {name: last.get(name) or 0 for name in ("step", "epoch", "n")}
    return [*events, {**told, "event": "stopped", "n": told["n"] + 1, "cause": "Downloaded before it had ended."}]


def _report(text: bytes) -> bytes:
    from nnlab.score.report import Report

    return (Report.from_file(text, "report.json").to_json() + "\n").encode()


def _is_count(value: Any) -> bool:
    return type(value) is int and 0 <= value < 2**53


@contextmanager
def _told_as_damage() -> Iterator[None]:
    """What zipfile raises over a damaged or tampered archive, as a `StorageError`."""
    try:
        yield
    except NnlabError:
        raise
    except (zipfile.BadZipFile, zlib.error, EOFError, ValueError, NotImplementedError, RuntimeError) as error:
        raise damaged("archive", f"{type(error).__name__}: {error}", "this archive is damaged") from None


def _too_large(granted: Limits, came: str) -> LimitError:
    return LimitError(f"a downloaded run may have {granted.archive_bytes} bytes", came=came, do="Do not trust it.")

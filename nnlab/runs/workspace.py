"""Where everything lies: the home folder, and in it one space per person, which nobody else sees into.

A space is made at the first write, never by looking. A name or an id from outside (a link, a cookie, an upload) is
checked before it becomes a part of a path: a crafted one names nothing, and nothing is made for it.
"""

from __future__ import annotations

import base64
import hashlib
import os
import re
import secrets
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from nnlab.cleaning.clean import cleaned
from nnlab.data.read import Progress, read, silent
from nnlab.data.reading import Reading
from nnlab.data.table import READER_VERSION, Table
from nnlab.errors import ConflictError, LimitError, NnlabError, NotFoundError, StorageError
from nnlab.limits import Limits, limits
from nnlab.runs import files, queue
from nnlab.runs.cleaned_tables import cleaned_of, cleaned_table, drop_unused, ensure_table
from nnlab.runs.project import Project
from nnlab.runs.project_folder import ProjectFolder, UndoRedo
from nnlab.runs.table_folder import TableEntry, TableFolder

if TYPE_CHECKING:
    from nnlab.cleaning.cleaning import Cleaning
    from nnlab.runs.folder import RunFolder

SPACE = re.compile(r"local|(cookie|user)-[0-9a-f]{64}|session-[A-Za-z0-9_-]{8,100}")
TABLE_ID = re.compile(r"[0-9a-f]{32}")
ID = re.compile(r"[a-z0-9]{8,16}")  # of projects and runs
_READ = 0.9  # the share of putting a table here that is reading it
ENCODED_KEPT = 4  # preparations of a table kept although no run uses them
LONGEST_NAME = 255
Source = bytes | memoryview | Path


def home() -> Path:
    """The folder that holds everything: `NNLAB_HOME`, else `workspace` beside app.py; wherever one stands."""
    root = Path(__file__).resolve().parents[2]
    return root / Path(os.environ.get("NNLAB_HOME") or "workspace").expanduser()


def hashed_space(kind: str, secret: str) -> str:
    """The space of a cookie's token or of a login's name; the secret itself is in no path and no log."""
    return f"{kind}-{hashlib.sha256(secret.encode()).hexdigest()}"


def new_id() -> str:
    """Ten letters and digits that nobody guesses."""
    return base64.b32encode(secrets.token_bytes(7)).decode().lower()[:10]


class ProjectEntry(NamedTuple):
    """A line of the list of projects; `problem` where it cannot be opened."""

    id: str
    name: str
    file_name: str
    table_id: str
    revision: int
    saved_at: float  # seconds since 1970, to show only
    rows_table_id: str = ""
    problem: str = ""


class Space:
    """One person's tables, projects and runs under `HOME/spaces/NAME`."""

    def __init__(self, home: Path, name: str = "local") -> None:
        """Raises `NotFoundError` for a name that no space can have."""
        if not SPACE.fullmatch(name):
            raise NotFoundError("there is no such workspace", came=name[:80], reason="gone")
        self.home, self.name = home, name
        self.path = home / "spaces" / name

    def delete(self) -> None:
        """Takes everything of this person away: for a session that is over, or on their own wish."""
        files.remove_tree(self.path)

    # Tables

    def put_table(
        self, source: Source, name: str, reading: Reading | None = None, *, progress: Progress = silent
    ) -> Table:
        """The table in a file's bytes, kept; the same bytes read the same way are kept once.

        The bytes go to disk as they came before anything reads them. `name` is only shown, never part of a path.
        Raises `LimitError` before anything is written, `DataError` where no table can be read, `StorageError`.
        """
        granted = limits()
        digest = _digest(source, granted)
        name = shown_name(name)
        known = self._known_table(digest, reading)
        if known is not None:
            try:
                return replace(self.table(known), name=name)
            except StorageError:
                return self._mended(TableFolder(self.path / "tables" / known), source, name, reading)
        tables = files.make_folder(self.path / "tables")
        files.sweep(tables)
        staged = TableFolder(files.staging(tables, digest[:8]))
        try:
            if isinstance(source, Path):
                # A file of our own never changes; a person may go on writing into theirs.
                files.copy_file(source, staged.bytes, may_link=source.is_relative_to(tables))
            else:
                files.write_bytes(staged.bytes, source)
            # The bytes that are in memory already are not taken into it a second time.
            data = source if isinstance(source, bytes) else staged.bytes
            table = read(data, name=name, reading=reading, limits=granted, progress=_most_of(progress))
            progress(_READ, "keeping the table")
            if not (tables / table.id / "reading.json").is_file():
                staged.write(table, is_guessed=reading is None)
                self._settle(staged.path, tables / table.id)
            return table
        finally:
            files.remove_tree(staged.path)

    def table(self, table_id: str) -> Table:
        """A table of this space; raises `NotFoundError`, or `StorageError` where it is damaged."""
        folder = self._table_folder(table_id)
        granted = limits()
        return folder.open(
            lambda path, name, how: cleaned(read(path, name=name, reading=how, limits=granted), folder.cleaning())
        )

    def reread(self, table_id: str, reading: Reading) -> Table:
        """The same bytes read another way, and cleaned as before: another table; the old one stays."""
        folder = self._table_folder(table_id)
        table = self.put_table(folder.bytes, str(folder.plain().get("name", "table")), reading)
        return self.cleaned(table, folder.cleaning())

    def cleaned(self, table: Table, cleaning: Cleaning) -> Table:
        """A table of this space, as it was read, after these steps; kept here as well."""
        return cleaned_table(self, table, cleaning)

    def tables(self) -> tuple[TableEntry, ...]:
        """The tables here, by name; a damaged one is listed with its problem."""
        entries = [TableFolder(path).entry() for path in self._folders("tables", TABLE_ID)]
        return tuple(sorted(entries, key=lambda entry: (entry.name.lower(), entry.id)))

    def table_bytes(self, table_id: str) -> Path:
        """Where the bytes of a table lie as they came."""
        return self._table_folder(table_id).bytes

    def is_guessed(self, table_id: str) -> bool:
        """Whether a table's reading was guessed: nobody overruled anything."""
        return self._table_folder(table_id).plain().get("is_guessed") is True

    def delete_table(self, table_id: str) -> None:
        """Takes a table away; raises `ConflictError` while a project or a run uses it."""
        folder = self._table_folder(table_id)
        users = [project.name for project in self.projects() if table_id in (project.table_id, project.rows_table_id)]
        users += ["a cleaned table"] * bool(cleaned_of(self, table_id))
        users += [f"run {run.id}" for run in self.runs() if _plain(run.path / "run.json").get("table_id") == table_id]
        if users:
            came = ", ".join(users[:5])
            raise ConflictError("projects or runs use this table", came=came, do="Delete these first.")
        files.remove_tree(folder.path)

    def encoded(self, project: Project) -> Path:
        """The encoded tensors of a project's table and preparation, made where they are not there yet."""
        from nnlab.prep.encoded import encode, encoding_key

        folder = self._table_folder(project.table_id)
        key = encoding_key(project.table_id, project.columns, project.split, project.recipe)
        path = folder.encoded / f"{key}.safetensors"
        if not _opens(path):
            data = encode(self.table(project.table_id), project.columns, project.split, project.recipe).to_bytes()
            files.make_folder(folder.encoded)
            self._drop_unused(folder.encoded)
            files.write_bytes(path, data)
        return path

    # Projects

    def create_project(self, table: Table, name: str = "", like: Project | None = None) -> Project:
        """A new project on a table of this space, with the choices of `like` where given; its first revision is 1."""
        table = self.cleaned(table, like.cleaning) if like else table
        base = like.for_file(table) if like else Project().for_file(table)
        name = shown_name(name or (like.name if like else "") or Path(table.name).stem)
        folder = ProjectFolder(self.path / "projects" / new_id())
        return folder.create(base.having(name=name, table_id=table.id))

    def project(self, project_id: str) -> Project:
        """A project as last saved; raises `NotFoundError`, or `StorageError` where it is damaged or newer."""
        return self._project_folder(project_id).load()

    def save(self, project: Project) -> Project:
        """The project with its next revision; raises `ConflictError` where another window saved in between."""
        return self._project_folder(project.id).save(project)

    def undo(self, project_id: str, revision: int | None = None) -> Project:
        """The project one change back, as a new revision; unchanged where there is nothing to undo."""
        return ensure_table(self, self._project_folder(project_id).undo(revision))

    def redo(self, project_id: str, revision: int | None = None) -> Project:
        """The project with the last undo taken back; unchanged where there is nothing to redo."""
        return ensure_table(self, self._project_folder(project_id).redo(revision))

    def undo_redo(self, project_id: str) -> UndoRedo:
        """Whether there is something to undo, and something to redo."""
        return self._project_folder(project_id).undo_redo()

    def projects(self) -> tuple[ProjectEntry, ...]:
        """The projects here, the last saved first; a damaged one is listed with its problem."""
        entries = [_project_entry(path) for path in self._folders("projects", ID)]
        return tuple(sorted(entries, key=lambda entry: (-entry.saved_at, entry.id)))

    def rename_project(self, project_id: str, name: str) -> Project:
        """The project under another name."""
        project = self.project(project_id)
        return self.save(project.having(name=shown_name(name)))

    def delete_project(self, project_id: str) -> None:
        """Takes a project away with its history; its runs stay, and its table as long as anything uses it."""
        folder = self._project_folder(project_id)
        plain = _plain(folder.file)
        files.remove_tree(folder.path)
        for table_id in (plain.get("table_id"), plain.get("rows_table_id")):
            drop_unused(self, table_id)

    # Runs

    def new_run(self) -> Path:
        """The path of a run to be made; nothing is made yet. Raises `LimitError` where the space is full."""
        most = limits().stored_runs
        n_runs = len(self._folders("runs", ID))
        if n_runs >= most:
            came = f"{n_runs} runs are here"
            raise LimitError(f"a workspace keeps {most} runs", came=came, do="Delete runs on the Runs page.")
        return self.path / "runs" / new_id()

    def run(self, run_id: str) -> RunFolder:
        """The folder of a run of this space; raises `NotFoundError`."""
        from nnlab.runs.folder import RunFolder

        return RunFolder(self._found("runs", ID, run_id, "run"))

    def runs(self) -> tuple[RunFolder, ...]:
        """The runs here, the newest first; one whose run.json is damaged is last, and can be deleted."""
        from nnlab.runs.folder import RunFolder

        paths = self._folders("runs", ID)
        return tuple(
            RunFolder(path) for path in sorted(paths, key=lambda path: (_created(path), path.name), reverse=True)
        )

    def living_runs(self) -> tuple[RunFolder, ...]:
        """The runs that train or wait: asked of locks and the queue alone, so that every page can ask."""
        from nnlab.runs.folder import RunFolder

        waiting = queue.runs_of(self.home, self.name)
        folders = [RunFolder(path) for path in self._folders("runs", ID)]
        return tuple(run for run in folders if run.id in waiting or run.is_held)

    def delete_run(self, run_id: str) -> None:
        """Takes a run away; where it still trains, it ends by itself."""
        folder = self.run(run_id)
        table_id = _plain(folder.path / "run.json").get("table_id")
        folder.delete()
        drop_unused(self, table_id)

    # Inside

    def _table_folder(self, table_id: str) -> TableFolder:
        return TableFolder(self._found("tables", TABLE_ID, table_id, "table"))

    def _project_folder(self, project_id: str) -> ProjectFolder:
        return ProjectFolder(self._found("projects", ID, project_id, "project"))

    def _found(self, kind: str, pattern: re.Pattern[str], name: str, noun: str) -> Path:
        path = self.path / kind / name if pattern.fullmatch(name) else None
        if path is None or path.is_symlink() or not path.is_dir():
            do = f"It may belong to another workspace or be deleted: choose one of your {kind}."
            raise NotFoundError(f"there is no such {noun} in this workspace", came=name[:80], do=do, reason="gone")
        return path

    def _folders(self, kind: str, pattern: re.Pattern[str]) -> list[Path]:
        """The folders of a kind whose name is an id; foreign things are passed over; a missing space has none."""
        try:
            with os.scandir(self.path / kind) as entries:
                found = [entry for entry in entries if pattern.fullmatch(entry.name)]
                return [Path(entry.path) for entry in found if entry.is_dir(follow_symlinks=False)]
        except OSError:
            return []

    def _known_table(self, digest: str, reading: Reading | None) -> str | None:
        """The table that these bytes were read as before, by this reader and the same reading."""
        for path in self._folders("tables", TABLE_ID):
            try:
                plain = TableFolder(path).plain()
            except NnlabError:
                continue
            same = plain.get("is_guessed") is True if reading is None else plain.get("reading") == reading.plain()
            same = same and not plain.get("raw_id")
            if plain.get("digest") == digest and plain.get("reader_version") == READER_VERSION and same:
                return path.name
        return None

    def _mended(self, damaged: TableFolder, source: Source, name: str, reading: Reading | None) -> Table:
        """A damaged table made whole from the same bytes in its place; what runs need beside it stays."""
        if isinstance(source, Path):
            if source == damaged.bytes:
                return self.table(damaged.path.name)  # there is nothing better: raises what is wrong with it
            files.copy_file(source, damaged.bytes)
        else:
            files.write_bytes(damaged.bytes, source)
        table = read(damaged.bytes, name=name, reading=reading, limits=limits())
        damaged.write(table, is_guessed=reading is None)
        return table

    def _settle(self, staged: Path, place: Path) -> None:
        if place.is_dir():
            files.remove_tree(place)  # a table without its record: what was left of it is made anew
        try:
            files.move(staged, place)
        except ConflictError:
            return  # somebody put the same table at the same moment

    def _drop_unused(self, encoded: Path) -> None:
        """Keeps the preparations that a run needs to go on, and the latest few others."""
        used = {_plain(path / "run.json").get("encoding_key") for path in self._folders("runs", ID)}
        free = [path for path in encoded.glob("*.safetensors") if path.stem not in used]
        for path in sorted(free, key=lambda path: path.stat().st_mtime_ns, reverse=True)[ENCODED_KEPT:]:
            files.remove(path)


def shown_name(name: str) -> str:
    """A name as it may be shown: one line, at most 255 characters, never empty; it says nothing about a path."""
    line = "".join(character if character.isprintable() else " " for character in name).strip() or "untitled"
    return line if len(line) <= LONGEST_NAME else line[: LONGEST_NAME - 1] + "…"


def _digest(source: Source, granted: Limits) -> str:
    most = granted.file_bytes if isinstance(source, Path) else granted.upload_bytes
    with files.storage_errors(source if isinstance(source, Path) else Path("upload")):
        size = source.stat().st_size if isinstance(source, Path) else len(source)
        if size > most:
            do = "Take a part of the rows, or read the file by its path on the command line."
            raise LimitError(f"a file may have {most} bytes", came=f"{size} bytes", do=do)
        if not isinstance(source, Path):
            return hashlib.sha256(source).hexdigest()
        with source.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()


def _project_entry(path: Path) -> ProjectEntry:
    file = path / "project.json"
    plain = _plain(file)
    try:
        saved_at = file.stat().st_mtime
        name, file_name, table_id = (str(plain[field]) for field in ("name", "file_name", "table_id"))
        rows_table_id = str(plain.get("rows_table_id", ""))
        return ProjectEntry(path.name, name, file_name, table_id, int(plain["revision"]), saved_at, rows_table_id)
    except (OSError, KeyError, TypeError, ValueError):
        return ProjectEntry(path.name, path.name, "", "", 0, 0.0, problem="This project is damaged.")


def _opens(encoded: Path) -> bool:
    from nnlab.prep.encoded import Encoded

    try:
        Encoded.open(encoded)
    except StorageError:
        return False  # not there, or damaged: both are mended by making it again
    return True


def _created(path: Path) -> str:
    return str(_plain(path / "run.json").get("created", ""))


def _most_of(progress: Progress) -> Progress:
    return lambda share, doing: progress(_READ * share, doing)


def _plain(path: Path) -> dict[str, Any]:
    try:
        plain = files.read_json(path)
    except NnlabError:
        return {}
    return plain if isinstance(plain, dict) else {}

"""Training in this very process: what `nnlab.train` and the command line do, with the same locks as the worker."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from nnlab.data.reading import Reading
from nnlab.errors import ConflictError, DataError, LimitError, NotFoundError, SpecError, TrainingError
from nnlab.limits import limits
from nnlab.runs import files
from nnlab.runs.folder import RunFolder
from nnlab.runs.said_columns import image_said, names_in, with_roles, with_targets
from nnlab.runs.sizing import encoded_in, with_template
from nnlab.runs.suggestion import suggested
from nnlab.runs.watch import follow, look
from nnlab.runs.workspace import Space, home
from nnlab.spec import did_you_mean

if TYPE_CHECKING:
    from nnlab.data.columns import Task
    from nnlab.data.table import Table
    from nnlab.network.network import Network
    from nnlab.network.template import Template
    from nnlab.runs.project import Project
    from nnlab.score.report import Report

Progress = Callable[[str, bool], None]
SLOT_WAIT_S = 0.2
PROGRESS_S = 0.5
PROJECT_BYTES = 50_000_000  # no project or network file is larger


@dataclass(frozen=True)
class Run:
    """A run: its folder, and what came of it. It can be given wherever the path of a run can."""

    folder: RunFolder

    def __fspath__(self) -> str:
        return str(self.path)

    @property
    def path(self) -> Path:
        return self.folder.path

    @property
    def is_finished(self) -> bool:
        """Whether it trained to its end, by epochs or by patience."""
        return self.folder.state().name == "finished"

    def report(self) -> Report:
        """The report on the test rows; raises `NotFoundError` where there is none."""
        from nnlab.score.report import Report

        return Report.from_file(files.read_bytes(self.path / "report.json"))

    def state_sentence(self) -> str:
        """How it ended, in one sentence."""
        state, seen = self.folder.state(), look(self.folder)
        best = f", best epoch {seen.best_epoch}" if seen.best_epoch else ""
        return f"{state.name}{best}. {state.cause}".strip()

    def summary(self) -> dict[str, Any]:
        """What the command line prints: rows, metrics, baselines, verdict, epochs, seconds, device, parameters."""
        spec, seen = self.folder.spec, look(self.folder)
        ran = next((event for event in self.folder.events() if event.get("n_parameters") is not None), {})
        plain: dict[str, Any] = {
            "run": str(self.path),
            "state": seen.state.name,
            "cause": seen.state.cause,
            "task": spec.task,
            "target": list(spec.target),
            "n_rows": dict(spec.n_rows),
            "metrics": {"test": {}},
            "baselines": {},
            "verdict": "",
        }
        if self.folder.is_judged():
            plain |= self.report().summary()
        plain["best_epoch"], plain["epochs"] = seen.best_epoch, seen.epoch
        plain["seconds"], plain["device"] = seen.seconds, seen.device
        plain["n_parameters"] = ran.get("n_parameters")
        return plain


def train(
    source: Table | Path | str | bytes,
    target: str | Sequence[str] | None = None,
    *,
    project: Project | Path | None = None,
    task: Task | None = None,
    network: Network | Path | None = None,
    template: str | None = None,
    settings: Mapping[str, Any] | None = None,
    split_column: str | None = None,
    group: str | Sequence[str] = (),
    time: str | None = None,
    image: str | None = None,
    ignore: Sequence[str] = (),
    seed: int | None = None,
    out: Path | None = None,
    workspace: Path | None = None,
    now: bool = False,
    progress: Progress | None = None,
) -> Run:
    """A run trained and judged in this process, in the space `local` or at `out`; everything not said is default.

    Args:
        source: a table, also one that was changed since it was read; a file's path, or a file's bytes.
        target: the column to predict, or several; in one text with commas between them.
        project: a project or its file: reading, kinds, recipe, network and training; the other arguments change it.
        network: the design, or its file; without it, a template and a project: the network that is suggested.
        settings: values by the path of their field, such as `{"training.epochs": 12}`.
        split_column: the column that holds train, validation and test.
        group: the column, or several, whose equal values keep their rows in one part of the split.
        time: the column in whose order rows train, validate and test.
        image: channels, height and width of pictures, such as "1,28,28", where the guess is to be overruled.
        seed: of the split, the weights and the order of the rows.
        workspace: the folder for the table and what is made of it; nothing said: `NNLAB_HOME`.
        now: whether to train although other runs hold all slots of this machine.

    Raises `NnlabError` before anything is made where the run cannot start, and `TrainingError` where it failed.
    """
    from nnlab.runs.start import create_run

    space = Space(workspace or home())
    _check_free(out)
    designed, sized = _designed(network), _template(template)
    made = described(space, source, target, project, task, split_column, group, time, ignore, progress, image)
    made = _with_settings(made, designed, settings or {}, seed)
    if sized is not None:
        made = with_template(made, sized, encoded_in(space), settings)
    elif made.network is None and project is None:
        made = suggested(made, encoded_in(space), settings).project
    folder = create_run(space, made, path=out)
    return _carried_out(folder, space.home, now, progress)


def described(
    space: Space,
    source: Table | Path | str | bytes,
    target: str | Sequence[str] | None = None,
    project: Project | Path | None = None,
    task: Task | None = None,
    split_column: str | None = None,
    group: str | Sequence[str] = (),
    time: str | None = None,
    ignore: Sequence[str] = (),
    progress: Progress | None = None,
    image: str | None = None,
) -> Project:
    """The project that a source and what was said of it make, its table in the space; arguments as of `train`."""
    from nnlab.data.table import Table
    from nnlab.runs.cleaned_tables import cleaned_aloud

    if not isinstance(source, Table | bytes):
        source = _checked(Path(source), limits().file_bytes)
    chosen = _opened(project)
    table = _table(space, source, chosen)
    if image is not None:
        table = space.reread(table.id, table.reading.having(image=image_said(image)))
    if chosen and chosen.cleaning.steps:
        table = cleaned_aloud(space, table, chosen, progress)
    made = chosen.for_file(table) if chosen else _new_project(table, source)
    made = with_targets(made, names_in(target, table.columns.names), task)
    return with_roles(made, split_column, (group,) if isinstance(group, str) else group, time, ignore)


def resume(run: str | Path, *, now: bool = False, progress: Progress | None = None) -> Run:
    """A run gone on with: a stopped or dead one trains on here, a living one is followed, a finished one is read.

    Raises `NotFoundError` where there is no such run or its table is gone, `TrainingError` where it failed.
    """
    from nnlab.runs.start import resume_here

    folder = found(run)
    if folder.state().name == "finished":
        _judge(folder, progress)
        return Run(folder)
    if not folder.is_held:
        resume_here(folder)
        try:
            return _carried_out(folder, folder.home or home(), now, progress)
        except ConflictError:
            pass  # somebody else took it at the same moment: it lives
    if folder.state().name == "paused":
        folder.ask("run")
    _follow(folder, progress)
    return _ended(folder, progress)


def found(run: str | Path) -> RunFolder:
    """The run at a path, or of an id in the space `local`; raises `NotFoundError`."""
    path = Path(run)
    if (path / "run.json").is_file():
        return RunFolder(path)
    if path.name == str(run) and not path.exists():
        return Space(home()).run(path.name)
    came = "a file" if path.is_file() else "no run.json in it" if path.is_dir() else "nothing is there"
    do = "Give a run's folder, or its id in the workspace."
    raise NotFoundError("there is no run here", where=str(path), came=came, do=do)


def _carried_out(folder: RunFolder, where: Path, now: bool, progress: Progress | None) -> Run:
    """Waits for a slot, trains, judges; raises what the run failed of, and `ConflictError` where it is taken."""
    from nnlab.runs.slots import Slot
    from nnlab.runs.trainer import train as trained
    from nnlab.runs.turn import KeyboardTurn, Turn

    slot = None if now else Slot(where, limits().slots)
    while slot is not None and not slot.take(SLOT_WAIT_S):
        if progress:
            progress("waiting: another run trains on this machine (--now does not wait)", False)
    try:
        with _Reporting(folder, progress):
            # Python lets nobody but the main thread listen to Ctrl-C.
            if threading.current_thread() is threading.main_thread():
                with KeyboardTurn(slot) as turn:
                    trained(folder, turn)
            else:
                trained(folder, Turn(slot))
    finally:
        if slot is not None:
            slot.release()
    return _ended(folder, progress)


def _ended(folder: RunFolder, progress: Progress | None) -> Run:
    """The run, judged where it can be; raises what it failed of."""
    state = folder.state()
    if state.name == "failed":
        place, rule, came, do = (str((state.error or {}).get(name) or "") for name in ("where", "rule", "came", "do"))
        raise TrainingError(
            rule or state.cause, where=place, came=came, do=f"{do} The run is kept: {folder.path}".strip()
        )
    _judge(folder, progress)
    return Run(folder)


class _Reporting:
    """Tells the run's progress twice a second from a thread of its own, reading events as anybody would."""

    def __init__(self, folder: RunFolder, progress: Progress | None) -> None:
        self.folder, self.progress = RunFolder(folder.path), progress
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._tell, daemon=True)

    def __enter__(self) -> None:
        if self.progress:
            self._thread.start()

    def __exit__(self, *_: object) -> None:
        self._over.set()
        if self.progress:
            self._thread.join()
            self.progress(look(self.folder).line(), True)

    def _tell(self) -> None:
        assert self.progress is not None
        while not self._over.wait(PROGRESS_S):
            self.progress(look(self.folder).line(), False)


def _follow(folder: RunFolder, progress: Progress | None) -> None:
    for seen in follow(folder):
        if progress:
            progress(seen.line(), not seen.state.is_alive)


def _judge(folder: RunFolder, progress: Progress | None) -> None:
    from nnlab.runs.report_job import judge

    if folder.is_judged() or not (folder.path / "best.safetensors").exists():
        return
    if progress:
        progress("judging: baselines on the same rows", False)
    judge(folder)


def _check_free(out: Path | None) -> None:
    if out is not None and out.exists() and (not out.is_dir() or any(out.iterdir())):
        do = "Name a folder that is empty, or one that is not there yet."
        raise ConflictError("a run needs a folder of its own", where=str(out), came="something is there already", do=do)


def _checked(path: Path, most: int) -> Path:
    """The path of a file that can be read; raises `DataError` or `LimitError` before anything is done with it."""
    try:
        size = path.stat().st_size
    except OSError as error:
        came = error.strerror or ""
        raise DataError("the file cannot be opened", where=str(path), came=came, do="Check the path.") from None
    if path.is_dir():
        raise DataError("a file is needed", where=str(path), came="a folder", do="Choose a file in it.")
    if size > most:
        do = "Take a part of it, or raise file_bytes in NNLAB_LIMITS."
        raise LimitError(f"a file may have {most} bytes here", where=str(path), came=f"{size} bytes", do=do)
    return path


def _opened(project: Project | Path | None) -> Project | None:
    from nnlab.runs.project import Project

    if project is None or isinstance(project, Project):
        return project
    return Project.from_json(files.read_bytes(_checked(project, PROJECT_BYTES)), str(project))


def _designed(network: Network | Path | None) -> Network | None:
    from nnlab.network.network import Network

    if isinstance(network, Path):
        return Network.from_json(files.read_bytes(_checked(network, PROJECT_BYTES)), str(network))
    return network


def _template(kind: str | None) -> Template | None:
    from nnlab.network.templates import templates

    if kind is None:
        return None
    if kind not in templates:
        do = did_you_mean(kind, list(templates.kinds))
        raise SpecError("there is no such template", where="--template", came=kind[:80], do=do)
    return templates[kind]()


def _table(space: Space, source: Table | Path | str | bytes, project: Project | None) -> Table:
    """The source as a table of the space, so that the run can go on after this process."""
    from nnlab.data.table import Table

    reading = project.chosen_reading if project else None
    if isinstance(source, bytes):
        return space.put_table(source, "table.csv", reading)
    if not isinstance(source, Table):
        return space.put_table(Path(source), Path(source).name, reading)
    # The table may have been changed since it was read, so that its own cells are what counts now. Only an empty cell
    # is missing: what was a value as text ("none", "NA") stays one.
    text: str = source.frame.to_csv(index=False, lineterminator="\n")
    return space.put_table(text.encode(), source.name, Reading(missing=("",), missing_among_values=()))


def _new_project(table: Table, source: object) -> Project:
    from nnlab.data.table import Table
    from nnlab.runs.project import Project

    made = Project().for_file(table).having(name=Path(table.name).stem or "table")
    if not isinstance(source, Table):
        return made
    chosen = {column.name: column for column in source.columns.columns}
    columns = tuple(chosen.get(column.name, column) for column in table.columns.columns)
    return made.with_columns(source.columns.having(columns=columns))


def _with_settings(project: Project, network: Network | None, settings: Mapping[str, Any], seed: int | None) -> Project:
    if network is not None:
        project = project.having(network=network, recipe=project.recipe.feeding([b.input for b in network.branches]))
    if seed is not None:
        for path in ("split.seed", "training.seed"):
            project = project.setting(path, seed)
    for path, value in settings.items():
        project = project.setting(path, value)
    return project

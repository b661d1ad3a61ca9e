"""Training in this very process: what `nnlab.train` and the command line do, with the same locks as the worker."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from nnlab.errors import ConflictError, NotFoundError, SpecError, TrainingError
from nnlab.limits import limits
from nnlab.runs import files
from nnlab.runs.folder import RunFolder
from nnlab.runs.watch import follow, look
from nnlab.runs.workspace import Space, home

if TYPE_CHECKING:
    from nnlab.data.columns import Task
    from nnlab.data.table import Table
    from nnlab.network.network import Network
    from nnlab.runs.project import Project
    from nnlab.score.report import Report

Progress = Callable[[str, bool], None]
SLOT_WAIT_S = 0.2
PROGRESS_S = 0.5


@dataclass(frozen=True)
class Run:
    """A run that was trained here: its folder, and what came of it."""

    folder: RunFolder

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
        ran = next((event for event in self.folder.events() if event["event"] in ("started", "resumed")), {})
        plain: dict[str, Any] = {
            "run": str(self.path),
            "state": seen.state.name,
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
        plain["n_parameters"] = ran.get("n_parameters") or ran.get("parameters")
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
    ignore: Sequence[str] = (),
    seed: int | None = None,
    out: Path | None = None,
    now: bool = False,
    progress: Progress | None = None,
) -> Run:
    """A run trained and judged in this process, in the space `local` or at `out`; everything not said is default.

    Args:
        source: a table, a file's path, or a file's bytes.
        target: the column to predict, or several.
        project: a project or its file: reading, kinds, recipe, network and training; the other arguments change it.
        settings: values by the path of their field, such as `{"training.epochs": 12}`.
        split_column: the column that holds train, validation and test.
        seed: of the split, the weights and the order of the rows.
        now: whether to train although other runs hold all slots of this machine.

    Raises `NnlabError` before anything is made where the run cannot start, and `TrainingError` where it failed.
    """
    from nnlab.runs.start import create_run

    space = Space(home())
    _check_free(out)
    chosen = _opened(project)
    table = _table(space, source, chosen)
    made = chosen.for_file(table) if chosen else _new_project(table, source)
    made = _with_columns(made, _names(target), task, split_column, ignore)
    made = _with_settings(made, network, settings or {}, seed)
    made = _with_template(space, made, template)
    folder = create_run(space, made.having(table_id=table.id), path=out)
    return _carried_out(folder, space.home, now, progress)


def resume(run: str | Path, *, now: bool = False, progress: Progress | None = None) -> Run:
    """A run gone on with: a stopped or dead one trains on here, a living one is followed, a finished one is read."""
    from nnlab.runs.start import check_resumable

    folder = found(run)
    state = folder.state()
    if state.name == "finished":
        _judge(folder, progress)
        return Run(folder)
    if folder.is_held or state.name == "queued":
        _follow(folder, progress)
        return Run(folder)
    check_resumable(folder, folder.control().origin)
    folder.ask("run")
    return _carried_out(folder, folder.home or home(), now, progress)


def found(run: str | Path) -> RunFolder:
    """The run at a path, or of an id in the space `local`; raises `NotFoundError`."""
    path = Path(run)
    if (path / "run.json").is_file():
        return RunFolder(path)
    if path.name == str(run):
        return Space(home()).run(path.name)
    raise NotFoundError("there is no run here", where=str(run), do="Give a run's folder, or its id in the workspace.")


def _carried_out(folder: RunFolder, where: Path, now: bool, progress: Progress | None) -> Run:
    """Waits for a slot, trains, judges; raises what the run failed of."""
    from nnlab.runs.slots import Slot
    from nnlab.runs.trainer import train as trained
    from nnlab.runs.turn import KeyboardTurn

    slot = None if now else Slot(where, limits().slots)
    while slot is not None and not slot.take(SLOT_WAIT_S):
        if progress:
            progress("waiting: another run trains on this machine (--now does not wait)", False)
    os.environ.setdefault("OMP_WAIT_POLICY", "passive")
    try:
        with _Reporting(folder, progress), KeyboardTurn(slot) as turn:
            trained(folder, turn)
    finally:
        if slot is not None:
            slot.release()
    state = folder.state()
    if state.name == "failed" and state.error:
        place, rule, came, do = (str(state.error.get(name) or "") for name in ("where", "rule", "came", "do"))
        raise TrainingError(rule or state.cause, where=place, came=came, do=do)
    _judge(folder, progress)
    return Run(folder)


class _Reporting:
    """Tells the run's progress twice a second from a thread of its own, reading events as anybody would."""

    def __init__(self, folder: RunFolder, progress: Progress | None) -> None:
        import threading

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
    _judge(folder, progress)


def _judge(folder: RunFolder, progress: Progress | None) -> None:
    from nnlab.runs.report_job import judge

    if folder.is_judged() or not (folder.path / "best.safetensors").exists():
        return
    if progress:
        progress("judging: baselines on the same rows", False)
    judge(folder)


def _check_free(out: Path | None) -> None:
    if out is not None and out.exists() and (not out.is_dir() or any(out.iterdir())):
        raise ConflictError(
            "a run needs a folder of its own", where=str(out), came="something is there", do="Take another."
        )


def _opened(project: Project | Path | None) -> Project | None:
    from nnlab.runs.project import Project

    if project is None or isinstance(project, Project):
        return project
    return Project.from_plain(files.read_json(project), files.shown(project))


def _table(space: Space, source: Table | Path | str | bytes, project: Project | None) -> Table:
    """The source as a table of the space, so that the run can go on after this process."""
    from nnlab.data.table import Table

    reading = project.reading if project else None
    if isinstance(source, bytes):
        return space.put_table(source, "table.csv", reading)
    if not isinstance(source, Table):
        return space.put_table(Path(source), Path(source).name, reading)
    # A table may have been changed since it was read, so that its own text is what counts now.
    text: str = source.frame.to_csv(index=False)
    return space.put_table(text.encode(), source.name)


def _new_project(table: Table, source: object) -> Project:
    from nnlab.data.table import Table
    from nnlab.runs.project import Project

    made = Project().for_file(table).having(name=Path(table.name).stem or "table")
    return made.with_columns(source.columns) if isinstance(source, Table) else made


def _names(target: str | Sequence[str] | None) -> tuple[str, ...]:
    return (target,) if isinstance(target, str) else tuple(target or ())


def _with_columns(
    project: Project, target: tuple[str, ...], task: Task | None, split_column: str | None, ignore: Sequence[str]
) -> Project:
    if target:
        project = project.with_target(*target, task=task)
    elif task:
        project = project.with_task(task)
    if split_column:
        project = project.with_column(split_column, role="split")
    for name in ignore:
        project = project.with_column(name, role="ignore")
    if not project.columns.targets:
        known = ", ".join(project.columns.names[:20])
        raise SpecError("a run needs a target", where="--target", came="none", do=f"Choose one of: {known}.")
    return project


def _with_settings(
    project: Project, network: Network | Path | None, settings: Mapping[str, Any], seed: int | None
) -> Project:
    from nnlab.network.network import Network

    if isinstance(network, Path):
        network = Network.parse(files.read_json(network), files.shown(network))
    if network is not None:
        project = project.having(network=network)
    if seed is not None:
        project = project.having(split=project.split.having(seed=seed), training=project.training.having(seed=seed))
    for path, value in settings.items():
        project = project.setting(path, value)
    return project


def _with_template(space: Space, project: Project, template: str | None) -> Project:
    """The project with a template's network, sized to its encoded rows."""
    if template is None:
        return project
    from nnlab.network.templates import templates
    from nnlab.prep.encoded import Encoded

    made = templates[template]()
    encoded = Encoded.open(space.encoded(project))
    return project.having(network=made.make(encoded.fitted.input_shapes, encoded.fitted.head, encoded.n_rows["train"]))

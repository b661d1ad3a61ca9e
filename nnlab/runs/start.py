"""From a project to a run: made once however often it is clicked, queued, and a worker sure to be there."""

from __future__ import annotations

import functools
import hashlib
import platform
import time
from contextlib import suppress
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import TYPE_CHECKING, Any

import nnlab
from nnlab.errors import ConflictError, DataError, NotFoundError, StorageError
from nnlab.limits import limits
from nnlab.runs import queue, quota
from nnlab.runs.events import FINAL, EventLog
from nnlab.runs.files import make_folder, read_json, write_json
from nnlab.runs.folder import Origin, RunFolder, RunSpec
from nnlab.runs.lock import Lock
from nnlab.runs.members import check_members, check_size, folds_of
from nnlab.runs.spawn import ensure_worker

if TYPE_CHECKING:
    from nnlab.cleaning.cleaning import Cleaning
    from nnlab.prep.encoded import Encoded
    from nnlab.runs.project import Project
    from nnlab.runs.workspace import Space

DOUBLE_CLICK_S = 1.0  # two starts of one project within this time are one, where no click tells them apart
KEYS_KEPT = 50
START_WAIT_S = 60.0
PACKAGES = ("torch", "numpy", "pandas", "pyarrow", "scikit-learn", "safetensors")


def start_run(
    space: Space, project: Project, *, click: str = "", parent: str | None = None, group: dict[str, Any] | None = None
) -> RunFolder:
    """The project's run, in the queue, with a worker on its way; the same click twice gives the same run.

    Without a click's name, the same project twice within a second, or while its run is alive, is the same run. Raises
    `NnlabError` before anything is made where the project cannot train.
    """
    from nnlab.runs.sweeping import sweep_untouched

    make_folder(space.path)
    sweep_untouched(space.home, but=space)
    guard = Lock(space.path / "start.lock")
    if not guard.take(START_WAIT_S):
        raise ConflictError("another run is being started", where="start", do="Try again in a moment.")
    with guard:
        key = hashlib.sha256(f"{project.digest}\0{click}\0{parent}\0{group}".encode()).hexdigest()
        known = _started(space, key, by_click=bool(click))
        if known is not None:
            return known
        folder = create_run(space, project, parent=parent, group=group, key=key)
        queue.enqueue(space.home, space.name, folder.id)
        _remember(space, key, folder.id)
    ensure_worker(space.home)
    return folder


def create_run(
    space: Space,
    project: Project,
    *,
    path: Path | None = None,
    parent: str | None = None,
    group: dict[str, Any] | None = None,
    key: str = "",
) -> RunFolder:
    """A run's folder, not queued: at `path`, or with the space's other runs, whose oldest unpinned one may go for it.

    Raises `NetworkError` or `LimitError` where the network cannot run, `TrainingError` where a setting does not fit,
    `DataError` where the table cannot be prepared, `StorageError` where nothing can be written.
    """
    from nnlab.prep.encoded import Encoded
    from nnlab.runs.workspace import new_id

    _refuse_gaps(project)
    run_id = new_id() if path else ""
    is_in_space = path is None
    path = path or quota.place_of_new(space)
    encoded_path = space.encoded(project)
    encoded = Encoded.open(encoded_path)
    spec = spec_of(project, encoded, run_id or path.name, encoded_path.stem, parent=parent, group=group, key=key)
    if project.cleaning.steps:
        spec = _with_cleaning(spec, space, project, encoded)
    make_folder(path.parent)
    dealt = folds_of(space.table(project.table_id).frame, project) if project.training.folds else b""
    if is_in_space:
        quota.make_room(space)
    return RunFolder.create(path, spec, encoded_path, encoded.fitted.to_bytes(), dealt)


def _refuse_gaps(project: Project) -> None:
    """Raises `DataError` where cleaning drops rows of a series, for rows to predict are never dropped."""
    dropping = next((step for step in project.cleaning.steps if step.is_filter), None)
    if project.recipe.windows.are_wanted and dropping is not None:
        raise DataError(
            "a series is learnt from all its rows, for none is dropped when it is continued",
            where="cleaning",
            came=dropping.sentence()[:200],
            do="Remove this step, or drop the rows from the file itself.",
        )


def resume_run(folder: RunFolder, origin: Origin = "last") -> RunFolder:
    """Lets a run go on exactly where it was: one that is paused, stopped, failed or died. A living one goes on living.

    Raises `StorageError` whose repair names another `origin` ("previous", "beginning") where the last checkpoint is
    damaged, and `NotFoundError` where the run or its table is gone.
    """
    _check_exists(folder)
    state = folder.state()
    if state.name == "finished":
        return folder
    if state.name not in ("queued", "running"):
        check_resumable(folder, origin)
    folder.ask("run", origin="last" if state.is_alive else origin)
    if not folder.is_held:
        wait_in_queue(folder)
    return folder


def resume_here(folder: RunFolder, origin: Origin = "last") -> None:
    """Makes a run ready to go on in this very process: checked, wanted, and out of the queue; then call `train`."""
    _check_exists(folder)
    check_resumable(folder, origin)
    folder.ask("run", origin=origin)
    if folder.home is not None:
        queue.withdraw(folder.home, folder.space, folder.id)


def check_resumable(folder: RunFolder, origin: Origin = "last") -> None:
    """Raises what would keep the run from going on, with what can be done about it."""
    _ = folder.encoded_path
    name = {"last": "last.safetensors", "previous": "previous.safetensors"}.get(origin)
    if name is None or not (folder.path / name).exists():
        return
    from nnlab.runs.assemble import with_way_on
    from nnlab.runs.checkpoint import unpacked

    try:
        unpacked(folder.path / name)
    except StorageError as error:
        raise with_way_on(folder, error, is_first=origin == "last") from None


def pause_run(folder: RunFolder) -> None:
    """Asks the run to pause after its batch; one that waits for its next turn is paused at once."""
    _check_exists(folder)
    folder.ask("pause")
    state = folder.state()
    if folder.home is None or state.name != "queued" or not state.step:
        return
    if queue.withdraw(folder.home, folder.space, folder.id) and folder.lock.take():
        try:
            with EventLog(folder.path / "events.jsonl") as log:
                log.write("paused", state.step, state.epoch)
        finally:
            folder.lock.release()


def step_run(folder: RunFolder, n_steps: int = 1) -> None:
    """Lets a paused run do this many gradient steps and pause again."""
    _check_exists(folder)
    state = folder.state()
    folder.ask("pause", step_to=state.step + n_steps)
    if not folder.is_held:
        wait_in_queue(folder)


def stop_run(folder: RunFolder) -> None:
    """Asks the run to stop, keeping its best weights; one that nobody holds is stopped at once."""
    _check_exists(folder)
    folder.ask("stop")
    if folder.home is not None:
        queue.withdraw(folder.home, folder.space, folder.id)
    if not folder.is_held and not folder.state().is_final:
        _stop_here(folder)


def force_stop(folder: RunFolder, wait_s: float = 5.0) -> None:
    """Ends a run that does not answer, with the process that holds it; what was saved stays.

    Raises `StorageError` where that process cannot be told from another.
    """
    from nnlab.runs.lock import holder_of, is_held, myself

    _check_exists(folder)
    folder.ask("stop")
    holder = holder_of(folder.lock.path)
    if folder.is_held and holder != myself() and (holder is None or not holder.end()):
        do = "End it by hand, or start the machine again; the run goes on from its last checkpoint."
        raise StorageError("the process that trains this run cannot be told from another", where=folder.id, do=do)
    until = time.monotonic() + wait_s
    while is_held(folder.lock.path) and time.monotonic() < until:
        time.sleep(0.01)
    stop_run(folder)
    if folder.home is not None and queue.has_waiting(folder.home):
        ensure_worker(folder.home)


def wait_in_queue(folder: RunFolder) -> None:
    """Puts the run into its home's queue and makes sure that a worker comes."""
    if folder.home is None:
        do = "Resume it on the command line: python -m nnlab resume RUN."
        raise StorageError("a run outside of every workspace has no queue", where=folder.id, do=do)
    queue.enqueue(folder.home, folder.space, folder.id)
    ensure_worker(folder.home)


def spec_of(
    project: Project,
    encoded: Encoded,
    run_id: str,
    encoding_key: str,
    *,
    parent: str | None = None,
    group: dict[str, Any] | None = None,
    key: str = "",
) -> RunSpec:
    """What run.json will say: the project with everything resolved; raises where it cannot train."""
    from nnlab.network.plan import plan
    from nnlab.network.templates import default_network

    fitted, n_rows = encoded.fitted, encoded.n_rows
    head, shapes, task = fitted.head, fitted.input_shapes, fitted.target.task
    n_learnt = project.training.n_learnt(n_rows["train"], n_rows["validation"])
    training = project.training.resolved(n_learnt, task, limits())
    check_members(training, fitted)
    network = project.network or default_network(shapes, head, n_rows["train"])
    planned = plan(network, shapes, head, limits())
    if planned.error is not None:
        raise planned.error
    check_size(training, planned.n_parameters)
    whole = project.having(network=network, training=training, recipe=_recipe(encoded, project))
    return RunSpec(
        nnlab=nnlab.__version__,
        id=run_id,
        name=project.name,
        project=whole.plain(),
        table_id=project.table_id,
        encoding_key=encoding_key,
        task=task,
        target=fitted.target.names,
        head=head.plain(),
        input_shapes=shapes,
        n_rows=n_rows,
        seed=training.seed,
        versions=dict(_versions()),
        parent=parent,
        group=group,
        created=datetime.now(UTC).isoformat(timespec="milliseconds"),
        key=key,
    )


def _with_cleaning(spec: RunSpec, space: Space, project: Project, encoded: Encoded) -> RunSpec:
    """The spec with the steps that were carried out, and what these read of the file."""
    from nnlab.cleaning.rows import raw_columns
    from nnlab.runs.cleaned_tables import carried_cleaning, raw_table

    cleaning = carried_cleaning(space, project)
    wanted = [*encoded.fitted.needed]
    if encoded.fitted.windows is None:  # of a series the past of the target is known
        wanted += encoded.fitted.target.names
        _check_targets_unread(cleaning, encoded)
    read = cleaning.raw_reads(wanted)
    found: tuple[Any, ...] = ()
    if read:
        raw = raw_table(space, project.table_id)
        rows = raw.frame.loc[encoded.part("train").lines.numpy(), list(read)]
        found = raw_columns(rows, raw.columns, read)
    whole = {**spec.project, "cleaning": cleaning.plain()}
    return spec.having(project=whole, raw_columns=tuple(column.plain() for column in found))


def _check_targets_unread(cleaning: Cleaning, encoded: Encoded) -> None:
    """Raises `DataError` for a feature that a cleaning step makes of the target: it would tell the answer."""
    found = cleaning.read_of_targets((column.name for column in encoded.fitted.used), encoded.fitted.target.names)
    for feature, targets in found.items():
        raise DataError(
            "a feature may not be made of what is to be predicted, which rows to predict do not have",
            where=feature,
            came=f"it reads {', '.join(targets)}",
            do=f"Leave {feature} out: give it the role ignore on Data, or change the cleaning step that makes it.",
            repair={"go": "data"},
            column=feature,
        )


def _recipe(encoded: Encoded, project: Project) -> Any:
    """The recipe as it was carried out, an entry for every feature: doing the run again needs no default."""
    from nnlab.prep.recipe import ColumnRecipe

    entries = tuple(
        ColumnRecipe(column=column.name, steps=tuple(fitted.step for fitted in column.steps))
        for column in encoded.fitted.features
    )
    return project.recipe.having(columns=entries, target=project.recipe.target.resolved)


@functools.cache
def _versions() -> dict[str, str]:
    found = {"python": platform.python_version(), "nnlab": nnlab.__version__}
    for name in PACKAGES:
        with suppress(PackageNotFoundError):
            found[name] = version(name)
    return found


def _started(space: Space, key: str, by_click: bool) -> RunFolder | None:
    """The run that this click started already."""
    for known_key, run_id, at in _keys(space):
        if known_key != key:
            continue
        folder = RunFolder(space.path / "runs" / run_id)
        if not folder.exists:
            continue
        # CLOCK_MONOTONIC is the machine's own and never set; after a start of the machine it begins anew.
        is_double = 0 <= time.monotonic() - at < DOUBLE_CLICK_S
        if by_click or is_double or folder.state().is_alive:
            return folder
    return None


def _keys(space: Space) -> list[tuple[str, str, float]]:
    try:
        plain = read_json(space.path / "starts.json", 100_000)
        return [(str(key), str(run), float(at)) for key, run, at in plain]
    except (StorageError, TypeError, ValueError):
        return []


def _remember(space: Space, key: str, run_id: str) -> None:
    write_json(space.path / "starts.json", [(key, run_id, time.monotonic()), *_keys(space)][:KEYS_KEPT])


def _stop_here(folder: RunFolder) -> None:
    """Writes the end of a run that nobody trains; whoever takes it first decides."""
    from nnlab.runs.checkpoint import told_of
    from nnlab.runs.jobs import start_report
    from nnlab.runs.state import last_event

    if not folder.lock.take():
        return  # a worker has it now, and sees what is wanted
    try:
        last = last_event(folder.path / "events.jsonl") or {}
        if last.get("event") in FINAL:
            return  # it ended between the question and the lock
        with EventLog(folder.path / "events.jsonl") as log:
            best = told_of(folder.path / "best.safetensors").get("epoch")
            log.write("stopped", last.get("step") or 0, last.get("epoch") or 0, best_epoch=best)
            log.flush()
    finally:
        folder.lock.release()
    if folder.home is not None and (folder.path / "best.safetensors").exists():
        start_report(folder)


def _check_exists(folder: RunFolder) -> None:
    if not folder.exists:
        do = "It was deleted, or the server woke up on an empty disk. Open another run."
        raise NotFoundError("this run is no longer there", where=folder.id, do=do, reason="gone")

"""Pure core calls kept over reruns: what a value gives is computed once for all visitors, a bounded number of times.

The arguments whose names begin with an underscore carry the work; the others are its identity. A space is told apart
by its path, so that nobody is ever given what is another's.
"""

from __future__ import annotations

import weakref
from typing import TYPE_CHECKING, Any, NamedTuple

import streamlit as st

from nnlab.errors import NnlabError
from nnlab.limits import limits
from nnlab.network.shapes import grouped, told_apart
from nnlab.runs.reading_job import is_large
from pages.ui.parts import _

if TYPE_CHECKING:
    import pandas as pd

    from nnlab.data.columns import Kind, Task
    from nnlab.data.own_text import OwnLine
    from nnlab.data.preview import Preview
    from nnlab.data.profile import ColumnProfile
    from nnlab.data.table import LostCells, Table
    from nnlab.network.head import Head
    from nnlab.network.network import Network
    from nnlab.network.plan import Plan
    from nnlab.network.shapes import Shape
    from nnlab.predictor import Prediction, Predictor
    from nnlab.prep.fitted import Fitted
    from nnlab.prep.prepared import Prepared
    from nnlab.prep.recipe import Recipe
    from nnlab.prep.split_summary import SplitSummary
    from nnlab.runs.folder import RunFolder
    from nnlab.runs.project import Project
    from nnlab.runs.project_folder import UndoRedo
    from nnlab.runs.second_file import SecondFile
    from nnlab.runs.workspace import Space
    from nnlab.score.report import Report
    from nnlab.training.estimate import Estimate

KEPT_S = 1_800  # tables and what rests on them are given back after half an hour without a look


class DesignInputs(NamedTuple):
    """What designing a network needs to know of the data: shapes of a row, head, training rows, a line of facts."""

    input_shapes: dict[str, Shape]
    head: Head
    n_rows: int
    facts: str
    n_validation: int = 0


def warm() -> None:
    """Imports torch and measures one network, so that the first edit need not wait for either."""
    from nnlab.network.head import Head
    from nnlab.network.plan import plan as planned
    from nnlab.network.templates import default_network

    head = Head(task="binary", n_outputs=1)
    shapes = {"table": (4,)}
    planned(default_network(shapes, head, 100), shapes, head)


def table(space: Space, table_id: str) -> Table:
    """A table of this space; the last few are shared between reruns, so nobody may change it.

    A large one is shared only while somebody uses it: this cache keeps none of its memory.
    """
    if not is_large(space.table_bytes(table_id).stat().st_size):
        return _table(str(space.path), table_id, space)
    place = (str(space.path), table_id)
    found = _large_in_use.get(place)
    if found is None:
        found = _large_in_use[place] = space.table(table_id)
    return found


def raw_frame(space: Space, table_id: str) -> pd.DataFrame:
    """The cells of a table before its cleaning."""
    return _raw(str(space.path), table_id, space)


@st.cache_resource(max_entries=3, ttl=KEPT_S, show_spinner=False)
def _raw(place: str, table_id: str, _space: Space) -> pd.DataFrame:
    from nnlab.runs.cleaned_tables import raw_table

    return raw_table(_space, table_id).frame


_large_in_use: weakref.WeakValueDictionary[tuple[str, str], Table] = weakref.WeakValueDictionary()


@st.cache_resource(max_entries=6, ttl=KEPT_S, show_spinner=False)
def _table(place: str, table_id: str, _space: Space) -> Table:
    return _space.table(table_id)


def preview(space: Space, table_id: str) -> Preview:
    """What the pages show of a table."""
    return _preview(str(space.path), table_id, space)


@st.cache_resource(max_entries=100, ttl=KEPT_S, show_spinner=False)
def _preview(place: str, table_id: str, _space: Space) -> Preview:
    from nnlab.data.preview import preview as previewed

    return previewed(table(_space, table_id))


def n_rows(space: Space, table_id: str) -> int | None:
    """How many rows a table has, or None where it cannot be read."""
    try:
        return _n_rows(str(space.path), table_id, space)
    except NnlabError:
        return None


@st.cache_data(max_entries=500, show_spinner=False)
def _n_rows(place: str, table_id: str, _space: Space) -> int:
    return preview(_space, table_id).n_rows


def own_lines(space: Space, project: Project) -> tuple[OwnLine, ...]:
    """The first lines of the project's file in its own text."""
    return _own_lines(str(space.path), project.table_id, space, project)


@st.cache_data(max_entries=100, ttl=KEPT_S, show_spinner=False)
def _own_lines(place: str, table_id: str, _space: Space, _project: Project) -> tuple[OwnLine, ...]:
    from nnlab.data.own_text import own_lines as lines_of

    return lines_of(_space.table_bytes(table_id), _project.file_name, _project.reading, limits())


def lost_cells(space: Space, project: Project, name: str) -> LostCells:
    """What the kind that a person chose for a column takes from it; of pictures the reader has told already."""
    kind = project.columns[name].kind
    if project.columns[name].image is not None:
        kind = "text"
    return _lost_cells(str(space.path), project.table_id, name, kind, space)


@st.cache_data(max_entries=500, show_spinner=False)
def _lost_cells(place: str, table_id: str, name: str, kind: Kind, _space: Space) -> LostCells:
    from nnlab.data.table import lost_cells as lost

    return lost(table(_space, table_id).frame[name], kind)


def undo_redo(space: Space, project: Project) -> UndoRedo:
    """Whether there is something to undo, and something to redo, and what."""
    return _undo_redo(str(space.path), project.id, project.revision, space)


@st.cache_data(max_entries=500, show_spinner=False)
def _undo_redo(place: str, project_id: str, revision: int, _space: Space) -> UndoRedo:
    return _space.undo_redo(project_id)


def task_words(space: Space, project: Project) -> str:
    """What the project asks for in a few words, such as "yes or no"; nothing while that cannot be told."""
    if not project.columns.targets:
        return ""
    try:
        return _task_words(str(space.path), project.table_id, project.columns.digest, space, project)
    except NnlabError:
        return ""


@st.cache_data(max_entries=500, show_spinner=False)
def _task_words(place: str, table_id: str, columns: str, _space: Space, _project: Project) -> str:
    words = {"binary": _("yes or no"), "multiclass": _("which class"), "regression": _("a number")}
    found, _reason = task(_space, _project)
    n_targets = len(_project.columns.targets)
    if found == "multilabel":
        return _("yes or no, {n} times").format(n=n_targets)
    return words[found] if n_targets == 1 else _("{n} numbers").format(n=n_targets)


def design_inputs(space: Space, project: Project) -> DesignInputs:
    """What the prepared rows look like to a network; raises `DataError` while there is no target or no feature."""
    found = preparation(space, project)
    n_train = found.summary.n_rows["train"]
    facts = _("{n} training rows").format(n=grouped(n_train))
    n_validation = found.summary.n_rows["validation"]
    return DesignInputs(dict(found.fitted.input_shapes), found.fitted.head, n_train, facts, n_validation)


def plan(network: Network, inputs: DesignInputs) -> Plan:
    """The network's rows with shapes, costs and repairs; never raises for a layer that cannot run."""
    return _plan(network.to_json(), told_apart(inputs.input_shapes), inputs.head.to_json(), network, inputs)


@st.cache_resource(max_entries=200, show_spinner=False)
def _plan(design: str, shapes: Any, head: str, _network: Network, _inputs: DesignInputs) -> Plan:
    from nnlab.network.plan import plan as planned

    return planned(_network, _inputs.input_shapes, _inputs.head)


def source(network: Network, inputs: DesignInputs, seed: int) -> str:
    """The network as PyTorch source, its first weights drawn; raises the plan's error where it cannot run."""
    return _source(network.to_json(), told_apart(inputs.input_shapes), inputs.head.to_json(), seed, network, inputs)


@st.cache_data(max_entries=50, show_spinner=False)
def _source(design: str, shapes: Any, head: str, seed: int, _network: Network, _inputs: DesignInputs) -> str:
    from nnlab.network.code import source as written

    return written(_network, _inputs.input_shapes, _inputs.head, seed=seed)


def worker_ready(space: Space) -> None:
    """Sees to it that a warm worker waits for this workplace's next run; asked at most every `Limits.spawn_s`."""
    _worker_ready(str(space.home))


@st.cache_data(ttl=limits().spawn_s, max_entries=20, show_spinner=False)
def _worker_ready(home: str) -> None:
    from pathlib import Path

    from nnlab.runs.spawn import ensure_worker

    ensure_worker(Path(home))


def cost(space: Space, project: Project) -> Estimate:
    """What the project's run costs, from a few real steps; also puts its encoded rows where a run looks for them."""
    choices = (project.columns.digest, project.split.digest, project.recipe.digest)
    choices += (project.network.digest if project.network else "", project.training.digest)
    return _cost(str(space.path), project.table_id, choices, space, project)


@st.cache_data(max_entries=100, show_spinner=False)
def _cost(place: str, table_id: str, choices: tuple[str, ...], _space: Space, _project: Project) -> Estimate:
    from nnlab.runs.cost import cost_of

    return cost_of(_space, _project)


def device_reason(wanted: str) -> str:
    """The device a run would compute on, and why."""
    return _device_reason(wanted)


@st.cache_data(max_entries=10, show_spinner=False)
def _device_reason(wanted: str) -> str:
    from nnlab.machine import choose

    return choose(wanted).reason


def report(run: RunFolder) -> Report:
    """The report of a run, read again when its file changes."""
    path = run.path / "report.json"
    return _report(str(path), path.stat().st_mtime_ns)


@st.cache_resource(max_entries=50, show_spinner=False)
def _report(path: str, written: int) -> Report:
    from pathlib import Path

    from nnlab.score.report import Report

    return Report.from_file(Path(path).read_bytes())


def predictor(run: RunFolder) -> Predictor:
    """The run's best weights, ready to predict; the last few stay loaded."""
    path = run.path / "best.safetensors"
    return _predictor(str(run.path), path.stat().st_mtime_ns if path.exists() else 0)


@st.cache_resource(max_entries=8, show_spinner=False)
def _predictor(path: str, written: int) -> Predictor:
    from nnlab.runs.load import load

    return load(path)


def profile(space: Space, project: Project) -> tuple[ColumnProfile, ...]:
    """The picture of each column in numbers, shaded by the target."""
    return _profile(str(space.path), project.table_id, project.columns.digest, space, project)


@st.cache_resource(max_entries=50, show_spinner=False)
def _profile(place: str, table_id: str, columns: str, _space: Space, _project: Project) -> tuple[ColumnProfile, ...]:
    from nnlab.data.profile import profile as profiled
    from nnlab.data.table import typed

    return profiled(typed(table(_space, table_id).frame, _project.columns), _project.columns)


def second_file(space: Space, project: Project, digest: str, data: bytes, name: str) -> SecondFile:
    """What another file can be for the project, looked at once for as long as it stands in the uploader."""
    return _second_file(str(space.path), project.table_id, project.columns.digest, digest, name, space, project, data)


@st.cache_resource(max_entries=3, ttl=KEPT_S, show_spinner=False)
def _second_file(
    place: str, table_id: str, columns: str, digest: str, name: str, _space: Space, _project: Project, _data: bytes
) -> SecondFile:
    from nnlab.runs.second_file import looked_at

    return looked_at(_space, _project, _data, name)


def first_rows(space: Space, project: Project) -> pd.DataFrame:
    """The first rows and columns as they were read, pictures as something that a list can draw."""
    return _first_rows(str(space.path), project.table_id, project.columns.digest, space, project)


@st.cache_resource(max_entries=50, show_spinner=False)
def _first_rows(place: str, table_id: str, columns: str, _space: Space, _project: Project) -> pd.DataFrame:
    from nnlab.data.preview import shown

    return shown(preview(_space, table_id).rows, _project.columns)


def task(space: Space, project: Project) -> tuple[Task, str]:
    """The task and why; raises `DataError` where the target cannot be learnt."""
    return _task(str(space.path), project.table_id, project.columns.digest, space, project)


@st.cache_data(max_entries=500, show_spinner=False)
def _task(place: str, table_id: str, columns: str, _space: Space, _project: Project) -> tuple[Task, str]:
    from nnlab.data.table import typed
    from nnlab.data.task import resolve_task

    return resolve_task(typed(table(_space, table_id).frame, _project.columns), _project.columns)


class Preparation(NamedTuple):
    """The preparation as the project has it: numbers, steps with reasons, the split, and the typed rows it rests on."""

    fitted: Fitted
    recipe: Recipe
    summary: SplitSummary
    frame: pd.DataFrame
    is_train: Any  # (N,) whether a row trains
    identity: tuple[str, ...]  # whose, of which table, with which choices
    whole: Prepared  # what the next change starts from


def preparation(space: Space, project: Project) -> Preparation:
    """Split, steps and fitted numbers; raises `DataError` while there is no target or no feature."""
    choices = (project.columns.digest, project.split.digest, project.recipe.digest)
    return _preparation(str(space.path), project.table_id, choices, space, project)


@st.cache_resource(max_entries=6, ttl=KEPT_S, show_spinner=False)
def _preparation(place: str, table_id: str, choices: tuple[str, ...], _space: Space, _project: Project) -> Preparation:
    from nnlab.prep.prepared import prepared

    before = _last_prepared.get((place, table_id))
    frame = before.source if before is not None else table(_space, table_id).frame
    found = prepared(frame, _project.columns, _project.split, _project.recipe, before)
    _last_prepared[place, table_id] = found
    identity = (place, table_id, *choices)
    return Preparation(found.fitted, found.recipe, found.summary, found.frame, found.is_train, identity, found)


_last_prepared: weakref.WeakValueDictionary[tuple[str, str], Prepared] = weakref.WeakValueDictionary()


def before_after(space: Space, project: Project, name: str) -> tuple[ColumnProfile, ...]:
    """A column's training values before its steps, and the numbers it became, as profiles to draw."""
    found = preparation(space, project)
    return _before_after(found.identity, name, found)


@st.cache_resource(max_entries=200, show_spinner=False)
def _before_after(identity: tuple[str, ...], name: str, _found: Preparation) -> tuple[ColumnProfile, ...]:
    from nnlab.prep.before_after import before_after as compared

    return compared(_found.fitted, _found.frame.loc[_found.is_train, [name]], name)


def answers(
    run: RunFolder, file_digest: str, imputes: bool, data: bytes, name: str, predictor: Predictor
) -> Prediction:
    """The answers of the run's present weights for an uploaded file, beside its rows."""
    written = (run.path / "best.safetensors").stat().st_mtime_ns
    return _answers((str(run.path), str(written), file_digest, name), imputes, data, predictor, run)


@st.cache_resource(max_entries=3, ttl=KEPT_S, show_spinner=False)
def _answers(
    identity: tuple[str, ...], imputes: bool, _data: bytes, _predictor: Predictor, _run: RunFolder
) -> Prediction:
    from nnlab.runs.using import answered, rows_of

    table = rows_of(_run, _data, _predictor, identity[-1])
    return answered(table, _predictor, "impute" if imputes else "refuse")

"""A file of rows in, the same rows with answers out: a small file at once, a large one by a process of its own."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, NamedTuple

import streamlit as st

from nnlab.data.pictures import with_thumbnails
from nnlab.errors import NnlabError
from nnlab.predictor import Predictor, RowWarning
from nnlab.runs import answer_job, reading_job
from nnlab.runs.folder import RunFolder
from nnlab.runs.jobs import Job
from nnlab.runs.watch import duration
from pages.ui import cached, coming, parts, pictures, state
from pages.ui.parts import _

if TYPE_CHECKING:
    from pathlib import Path

    import pandas as pd

N_ROWS_SHOWN = 200
MOST_COLUMNS = 60


class Shown(NamedTuple):
    """Answers to draw: the first rows, how many there are, what is odd about them, and all of them as a file."""

    first: pd.DataFrame
    n_rows: int
    warnings: Sequence[RowWarning]
    csv: Callable[[], bytes]


def draw_file(run: RunFolder, predictor: Predictor) -> None:
    """A file of rows in, the same rows with answers out; the rows kept with the project stand there at once."""
    job = answer_job.job_of(state.space(), run)
    if job is not None and job.is_alive:
        st.fragment(_draw_progress, run_every=coming.LOOK_S)(run)
        return
    turn = state.value(f"predict.turn.{run.id}", 0)  # a new key empties the uploader: no second copy in the server
    suffix = f".{turn}" if turn else ""
    upload = st.file_uploader(_("A file with rows to predict"), key=f"predict.file.{run.id}{suffix}")
    if upload is not None and reading_job.is_large(upload.size):
        state.keep(f"predict.turn.{run.id}", turn + 1)
        _begin(run, upload.getvalue(), upload.name)
        state.let_go([upload])
        st.rerun()
    if upload is not None:
        _draw_small(run, upload.name, upload.getvalue(), predictor)
    elif job is not None and job.state() in ("failed", "interrupted"):
        _draw_failed(run, job)
    else:
        _draw_kept(run, predictor)


def _draw_kept(run: RunFolder, predictor: Predictor) -> None:
    """What is there without an upload: answers worked out before, else the rows that lie with the project."""
    kept, known = kept_rows(), answer_job.found(run)
    if known is not None and not (kept and known.source == str(kept[1]) and not known.is_current):
        _draw_found(run, known, predictor, is_kept=kept is not None and known.source == str(kept[1]))
    elif kept is None:
        st.caption(_("It needs the columns that were used in training, in any order; others are kept and ignored."))
    elif reading_job.is_large(kept[1].stat().st_size):
        _begin(run, kept[1], kept[0])
        st.rerun()
    else:
        st.caption(_("These are the rows of {name}, kept with the project.").format(name=parts.plain(kept[0], 60)))
        _draw_small(run, kept[0], kept[1].read_bytes(), predictor)


def _draw_found(run: RunFolder, known: answer_job.Answers, predictor: Predictor, *, is_kept: bool) -> None:
    """Answers that a job has worked out, for which file, and the way to be rid of them."""
    row = st.container(horizontal=True, horizontal_alignment="distribute", vertical_alignment="center")
    said = _("These are the rows of {name}, kept with the project.") if is_kept else _("The answers for {name}.")
    row.caption(said.format(name=parts.plain(known.name, 60)), width="content")
    if not is_kept:
        row.button(
            _("Clear"), icon=":material/close:", type="tertiary", key="predict.clear", on_click=_forget, args=(run,)
        )
    if not known.is_current:
        st.markdown(_(":orange[:material/history: The run was trained further since. Give the file again to use it.]"))
    warnings = [RowWarning(*each) for each in known.warnings]
    _draw_answers(Shown(known.first(), known.n_rows, warnings, known.csv), predictor)


def _draw_small(run: RunFolder, name: str, data: bytes, predictor: Predictor) -> None:
    """Answers worked out here and now."""
    from nnlab.data.csv_out import csv_bytes

    imputes = st.toggle(_("Fill in columns that the file lacks"), key="predict.impute")
    try:
        found = _answers(run, name, data, predictor, imputes)
    except NnlabError as error:
        refused(error, state.keeping("predict.impute", True))
        return
    frame = found.frame
    _draw_answers(Shown(frame.iloc[:N_ROWS_SHOWN], len(frame), found.warnings, lambda: csv_bytes(frame)), predictor)


def _draw_answers(shown: Shown, predictor: Predictor) -> None:
    """How many, what is odd about the rows, the first of them, all of them to take away."""
    st.markdown(parts.counted(shown.n_rows, _("{n} row answered."), _("{n} rows answered.")))
    if shown.warnings:
        one, many = _("One thing is odd about these rows"), _("{n} things are odd about these rows")
        with st.expander(parts.counted(len(shown.warnings), one, many), icon=":material/warning:"):
            rows = [
                {_("line"): warning.line, _("column"): warning.column, _("what"): warning.text}
                for warning in shown.warnings
            ]
            st.dataframe(parts.frame(rows), hide_index=True)
    first = with_thumbnails(answers_first(shown.first, predictor), predictor.columns)
    height = "content" if len(first) < 7 else 260
    st.dataframe(first, height=height, placeholder="–", column_config=pictures.config(predictor.columns))
    parts.download(
        st.download_button,
        _("Download with answers"),
        shown.csv,
        "predictions.csv",
        "text/csv",
        type="primary",
        icon=":material/download:",
        key="predict.download",
    )


def _draw_progress(run: RunFolder) -> None:
    """How far a large file is, with the way out; when it is answered, the page is drawn."""
    job = answer_job.job_of(state.space(), run)
    if job is None or not job.is_alive:
        st.rerun()
    name = parts.plain(answer_job.name_of(job), 60)
    st.markdown(_("Answering **{name}** in a process of its own. You can leave this page meanwhile.").format(name=name))
    share, doing = job.progress()
    left_s = job.left_s()
    said = parts.plain(_(doing).capitalize()) if doing else _("Waiting for its place")
    left = "" if not left_s else _(" · about {time} left").format(time=duration(left_s))
    st.progress(min(share, 1.0), f"{said}{left}")
    st.button(_("Cancel"), icon=":material/close:", key="predict.cancel", on_click=_forget, args=(run,))


def _draw_failed(run: RunFolder, job: Job) -> None:
    """Why a large file could not be answered, and what can be done about it."""
    try:
        job.result()
    except NnlabError as error:
        refused(error, lambda: _again(run))
    st.button(_("Clear"), icon=":material/close:", type="tertiary", key="predict.clear", on_click=_forget, args=(run,))


def refused(error: NnlabError, fill: Callable[[], None]) -> None:
    """Why a file cannot be answered; columns that it lacks can be filled in, which is a switch of this page."""
    is_lacking = (error.repair or {}).get("set") == "missing_columns"
    if is_lacking:
        error.do, error.repair = _("Add what is missing, or have typical values filled in."), None
    parts.failed(error)
    if is_lacking:
        st.button(_("Fill them in"), type="primary", key="predict.fill", on_click=fill)


def answers_first(frame: pd.DataFrame, predictor: Predictor) -> pd.DataFrame:
    """The first columns to show: the answers as they are, then the file's columns in its order."""
    target = predictor.fitted.target
    of_task = {"regression": len(target.names), "multilabel": 2 * len(target.names)}
    n_answers = of_task.get(target.task, 1 + len(target.classes))
    if predictor.n_members > 1:  # each answer has its spread beside
        n_answers += 1 if target.task in ("binary", "multiclass") else len(target.names)
    begin = frame.shape[1] - n_answers
    return frame.iloc[:, [*range(begin, frame.shape[1]), *range(begin)][:MOST_COLUMNS]]


def kept_rows() -> tuple[str, Path] | None:
    """The name and bytes of the file of rows that lies beside the open project, if there is one."""
    project, space = state.project(), state.space()
    if project is None or not project.rows_table_id:
        return None
    with state.telling():
        return cached.preview(space, project.rows_table_id).name, space.table_bytes(project.rows_table_id)
    return None


def _answers(run: RunFolder, name: str, data: bytes, predictor: Predictor, imputes: bool) -> cached.Prediction:
    """The answers for a file of rows, kept for as long as the same file stands there."""
    import hashlib

    return cached.answers(run, hashlib.sha256(data).hexdigest(), imputes, data, name, predictor)


def _begin(run: RunFolder, rows: bytes | Path, name: str) -> None:
    with state.telling():
        answer_job.begin(state.space(), run, rows, name)


def _again(run: RunFolder) -> None:
    with state.telling():
        answer_job.again(state.space(), run, imputes=True)


def _forget(run: RunFolder) -> None:
    with state.telling():
        answer_job.forget(state.space(), run)

"""Answers for a large file of rows: worked out by a process of its own and kept with the run until other rows come.

runs/ID/answers/rows           the file as it came, until it is answered
                answers.csv    its rows with the answers beside them
                first.parquet  the first of them, to show
                told.json      what they are answers to; written last: where it stands the others are whole
"""

from __future__ import annotations

import hashlib
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from nnlab.errors import NnlabError
from nnlab.runs import files
from nnlab.runs.folder import RunFolder
from nnlab.runs.jobs import Job, Progress, start_job
from nnlab.runs.reading_job import check_size
from nnlab.runs.workspace import Space

if TYPE_CHECKING:
    import pandas as pd

FOLDER = "answers"
N_FIRST = 200  # rows to show
MOST_WARNINGS = 1_000
MOST_BYTES = 10_000_000  # of told.json


class Answers(NamedTuple):
    """Answers that are there: for which file, by which weights, how many, and what is odd about the rows.

    A warning is its line (None: of all or many rows), its column and its sentence.
    """

    name: str
    source: str
    n_rows: int
    warnings: tuple[tuple[int | None, str, str], ...]
    is_current: bool  # of the run's present weights
    path: Path

    def first(self) -> pd.DataFrame:
        """The first rows with their answers."""
        import pandas as pd

        return pd.read_parquet(self.path / "first.parquet")

    def csv(self) -> bytes:
        """All rows with their answers, as a file to take away."""
        return files.read_bytes(self.path / "answers.csv")


def begin(space: Space, run: RunFolder, rows: bytes | memoryview | Path, name: str, *, imputes: bool = False) -> Job:
    """Begins to answer a file, of which the bytes are on disk first; what was asked before is given up.

    `imputes`: columns that the file lacks count as missing. Raises `LimitError` before anything is written.
    """
    if not isinstance(rows, Path):
        check_size(len(rows))
    source = run.path / FOLDER / "rows"
    if rows != source:
        forget(space, run)
        files.make_folder(source.parent)
        if isinstance(rows, Path):
            source = rows
        else:
            files.write_bytes(source, rows)
    else:
        _drop(space, run)
    arguments = {"space": space.name, "run": run.id, "file": str(source), "name": name, "imputes": imputes}
    return start_job(space.home, "answer", arguments, key=_key(space, run))


def again(space: Space, run: RunFolder, *, imputes: bool) -> None:
    """Begins anew with the file that could not be answered."""
    told = _arguments(job_of(space, run))
    if told:
        begin(space, run, Path(str(told["file"])), str(told["name"]), imputes=imputes)


def job_of(space: Space, run: RunFolder) -> Job | None:
    """The job that answers a file by this run, if one was begun."""
    job = Job(space.home.absolute() / "jobs" / f"answer-{hashlib.sha256(_key(space, run).encode()).hexdigest()[:16]}")
    return job if (job.path / "job.json").exists() else None


def name_of(job: Job) -> str:
    """What the file is called that a job answers."""
    return str(_arguments(job).get("name", ""))


def found(run: RunFolder) -> Answers | None:
    """The answers that are kept with the run, whole; None where there are none."""
    folder = run.path / FOLDER
    try:
        told = files.read_json(folder / "told.json", MOST_BYTES)
        warnings = tuple((line, str(column), str(text)) for line, column, text in told["warnings"])
        is_current = told["weights"] == _weights(run)
        return Answers(str(told["name"]), str(told["file"]), int(told["n_rows"]), warnings, is_current, folder)
    except (NnlabError, KeyError, TypeError, ValueError):
        return None


def forget(space: Space, run: RunFolder) -> None:
    """Ends what is being worked out and takes the answers away."""
    _drop(space, run)
    files.remove_tree(run.path / FOLDER)


def answer(space: Space, arguments: dict[str, Any], progress: Progress) -> dict[str, Any]:
    """Does the work of a job: reads the rows, answers them, and puts the answers with the run."""
    from nnlab.data.csv_out import csv_bytes
    from nnlab.runs.load import load
    from nnlab.runs.using import answered, rows_of

    run, source = space.run(arguments["run"]), Path(arguments["file"])
    weights, predictor, name = _weights(run), load(run.path), str(arguments["name"])
    table = rows_of(run, source, predictor, name, lambda share, text: progress(0.5 * share, text))
    progress(0.5, "answering")
    found = answered(table, predictor, "impute" if arguments["imputes"] else "refuse")
    progress(0.8, "writing")
    folder = run.path / FOLDER
    files.write_bytes(folder / "answers.csv", csv_bytes(found.frame))
    files.write_bytes(folder / "first.parquet", found.frame.iloc[:N_FIRST].to_parquet(index=False))
    warnings = [(each.line, each.column, each.text) for each in found.warnings[:MOST_WARNINGS]]
    told = {"name": name, "file": str(source), "n_rows": len(found.frame), "weights": weights, "warnings": warnings}
    files.write_json(folder / "told.json", told)
    with suppress(NnlabError):
        files.remove(folder / "rows")
    return {"n_rows": len(found.frame)}


def _drop(space: Space, run: RunFolder) -> None:
    job = job_of(space, run)
    if job is not None:
        if job.is_alive:
            job.cancel()
        files.remove_tree(job.path)  # a child whose folder is gone ends by itself at its next look


def _weights(run: RunFolder) -> int:
    """Which weights the run has: the moment that their file was written."""
    path = run.path / "best.safetensors"
    return path.stat().st_mtime_ns if path.exists() else 0


def _arguments(job: Job | None) -> dict[str, Any]:
    try:
        return dict(files.read_json(job.path / "job.json")["arguments"]) if job else {}
    except (NnlabError, KeyError, TypeError, ValueError):
        return {}


def _key(space: Space, run: RunFolder) -> str:
    return f"{space.name}/{run.id}/answers"

"""A run used on the rows of another file: predictions to take away, and the same figures on other rows."""

from __future__ import annotations

import tempfile
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from nnlab.data.wording import counted
from nnlab.errors import DataError, NnlabError
from nnlab.limits import limits
from nnlab.runs import files
from nnlab.runs.folder import RunFolder
from nnlab.runs.load import load

LARGEST_WHOLE = 2.0**53  # beyond it a float is no longer every whole number

if TYPE_CHECKING:
    import pandas as pd

    from nnlab.data.read import Progress
    from nnlab.data.table import Issue, Table
    from nnlab.predictor import Prediction, Predictor, RowWarning
    from nnlab.score.report import Report


def answered(table: Table, predictor: Predictor, missing_columns: Literal["refuse", "impute"] = "refuse") -> Prediction:
    """The answers for every row of a table, beside the row itself; the warnings say what is odd about rows."""
    from dataclasses import replace

    prediction = predictor.predict(table.frame, missing_columns=missing_columns)
    lost = _lost_cells(table)
    needed = predictor.needs(list(table.frame.columns))
    warnings = [_told(issue) for issue in table.issues if _is_about(issue, needed, lost)]
    warnings += _besides(prediction.warnings, lost, table.frame)
    return replace(
        prediction, frame=beside(_as_they_came(table.frame, lost), prediction.frame), warnings=tuple(warnings)
    )


def _is_about(issue: Issue, needed: Collection[str], lost: dict[str, dict[int, str]]) -> bool:
    """Whether the reader tells of a row that gets no answer or not its own, or of a cell that the model needs."""
    if not issue.column:
        return issue.weight != "note"
    return issue.column in (needed if issue.text else lost)


def _told(issue: Issue) -> RowWarning:
    """What the reader could not read; of the many of a column that it sums up, no cell is known any more."""
    from nnlab.predictor import RowWarning, quoted

    if not issue.column:
        return RowWarning(issue.line or None, "", issue.why)
    if issue.text:
        return RowWarning(issue.line, issue.column, f"{quoted(issue.text)} {issue.why}")
    return RowWarning(None, issue.column, f"{issue.why}, and comes back empty")


def _besides(
    warnings: Sequence[RowWarning], lost: dict[str, dict[int, str]], rows: pd.DataFrame
) -> Iterator[RowWarning]:
    """What the model finds odd, less what is told already: for it, a cell that could not be read is a missing one."""
    from nnlab.predictor import RowWarning

    before = RowWarning(None, "", "")
    for each in warnings:
        told = lost.get(each.column, {})
        sums_up_told = each.line is None and before.column == each.column and before.line in told
        if sums_up_told and (n_others := int(rows[each.column].isna().sum()) - len(told)):
            yield RowWarning(None, each.column, f"{counted(n_others, 'more row')} in which it is missing")
        elif not sums_up_told and each.line not in told:
            yield each
        before = each


def _lost_cells(table: Table) -> dict[str, dict[int, str]]:
    """By column and line, the cells of which the reader could make no number or date, as far as it tells them."""
    lost: dict[str, dict[int, str]] = {}
    for issue in table.issues:
        if issue.text and issue.column in table.frame.columns and issue.line in table.frame.index:
            lost.setdefault(issue.column, {})[issue.line] = issue.text
    return {
        name: cells
        for name, cells in lost.items()
        if table.frame[name].dtype.kind in "fM" and bool(table.frame[name].loc[list(cells)].isna().all())
    }


def _as_they_came(rows: pd.DataFrame, lost: dict[str, dict[int, str]]) -> pd.DataFrame:
    """The rows with these cells as they stand in the file: their columns come as text."""
    import pandas as pd

    from nnlab.cleaning.cells import text_of

    found = rows.copy(deep=False)
    for name, cells in lost.items():
        texts = pd.Series(text_of(rows[name]).to_pandas(), dtype="str").set_axis(rows.index)
        found[name] = texts.fillna(pd.Series(cells, dtype="str"))
    return found


def beside(rows: pd.DataFrame, answers: pd.DataFrame) -> pd.DataFrame:
    """The rows with the answers' columns added; an answer gives way to a column of the same name by `_2`, `_3` ..."""
    import pandas as pd

    taken = set(rows.columns)
    names = []
    for name in answers.columns:
        free, n = str(name), 2
        while free in taken:
            free, n = f"{name}_{n}", n + 1
        taken.add(free)
        names.append(free)
    return pd.concat([_as_written(rows), answers.set_axis(names, axis=1)], axis=1)


def _as_written(rows: pd.DataFrame) -> pd.DataFrame:
    """The rows with whole numbers as such: a table holds numbers as floats, and 3750 would come back as 3750.0."""
    written = rows.copy(deep=False)
    for name in rows.columns[rows.dtypes == "float64"]:
        values = rows[name].dropna().to_numpy()
        if bool((np.abs(values) < LARGEST_WHOLE).all()) and bool((values % 1 == 0).all()):
            written[name] = rows[name].astype("Int64")
    return written


def plain_rows(frame: pd.DataFrame) -> list[dict[str, Any]]:
    """The rows as JSON-ready data: every bit of a number, dates as ISO 8601, what is missing as None."""
    import pandas as pd

    columns: dict[str, list[Any]] = {}
    for name in frame.columns:
        column = frame[name]
        cells = column.map(pd.Timestamp.isoformat, na_action="ignore") if column.dtype.kind == "M" else column
        columns[str(name)] = cells.astype(object).where(column.notna(), None).tolist()
    return [dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)]


@contextmanager
def opened(run: str | Path) -> Iterator[RunFolder]:
    """The folder of a run by its path or id; a downloaded one is unpacked for as long as it is looked at."""
    from nnlab.runs.archive import place
    from nnlab.runs.foreground import found

    if not Path(run).is_file():
        yield found(run)
        return
    data = files.read_bytes(Path(run), limits().archive_bytes)
    with tempfile.TemporaryDirectory(prefix="nnlab-") as name:
        place(data, Path(name), "downloaded")
        yield RunFolder(name)


def rows_of(
    run: RunFolder,
    source: Path | bytes,
    predictor: Predictor,
    name: str | None = None,
    progress: Progress | None = None,
) -> Table:
    """The rows of a file in the kinds of the model's columns, read as is guessed.

    Where a guess misses columns that the model needs, the file is read as the run's own file was: what a person
    overruled there (a header line, a delimiter) holds for the next file of that form too.
    """
    from nnlab.data.read import read, silent
    from nnlab.data.reading import Reading

    table = read(source, name, columns=predictor.read_as, progress=progress or silent)
    plain = run.spec.project.get("reading")
    if not _lacking(table, predictor) or plain is None:
        return table
    with suppress(NnlabError):
        again = read(source, name, Reading.parse(plain), columns=predictor.read_as)
        if len(_lacking(again, predictor)) < len(_lacking(table, predictor)):
            return again
    return table


def _lacking(table: Table, predictor: Predictor) -> list[str]:
    there = set(table.frame.columns)
    return [name for name in predictor.needs(there) if name not in there]


def predict_file(run: str | Path, file: Path, missing_columns: Literal["refuse", "impute"] = "refuse") -> Prediction:
    """The answers for every row of a file."""
    with opened(run) as folder:
        predictor = load(folder.path)
        return answered(rows_of(folder, file, predictor), predictor, missing_columns)


def evaluate_file(run: str | Path, file: Path) -> Report:
    """The figures of a run on the rows of another file that holds the target, without baselines.

    Rows without a target leave; raises `DataError` where no row is left or the target is not there.
    """
    from nnlab.score.outputs import Outputs
    from nnlab.score.report import make_report

    with opened(run) as folder:
        predictor = load(folder.path)
        table = rows_of(folder, file, predictor)
    target = predictor.fitted.target
    rows = table.frame
    if predictor.fitted.windows is not None:
        return _evaluated_ahead(table, predictor)
    lacking = [name for name in predictor.raw.needs(target.names, list(rows.columns)) if name not in rows.columns]
    if lacking:
        do = "Give a file that holds the target, or use predict."
        raise DataError(
            "to evaluate, the target must be there", where=table.name, came=f"no column {lacking[0]}", do=do
        )
    truth = target.encode(_typed(predictor.cleaned(rows, target.names), predictor)).numpy()
    known = (truth >= 0) if truth.ndim == 1 else np.isfinite(truth).all(axis=1)
    if not known.any():
        raise DataError("to evaluate, some rows must have a target", where=table.name, came="none has one known here")
    if target.task == "regression":
        truth = target.original(truth.astype(np.float64))
    decoded = target.decode(predictor.outputs(rows[known]))
    answers: Any = decoded["values" if target.task == "regression" else "probabilities"]
    lines = rows.index.to_numpy()[known]
    n_rows = {"train": 0, "validation": 0, "test": int(known.sum())}
    classes = target.classes or target.labels
    return make_report(target.task, classes, target.names, lines, truth[known], Outputs(answers), {}, n_rows)


def _evaluated_ahead(table: Table, predictor: Predictor) -> Report:
    """The figures of a run on windows: of the rows that have both their past and what follows them in the file."""
    from nnlab.score.outputs import Outputs
    from nnlab.score.report import make_report

    target = predictor.fitted.target
    typed, _ = predictor.prepared(table.frame)
    truth = target.original(predictor.fitted.targets(typed).numpy().astype(np.float64))
    answers = target.decode(predictor.outputs(table.frame))["values"]
    known = np.isfinite(truth).all(axis=1) & np.isfinite(answers).all(axis=1)
    if not known.any():
        raise DataError(
            "to evaluate, some rows must have their past and what follows them in the file",
            where=table.name,
            came=f"{table.n_rows} rows, none with both",
            do="Give more rows, in order of time.",
        )
    lines = table.frame.index.to_numpy()[known]
    n_rows = {"train": 0, "validation": 0, "test": int(known.sum())}
    report = make_report(target.task, (), target.names, lines, truth[known], Outputs(answers[known]), {}, n_rows)
    windows = predictor.fitted.windows
    assert windows is not None, "asked of windows alone"
    return report.told_ahead(windows.windows.horizon)


def _typed(rows: pd.DataFrame, predictor: Predictor) -> pd.DataFrame:
    from nnlab.data.kinds import as_kind

    names = predictor.fitted.target.names
    made = rows.copy(deep=False)
    for name in names:
        made[name] = as_kind(rows[name], predictor.columns[name].kind)[0]
    return made

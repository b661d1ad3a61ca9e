"""A run used on the rows of another file: predictions to take away, and the same figures on other rows."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from nnlab.errors import DataError
from nnlab.runs.load import load

if TYPE_CHECKING:
    import pandas as pd

    from nnlab.data.table import Table
    from nnlab.predictor import Prediction, Predictor
    from nnlab.score.report import Report


def answered(table: Table, predictor: Predictor, missing_columns: Literal["refuse", "impute"] = "refuse") -> Prediction:
    """The answers for every row of a table, beside the row itself; the warnings say what is odd about rows."""
    from dataclasses import replace

    prediction = predictor.predict(table.frame, missing_columns=missing_columns)
    return replace(prediction, frame=beside(table.frame, prediction.frame))


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
    return pd.concat([rows, answers.set_axis(names, axis=1)], axis=1)


def predict_file(run: str | Path, file: Path, missing_columns: Literal["refuse", "impute"] = "refuse") -> Prediction:
    """The answers for every row of a file."""
    from nnlab.data.read import read

    predictor = load(run)
    return answered(read(file, columns=predictor.columns), predictor, missing_columns)


def evaluate_file(run: str | Path, file: Path) -> Report:
    """The figures of a run on the rows of another file that holds the target, without baselines.

    Rows without a target leave; raises `DataError` where no row is left or the target is not there.
    """
    from nnlab.data.read import read
    from nnlab.score.outputs import Outputs
    from nnlab.score.report import make_report

    predictor = load(run)
    table = read(file, columns=predictor.columns)
    target = predictor.fitted.target
    rows = table.frame
    lacking = [name for name in target.names if name not in rows.columns]
    if lacking:
        do = "Give a file that holds the target, or use predict."
        raise DataError(
            "to evaluate, the target must be there", where=table.name, came=f"no column {lacking[0]}", do=do
        )
    truth = target.encode(_typed(rows, predictor)).numpy()
    known = (truth >= 0) if target.task != "regression" else np.isfinite(truth).all(axis=1)
    if not known.any():
        raise DataError("to evaluate, some rows must have a target", where=table.name, came="none has one known here")
    if target.task == "regression":
        truth = truth.astype(np.float64) * np.array(target.deviations) + np.array(target.means)
    decoded = target.decode(predictor.outputs(rows[known]))
    answers: Any = decoded["values" if target.task == "regression" else "probabilities"]
    lines = rows.index.to_numpy()[known]
    n_rows = {"train": 0, "validation": 0, "test": int(known.sum())}
    return make_report(target.task, target.classes, target.names, lines, truth[known], Outputs(answers), {}, n_rows)


def _typed(rows: pd.DataFrame, predictor: Predictor) -> pd.DataFrame:
    from nnlab.data.kinds import as_kind

    names = predictor.fitted.target.names
    return rows.assign(**{name: as_kind(rows[name], predictor.columns[name].kind)[0] for name in names})

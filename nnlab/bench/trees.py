"""The network that is suggested beside LightGBM, on fourteen tables of at most 10 000 rows.

The trees and the linear model are fitted on training and validation rows together, so they have a quarter more: they
need none to choose an epoch on. LightGBM makes the hundred rounds of its default. The files are not nnlab's to pass on:
`--data` names the folder of nine of them.
"""

from __future__ import annotations

import random
import tempfile
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from nnlab.bench.carried import CARRIED, check_there, written
from nnlab.bench.rows import number_of
from nnlab.errors import NnlabError, SpecError
from nnlab.spec import did_you_mean

if TYPE_CHECKING:
    from nnlab.data.columns import Task
    from nnlab.prep.encoded import Encoded

TABLES = {
    "titanic": "Survived",
    "adult_income": "income",
    "telco_churn": "Churn",
    "bank_full": "y",
    "penguins": "species",
    "wine_white": "quality",
    "california_housing": "median_house_value",
    "diamonds": "price",
    "mnist_sample": "target",
} | CARRIED  # the column that is predicted
CLASSES = {"wine_white"}  # whole numbers that are told apart, not measured
MOST_ROWS = 10_000
N_MEMBERS = 6
VISIBLY = 0.01  # below the linear model


@dataclass(frozen=True)
class Beside:
    """One table: the network's figure on the test rows, the trees' and the linear model's, and the seconds of training.

    The figure is R², or the area under the ROC curve, of each class against the rest where there are more than two.
    """

    name: str
    metric: str
    network: float
    lightgbm: float
    linear: float
    seconds: float
    error: str = ""

    @property
    def is_reached(self) -> bool:
        """Whether the network is at or above the trees."""
        return self.network >= self.lightgbm

    @property
    def is_below_linear(self) -> bool:
        return self.network < self.linear - VISIBLY

    def plain(self) -> dict[str, Any]:
        return {**asdict(self), "is_reached": self.is_reached, "is_below_linear": self.is_below_linear}

    def __str__(self) -> str:
        if self.error:
            return f"{self.name:20} {self.error}"
        said = ("reached" if self.is_reached else "below") + (", below the linear model" * self.is_below_linear)
        figures = f"{self.metric} {self.network:.4f}, LightGBM {self.lightgbm:.4f}, linear {self.linear:.4f}"
        return f"{self.name:20} {figures}: {said}; {self.seconds:.0f} s"


def trees(data: Path, only: str = "", of_members: bool = False) -> Iterator[Beside]:
    """Each table in turn; `only` takes one; `of_members` trains six members with six folds.

    Raises `SpecError` for a name that no table has, `NotFoundError` where the folder lacks a file.
    """
    if only and only not in TABLES:
        rule = "there is no such table to compare on"
        raise SpecError(rule, where="--only", came=only, do=did_you_mean(only, list(TABLES)))
    chosen = [only] if only else list(TABLES)
    check_there(data, chosen)
    return (beside(name, data, of_members) for name in chosen)


def beside(name: str, data: Path, of_members: bool = False, most_rows: int = MOST_ROWS) -> Beside:
    """What the suggested network and the trees say about the same test rows of one table."""
    from nnlab.runs.foreground import train

    settings = {"training.members": N_MEMBERS, "training.folds": N_MEMBERS} if of_members else {}
    with tempfile.TemporaryDirectory() as folder:
        path = written(name, Path(folder)) if name in CARRIED else data / f"{name}.csv"
        source = some_rows(path, Path(folder) / "some.csv", most_rows)
        task: Task | None = "multiclass" if name in CLASSES else None
        out, workspace = Path(folder) / "run", Path(folder)
        try:
            run = train(source, TABLES[name], task=task, settings=settings, out=out, workspace=workspace, now=True)
            summary, encoded = run.summary(), run.folder.encoded_path
            metric = "r2" if summary["task"] == "regression" else "roc_auc"
            others = on_all_but_test(_opened(encoded), metric)
        except NnlabError as error:
            return Beside(name, "", np.nan, np.nan, np.nan, 0.0, str(error))
        network = number_of(summary["metrics"]["test"][metric])
        return Beside(name, metric, network, others["lightgbm"], others["linear"], summary["seconds"])


def some_rows(path: Path, place: Path, most: int) -> Path:
    """The file, or, where it has more lines than that, a random part of them under its header at `place`.

    The tables here have a line for each row.
    """
    from nnlab.runs.files import write_bytes

    header, *lines = path.read_bytes().splitlines(keepends=True)
    if len(lines) <= most:
        return path
    kept = sorted(random.Random(0).sample(range(len(lines)), most))
    write_bytes(place, header + b"".join(lines[k] for k in kept))
    return place


def on_all_but_test(encoded: Encoded, metric: str) -> dict[str, float]:
    """What the linear model and LightGBM reach on the test rows, fitted on all others."""
    from nnlab.baseline import fit_baselines
    from nnlab.baseline_rows import BaselineRows
    from nnlab.runs.report_job import true_values
    from nnlab.score.metrics import metrics

    fitted = encoded.fitted
    train, validation, test = (encoded.part(part) for part in ("train", "validation", "test"))
    rows = BaselineRows(fitted, train)
    learnt = _stacked(rows.of(train), rows.of(validation))
    answers = np.concatenate([true_values(fitted, train), true_values(fitted, validation)])
    none = rows.of(validation)[:0]
    n_classes = len(fitted.target.classes) or None
    made = fit_baselines(
        fitted.target.task, learnt, answers, none, answers[:0], rows.of(test), seed=0, n_classes=n_classes
    )
    truth = true_values(fitted, test)
    said = {name: np.asarray(made[name].values) for name in ("linear", "lightgbm")}
    if fitted.target.task == "regression":
        truth, said = truth.ravel(), {name: values.ravel() for name, values in said.items()}
    figures = {name: metrics[metric].of(truth, values) for name, values in said.items()}
    return {name: number_of(figure) for name, figure in figures.items()}


def _opened(path: Path) -> Encoded:
    from nnlab.prep.encoded import Encoded

    return Encoded.open(path)


def _stacked(first: Any, second: Any) -> Any:
    from scipy import sparse

    if sparse.issparse(first):
        return sparse.vstack([first, second], format="csr")
    return np.concatenate([first, second])

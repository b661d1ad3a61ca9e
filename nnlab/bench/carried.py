"""The files of benchmarks: tables that scikit-learn carries, put down as CSV, and others in a person's folder."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from nnlab.errors import NotFoundError

CARRIED = {
    "breast_cancer": "target",
    "diabetes": "target",
    "digits": "digit",
    "iris": "target",
    "wine": "target",
}  # the column that is predicted


def written(name: str, folder: Path) -> Path:
    """The table as a CSV file in the folder; the target is its last column, classes as their codes."""
    from sklearn import datasets

    from nnlab.runs.files import write_bytes

    found = getattr(datasets, f"load_{name}")(as_frame=True)
    path = folder / f"{name}.csv"
    write_bytes(path, found.frame.rename(columns={"target": CARRIED[name]}).to_csv(index=False).encode())
    return path


def check_there(data: Path, names: Iterable[str]) -> None:
    """Raises `NotFoundError` where the folder lacks one of these files that scikit-learn does not carry."""
    lacking = [name for name in names if name not in CARRIED and not (data / f"{name}.csv").is_file()]
    if lacking:
        rule, do = "the files to measure on are not all there", "Name the folder that holds them with --data."
        raise NotFoundError(rule, where=str(data), came=f"no {lacking[0]}.csv", do=do)

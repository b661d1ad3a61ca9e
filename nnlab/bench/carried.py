"""Tables that scikit-learn carries, put down as CSV files, so that a benchmark reads them as it reads any file."""

from __future__ import annotations

from pathlib import Path

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

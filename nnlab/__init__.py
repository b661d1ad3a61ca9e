"""nnlab: from a CSV to a trained network you can trust.

    table = nnlab.read("titanic.csv")
    run = nnlab.train(table, target="Survived")
    predictor = nnlab.load(run)
    predictor.predict(table.frame.head())

Names are imported when they are first used, so that `import nnlab` costs nothing.
"""

from __future__ import annotations

import importlib
from typing import Any

__version__ = "0.1.0"

_HOME_OF = {
    "read": "nnlab.data.read",
    "Table": "nnlab.data.table",
    "Issue": "nnlab.data.table",
    "Reading": "nnlab.data.reading",
    "Columns": "nnlab.data.columns",
    "Column": "nnlab.data.columns",
    "Cleaning": "nnlab.cleaning.cleaning",
    "Split": "nnlab.prep.split",
    "Recipe": "nnlab.prep.recipe",
    "ColumnRecipe": "nnlab.prep.recipe",
    "Fitted": "nnlab.prep.fitted",
    "Batch": "nnlab.prep.batch",
    "Network": "nnlab.network.network",
    "Training": "nnlab.training.spec",
    "Engine": "nnlab.training.engine",
    "Report": "nnlab.score.report",
    "Predictor": "nnlab.predictor",
    "Project": "nnlab.runs.project",
    "train": "nnlab.runs.foreground",
    "load": "nnlab.runs.load",
    "Limits": "nnlab.limits",
    "NnlabError": "nnlab.errors",
}
__all__ = list(_HOME_OF)


def __getattr__(name: str) -> Any:
    if name not in _HOME_OF:
        raise AttributeError(f"module 'nnlab' has no attribute {name!r}")
    value = getattr(importlib.import_module(_HOME_OF[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted([*__all__, "__version__"])

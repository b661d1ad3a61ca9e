"""A small project of people: four columns, a recipe and a network of its own."""

from __future__ import annotations

from nnlab.data.columns import Column, Columns
from nnlab.network.network import Network
from nnlab.prep.recipe import ColumnRecipe, Recipe
from nnlab.prep.steps import steps
from nnlab.runs.project import Project
from nnlab.training.spec import Training


def columns_of(*columns: tuple[str, str, str]) -> Columns:
    return Columns(columns=tuple(Column.parse({"name": n, "kind": k, "role": r}) for n, k, r in columns))


COLUMNS = columns_of(
    ("age", "numeric", "feature"),
    ("city", "categorical", "feature"),
    ("score", "numeric", "feature"),
    ("passed", "boolean", "target"),
)
OWN = Recipe(
    columns=(
        ColumnRecipe(column="age", steps=(steps["impute_median"](),)),
        ColumnRecipe(column="city", steps=(steps["one_hot"](),)),
    )
)
NETWORK = Network.parse({"trunk": [{"kind": "Linear", "out_features": 7}, {"kind": "ReLU"}]})
PROJECT = Project(
    name="people",
    columns=COLUMNS,
    recipe=OWN,
    network=NETWORK,
    training=Training(epochs=3, loss="cross_entropy", class_weights="balanced"),
)

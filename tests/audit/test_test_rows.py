"""Test rows have no part in what the audit scores and offers: other test rows, the same scores and the same mends."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from nnlab.audit.auditing import rows_of
from nnlab.audit.checks import checks
from nnlab.audit.checks.outliers import Outliers
from nnlab.audit.rows import Rows
from nnlab.data.columns import Columns
from nnlab.prep.split import TEST, Split
from tests.audit.planted import amounts, table
from tests.audit.planted_checks import PLANTS

# equality is looked at in every row: whoever made such a column had all rows, and one row in which it differs acquits
OF_EVERY_ROW = {"group_means", "duplicate_columns"}


def with_other_test_rows(rows: Rows) -> Rows:
    """The same parts, the cells of each column at other places of the test rows, and one number far from all."""
    frame, random = rows.frame.copy(), np.random.default_rng(1)
    places = np.flatnonzero(rows.parts == TEST)
    for column in rows.columns.columns:
        values = frame[column.name].to_numpy(copy=True)
        values[places] = values[random.permutation(places)]
        is_amount = column.kind == "numeric" and not (column.role == "target" and rows.task != "regression")
        if is_amount and len(places) and len(pd.unique(values)) > 2:
            values[places[0]] = 1e9
        frame[column.name] = pd.Series(values, index=frame.index, dtype=frame[column.name].dtype)
    return Rows(frame, rows.columns, rows.task, rows.parts, rows.split)


def scores_and_mends(kind: str, rows: Rows) -> list[object]:
    told = [
        (each.columns, {name: value for name, value in each.evidence.items() if name.startswith("score")}, each.mends)
        for each in checks[kind]().find(rows)
    ]
    return [each for each in told if each[1] or each[2]]


@pytest.mark.parametrize("kind", [kind for kind in checks.kinds if kind not in OF_EVERY_ROW])
def test_other_test_rows_change_no_score_and_no_mend(kind: str) -> None:
    """What is offered is learnt from rows that may be looked at."""
    frame, columns = PLANTS[kind]()
    rows = rows_of(frame, columns, Split())
    other = with_other_test_rows(rows)
    assert scores_and_mends(kind, other) == scores_and_mends(kind, Rows(frame, columns, rows.task, rows.parts))


def parted(values: dict[str, np.ndarray]) -> tuple[pd.DataFrame, Columns]:
    """The first 700 of 1000 rows train, 150 validate, 150 test."""
    frame, columns = table({**values, "part": np.repeat(["train", "validation", "test"], [700, 150, 150])})
    return frame, columns.changed("part", role="split")


def test_far_values_are_cut_off_where_training_rows_end() -> None:
    """A usual test value beyond them is no bound, and far targets of test rows alone offer no rows to drop."""
    values = amounts(1_000)
    values["a"][10], values["a"][900] = 5_000.0, float(values["a"].max()) + 1
    values["y"][950] = 1e6
    frame, columns = parted(values)
    told = {finding.columns[0]: finding for finding in Outliers().find(rows_of(frame, columns, Split()))}
    usual = np.sort(frame["a"].to_numpy()[:700])[:-1]
    (steps,) = told["a"].mends
    clip = next(step for step in steps.steps if step.kind == "clip")  # type: ignore[attr-defined]
    assert (clip.low, clip.high) == (usual.min(), usual.max())
    assert told["y"].mends == ()

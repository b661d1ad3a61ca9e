"""A column's training values before its steps, and the number it becomes, as profiles to draw."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nnlab.data.columns import Column, Columns
from nnlab.data.profile import ColumnProfile, profile

if TYPE_CHECKING:
    import pandas as pd

    from nnlab.prep.fitted import Fitted

MOST_ROWS = 5_000  # enough for a histogram


def before_after(fitted: Fitted, frame_train: pd.DataFrame, name: str) -> tuple[ColumnProfile, ...]:
    """The profile of the column's training cells, then of the number it becomes; none of places that are 0 or 1."""
    import pandas as pd

    rows = frame_train.iloc[:: max(1, -(-len(frame_train) // MOST_ROWS))]
    before = Columns(columns=(fitted.columns[name].having(role="feature"),))
    if fitted.columns[name].kind not in ("numeric", "datetime"):
        return profile(rows[[name]], before)
    table_NF = fitted.apply(rows).inputs["table"]
    slots = fitted.slots_of[name][:1]
    names = [fitted.feature_names[slot] for slot in slots]
    after = pd.DataFrame({label: table_NF[:, slot].double().numpy() for label, slot in zip(names, slots, strict=True)})
    numbers = Columns(columns=tuple(Column(name=label, kind="numeric") for label in after.columns))
    return (*profile(rows[[name]], before), *profile(after, numbers))

"""A column's training values before its steps, and the number it becomes, as profiles to draw."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch

from nnlab.data.columns import Column, Columns
from nnlab.data.profile import ColumnProfile, profile

if TYPE_CHECKING:
    import pandas as pd

    from nnlab.prep.fitted import Fitted

MOST_ROWS = 5_000  # enough for a histogram


def drawn_every(n_rows: int) -> int:
    """Of how many training rows one is looked at."""
    return max(1, -(-n_rows // MOST_ROWS))


def before_after(fitted: Fitted, frame_train: pd.DataFrame, name: str) -> tuple[ColumnProfile, ...]:
    """The profile of the column's training cells, then of the number it becomes; none of places that are 0 or 1."""
    import pandas as pd

    rows = frame_train.iloc[:: drawn_every(len(frame_train))]
    before = Columns(columns=(fitted.columns[name].having(role="feature"),))
    if fitted.columns[name].kind not in ("numeric", "datetime"):
        return profile(rows[[name]], before)
    column = next(each for each in fitted.features if each.name == name)
    if not column.is_used or not column.feature_names:
        return profile(rows[[name]], before)
    blocks = column.chain(column.cells(rows[name]))
    first_KN = (blocks if column.input == "table" else blocks[1:])[0]
    label = column.feature_names[0]
    after = pd.DataFrame({label: first_KN[0].to(torch.float32).double().numpy()})
    numbers = Columns(columns=(Column(name=label, kind="numeric"),))
    return (*profile(rows[[name]], before), *profile(after, numbers))

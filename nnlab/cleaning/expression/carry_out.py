"""An expression carried out on the rows of a frame: names from the allow-list of functions, cells from its columns."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from nnlab.cleaning.cells import as_series
from nnlab.cleaning.expression.functions import FUNCTIONS
from nnlab.cleaning.expression.operators import OPERATORS
from nnlab.cleaning.expression.tree import Literal, Name, Node
from nnlab.cleaning.expression.values import Values, constant, of_column
from nnlab.errors import SpecError

if TYPE_CHECKING:
    import pandas as pd


def evaluated(node: Node, frame: pd.DataFrame) -> pd.Series[Any]:
    """What the expression gives for each row of a frame that has its columns: numbers, dates or text.

    What cannot be computed (a division by zero, text that is no number) is missing. Raises `SpecError` for a pattern
    or a form of dates that is none, and `LimitError` where text would grow too large.
    """
    import pandas as pd

    with np.errstate(all="ignore"):
        found = _values(node, frame)
    like = pd.Series(np.zeros(len(frame)), index=frame.index)
    if found.form in ("number", "moment"):
        values = np.where(np.isfinite(found.data), found.data, np.nan) if found.form == "number" else found.data
        return pd.Series(values, index=frame.index, copy=False)
    return as_series(found.text(), like)


def _values(node: Node, frame: pd.DataFrame) -> Values:
    if isinstance(node, Literal):
        return constant(node.value, len(frame))
    if isinstance(node, Name):
        return of_column(frame[node.column])
    if node.function in OPERATORS:
        return OPERATORS[node.function](*(_values(part, frame) for part in node.arguments))
    function = FUNCTIONS[node.function]
    parts = [
        part.value if place in function.constants and isinstance(part, Literal) else _values(part, frame)
        for place, part in enumerate(node.arguments)
    ]
    try:
        return function.work(*parts)
    except SpecError as error:
        raise error.within(f"expression, character {node.at}") from None

"""What a page shows of a table without holding it: how it was read, its size, its issues and its first rows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from nnlab.data.columns import Columns
from nnlab.data.reading import Reading
from nnlab.data.table import Issue, Table

if TYPE_CHECKING:
    import pandas as pd

N_ROWS = 100
MOST_COLUMNS = 100


@dataclass(frozen=True, eq=False)
class Preview:
    """The facts of a table, its `sentence` and `form`; `rows` are its first `N_ROWS` rows and `MOST_COLUMNS` columns.

    The rows are a copy of their own.
    """

    name: str
    n_rows: int
    n_columns: int
    reading: Reading
    columns: Columns
    issues: tuple[Issue, ...]
    sentence: str
    form: str
    rows: pd.DataFrame


def shown(rows: pd.DataFrame, columns: Columns) -> pd.DataFrame:
    """Rows to be shown: dates as days where no date of their column has a time of day, and pictures as thumbnails."""
    from nnlab.data.pictures import with_thumbnails

    found = rows.copy(deep=False)
    for place, dtype in enumerate(rows.dtypes):
        column = rows.iloc[:, place]
        if dtype.kind == "M" and (column.isna() | (column == column.dt.normalize())).all():
            found.isetitem(place, column.dt.date.astype(object))
    return with_thumbnails(found, columns)


def preview(table: Table) -> Preview:
    """The preview of a table, which may then be let go."""
    rows = table.frame.iloc[:N_ROWS, :MOST_COLUMNS]
    # Through Python objects: a slice of a string array, copied or not, keeps the memory of the whole column.
    own = rows.astype(object).copy(deep=True)
    own = own.astype(rows.dtypes.to_dict()) if rows.columns.is_unique else own
    facts = (table.name, table.n_rows, table.n_columns, table.reading, table.columns, table.issues)
    return Preview(*facts, table.sentence(), table.form, own)

"""What a form that asks for one row needs to know of each column."""

from __future__ import annotations

from dataclasses import dataclass

from nnlab.cleaning.rows import RawColumn
from nnlab.data.columns import ImageForm, Kind
from nnlab.prep.chain import FittedColumn
from nnlab.prep.steps import FORMS
from nnlab.prep.wording import moment

DAY_S = 86_400


@dataclass(frozen=True)
class FormField:
    """What a form needs to ask for one column: a typical value, and the range or the levels of the training rows.

    Of pictures the value is a cell that a page can draw, and `image` is the form they are brought to; of texts it is
    one of the training rows.
    """

    column: str
    kind: Kind
    value: float | str | None
    minimum: float | str | None = None
    maximum: float | str | None = None
    levels: tuple[str, ...] = ()
    is_whole: bool = False
    may_be_missing: bool = False
    image: ImageForm | None = None


def raw_field(column: RawColumn) -> FormField:
    """The field of a column of the file that cleaning reads."""
    numbers = {name: getattr(column, name) for name in ("minimum", "maximum", "levels", "is_whole", "may_be_missing")}
    return FormField(column.name, column.kind, column.typical, image=column.image, **numbers)


def fitted_field(column: FittedColumn) -> FormField:
    """The field of a column that the network uses."""
    may_be_missing = column.n_missing > 0
    if column.image is not None:
        return FormField(column.name, column.kind, column.typical, may_be_missing=may_be_missing, image=column.image)
    if FORMS[column.kind] == "level":
        first = column.levels[0] if column.levels else None
        return FormField(column.name, column.kind, first, levels=column.levels, may_be_missing=may_be_missing)
    if column.kind == "text":
        return FormField(column.name, column.kind, column.typical, may_be_missing=may_be_missing)
    numbers = (column.median, column.minimum, column.maximum)
    if column.kind == "datetime":
        value, low, high = (None if seconds is None else moment(seconds) for seconds in (_day(column), *numbers[1:]))
        return FormField(column.name, column.kind, column.typical or value, low, high, may_be_missing=may_be_missing)
    return FormField(column.name, column.kind, *numbers, is_whole=column.is_whole, may_be_missing=may_be_missing)


def _day(column: FittedColumn) -> float | None:
    """The median of dates whose typical one was not kept, as in older runs; a day where they have no time of day.

    Between two days lies an hour that occurs in no row.
    """
    ends = (column.minimum, column.maximum)
    if column.median is None or any(end is None or end % DAY_S for end in ends):
        return column.median
    return column.median - column.median % DAY_S

"""A form's field of a date: a day and hour that a training row has."""

from __future__ import annotations

from dataclasses import replace

import pytest

from nnlab.data.columns import Column
from nnlab.form_field import FormField, fitted_field
from nnlab.prep.chain import FittedColumn
from nnlab.prep.fit import fit_column
from nnlab.prep.steps import steps
from tests.prep.tables import typed


def fitted_on(*cells: str | None) -> FittedColumn:
    chain = (steps["impute_median"](), steps["date_parts"]())
    return fit_column(Column(name="d", kind="datetime"), chain, typed(cells, "datetime"))


@pytest.mark.parametrize(
    ("cells", "typical"),
    [
        (("1954-12-01", "1955-01-01", "1954-11-01", "1955-02-01"), "1954-12-01"),
        (("1954-12-01", "1955-01-01", "1954-11-01", None), "1954-12-01"),
        (
            ("2024-03-01 08:15:30", "2024-03-02 09:00:00", "2024-03-03 10:00:00", "2024-02-01 00:00:00"),
            "2024-03-01 08:15:30",
        ),
        ((None, None), None),
    ],
)
def test_the_typical_date_is_one_of_the_training_rows(cells: tuple[str | None, ...], typical: str | None) -> None:
    """The last one that does not lie after the median, to the second, whatever lies between two."""
    assert fitted_field(fitted_on(*cells)).value == typical


def test_of_an_older_run_it_is_a_day_where_dates_are_days() -> None:
    """Such a run did not keep a typical date: the median loses its hour, unless dates have times."""

    def older(*cells: str) -> FormField:
        return fitted_field(replace(fitted_on(*cells), typical=None))

    assert older("1954-12-01", "1955-01-01").value == "1954-12-16"
    assert older("1955-01-01").value == "1955-01-01"
    assert older("2024-03-01 08:00", "2024-03-02 08:00").value == "2024-03-01 20:00"
    field = older("1954-12-01", "1955-01-01")
    assert (field.minimum, field.maximum) == ("1954-12-01", "1955-01-01")

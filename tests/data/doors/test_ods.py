"""OpenDocument workbooks: values as declared, repetitions followed, and no number of them taken on trust."""

from __future__ import annotations

import io

import pytest

from nnlab.data import read
from nnlab.errors import LimitError
from tests.data.doors.books import ods, zipped

ROWS = (
    "<table:table-row>"
    + "".join(
        f'<table:table-cell office:value-type="string"><text:p>{name}</text:p></table:table-cell>'
        for name in ("n", "when", "ok", "t", "share")
    )
    + '<table:table-cell table:number-columns-repeated="16000"/></table:table-row>'
    '<table:table-row table:number-rows-repeated="3"><table:table-cell office:value-type="float" office:value="2.5">'
    "<text:p>2,50</text:p></table:table-cell>"
    '<table:table-cell office:value-type="date" office:date-value="2024-01-31T13:45:00"><text:p>x</text:p>'
    '</table:table-cell><table:table-cell office:value-type="boolean" office:boolean-value="true"/>'
    '<table:table-cell office:value-type="string"><office:annotation><text:p>a note</text:p></office:annotation>'
    '<text:p>a<text:s text:c="2"/>b</text:p><text:p>c<text:span>d</text:span></text:p></table:table-cell>'
    '<table:table-cell office:value-type="percentage" office:value="0.25"/></table:table-row>'
    '<table:table-row table:number-rows-repeated="1048000"><table:table-cell/></table:table-row>'
)


def test_values_repetitions_and_paragraphs() -> None:
    """Numbers and dates as declared, not as shown; repeated rows all there; notes no text; a million empty rows."""
    table = read(ods({"S": ROWS}), name="book.ods")
    assert table.n_rows == 3
    assert table.frame["t"].tolist() == ["a  b\ncd"] * 3
    assert table.frame.iloc[0].astype(str).tolist()[:3] == ["2.5", "2024-01-31 13:45:00", "TRUE"]
    assert table.frame["share"].tolist() in ([0.25] * 3, ["0.25"] * 3)


def test_cells_are_what_another_reader_reads() -> None:
    """calamine reads the same values from the same bytes."""
    from python_calamine import CalamineWorkbook

    data = ods({"S": ROWS})
    theirs = CalamineWorkbook.from_filelike(io.BytesIO(data)).get_sheet_by_index(0).to_python()[:4]
    frame = read(data, name="book.ods").frame
    assert list(frame.columns) == theirs[0]
    assert [len(theirs), theirs[1][2]] == [len(frame) + 1, True]
    assert str(theirs[1][1]) == str(frame["when"].iloc[0])


def test_the_second_sheet_where_the_first_holds_none() -> None:
    """As in every workbook: the first sheet that holds a table, and an issue that names the others."""
    table = read(ods({"Words": "", "Data": ROWS}), name="book.ods")
    assert (table.reading.sheet, table.n_rows) == ("Data", 3)
    assert "Words" in str(table.issues[0])


@pytest.mark.parametrize("times", ["number-rows-repeated", "number-columns-repeated"])
def test_a_filled_cell_repeated_without_end_is_refused(times: str) -> None:
    """A number in the file that says a thousand million times ends in a LimitError."""
    where = f'table:{times}="999999999"'
    row, cell = (where, "") if "rows" in times else ("", where)
    filled = f'<table:table-row {row}><table:table-cell {cell} office:value-type="float" office:value="1"/>'
    with pytest.raises(LimitError):
        read(ods({"S": ROWS + f"{filled}</table:table-row>"}), name="book.ods")


def test_another_office_document_is_named() -> None:
    """A text document is no workbook."""
    data = zipped({"mimetype": "application/vnd.oasis.opendocument.text", "content.xml": "<x/>"})
    with pytest.raises(Exception, match="office document"):
        read(data)

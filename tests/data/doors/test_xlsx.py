"""Excel workbooks: what a cell shows is what is read, row n is line n, and no workbook takes more than itself."""

from __future__ import annotations

import datetime
import io
import resource
import tracemalloc

import pytest

from nnlab.data import Reading, read
from nnlab.errors import DataError, LimitError
from nnlab.limits import Limits
from tests.data.doors.books import rows, xlsx, zipped

SHARED = (
    "<si><t>one</t></si><si><r><t>t</t></r><r><rPr/><t xml:space='preserve'>wo </t></r><rPh><t>aid</t></rPh></si>"
    "<si><t>a_x000D__x000A_b</t></si>"
)
MIXED = (
    '<row r="1"><c r="A1" t="inlineStr"><is><t>n</t></is></c><c r="B1" t="inlineStr"><is><t>when</t></is></c>'
    '<c r="C1" t="inlineStr"><is><t>at</t></is></c><c r="D1" t="inlineStr"><is><t>text</t></is></c>'
    '<c r="E1" t="inlineStr"><is><t>ok</t></is></c></row>'
    '<row r="2"><c r="A2"><v>5.0</v></c><c r="B2" s="1"><v>45292</v></c><c r="C2" s="2"><v>45292.573449074072</v></c>'
    '<c r="D2" t="s"><v>0</v></c><c r="E2" t="b"><v>1</v></c></row>'
    '<row r="3"><c r="A3"><v>37.700000000000003</v></c><c r="B3" s="6"><v>59</v></c><c r="D3" t="s"><v>1</v></c>'
    '<c r="E3" t="b"><v>0</v></c></row>'
    '<row r="5"><c><v>1E-3</v></c><c s="1"><v>61</v></c><c s="2"><v>2.5</v></c><c t="s"><v>2</v></c>'
    '<c t="e"><v>#DIV/0!</v></c></row>'
)


def cells(data: bytes) -> list[list[str]]:
    """The text of every cell of the first sheet as nnlab's door writes it, by row."""
    import csv

    from nnlab.data.doors import BREAK, opened

    door = opened(data, "book.xlsx", "", Limits())
    assert door is not None
    return [[cell.replace(BREAK, "\n") for cell in row] for row in csv.reader(io.StringIO(door.text.decode()))]


def test_cells_are_what_another_reader_reads() -> None:
    """Numbers, dates, texts of parts, truth values, gaps between rows: as calamine understands the same bytes."""
    from python_calamine import CalamineWorkbook

    data = xlsx({"S": MIXED}, shared=SHARED)
    theirs = CalamineWorkbook.from_filelike(io.BytesIO(data)).get_sheet_by_index(0).to_python()
    assert [len(row) or 5 for row in cells(data)] == [len(row) for row in theirs]
    for ours, row in zip(cells(data), theirs, strict=True):
        for mine, cell in zip(ours, row, strict=False):
            if isinstance(cell, bool):
                assert mine == str(cell).upper()
            elif isinstance(cell, float):
                assert float(mine) == cell
            elif isinstance(cell, datetime.date) and cell.year > 1900:
                assert datetime.datetime.fromisoformat(mine).replace(microsecond=0) == datetime.datetime.combine(
                    cell, getattr(cell, "time", datetime.time)()
                ).replace(microsecond=0)
            elif isinstance(cell, str) and not mine.startswith("#"):  # errors it leaves empty
                assert mine.strip() == cell.replace("\r\n", "\n").strip()


def test_every_kind_of_cell_has_its_text() -> None:
    """Whole numbers plain, what a float cannot say short, days before March 1900 as Excel counts them, errors kept."""
    found = cells(xlsx({"S": MIXED}, shared=SHARED))
    assert found[1] == ["5", "2024-01-01", "2024-01-01 13:45:46", "one", "TRUE"]
    assert found[2] == ["37.7", "1900-02-28", "", "two ", "FALSE"]
    assert found[3] == []
    assert found[4] == ["0.001", "1900-03-01", "1900-01-02 12:00:00", "a\nb", "#DIV/0!"]


def test_times_and_the_calendar_of_1904() -> None:
    """A time of day, hours that go on counting, money that only looks like a date; day 0 of 1904."""
    book = '<row><c t="str"><v>t</v></c><c t="str"><v>e</v></c><c t="str"><v>m</v></c><c t="str"><v>d</v></c></row>'
    book += '<row><c s="3"><v>0.5</v></c><c s="4"><v>1.5</v></c><c s="5"><v>7</v></c><c s="1"><v>1</v></c></row>'
    assert cells(xlsx({"S": book}))[1] == ["12:00:00", "36:00:00", "7", "1900-01-01"]
    assert cells(xlsx({"S": book}, is_1904=True))[1][3] == "1904-01-02"


def test_the_table_is_read_with_title_gap_and_footer() -> None:
    """A title, an empty row, the header in row 3, a note at the end: rows keep their numbers, the note is set aside."""
    lines = [(n, n * 0.5, "ab"[n % 2]) for n in range(12)]
    data = xlsx({"S": rows(("Sales",), (), ("n", "x", "k"), *lines, (), ("Source: nobody, 2024",))})
    table = read(data, name="book.xlsx")
    assert (table.n_rows, table.reading.header_line, table.reading.footer_lines) == (12, 3, 1)
    assert list(table.frame.index) == list(range(4, 16))
    assert table.frame["x"].tolist() == [n * 0.5 for n in range(12)]


def test_a_line_break_in_a_cell_is_kept_and_a_row_stays_a_line() -> None:
    """Text over several lines, even text that looks like rows, comes through whole, as do commas and quotes."""
    text = '1,"a"\n2,b\n3,c\n4,d'
    data = xlsx({"S": rows(("n\nit", "t"), (1, text), (2, "x"), (3, text))})
    table = read(data, name="book.xlsx")
    assert list(table.frame.columns) == ["n\nit", "t"]
    assert table.frame["t"].tolist() == [text, "x", text]
    assert list(table.frame.index) == [2, 3, 4]


def test_the_first_sheet_with_a_table_is_read_and_another_can_be_chosen() -> None:
    """A page of words and a hidden sheet are passed over, and named; the reading says which sheet, and chooses one."""
    table = [("a", "b"), *((n, n * 2) for n in range(4))]
    sheets = {"Notes": rows(("words",)), "Old": rows(*table), "Data": rows(*table), "More": rows(*table[:3])}
    data = xlsx(sheets, hidden=("Old",))
    first = read(data, name="book.xlsx")
    assert (first.reading.sheet, first.n_rows) == ("Data", 4)
    assert first.reading.sentence().startswith("sheet Data, ")
    assert first.issues[0].line == 0
    assert all(name in str(first.issues[0]) for name in ("Notes", "Old", "Data", "More"))
    other = read(data, name="book.xlsx", reading=first.reading.having(sheet="More"))
    assert other.n_rows == 2
    assert other.id != first.id
    with pytest.raises(DataError, match="no such sheet") as caught:
        read(data, reading=Reading(sheet="Date"))
    assert "Data" in caught.value.do
    only = read(xlsx({"Only": sheets["Data"]}))
    assert only.reading.sheet == ""
    assert only.sentence() == "workbook, sheet Only, header in line 1, nothing set aside"
    assert first.sentence().startswith("workbook, sheet Data, header")
    assert all(issue.weight == "note" for issue in first.issues)


def test_what_is_fixed_cannot_be_overruled() -> None:
    """A reading that was made for a text with semicolons reads a workbook all the same."""
    data = xlsx({"S": rows(("a", "b"), (1, "x"), (2, "y"))})
    table = read(data, reading=Reading(delimiter=";", encoding="cp1252"))
    assert (list(table.frame.columns), table.reading.delimiter) == (["a", "b"], ",")


def test_formulas_without_a_value_are_told() -> None:
    """What no program has computed is missing, and an issue says how many cells and where the first is."""
    formula = '<row r="{0}"><c r="A{0}"><v>{0}</v></c><c r="B{0}"><f>A{0}*2</f></c></row>'
    book = rows(("a", "b"), (1, 2)) + "".join(formula.format(row) for row in range(3, 8))
    table = read(xlsx({"S": book}))
    assert table.frame["b"].isna().sum() == 5
    assert any(issue.line == 3 and "5 formulas" in issue.why for issue in table.issues)


@pytest.mark.parametrize(
    "far",
    [
        '<row r="1048576"><c r="XFD1048576"><v>2</v></c></row>',
        '<row r="4000000000"><c r="A4000000000"><v>2</v></c></row>',
        '<row r="2"><c r="ZZZZZ2"><v>2</v></c></row>',
    ],
)
def test_cells_in_opposite_corners_take_no_memory(far: str) -> None:
    """Two cells that span 17 thousand million: read or refused, within 64 MB."""
    data = xlsx({"S": '<row r="1"><c r="A1"><v>1</v></c></row>' + far})
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    with pytest.raises((DataError, LimitError)):
        read(data, least_rows=3)
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 64_000


def test_a_bomb_is_refused_before_it_unpacks() -> None:
    """Sizes that the archive declares, and one long text that many cells share, are counted first."""
    with pytest.raises(LimitError, match="unpack"):
        read(zipped({"xl/workbook.xml": "<x/>", "xl/a.xml": b" " * 2_000_000}), limits=Limits(file_bytes=1_000_000))
    cell = '<row><c t="s"><v>0</v></c></row>'
    shared = xlsx({"S": cell * 2000}, shared=f"<si><t>{'long ' * 10_000}</t></si>")
    tracemalloc.start()
    with pytest.raises(LimitError, match="size limit"):
        read(shared, limits=Limits(file_bytes=5_000_000))
    assert tracemalloc.get_traced_memory()[1] < 40_000_000
    tracemalloc.stop()


@pytest.mark.parametrize(
    "sheet",
    [
        '<!DOCTYPE x [<!ENTITY a "aaaa">]><worksheet><sheetData/></worksheet>',
        "<worksheet><sheetData><row><c t='s'><v>7</v></c></row></sheetData></worksheet>",
        "<worksheet><sheetData><row r='x'/></sheetData></worksheet>",
        "<worksheet><sheetData>" + "<row r='2'><c><v>1</v></c></row>" * 2 + "</sheetData></worksheet>",
        "<worksheet><sheetData><row>",
        '<?xml version="1.0" encoding="QTF-8"?><worksheet/>',
        '<?xml version="1.0" encoding="hex"?><worksheet/>',
        "",
    ],
)
def test_a_damaged_sheet_is_refused(sheet: str) -> None:
    """Entities, texts that are not there, rows without order, XML that ends early: an error of ours, never another."""
    import zipfile

    whole = zipfile.ZipFile(io.BytesIO(xlsx({"S": rows(("a", "b"), (1, 2))})))
    members: dict[str, str | bytes] = {name: whole.read(name) for name in whole.namelist()}
    with pytest.raises(DataError):
        read(zipped({**members, "xl/worksheets/sheet1.xml": sheet}))
    members.pop("xl/worksheets/sheet1.xml")
    with pytest.raises(DataError, match="damaged"):
        read(zipped(members))

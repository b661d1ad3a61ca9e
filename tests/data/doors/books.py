"""Small workbooks, written out part by part, so that a test says every byte that matters."""

from __future__ import annotations

import io
import zipfile
from xml.sax.saxutils import escape

_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_LINKS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006/relationships"
_OFFICE = "urn:oasis:names:tc:opendocument:xmlns"
# style 0 is plain, 1 a date, 2 date and time, 3 a time, 4 elapsed hours, 5 an amount of money, 6 a date of one's own
_FORMATS = (0, 14, 22, 21, 46, 164, 165)


def zipped(members: dict[str, str | bytes], packing: int = zipfile.ZIP_DEFLATED) -> bytes:
    sink = io.BytesIO()
    with zipfile.ZipFile(sink, "w", packing) as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return sink.getvalue()


def xlsx(sheets: dict[str, str], *, shared: str = "", hidden: tuple[str, ...] = (), is_1904: bool = False) -> bytes:
    """An Excel workbook: the XML of each sheet's rows by its name, and the XML of the texts that they share."""
    named = "".join(
        f'<sheet name="{escape(name)}" sheetId="{n}" r:id="s{n}"{_state(name, hidden)}/>'
        for n, name in enumerate(sheets, start=1)
    )
    links = "".join(
        f'<Relationship Id="s{n}" Type="{_LINKS}/worksheet" Target="worksheets/sheet{n}.xml"/>'
        for n in range(1, len(sheets) + 1)
    )
    links += f'<Relationship Id="t" Type="{_LINKS}/sharedStrings" Target="/xl/sharedStrings.xml"/>'
    links += f'<Relationship Id="f" Type="{_LINKS}/styles" Target="styles.xml"/>'
    formats = "".join(f'<xf numFmtId="{number}"/>' for number in _FORMATS)
    codes = '<numFmt numFmtId="164" formatCode="#,##0.00 &quot;days&quot;;[Red]-#,##0"/>'
    codes += '<numFmt numFmtId="165" formatCode="[$-409]d\\-mmm\\-yy;@"/>'
    found: dict[str, str | bytes] = {
        "[Content_Types].xml": "<Types/>",
        "_rels/.rels": f'<Relationships xmlns="{_PACKAGE}"><Relationship Id="r" Type="{_LINKS}/officeDocument" '
        'Target="xl/workbook.xml"/></Relationships>',
        "xl/workbook.xml": f'<workbook xmlns="{_MAIN}" xmlns:r="{_LINKS}"><workbookPr date1904="{int(is_1904)}"/>'
        f"<sheets>{named}</sheets></workbook>",
        "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{_PACKAGE}">{links}</Relationships>',
        "xl/styles.xml": f'<styleSheet xmlns="{_MAIN}"><numFmts count="2">{codes}</numFmts><cellStyleXfs count="1">'
        f'<xf numFmtId="14"/></cellStyleXfs><cellXfs count="{len(_FORMATS)}">{formats}</cellXfs></styleSheet>',
        "xl/sharedStrings.xml": f'<sst xmlns="{_MAIN}">{shared}</sst>',
    }
    for n, rows in enumerate(sheets.values(), start=1):
        sheet = f'<worksheet xmlns="{_MAIN}"><sheetData>{rows}</sheetData></worksheet>'
        found[f"xl/worksheets/sheet{n}.xml"] = sheet
    return zipped(found)


def rows(*lines: tuple[object, ...]) -> str:
    """The XML of rows of texts and numbers from row 1 on; None leaves a cell out."""
    return "".join(
        f'<row r="{row}">' + "".join(_cell(f"{chr(65 + at)}{row}", value) for at, value in enumerate(line)) + "</row>"
        for row, line in enumerate(lines, start=1)
    )


def ods(tables: dict[str, str]) -> bytes:
    """An OpenDocument workbook: the XML of each table's rows by its name."""
    names = " ".join(f'xmlns:{name}="{_OFFICE}:{name}:1.0"' for name in ("office", "table", "text"))
    inside = "".join(f'<table:table table:name="{name}">{rows}</table:table>' for name, rows in tables.items())
    content = f"<office:document-content {names}><office:body><office:spreadsheet>{inside}"
    content += "</office:spreadsheet></office:body></office:document-content>"
    kind = "application/vnd.oasis.opendocument.spreadsheet"
    manifest = f'<m:manifest xmlns:m="{_OFFICE}:manifest:1.0"><m:file-entry m:full-path="/" m:media-type="{kind}"/>'
    return zipped({"mimetype": kind, "content.xml": content, "META-INF/manifest.xml": f"{manifest}</m:manifest>"})


def _state(name: str, hidden: tuple[str, ...]) -> str:
    return ' state="hidden"' if name in hidden else ""


def _cell(place: str, value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, str):
        return f'<c r="{place}" t="inlineStr"><is><t>{escape(value)}</t></is></c>'
    return f'<c r="{place}"><v>{value}</v></c>'

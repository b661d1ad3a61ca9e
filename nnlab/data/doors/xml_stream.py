"""XML as a stream: elements come as they end, nothing of them is kept, and no document can make more of itself."""

from __future__ import annotations

import zipfile
from collections.abc import Callable
from xml.parsers import expat

from nnlab.data.packing import DAMAGED
from nnlab.errors import DataError

Start = Callable[[str, dict[str, str]], None]
End = Callable[[str], None]
Text = Callable[[str], None]
_BLOCK = 1 << 20
_LONGEST = 1 << 25  # bytes without a single element or text


def parse_member(archive: zipfile.ZipFile, name: str, start: Start, end: End, text: Text) -> None:
    """Calls the three functions for all elements and texts of a member of an archive, names without their prefix.

    Where the outermost element has no prefix, only elements without one are of the format; the others keep theirs.
    """
    parser = expat.ParserCreate()
    parser.buffer_text = True

    def on_root(tag: str, attributes: dict[str, str]) -> None:
        names = _Names()
        is_plain = ":" not in tag  # then what has a prefix is of no concern
        parser.StartElementHandler = start if is_plain else lambda tag, attributes: start(names[tag], attributes)
        parser.EndElementHandler = end if is_plain else lambda tag: end(names[tag])
        start(names[tag], attributes)

    parser.StartElementHandler = on_root
    parser.CharacterDataHandler = text
    parser.StartDoctypeDeclHandler = _refuse_doctype
    fed = 0
    try:
        with archive.open(name) as stream:
            while block := stream.read(_BLOCK):
                parser.Parse(block, False)
                fed += len(block)
                if fed - parser.CurrentByteIndex > _LONGEST:
                    raise _damaged(name, "an element that never ends")
            parser.Parse(b"", True)
    except (expat.ExpatError, LookupError, *DAMAGED) as error:  # LookupError: an encoding that nobody knows
        raise _damaged(name, str(error)) from None


def attribute(attributes: dict[str, str], name: str) -> str:
    """An attribute by its name without prefix; empty where it is not there."""
    for key, value in attributes.items():
        if key.rpartition(":")[2] == name and not key.startswith("calcext:"):  # says the same in another way
            return value
    return ""


class _Names(dict[str, str]):
    """Names without their prefix, each cut once."""

    def __missing__(self, tag: str) -> str:
        name = tag.rpartition(":")[2]
        if len(self) < 1000:  # a document has few names; a hostile one has as many as elements
            self[tag] = name
        return name


def _refuse_doctype(*_: object) -> None:
    raise ValueError("a document type, which no workbook has")


def _damaged(name: str, came: str) -> DataError:
    return DataError(
        "the workbook is damaged or has a password", where=name, came=came[:200], do="Save it again, or save it as CSV."
    )

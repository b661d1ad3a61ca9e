"""Patterns over cells: RE2's regular expressions through arrow, whose time grows with the text and never explodes."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, TypeAlias

from nnlab.cleaning.cells import check_bytes, n_bytes_of
from nnlab.errors import SpecError

if TYPE_CHECKING:
    import pyarrow as pa

    Text: TypeAlias = pa.ChunkedArray | pa.Array

LONGEST_PATTERN = 500  # characters
_REFERENCE = re.compile(r"\\[0-9]")


def matches(text: Text, pattern: str, *, ignores_case: bool = False) -> Any:
    """Whether the pattern is found anywhere in each cell; raises `SpecError` for what is no pattern."""
    import pyarrow.compute as pc

    return _tried(pattern, lambda: pc.match_substring_regex(text, pattern, ignore_case=ignores_case))


def replaced(text: Text, pattern: str, replacement: str) -> Any:
    r"""The text with every match replaced; `\1` in the replacement stands for what the first group found.

    Raises `SpecError` for what is no pattern and `LimitError` where the result would be too large.
    """
    import pyarrow.compute as pc

    n_matches = _tried(pattern, lambda: pc.sum(pc.count_substring_regex(text, pattern)).as_py() or 0)
    n_bytes = n_bytes_of(text)
    grown = n_matches * len(replacement.encode()) + n_bytes * len(_REFERENCE.findall(replacement))
    check_bytes(n_bytes + grown, "replacement")
    return _tried(pattern, lambda: pc.replace_substring_regex(text, pattern, replacement))


def group(text: Text, pattern: str, number: int) -> Any:
    """What a group of the pattern found in each cell, null where the pattern was not found."""
    import pyarrow as pa
    import pyarrow.compute as pc

    found = matches(text, pattern)
    whole = rf"(?s)^.*?(?:{pattern}).*$"
    part = _tried(pattern, lambda: pc.replace_substring_regex(text, whole, rf"\{number}"))
    return pc.if_else(found, part, pa.scalar(None, text.type))


def _tried(pattern: str, work: Any) -> Any:
    import pyarrow as pa

    if len(pattern) > LONGEST_PATTERN:
        raise SpecError(f"a pattern may have {LONGEST_PATTERN} characters", where="pattern", came=f"{len(pattern)}")
    try:
        return work()
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError) as error:
        came = str(error).split("\n")[0][:200]
        do = "See the syntax of RE2; backreferences and looking around are not part of it."
        raise SpecError("this is not a pattern", where="pattern", came=f"{pattern[:80]}: {came}", do=do) from None

"""What differs between two states of a project, as plain data: where, and from what to what."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

ASIDE = ("id", "revision", "format", "nnlab", "reason")  # nobody changes these themselves
NAMES = ("name", "column", "kind")  # what an entry of a list is called, the first of them that it has


class Change(NamedTuple):
    """One difference: the fields that lead to it, what the entries on the way are called, and both values.

    Of lists of unequal length the values are the entries that went and those that came.
    """

    path: tuple[str, ...]
    entries: tuple[str, ...]
    before: Any
    after: Any


def changes(before: Any, after: Any) -> tuple[Change, ...]:
    """The differences of two plain projects, in the order of their fields."""
    return tuple(_differences(before, after, (), ()))


def called(entry: Any) -> str:
    """The name of an entry of a list, or nothing."""
    known = entry if isinstance(entry, dict) else {}
    return next((str(known[name]) for name in NAMES if known.get(name)), "")


def _differences(before: Any, after: Any, path: tuple[str, ...], entries: tuple[str, ...]) -> Iterator[Change]:
    if before == after:
        return
    if isinstance(before, dict) and isinstance(after, dict):
        for name in dict.fromkeys([*before, *after]):
            if name not in ASIDE:
                yield from _differences(before.get(name), after.get(name), (*path, name), entries)
    elif isinstance(before, list | tuple) and isinstance(after, list | tuple):
        yield from _of_lists(list(before), list(after), path, entries)
    else:
        yield Change(path, entries, before, after)


def _of_lists(before: list[Any], after: list[Any], path: tuple[str, ...], entries: tuple[str, ...]) -> Iterator[Change]:
    """Entry by entry where each is still the one it was, else those that went and came between equal ends."""
    is_same = len(before) == len(after) and all(map(_is_same_entry, before, after))
    if is_same:
        for old, new in zip(before, after, strict=True):
            yield from _differences(old, new, path, (*entries, called(new)))
        return
    first = 0
    while first < min(len(before), len(after)) and before[first] == after[first]:
        first += 1
    last = 0
    while last < min(len(before), len(after)) - first and before[-1 - last] == after[-1 - last]:
        last += 1
    yield Change(path, entries, before[first : len(before) - last], after[first : len(after) - last])


def _is_same_entry(before: Any, after: Any) -> bool:
    return before == after or (isinstance(before, dict) and isinstance(after, dict) and called(before) == called(after))

"""A change made to one value, made to what that value has become in the meantime."""

from __future__ import annotations

from typing import Any, TypeVar

from nnlab.errors import ConflictError
from nnlab.spec import Spec

T = TypeVar("T")


def carried_over(before: T, changed: T, now: T, where: str = "") -> T:
    """`now` with what `changed` has different from `before`: two changes of one value, both kept.

    Specs are compared field by field, tuples of one length place by place, tuples of specs that carry a column's name
    by that name. A single value that both changed is as `changed` has it. Raises `ConflictError` where two changes of
    a list do not go together, and `SpecError` where the two together are no valid spec.
    """
    if changed in (before, now):
        return now
    if now == before:
        return changed
    if isinstance(now, Spec) and type(before) is type(changed) is type(now):
        fields = {
            name: carried_over(getattr(before, name), getattr(changed, name), getattr(now, name), name)
            for name in type(now).model_fields
        }
        return now.having(**fields)
    if isinstance(before, tuple) and isinstance(changed, tuple) and isinstance(now, tuple):
        return _carried_over_in_list(before, changed, now, where)  # type: ignore[return-value]
    if isinstance(before, Spec) or isinstance(now, Spec):
        raise _conflict(where)
    return changed


def _carried_over_in_list(
    before: tuple[Any, ...], changed: tuple[Any, ...], now: tuple[Any, ...], where: str
) -> tuple[Any, ...]:
    if len(before) == len(changed) == len(now):
        return tuple(carried_over(*three, where) for three in zip(before, changed, now, strict=True))
    by_name = [_by_column(items) for items in (before, changed, now)]
    if None in by_name:
        raise _conflict(where)
    of_before, of_changed, of_now = (each or {} for each in by_name)
    kept = {
        name: carried_over(of_before.get(name), of_changed.get(name), of_now.get(name), where)
        for name in {**of_now, **of_changed}
    }
    return tuple(item for item in kept.values() if item is not None)


def _by_column(items: tuple[Any, ...]) -> dict[str, Any] | None:
    named = {item.column: item for item in items if hasattr(item, "column")}
    return None if len(named) < len(items) else named


def _conflict(where: str) -> ConflictError:
    return ConflictError(
        "two changes came at once and do not go together",
        where=where,
        do="The first was made. This page shows it: make the second one again.",
    )

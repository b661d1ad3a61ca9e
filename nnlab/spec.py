"""What a person chose, as a value: frozen, plain inside, equal means equal, and it hashes.

One declaration of a field gives its validation, message, widget, JSON, manual entry and search range:

    epochs: int = Field(40, ge=1, le=100_000, description="How often all training rows are seen.")
"""

from __future__ import annotations

import difflib
import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Generic, Self, TypeVar

from pydantic import BaseModel, ConfigDict, GetPydanticSchema, ValidationError
from pydantic_core import core_schema

from nnlab.errors import SpecError

DEEPEST_JSON = 64  # levels; Python's own parser would end in a RecursionError far later


class Spec(BaseModel):
    """A frozen value of plain data; two specs with the same content are equal and have the same `digest`."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False, protected_namespaces=())

    @classmethod
    def parse(cls, data: Any, where: str = "") -> Self:
        """The spec that plain data describes; a `SpecError` names the field, the rule and the nearest known name."""
        try:
            return cls.model_validate(data)
        except ValidationError as error:
            raise _spec_error(cls, error, where) from None

    @classmethod
    def from_json(cls, text: str | bytes, where: str = "") -> Self:
        """The spec that JSON text describes; raises `SpecError` for text that is no JSON or nests too deep."""
        return cls.parse(plain_json(text, where), where)

    def plain(self) -> dict[str, Any]:
        """The spec as JSON-ready data; `parse` gives it back equal."""
        return self.model_dump(mode="json")

    def to_json(self) -> str:
        """Canonical JSON: sorted keys, no blanks, the same text for equal specs."""
        return json.dumps(self.plain(), sort_keys=True, separators=(",", ":"), ensure_ascii=False)

    @property
    def digest(self) -> str:
        """SHA-256 of the canonical JSON, 64 hexadecimal digits."""
        return hashlib.sha256(self.to_json().encode()).hexdigest()

    def having(self, **changes: Any) -> Self:
        """The same spec with some fields changed, validated again."""
        return self.parse({**{name: getattr(self, name) for name in type(self).model_fields}, **changes})

    def setting(self, path: str, value: Any) -> Self:
        """The same spec with the field at a dotted path changed; text is read as JSON where it is JSON.

        Raises `SpecError` with the near names where the path leads nowhere.
        """
        name, _, rest = path.partition(".")
        if name not in type(self).model_fields:
            raise _unknown_field(name, list(type(self).model_fields), name)
        if not rest:
            try:
                return self.having(**{name: _read(value)})
            except SpecError as error:
                raise SpecError(error.rule, where=name, came=str(value), do=error.do) from None
        inner = getattr(self, name)
        if not isinstance(inner, Spec):
            raise SpecError("this field has no fields of its own", where=path, came=str(inner))
        try:
            return self.having(**{name: inner.setting(rest, value)})
        except SpecError as error:
            error.where = f"{name}.{error.where}"
            raise


T = TypeVar("T", bound=Spec)


class Registry(Generic[T]):
    """The kinds of one noun: a dict from `kind` to class, filled by using the registry as a decorator."""

    def __init__(self, noun: str) -> None:
        self.noun = noun
        self._classes: dict[str, type[T]] = {}

    def __call__(self, cls: type[T]) -> type[T]:
        kind = cls.model_fields["kind"].default
        if kind in self._classes:
            raise ValueError(f"a {self.noun} of kind {kind!r} is registered already")
        self._classes[kind] = cls
        return cls

    def __iter__(self) -> Iterator[type[T]]:
        return iter(self._classes.values())

    def __len__(self) -> int:
        return len(self._classes)

    def __contains__(self, kind: str) -> bool:
        return kind in self._classes

    def __getitem__(self, kind: str) -> type[T]:
        if not isinstance(kind, str) or kind not in self._classes:
            near = did_you_mean(str(kind), list(self._classes))
            raise SpecError(f"there is no {self.noun} of this kind", where="kind", came=str(kind)[:80], do=near)
        return self._classes[kind]

    @property
    def kinds(self) -> tuple[str, ...]:
        """The registered kinds, in order of registration."""
        return tuple(self._classes)

    def parse(self, data: Any) -> T:
        """One of the registered specs from plain data with a `kind`, or the spec itself."""
        if isinstance(data, Spec):
            if type(data) not in self._classes.values():
                raise SpecError(f"this is no {self.noun}", came=type(data).__name__)
            return data  # type: ignore[return-value]
        if not isinstance(data, Mapping) or "kind" not in data:
            raise SpecError(f"a {self.noun} is an object with a kind", came=str(data)[:80])
        return self[data["kind"]].parse(data)

    def field(self) -> Any:
        """The annotation of a field that holds one of these: `AnyLayer = Annotated[Layer, layers.field()]`."""
        return _as_field(self)


def _as_field(registry: Registry[Any]) -> Any:

    def validate(data: Any) -> Any:
        try:
            return registry.parse(data)
        except SpecError as error:
            raise _Wrapped(error) from None

    schema = core_schema.no_info_plain_validator_function(
        validate,
        serialization=core_schema.plain_serializer_function_ser_schema(
            lambda spec: spec.plain(), return_schema=core_schema.dict_schema()
        ),
    )
    return GetPydanticSchema(lambda _source, _handler: schema)


def plain_json(text: str | bytes, where: str = "") -> Any:
    """What JSON text says, at most `DEEPEST_JSON` levels deep; raises `SpecError`, never `RecursionError`."""
    too_deep = SpecError(f"JSON may nest {DEEPEST_JSON} levels deep", where=where, came="more levels")
    try:
        data = json.loads(text, parse_constant=_no_constant)
    except ValueError as error:
        raise SpecError(
            "this is not JSON", where=where, came=str(error), do="Check the file, or export it again."
        ) from None
    except RecursionError:
        raise too_deep from None
    level = [data]
    for _ in range(DEEPEST_JSON):
        level = [inner for outer in level if isinstance(outer, dict | list) for inner in _items(outer)]
        if not level:
            return data
    raise too_deep


def did_you_mean(name: str, known: list[str]) -> str:
    """A sentence with the nearest known name, or the known names where none is near."""
    near = difflib.get_close_matches(name, known, n=1, cutoff=0.6)
    if near:
        return f"Did you mean {near[0]}?"
    return "Known: " + ", ".join(known[:30]) + (" ..." if len(known) > 30 else "") + "."


class _Wrapped(ValueError):
    """Carries a `SpecError` through pydantic, which lets nothing but a ValueError pass."""

    def __init__(self, error: SpecError) -> None:
        super().__init__(str(error))
        self.error = error


def _items(outer: dict[str, Any] | list[Any]) -> Iterable[Any]:
    return outer.values() if isinstance(outer, dict) else outer


def _no_constant(name: str) -> Any:
    raise ValueError(f"{name} is not a number in JSON")


def _read(value: Any) -> Any:
    if not isinstance(value, str):
        return value
    try:
        return json.loads(value, parse_constant=_no_constant)
    except ValueError:
        return value


def _unknown_field(name: str, known: list[str], where: str) -> SpecError:
    return SpecError("there is no such setting", where=where, came=name, do=did_you_mean(name, known))


def _spec_error(cls: type[Spec], error: ValidationError, where: str) -> SpecError:
    first = error.errors(include_url=False)[0]
    path = ".".join([where] * bool(where) + [str(part) for part in first["loc"]])
    wrapped = first.get("ctx", {}).get("error")
    if isinstance(wrapped, _Wrapped):
        wrapped.error.where = ".".join(part for part in (path, wrapped.error.where) if part)
        return wrapped.error
    if first["type"] == "extra_forbidden":
        return _unknown_field(str(first["loc"][-1]), _known_at(cls, first["loc"][:-1]), path)
    rule = first["msg"].removeprefix("Value error, ").replace("Input should be", "it must be")
    rule = rule.replace("greater than or equal to", "at least").replace("less than or equal to", "at most")
    more = f"There are {error.error_count() - 1} more like this." if error.error_count() > 1 else ""
    return SpecError(rule[:1].lower() + rule[1:], where=path, came=str(first["input"])[:200], do=more)


def _known_at(cls: type[Spec], path: tuple[int | str, ...]) -> list[str]:
    found: Any = cls
    for part in path:
        if isinstance(part, str) and part in getattr(found, "model_fields", {}):
            found = found.model_fields[part].annotation
    return list(getattr(found, "model_fields", cls.model_fields))

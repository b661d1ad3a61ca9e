"""Specs: frozen values with one declaration per field, and errors that help."""

from __future__ import annotations

import pickle
from typing import Annotated, Literal

import pytest
from pydantic import Field

from nnlab.errors import ConflictError, DataError, NnlabError, SpecError
from nnlab.limits import Limits, limits
from nnlab.spec import DEEPEST_JSON, Registry, Spec, plain_json


class Shape(Spec):
    kind: str


shapes: Registry[Shape] = Registry("shape")


@shapes
class Circle(Shape):
    kind: Literal["circle"] = "circle"
    radius: float = Field(1.0, gt=0)


AnyShape = Annotated[Shape, shapes.field()]


class Inner(Spec):
    epochs: int = Field(3, ge=1)


class Drawing(Spec):
    title: str = ""
    inner: Inner = Inner()
    shapes: tuple[AnyShape, ...] = ()


def test_writing_and_reading_are_inverse() -> None:
    """JSON gives back an equal spec with an equal digest, kinds included."""
    drawing = Drawing(title="ü", shapes=(Circle(radius=2.5), Circle()))
    again = Drawing.from_json(drawing.to_json())
    assert drawing == again
    assert drawing.digest == again.digest
    assert hash(drawing) == hash(again)


def test_a_spec_cannot_be_changed_in_place() -> None:
    """Frozen means frozen; a change is a new value."""
    drawing = Drawing()
    with pytest.raises(Exception, match="frozen"):
        drawing.title = "x"  # type: ignore[misc]
    assert drawing.having(title="x").title == "x"


@pytest.mark.parametrize(
    ("data", "where", "do"),
    [
        ({"titel": "x"}, "titel", "Did you mean title?"),
        ({"inner": {"epoch": 1}}, "inner.epoch", "Did you mean epochs?"),
        ({"inner": {"epochs": 0}}, "inner.epochs", ""),
        ({"shapes": [{"kind": "circl"}]}, "shapes.0.kind", "Did you mean circle?"),
        ({"shapes": [{"kind": "circle", "radius": -1}]}, "shapes.0.radius", ""),
        ({"shapes": [{"kind": "circle", "radius": float("nan")}]}, "shapes.0.radius", ""),
    ],
)
def test_an_error_names_the_field_and_the_nearest_name(data: object, where: str, do: str) -> None:
    """Where, the rule, what came, what to do: also deep inside and across registries."""
    with pytest.raises(SpecError) as caught:
        Drawing.parse(data)
    assert (where, do) == (caught.value.where, caught.value.do)


def test_a_setting_is_reached_by_its_path() -> None:
    """`--set inner.epochs=12` changes one field and nothing else."""
    assert Drawing().setting("inner.epochs", "12") == Drawing(inner=Inner(epochs=12))
    with pytest.raises(SpecError, match="Did you mean epochs"):
        Drawing().setting("inner.epoch", "12")
    with pytest.raises(SpecError, match=r"inner\.epochs"):
        Drawing().setting("inner.epochs", "many")
    with pytest.raises(SpecError, match="no fields of its own"):
        Drawing().setting("title.x", "1")


def test_a_kind_is_registered_once() -> None:
    """A second registration raises instead of replacing silently."""
    with pytest.raises(ValueError, match="registered already"):
        shapes(Circle)


@pytest.mark.parametrize(
    "text", ["[" * 100_000, "[" * (DEEPEST_JSON + 1) + "]" * (DEEPEST_JSON + 1), "{", '{"a": NaN}']
)
def test_json_that_is_none_is_refused_in_our_words(text: str) -> None:
    """Deep, torn or non-standard JSON is a SpecError, never a RecursionError."""
    with pytest.raises(SpecError):
        plain_json(text)


def test_every_error_pickles_with_its_parts() -> None:
    """Errors cross process borders whole."""
    error = DataError("a number is expected", where="line 3", came="abc", do="Mend it.", line=3, column="age")
    again = pickle.loads(pickle.dumps(error))
    assert error.as_dict() == again.as_dict()
    assert (3, "age", DataError) == (again.line, again.column, type(again))


def test_errors_read_as_sentences_and_gain_context() -> None:
    """The text has the four parts; a floor further up says more precisely where."""
    error = NnlabError("a batch has at most as many rows as there are", where="batch_size", came="64", do="Use 32.")
    error.within("training")
    assert str(error) == "training, batch_size: a batch has at most as many rows as there are. What came: 64. Use 32."
    assert issubclass(ConflictError, NnlabError)


def test_limits_are_changed_in_one_place(monkeypatch: pytest.MonkeyPatch) -> None:
    """`NNLAB_LIMITS` shrinks waits and sizes; a wrong name is told."""
    assert limits() == Limits()
    monkeypatch.setenv("NNLAB_LIMITS", '{"idle_s": 1.5}')
    assert limits().idle_s == 1.5
    monkeypatch.setenv("NNLAB_LIMITS", '{"idel_s": 1.5}')
    with pytest.raises(SpecError, match="idle_s"):
        limits()

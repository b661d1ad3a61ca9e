"""Shapes in words, and the shape of ids."""

from __future__ import annotations

import pickle

import pytest

from nnlab.errors import SpecError
from nnlab.network.shapes import AnyShape, Ids, in_short, in_words, told_apart
from nnlab.spec import Spec


def test_a_shape_of_ids_is_none_of_numbers() -> None:
    """Ids of as many places are another shape than numbers, and than ids of another vocabulary."""
    ids = Ids((30,), n_ids=5000)
    assert ids == Ids((30,), n_ids=5000)
    assert hash(ids) == hash(Ids((30,), n_ids=5000))
    assert ids != (30,)
    assert (30,) != ids
    assert ids != Ids((30,), n_ids=4999)
    assert len({ids, (30,), Ids((30,), n_ids=7)}) == 3
    assert tuple(ids) == (30,)


def test_ids_survive_pickling() -> None:
    """A shape may travel to another process."""
    again = pickle.loads(pickle.dumps(Ids((3, 4), n_ids=9)))
    assert (again, again.n_ids) == (Ids((3, 4), n_ids=9), 9)


def test_ids_are_said_in_words() -> None:
    """Messages say how many there are and out of how many."""
    assert in_words(Ids((30,), n_ids=5000)) == "30 ids, each one of 5\u202f000"
    assert in_short(Ids((30,), n_ids=5000)) == "30"


class Shaped(Spec):
    """Shapes as run.json holds them."""

    shapes: dict[str, AnyShape]


def test_shapes_are_written_and_read_back_ids_and_all() -> None:
    """A shape of numbers stays the list that it was; what is no shape is refused."""
    made = Shaped(shapes={"table": (4,), "text": Ids((30,), n_ids=5000)})
    assert made.plain() == {"shapes": {"table": [4], "text": {"shape": [30], "n_ids": 5000}}}
    assert Shaped.from_json(made.to_json()) == made
    for lie in ("x", [1.5], {"shape": [3]}, {"shape": [3], "n_ids": 0}, {"shape": "3", "n_ids": 2}, [True]):
        with pytest.raises(SpecError):
            Shaped.parse({"shapes": {"text": lie}})


def test_shapes_of_other_ids_are_told_apart() -> None:
    """What a page keeps for one vocabulary is not shown for another."""
    assert told_apart({"text": Ids((3,), n_ids=5)}) == told_apart({"text": Ids((3,), n_ids=5)})
    assert len({told_apart({"text": shape}) for shape in ((3,), Ids((3,), n_ids=5), Ids((3,), n_ids=6))}) == 3

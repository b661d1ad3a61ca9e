"""Random specs for tests, drawn from the declarations of the fields themselves."""

from __future__ import annotations

import random
from typing import Any, Literal, get_args, get_origin

from pydantic.fields import FieldInfo

from nnlab.network.head import Head
from nnlab.network.layers import Layer, Parallel, Unflatten, layers
from nnlab.network.network import Branch, Network
from nnlab.network.shapes import Shape

LARGEST = 24  # a random size is no larger than this, so that a thousand networks stay quick


def random_layer(rng: random.Random, depth: int = 2) -> Layer:
    """A layer of any registered kind with random fields; containers hold up to three layers, `depth` levels deep."""
    return random_of(rng.choice([cls for cls in layers if depth > 0 or not is_container(cls)]), rng, depth)


def random_of(cls: type[Layer], rng: random.Random, depth: int = 2) -> Layer:
    """A layer of this kind with random fields."""
    if cls is Unflatten:
        return Unflatten(unflattened_size=rng.choice([(1, -1), (2, -1), (-1, 4), (2, 2, -1), (3, 5)]))
    if cls is Parallel:
        stacks = [tuple(random_layer(rng, depth - 1) for _ in range(rng.randrange(3))) for _ in range(2)]
        return Parallel.parse({"branches": stacks, "merge": rng.choice(["cat", "add", "mean", "multiply"])})
    values = {
        name: tuple(random_layer(rng, depth - 1) for _ in range(rng.randrange(4)))
        if name in cls.parse({}).stacks
        else random_value(rng, field)
        for name, field in cls.model_fields.items()
        if name != "kind" and rng.random() < 0.8
    }
    return cls.parse(values)


def is_container(cls: type[Layer]) -> bool:
    """The layers of this class hold other layers."""
    return bool(cls.parse({}).stacks)


def random_value(rng: random.Random, field: FieldInfo) -> Any:
    """A value that the field allows: a bound, the default, or something between, small."""
    bounds = {
        key: float(getattr(rule, key)) for rule in field.metadata for key in ("ge", "gt", "le") if hasattr(rule, key)
    }
    low, high = bounds.get("ge", bounds.get("gt", 0.0)), min(bounds.get("le", LARGEST), LARGEST)
    if field.annotation is bool:
        return rng.random() < 0.5
    if get_origin(field.annotation) is Literal:
        return rng.choice(get_args(field.annotation))
    if field.annotation == int | None:
        return rng.choice([None, rng.randint(int(low), min(9, int(high)))])
    if field.annotation is int:
        drawn = rng.randint(int(low), min(9, int(high)))
        return rng.choice([int(low), field.default if field.default <= LARGEST else int(low), drawn])
    assert field.annotation is float, f"no random value for {field.annotation}"
    return rng.choice([high, field.default, low + (high - low) * rng.uniform(0.01, 1)])


def random_shape(rng: random.Random) -> Shape:
    """A list of numbers mostly, sometimes channels with a length, sometimes a picture."""
    axes = rng.choices([1, 2, 3], [6, 3, 1])[0]
    return tuple(rng.randint(1, 12) for _ in range(axes))


def random_network(rng: random.Random, n_layers: int = 6) -> tuple[Network, dict[str, Shape]]:
    """A network of random layers, with shapes for its inputs; it may or may not be able to run."""
    stack = tuple(random_layer(rng) for _ in range(rng.randint(0, n_layers)))
    if rng.random() < 0.75:
        return Network(trunk=stack), {"table": random_shape(rng)}
    branch = Branch(input="text", layers=tuple(random_layer(rng, 1) for _ in range(rng.randint(1, 3))))
    return Network(branches=(branch,), trunk=stack), {"table": (rng.randint(1, 12),), "text": random_shape(rng)}


def random_head(rng: random.Random) -> Head:
    """A head of any task."""
    return rng.choice(
        [
            Head(task="binary", n_outputs=1),
            Head(task="multiclass", n_outputs=rng.randint(3, 5)),
            Head(task="regression", n_outputs=rng.randint(1, 3)),
        ]
    )

"""The preparation as a file: read back equal, and never believed when it lies."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any, TypeAlias

import numpy as np
import pytest
import torch
from safetensors.torch import load, save

from nnlab.errors import StorageError
from nnlab.prep.fit import fit
from nnlab.prep.fitted import Fitted
from nnlab.prep.recipe import Recipe
from nnlab.prep.split import Split, parts
from nnlab.prep.steps import steps
from nnlab.prep.stored import CHECKSUM, KEY, checksum
from tests.batteries import battery
from tests.prep.tables import mixed

Lie: TypeAlias = Callable[[dict[str, Any], dict[str, torch.Tensor]], object]


def some_fitted(seed: int = 0) -> Fitted:
    """A preparation with a long list of numbers (quantiles) and short ones."""
    frame, columns = mixed(np.random.default_rng(seed))
    recipe = Recipe().changed("b", (steps["impute_mean"](), steps["quantile_normal"]()))
    return fit(frame, columns, recipe, parts(frame, columns, "binary", Split(seed=seed)), "binary")


@pytest.mark.parametrize("seed", range(battery(2, 20)))
def test_reading_back_gives_an_equal_value_and_equal_bits(seed: int) -> None:
    """Equal as a value, the same file again, and the same features for every row."""
    fitted = some_fitted(seed)
    data = fitted.to_bytes()
    again = Fitted.from_bytes(data)
    assert again == fitted
    assert hash(again) == hash(fitted)
    assert again.to_bytes() == data
    frame, _ = mixed(np.random.default_rng(seed + 100), 30)
    assert torch.equal(again.apply(frame).inputs["table"], fitted.apply(frame).inputs["table"])


def test_another_number_is_another_value() -> None:
    """Preparations of other rows are not equal."""
    assert some_fitted(0) != some_fitted(1)
    assert some_fitted(0) != "a preparation"


def changed(data: bytes, change: Lie) -> bytes:
    """The file with its plain data and tensors changed by somebody who knows how to make the checksum fit."""
    length = int.from_bytes(data[:8], "little")
    plain = json.loads(json.loads(data[8 : 8 + length])["__metadata__"][KEY])
    tensors = load(data)
    change(plain["fitted"], tensors)
    plain[CHECKSUM] = checksum(plain, tensors)
    return save(tensors, metadata={KEY: json.dumps(plain)})


def first(plain: dict[str, Any], column: int = 0) -> Any:
    """The first stored step of a column."""
    return plain["features"][column]["steps"][0]


LIES: dict[str, Lie] = {
    "a newer format": lambda plain, tensors: plain.update(format=2),
    "no format": lambda plain, tensors: plain.pop("format"),
    "an unknown step": lambda plain, tensors: first(plain)["step"].update(kind="os.system"),
    "an unknown field": lambda plain, tensors: plain.update(code="import os"),
    "a number that is no number": lambda plain, tensors: first(plain).update(learnt={"value": ["x"]}),
    "a missing number": lambda plain, tensors: first(plain).update(learnt={}),
    "too many numbers": lambda plain, tensors: first(plain).update(learnt={"value": [1.0, 2.0]}),
    "a billion levels": lambda plain, tensors: first(plain, 3).update(learnt={"places": [1e9, 0, 0]}),
    "more levels than named": lambda plain, tensors: first(plain, 3).update(learnt={"places": [9, 0, 0]}),
    "a missing tensor": lambda plain, tensors: tensors.pop(next(iter(tensors))),
    "NaN in a tensor": lambda plain, tensors: tensors.update({name: t * np.nan for name, t in tensors.items()}),
    "a tensor of another type": lambda plain, tensors: tensors.update({n: t.float() for n, t in tensors.items()}),
    "a tensor of another shape": lambda plain, tensors: tensors.update({n: t[:, :0] for n, t in tensors.items()}),
    "no fallback": lambda plain, tensors: plain["features"][0].update(fallback=[]),
    "one class": lambda plain, tensors: plain["target"].update(classes=["a"]),
    "no target": lambda plain, tensors: plain["target"].update(names=[]),
}


@pytest.mark.parametrize("lie", LIES)
def test_a_file_that_lies_is_refused(lie: str) -> None:
    """FAULTS 31, 32, 35: one sentence, no other exception, nothing run."""
    data = changed(some_fitted().to_bytes(), LIES[lie])
    with pytest.raises(StorageError):
        Fitted.from_bytes(data)


def test_a_cut_or_turned_file_is_refused_or_equal() -> None:
    """FAULTS 31: a cut is refused, a turned bit is found by the checksum unless every number stays what it is."""
    fitted = some_fitted()
    data = fitted.to_bytes()
    for at in [0, 1, 7, 8, 9, 100, len(data) // 2, len(data) - 1]:
        with pytest.raises(StorageError):
            Fitted.from_bytes(data[:at])
    rng = np.random.default_rng(0)
    for at in rng.integers(0, len(data), battery(100, 2000)):
        turned = bytearray(data)
        turned[at] ^= 1 << int(rng.integers(0, 8))
        try:
            again = Fitted.from_bytes(bytes(turned))
        except StorageError:
            continue
        assert again == fitted  # the seventeenth digit of a number may mean the same number


@pytest.mark.parametrize(
    "data", [b"", b"\x00" * 8, b"\xff" * 64, (2**40).to_bytes(8, "little") + b"{}", save({"a": torch.zeros(1)})]
)
def test_what_is_no_preparation_is_refused(data: bytes) -> None:
    """Empty, noise, a header that lies about its length, and somebody else's weights."""
    with pytest.raises(StorageError, match="damaged, or not nnlab's"):
        Fitted.from_bytes(data)

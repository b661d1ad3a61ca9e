"""Tables that scikit-learn carries, as files."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from nnlab.bench.carried import CARRIED, written

SHAPES = {"breast_cancer": (569, 31), "diabetes": (442, 11), "digits": (1797, 65), "iris": (150, 5), "wine": (178, 14)}


@pytest.mark.parametrize("name", CARRIED)
def test_a_carried_table_is_written_as_a_file(name: str, tmp_path: Path) -> None:
    """Read again it holds what scikit-learn says it carries, with the target as its last column."""
    frame = pd.read_csv(written(name, tmp_path))
    assert frame.shape == SHAPES[name]
    assert frame.columns[-1] == CARRIED[name]
    assert not frame.isna().any().any()

"""The public names: those the README shows, imported when they are used and not before."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

import nnlab

README = (Path(__file__).resolve().parents[1] / "README.md").read_text()
HEAVY = ("torch", "pandas", "numpy", "sklearn", "lightgbm", "pyarrow", "plotly", "streamlit", "pydantic")


def test_the_readme_names_them_all() -> None:
    """Neither more nor fewer, and about twenty."""
    (listed,) = re.findall(r"^Public names: (.*?)\.$", README, re.MULTILINE | re.DOTALL)
    assert sorted(re.findall(r"`(\w+)`", listed)) == sorted(nnlab.__all__)
    assert 15 <= len(nnlab.__all__) <= 25


@pytest.mark.parametrize("name", nnlab.__all__)
def test_each_name_is_there_and_says_what_it_is(name: str) -> None:
    """Every one has a docstring of its own, and `dir` shows it."""
    assert (getattr(nnlab, name).__doc__ or "").strip()
    assert name in dir(nnlab)


def test_a_name_that_is_not_there_is_an_attribute_error() -> None:
    """As of any module."""
    with pytest.raises(AttributeError, match="no attribute 'trian'"):
        _ = nnlab.trian  # type: ignore[attr-defined]


def test_importing_nnlab_imports_nothing_heavy() -> None:
    """Names are looked up when they are used; `train` is the function although there is a package `training`."""
    code = f"""
import sys, nnlab
print([name for name in {HEAVY!r} if name in sys.modules])
nnlab.read, nnlab.Table, nnlab.Columns
print([name for name in ("torch", "sklearn", "lightgbm") if name in sys.modules])
from nnlab.training.spec import Training
print(callable(nnlab.train), nnlab.Training is Training, nnlab.__version__)
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split("\n") == ["[]", "[]", f"True True {nnlab.__version__}", ""]

"""The manual is what the code says: complete, the same each time, and the file in docs/ is up to date."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path

import pytest

from nnlab.audit.checks import checks
from nnlab.cleaning.steps import cleaning_steps
from nnlab.limits import Limits
from nnlab.manual import reference
from nnlab.network.layers import layers
from nnlab.network.templates import templates
from nnlab.prep.split import Split
from nnlab.prep.steps import steps
from nnlab.score.metrics import metrics
from nnlab.spec import Spec
from nnlab.training.spec import Training

DOCS = Path(__file__).resolve().parents[1] / "docs"


@pytest.fixture(scope="module")
def text() -> str:
    return reference()


def section(text: str, title: str) -> str:
    """The text under a heading of the second level."""
    return text.split(f"\n## {title}\n")[1].split("\n## ")[0]


def test_the_file_in_docs_is_up_to_date(text: str) -> None:
    """Whoever changes a setting writes the manual again."""
    assert (DOCS / "reference.md").read_text() == text, "docs/reference.md is old: run scripts/run manual"


@pytest.mark.parametrize(
    ("title", "registry"),
    [("Layers", layers), ("Steps", steps), ("Templates", templates), ("Cleaning", cleaning_steps)],
    ids=lambda value: str(value)[:9],
)
def test_every_kind_and_field_is_named(text: str, title: str, registry: Iterable[type[Spec]]) -> None:
    """A heading for each kind, and a row for each of its fields."""
    parts = re.split(r"^### ", section(text, title), flags=re.MULTILINE)
    found = {part.split("\n")[0]: part for part in parts[1:]}
    assert list(found) == [cls.model_fields["kind"].default for cls in registry]
    for cls in registry:
        for name in set(cls.model_fields) - {"kind"}:
            assert f"\n| `{name}` | " in found[cls.model_fields["kind"].default]


@pytest.mark.parametrize(("title", "cls"), [("Training", Training), ("Split", Split), ("Limits", Limits)])
def test_every_setting_has_a_row_that_explains_it(text: str, title: str, cls: type[Spec]) -> None:
    """Default, range and description, none of them empty."""
    rows = dict(re.findall(r"^\| `(\w+)` \| (.*) \|$", section(text, title), re.MULTILINE))
    assert list(rows) == list(cls.model_fields)
    assert all(len(cell.strip()) > 0 for row in rows.values() for cell in row.split(" | "))


def test_every_metric_is_named(text: str) -> None:
    """By scikit-learn's name, with what it means."""
    listed = section(text, "Metrics")
    for metric in metrics:
        assert f"| `{metric.name}` | {metric.title} |" in listed
        assert metric.meaning in listed


def test_every_check_is_named(text: str) -> None:
    """With the word its findings say, and what it finds."""
    listed = section(text, "Checks")
    for check in checks:
        assert f"| `{check.model_fields['kind'].default}` | `" in listed
        assert " ".join((check.__doc__ or "no docstring").split()) in listed


def test_no_type_of_python_shows() -> None:
    """Nothing that only a programmer reads, and no address that differs from run to run."""
    for word in ("Annotated", "Literal[", "FieldInfo", " object at 0x", "typing.", "NoneType", "PydanticUndefined"):
        assert word not in reference()


def test_another_process_writes_the_same(text: str) -> None:
    """Another hash seed, another order of addresses: the same text."""
    code = "from nnlab.manual import reference; import sys; sys.stdout.write(reference())"
    command = [sys.executable, "-c", code]
    done = subprocess.run(command, capture_output=True, text=True, check=True, env={"PYTHONPATH": str(DOCS.parent)})
    assert done.stdout == text

"""The house: floors, no Streamlit in the core, files that stay readable."""

from __future__ import annotations

import ast
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent

# From the ground up; rooms on one floor may know each other, and an import never points up.
FLOORS: list[set[str]] = [
    {"errors", "spec", "merge", "limits", "machine"},
    {"data"},
    {"prep", "network", "cleaning"},
    {"predictor", "form_field", "spread"},
    {"score"},
    {"training", "baseline", "baseline_rows"},
    {"audit"},
    {"export"},
    {"runs"},
    {"plots"},
    {"bench", "manual", "catalogue"} | {"commands", "cli", "__main__", "__init__"},
]
LONGEST_FILE = 400  # lines
BANNED_NAMES = {"utils", "util", "helpers", "helper", "common", "misc", "manager", "handler"}


def floor_of(room: str) -> int:
    for level, rooms in enumerate(FLOORS):
        if room in rooms:
            return level
    raise AssertionError(f"{room} stands on no floor: give it one in this file and in docs/architecture.md")


def imports(path: Path) -> Iterator[tuple[str, bool]]:
    """Every module that a file imports, and whether only for type checking."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    typing_only = {
        id(inner)
        for node in ast.walk(tree)
        if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test)
        for inner in ast.walk(node)
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield alias.name, id(node) in typing_only
        elif isinstance(node, ast.ImportFrom) and node.level == 0 and node.module:
            if node.module == "nnlab":
                for alias in node.names:
                    yield f"nnlab.{alias.name}", id(node) in typing_only
            else:
                yield node.module, id(node) in typing_only


def faults(root: Path) -> list[str]:
    """What is wrong with the core below `root`: imports that point up, Streamlit, relative imports."""
    found = []
    for path in sorted((root / "nnlab").rglob("*.py")):
        room = path.relative_to(root / "nnlab").parts[0].removesuffix(".py")
        for module, _typing_only in imports(path):
            head, _, rest = module.partition(".")
            if head == "streamlit":
                found.append(f"{path.name} imports streamlit")
            if head == "nnlab" and rest:
                other = rest.split(".")[0]
                if floor_of(other) > floor_of(room):
                    found.append(f"{room}/{path.name} imports {module}, which is further up")
    return found


def test_imports_point_down_and_the_core_knows_no_streamlit() -> None:
    """An import may only point down, and nnlab/ never imports streamlit."""
    assert faults(ROOT) == []


@pytest.mark.parametrize(
    ("file", "line", "complaint"),
    [
        ("nnlab/data/planted.py", "import streamlit as st", "imports streamlit"),
        ("nnlab/data/planted.py", "from streamlit import session_state", "imports streamlit"),
        ("nnlab/network/planted.py", "from nnlab.runs.folder import RunFolder", "further up"),
        ("nnlab/prep/planted.py", "def late():\n    import nnlab.training.engine", "further up"),
    ],
)
def test_a_planted_file_is_found(tmp_path: Path, file: str, line: str, complaint: str) -> None:
    """The guard can fail: a file that breaks the rule is named."""
    planted = tmp_path / file
    planted.parent.mkdir(parents=True)
    planted.write_text(line + "\n", encoding="utf-8")
    assert any(complaint in fault for fault in faults(tmp_path))


def test_only_pages_and_app_import_streamlit() -> None:
    """Streamlit ends at pages/: scripts and the core stay free of it."""
    for path in ROOT.glob("*.py"):
        if path.name != "app.py":
            assert all(not module.startswith("streamlit") for module, _ in imports(path)), path


def sources() -> list[Path]:
    return [path for folder in ("nnlab", "pages", "tests") for path in sorted((ROOT / folder).rglob("*.py"))]


def test_files_are_one_noun_under_400_lines() -> None:
    """A file that grows longer lacks a noun."""
    n_lines = {str(path): len(path.read_text("utf-8").splitlines()) for path in sources()}
    assert {path: n for path, n in n_lines.items() if n > LONGEST_FILE} == {}


def test_no_file_is_named_for_nothing_in_particular() -> None:
    """What it is about names the file."""
    assert [path for path in sources() if path.stem in BANNED_NAMES or path.parent.name in BANNED_NAMES] == []


def test_what_measures_is_found_by_scripts_test() -> None:
    """A test marked quiet in a file that scripts/test does not name would never run."""
    marker = "mark." + "quiet"
    found = {path for path in (ROOT / "tests").rglob("*.py") if marker in path.read_text("utf-8")}
    asked = re.search(r"-m quiet \$\((.+)\)$", (ROOT / "scripts" / "test").read_text("utf-8"), re.MULTILINE)
    assert asked
    named = subprocess.run(["sh", "-c", asked[1]], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    assert {ROOT / name for name in named.split()} == found != set()

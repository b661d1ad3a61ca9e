"""What the documents say is so: links lead somewhere, commands exist, and README's Python runs."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pandas as pd
import pytest

from nnlab.cli import _parser
from nnlab.limits import Limits
from tests.command import SAMPLES

ROOT = Path(__file__).resolve().parents[1]
DOCUMENTS = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")])
README = (ROOT / "README.md").read_text()
COMMANDS = re.findall(r"^    scripts/run (\w.*?)(?:\s{2,}#.*)?$", README, re.MULTILINE)


def test_there_are_documents() -> None:
    """Those that README promises, so that the tests below see something."""
    names = {str(path.relative_to(ROOT)) for path in DOCUMENTS}
    assert {"README.md", "CONTRIBUTING.md", "docs/architecture.md", "docs/reference.md"} <= names
    assert len(COMMANDS) >= 7


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.name)
def test_every_relative_link_leads_somewhere(path: Path) -> None:
    """Pictures too."""
    for target in re.findall(r"\]\(([^)\s]+)\)", path.read_text()):
        if not re.match(r"[a-z]+:|#", target):
            assert (path.parent / target.partition("#")[0]).exists(), target


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.name)
def test_every_file_that_is_named_exists(path: Path) -> None:
    """Paths in code quotes that begin at the root."""
    for name in re.findall(r"`((?:nnlab|pages|tests|scripts|docs|samples)/[\w./]+)`", path.read_text()):
        assert (ROOT / name).exists(), name


@pytest.mark.parametrize("line", COMMANDS)
def test_every_command_in_the_readme_is_understood(line: str) -> None:
    """Its words parse; RUN and FILE stand for a person's own."""
    words = shlex.split(line.replace("[", "").replace("]", ""))
    assert callable(_parser().parse_args(words).command)


def test_readme_names_every_command() -> None:
    """Neither more nor fewer than there are."""
    (choices,) = [action.choices for action in _parser()._actions if action.choices]
    assert {line.split()[0] for line in COMMANDS} == set(choices)


def test_readmes_python_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Word for word, on the first 150 rows of the sample; the last line gives a prediction for each row."""
    pd.read_csv(SAMPLES / "titanic.csv", dtype=str).head(150).to_csv(tmp_path / "titanic.csv", index=False)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("NNLAB_LIMITS", Limits(default_steps=60).to_json())
    (block,) = re.findall(r"```python\n(.*?)```", README, re.DOTALL)
    names: dict[str, object] = {}
    exec(compile(block.replace("predictor.predict(", "answers = predictor.predict("), "README.md", "exec"), names)
    answers = names["answers"]
    assert isinstance(answers, pd.DataFrame)
    assert list(answers.columns) == ["prediction", "probability_0", "probability_1"]
    assert len(answers) == 5

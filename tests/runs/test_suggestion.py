"""What is suggested for columns of each kind, what it costs, and that the command line takes one of the two."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from nnlab.data.samples import sample_bytes
from nnlab.runs.folder import RunFolder
from nnlab.runs.foreground import described, train
from nnlab.runs.sizing import encoded_in
from nnlab.runs.suggestion import Suggestion, picks, suggest_source, suggested, suggestions
from nnlab.runs.workspace import Space
from tests.command import told

pytestmark = pytest.mark.timeout(300)


@pytest.fixture
def titanic(tmp_path: Path) -> Path:
    path = tmp_path / "titanic.csv"
    path.write_bytes(sample_bytes("titanic"))
    return path


def written(path: Path, **columns: object) -> Path:
    pd.DataFrame(columns).to_csv(path, index=False)
    return path


def names(found: tuple[Suggestion, Suggestion]) -> tuple[str, str]:
    return found[0].template, found[1].template


def test_a_table_gets_the_mlp_and_wide_and_deep(titanic: Path, home: Path) -> None:
    """Each is made, counted and timed; the strong one takes longer."""
    quick, strong = suggest_source(titanic, "Survived")
    assert names((quick, strong)) == ("mlp", "wide_and_deep")
    assert quick.n_parameters < strong.n_parameters
    assert 0 < quick.seconds < strong.seconds < 30
    assert strong.project.network is not None
    assert strong.plain()["network"] == strong.project.network.plain()


def test_many_rows_are_remembered(titanic: Path, home: Path) -> None:
    """From 2 000 training rows on the strong one asks the nearest of them, and says that the run keeps them."""
    project = described(Space(home), titanic, "Survived")
    assert [pick.template for pick in picks(project, 1_999)] == ["mlp", "wide_and_deep"]
    quick, strong = picks(project, 2_000)
    assert (quick.template, strong.template) == ("mlp", "nearest")
    assert "keeps these rows" in strong.why


def test_few_rows_get_few_weights(tmp_path: Path, home: Path) -> None:
    """A line, and a small hidden layer."""
    rng = np.random.default_rng(0)
    path = written(tmp_path / "few.csv", a=rng.normal(size=60).round(3), b=rng.normal(size=60).round(3))
    assert names(suggest_source(path, "b")) == ("linear", "mlp")


def test_texts_get_their_words_and_what_stands_beside_them(home: Path, tmp_path: Path) -> None:
    """The recipe follows: numbers of the table for one, ids of tokens for the other; each has its budget of steps."""
    (tmp_path / "sms.csv").write_bytes(sample_bytes("sms_spam"))
    quick, strong = suggest_source(tmp_path / "sms.csv", "v1")
    assert names((quick, strong)) == ("tf_idf_mlp", "text_cnn")
    assert (quick.project.recipe.text, strong.project.recipe.text) == ("table", "text")
    assert (quick.project.training.steps, strong.project.training.steps) == (400, 500)


def test_a_series_gets_a_line_and_a_stack_or_a_memory_where_there_are_windows_enough(
    home: Path, tmp_path: Path
) -> None:
    """Counted in windows that train."""
    (tmp_path / "p.csv").write_bytes(sample_bytes("airline_passengers"))
    settings = {"recipe.windows.lookback": 12}
    found = suggest_source(tmp_path / "p.csv", "Passengers", time="Month", settings=settings)
    assert names(found) == ("series_linear", "wavenet")
    assert picks(found[0].project, 5_000)[1].template == "series_gru"
    # on few windows the stack was measured no better than the line, so nobody gets it unasked
    assert suggested(found[0].project, encoded_in(Space(home))).template == "series_linear"


def test_train_takes_the_strong_one_where_it_is_granted(
    titanic: Path, home: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """A count of multiply-adds decides, no clock; beyond it the quick one is taken."""
    space = Space(home)
    project = described(space, titanic, "Survived")
    assert suggested(project, encoded_in(space)).kind == "strong"
    monkeypatch.setenv("NNLAB_LIMITS", '{"suggested_multiply_adds": 1000000000}')
    assert suggested(project, encoded_in(space)).kind == "quick"
    few = {"training.epochs": 2}
    assert suggested(project.setting("training.epochs", 2), encoded_in(space)).kind == "strong"
    run = train(titanic, "Survived", settings=few)
    _quick, strong = suggestions(project, encoded_in(space))
    assert strong.project.network is not None
    assert RunFolder(run.path).spec.project["network"] == strong.project.network.plain()


def test_a_project_without_a_network_keeps_its_meaning(titanic: Path, home: Path) -> None:
    """What the pages would train, the command line trains: the network that stood there from the start."""
    project = described(Space(home), titanic, "Survived").portable()
    run = train(titanic, project=project, settings={"training.epochs": 1})
    network = RunFolder(run.path).spec.project["network"]
    assert [layer["kind"] for layer in network["trunk"]] == ["Linear", "SiLU", "Dropout"]


def test_the_command_prints_both(titanic: Path, home: Path) -> None:
    """With why, parameters, seconds and the network itself."""
    found = told("suggest", titanic, "--target", "Survived")
    assert [each["kind"] for each in found] == ["quick", "strong"]
    assert {"template", "title", "why", "n_parameters", "n_multiply_adds", "seconds", "network"} <= set(found[1])

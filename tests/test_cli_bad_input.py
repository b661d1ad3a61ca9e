"""Bad input: one clear sentence, what to do, no traceback, and nothing half-written."""

from __future__ import annotations

import importlib
import json
from pathlib import Path

import pandas as pd
import pytest

from tests.command import SAMPLES, Answer, nnlab
from tests.test_cli import QUICK

FILES = {
    "empty.csv": b"",
    "picture.csv": b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR" + bytes(range(256)) * 20,
    "header.csv": b"a,b,c\n",
    "one_column.csv": b"b\n" + b"".join(b"%d.5\n" % n for n in range(40)),
    "one_class.csv": b"a,b\n" + b"".join(b"%d,x\n" % n for n in range(40)),
    "missing.csv": b"a,b\n" + b"".join(b"%d,\n" % n for n in range(40)),
    "folder": None,
}
PENGUINS = ("penguins.csv", "--target", "species")
# The command's words, what the error has to name, and its exit status.
WRONG: dict[str, tuple[tuple[str, ...], tuple[str, ...], int]] = {
    "no command": ((), ("COMMAND",), 2),
    "an unknown command": (("trian",), ("trian", "train"), 2),
    "no file": (("train",), ("file",), 2),
    "an unknown option": (("train", *PENGUINS, "--epochs", "3"), ("--epochs",), 2),
    "an option cut short": (("train", *PENGUINS, "--templ", "mlp"), ("--templ",), 2),
    "a seed that is no number": (("train", *PENGUINS, "--seed", "x"), ("--seed",), 2),
    "a seed below 0": (("train", *PENGUINS, "--seed", "-1"), ("seed", "-1"), 1),
    "a setting without a value": (("train", *PENGUINS, "--set", "training.epochs"), ("KEY=VALUE",), 2),
    "two networks": (("train", *PENGUINS, "--network", "a", "--template", "mlp"), ("not allowed with",), 2),
    "an unknown task": (("train", *PENGUINS, "--task", "clustering"), ("clustering", "regression"), 2),
    "a task that cannot be": (("train", *PENGUINS, "--task", "regression"), ("species", "numbers"), 1),
    "an unknown template": (("train", *PENGUINS, "--template", "mpl"), ("mpl", "Did you mean mlp?"), 1),
    "an unknown setting": (("train", *PENGUINS, "--set", "training.epoch=3"), ("Did you mean epochs?",), 1),
    "a setting out of range": (("train", *PENGUINS, "--set", "training.epochs=0"), ("training.epochs", "0"), 1),
    "an unknown target": (("train", "penguins.csv", "--target", "specis"), ("Did you mean species?",), 1),
    "no target": (("train", "penguins.csv"), ("--target", "species"), 1),
    "an unknown split column": (("train", *PENGUINS, "--split-column", "isl"), ("isl", "island"), 1),
    "a split column of something else": (("train", *PENGUINS, "--split-column", "island"), ("island", "Biscoe"), 1),
    "a time column of words": (("train", *PENGUINS, "--time", "island"), ("island", "dates or numbers"), 1),
    "a column with two roles": (("train", *PENGUINS, "--group", "sex", "--time", "sex"), ("sex", "one role"), 1),
    "an unknown column to ignore": (("train", *PENGUINS, "--ignore", "sexe"), ("Did you mean sex?",), 1),
    "a missing file": (("train", "nothing.csv", "--target", "b"), ("nothing.csv", "cannot be opened"), 1),
    "a missing file to read": (("read", "nothing.csv"), ("nothing.csv", "cannot be opened"), 1),
    "a folder": (("train", "folder", "--target", "b"), ("a file is needed",), 1),
    "an empty file": (("train", "empty.csv", "--target", "b"), ("the file is empty",), 1),
    "a picture": (("train", "picture.csv", "--target", "b"), ("a PNG picture",), 1),
    "a header only": (("train", "header.csv", "--target", "b"), ("no rows",), 1),
    "one column": (("train", "one_column.csv", "--target", "b"), ("at least one column to learn from",), 1),
    "one class": (("train", "one_class.csv", "--target", "b"), ("at least two",), 1),
    "a target that is all missing": (("train", "missing.csv", "--target", "b"), ("every cell is missing",), 1),
    "a batch too large": (
        ("train", *PENGUINS, "--set", "training.batch_size=5000"),
        ("219", "training rows", "5000"),
        1,
    ),
    "a missing project": (("train", *PENGUINS, "--project", "nothing.json"), ("nothing.json",), 1),
    "a project that is none": (("train", *PENGUINS, "--project", "penguins.csv"), ("this is not JSON",), 1),
    "a project of another file": (("train", *PENGUINS, "--project", "other.json"), ("no column a",), 1),
    "a missing network": (("train", *PENGUINS, "--network", "nothing.json"), ("nothing.json",), 1),
    "a network of unknown layers": (("train", *PENGUINS, "--network", "layers.json"), ("Did you mean Linear?",), 1),
    "a network that cannot run": (("train", *PENGUINS, "--network", "conv.json"), ("Conv1d",), 1),
    "an unknown run": (("resume", "abcdefgh"), ("abcdefgh", "no such run"), 1),
    "a run that is a folder": (("evaluate", "folder"), ("no run here", "run.json"), 1),
    "an unknown run to predict with": (("predict", "nothing", "penguins.csv"), ("nothing",), 1),
    "an unknown part to time": (("bench", "stat"), ("Did you mean start?",), 1),
}


@pytest.fixture(autouse=True)
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with all the bad files, to stand in."""
    folder = tmp_path / "place"
    folder.mkdir()
    for name, data in FILES.items():
        (folder / name).mkdir() if data is None else (folder / name).write_bytes(data)
    (folder / "penguins.csv").write_bytes((SAMPLES / "penguins.csv").read_bytes())
    columns = [{"name": "a", "kind": "numeric"}, {"name": "species", "kind": "categorical", "role": "target"}]
    (folder / "other.json").write_text(json.dumps({"columns": {"columns": columns}}))
    (folder / "layers.json").write_text('{"trunk": [{"kind": "Liner"}]}')
    (folder / "conv.json").write_text('{"trunk": [{"kind": "Conv1d"}]}')
    monkeypatch.chdir(folder)
    return folder


def refused(answer: Answer) -> dict[str, str]:
    """The error, which has to be all there is on stdout."""
    assert answer.status != 0
    assert "Traceback" not in answer.err
    assert list(answer.data) == ["error"]
    error: dict[str, str] = answer.data["error"]
    assert list(error) == ["where", "rule", "came", "do"]
    assert all(isinstance(part, str) for part in error.values())
    assert error["rule"]
    return error


@pytest.mark.parametrize("name", WRONG)
def test_wrong_words_and_files_are_told(name: str, home: Path) -> None:
    """JSON on stdout that names what is wrong, the exit status, and no run, finished or half."""
    words, named, status = WRONG[name]
    answer = nnlab(*words, "--json")
    text = " ".join(refused(answer).values())
    for part in named:
        assert part in text
    assert answer.status == status
    assert not list(home.glob("spaces/*/runs/*"))


def test_people_get_the_same_on_stderr() -> None:
    """One sentence or a few, and nothing on stdout."""
    answer = nnlab("read", "empty.csv")
    assert (answer.status, answer.out) == (1, "")
    sentence = "the file is empty. What came: 0 bytes. Check that it was saved, and choose it again."
    assert answer.err == f"empty.csv: {sentence}\n"


def test_a_learning_rate_that_diverges_is_told_and_the_run_kept(home: Path) -> None:
    """The sentence names the rate and a better one; the run is there, as failed."""
    answer = nnlab("train", *PENGUINS, *QUICK, "--set", "training.learning_rate=1e9", "--json")
    error = refused(answer)
    assert "finite" in error["rule"]
    assert "1e+09" in error["do"]
    (run,) = home.glob("spaces/local/runs/*")
    assert str(run) in error["do"]
    assert nnlab("evaluate", run, "--json").status == 1


@pytest.mark.parametrize("kind", ["full folder", "file"])
def test_a_run_never_goes_where_something_is(tmp_path: Path, kind: str) -> None:
    """What was there stays as it was."""
    out = tmp_path / "out"
    kept = out / "kept" if kind == "full folder" else out
    kept.parent.mkdir(exist_ok=True)
    kept.write_text("mine")
    error = refused(nnlab("train", *PENGUINS, "--out", out, *QUICK, "--json"))
    assert error["where"] == str(out)
    assert kept.read_text() == "mine"
    assert kind == "file" or [path.name for path in out.iterdir()] == ["kept"]


def test_nothing_is_made_at_out_where_the_run_cannot_start(tmp_path: Path) -> None:
    """Neither the folder nor a part of it."""
    refused(nnlab("train", *PENGUINS, "--set", "training.batch_size=5000", "--out", tmp_path / "out" / "run", "--json"))
    assert not (tmp_path / "out" / "run").exists()
    assert not list(tmp_path.glob("out/*"))


@pytest.mark.parametrize(
    ("limits", "named"),
    [
        ('{"file_bytes": 1000}', "1000 bytes"),
        ('{"columns": 3}', "3 columns"),
        ('{"parameters": 10}', "10 parameters"),
        ('{"file_byte": 1000}', "Did you mean file_bytes?"),
        ('{"file', "NNLAB_LIMITS"),
    ],
)
def test_limits_hold(limits: str, named: str, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file, a table or a network over a limit, and limits that are none."""
    monkeypatch.setenv("NNLAB_LIMITS", limits)
    text = " ".join(refused(nnlab("train", *PENGUINS, *QUICK, "--json")).values())
    assert named in text
    assert not list(home.glob("spaces/*/runs/*"))


def test_rows_that_do_not_fit_the_run_are_told(tmp_path: Path) -> None:
    """A file without a column is refused or imputed, as asked; without the target nothing can be judged."""
    run = tmp_path / "run"
    assert nnlab("train", *PENGUINS, *QUICK, "--out", run).status == 0
    pd.DataFrame({"body_mass_g": [4000.0], "island": ["Atlantis"]}).to_csv("less.csv", index=False)
    assert "sex" in refused(nnlab("predict", run, "less.csv", "--json"))["came"]
    imputed = nnlab("predict", run, "less.csv", "--missing-columns", "impute", "--json")
    assert imputed.data["n_rows"] == 1
    assert {"sex", "island"} <= {warning["column"] for warning in imputed.data["warnings"]}
    assert "species" in refused(nnlab("evaluate", run, "less.csv", "--json"))["came"]
    assert "not there" in refused(nnlab("predict", run, "penguins.csv", "--out", "no/a.csv", "--json"))["rule"]


def test_a_fault_of_our_own_is_told_as_one(monkeypatch: pytest.MonkeyPatch) -> None:
    """Still one JSON value on stdout; the traceback goes to stderr, to be reported."""
    monkeypatch.setattr(importlib.import_module("nnlab.data.read"), "read", lambda *_: 1 / 0)
    answer = nnlab("read", "penguins.csv", "--json")
    assert "nnlab's own" in answer.data["error"]["rule"]
    assert answer.status == 70
    assert "ZeroDivisionError" in answer.err

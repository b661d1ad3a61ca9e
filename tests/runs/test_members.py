"""A run of several members, from its folder to an answer: stopped, resumed, judged, taken away, printed."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from safetensors.torch import load_file

from nnlab.data.columns import Task
from nnlab.errors import LimitError, TrainingError
from nnlab.runs.archive import pack
from nnlab.runs.files import write_bytes
from nnlab.runs.load import load
from nnlab.runs.report_job import judge
from nnlab.runs.trainer import train
from nnlab.runs.watch import look
from tests.runs import given


@pytest.mark.parametrize(("task", "folds"), [("binary", 0), ("multiclass", 3), ("regression", 3)])
def test_it_trains_is_judged_and_predicts_with_a_spread(home: Path, tmp_path: Path, task: Task, folds: int) -> None:
    """The members' mean answers everywhere alike: in the folder, in the zip, in the printed code, in the report."""
    folder = given.run(home, task, members=3, folds=folds, epochs=3)
    assert train(folder) == "finished"
    predictor = load(folder)
    rows = given.frame(40, task)
    answers = predictor.predict(rows).frame
    (tmp_path / "run.zip").write_bytes(pack(folder))
    assert load(tmp_path / "run.zip").predict(rows).frame.equals(answers)

    printed: dict[str, Any] = {}
    exec(predictor.source, printed)
    module = printed["members"]().eval()
    module.load_state_dict(load_file(folder.path / "best.safetensors"))
    inputs = predictor.fitted.apply(predictor.prepared(rows)[0]).inputs
    outputs = predictor.outputs(rows)
    assert torch.equal(module(**inputs), outputs)

    each = [predictor.fitted.decode(member(**inputs)) for member in module.members]
    if task == "regression":
        values = np.stack([one["values"][:, 0] for one in each])
        np.testing.assert_allclose(answers["prediction"], values.mean(0), rtol=1e-5)
        np.testing.assert_allclose(answers["spread"], values.std(0), rtol=1e-5)
    else:
        shares = np.stack([one["probabilities"] for one in each])
        said = answers[[name for name in answers if name.startswith("probability_")]].to_numpy()
        np.testing.assert_allclose(said, shares.mean(0), rtol=1e-5)
        chosen = shares.mean(0).argmax(1)
        np.testing.assert_allclose(answers["spread"], shares[:, np.arange(40), chosen].std(0), rtol=1e-5)

    report = judge(folder)
    low, high = report.members[report.headline]
    assert low < high
    assert report.summary()["members"][report.headline] == [low, high]
    best = [event for event in folder.events() if event["event"] == "epoch"][-1]
    assert look(folder).best_value == best["best_value"]


def test_stopped_and_resumed_it_ends_with_the_same_bits(home: Path) -> None:
    """A pause leaves the exact state; the folds are those it began with."""
    plain, other = (given.run(home, members=3, folds=3, epochs=4) for _ in range(2))
    assert train(plain) == "finished"
    other.ask("pause", step_to=20)
    assert train(other, given.LeaveWhenPaused()) == "paused"
    other.ask("run")
    assert train(other) == "finished"
    for part in ("last", "best", "test"):
        given.assert_equal_bits(given.weights(other, part), given.weights(plain, part))


def test_test_rows_have_no_part_in_it(home: Path) -> None:
    """With other cells and answers in the test rows, and in them alone, a run with folds has the same weights."""
    folder = given.run(home, members=3, folds=3, epochs=2)
    assert train(folder) == "finished"
    before = given.weights(folder, "best")
    whole = given.encoded()
    is_test = (whole.parts == 2).reshape(-1, 1)
    inputs = {name: torch.where(is_test, 1000.0, values) for name, values in whole.inputs.items()}
    changed = replace(whole, inputs=inputs, target=torch.where(is_test.flatten(), 1 - whole.target, whole.target))
    again = given.run(home, members=3, folds=3, epochs=2)
    write_bytes(again.encoded_path, changed.to_bytes())
    assert train(again) == "finished"
    given.assert_equal_bits(given.weights(again, "best"), before)


def test_what_cannot_work_is_refused_before_start(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Folds unlike the members, and members that are too large together."""
    with pytest.raises(TrainingError, match="as many folds as members"):
        given.run(home, members=3, folds=2)
    monkeypatch.setenv("NNLAB_LIMITS", '{"parameters": 300}')
    with pytest.raises(LimitError, match="all members together"):
        given.run(home, members=4)

"""Remembered rows: the answers are those of a plain reckoning, runs go on exactly, and printed code answers alike."""

from __future__ import annotations

from typing import Any, get_args

import numpy as np
import pytest
import torch
from scipy.spatial.distance import cdist
from scipy.special import softmax

from nnlab.data.columns import Task
from nnlab.errors import NetworkError
from nnlab.network.build import build
from nnlab.network.code import source
from nnlab.network.layers import Dropout, Linear, NearestRows, Residual, SiLU
from nnlab.network.network import Network
from nnlab.network.plan import plan
from nnlab.training.engine import Engine
from nnlab.training.fit import fit
from nnlab.training.members import make_engine
from tests.training.rows import data, head, resolved
from tests.training.test_state import assert_same, said

NETWORK = Network(trunk=(NearestRows(embedding_dim=3, n_candidates=16), Linear(out_features=8), SiLU(), Dropout(p=0.2)))
SHAPES = {"table": (4,)}
EACH_TASK = pytest.mark.parametrize("task", get_args(Task))


def engine(task: Task, n_members: int = 1, tracing: Any = "never") -> Engine:
    modules = [build(NETWORK, SHAPES, head(task), seed) for seed in range(n_members)]
    return make_engine(modules, data(task), resolved(task, members=n_members, epochs=3), head(task), tracing)


@EACH_TASK
def test_answers_are_blended_as_a_plain_reckoning_blends_them(task: Task) -> None:
    """Distances by scipy to every training row; shares or numbers weighed by softmax; printed code answers alike."""
    module, rows = build(NETWORK, SHAPES, head(task)), data(task)
    fit(module, rows, resolved(task, epochs=3), head(task))
    near, x = module.trunk[0], rows.validation.inputs["table"]
    with torch.inference_mode():
        found = module(table=x)
        own = module.head(module.trunk(x))
        places, share = near.placed(x).numpy(), near.share.item()
    assert near.keys.shape == (37, 3)
    assert 0 < share < 1
    weights = softmax(-cdist(places.astype(float), near.keys.numpy().astype(float)), axis=1)
    told = torch.from_numpy(weights @ near.answers.numpy())
    decoded = {"regression": lambda y: y, "multiclass": lambda y: y.softmax(1)}.get(task, torch.sigmoid)
    expected = (1 - share) * decoded(own.double()) + share * told
    np.testing.assert_allclose(decoded(found.double()), expected, atol=2e-4)
    namespace: dict[str, Any] = {}
    exec(source(NETWORK, SHAPES, head(task)), namespace)
    printed = namespace["Model"]()
    printed.load_state_dict(module.state_dict())
    with torch.inference_mode():
        assert torch.equal(printed.eval()(x), found)


@pytest.mark.parametrize("n_members", [1, 2])
@EACH_TASK
def test_a_run_that_remembers_rows_goes_on_with_the_same_bits(task: Task, n_members: int) -> None:
    """Candidates follow from seed and step: weights, memory and events are those of a run that never stopped."""
    whole = engine(task, n_members)
    expected = list(whole.run())
    begun = engine(task, n_members)
    events = begun.run()
    for _ in range(8):
        next(events)
    state = begun.state()
    events.close()
    resumed = engine(task, n_members)
    resumed.restore(*state)
    assert said(list(resumed.run())) == said(expected[8:])
    assert_same(resumed.state(), whole.state())
    assert whole.best is not None
    assert resumed.best is not None
    ours, theirs = whole.stored(whole.best), resumed.stored(resumed.best)
    assert all(torch.equal(tensor, theirs[name]) for name, tensor in ours.items())


@EACH_TASK
def test_its_steps_give_the_same_bits_traced(task: Task) -> None:
    """Candidates come with the rows of a batch, so that a trace knows nothing of them."""
    eager, traced = engine(task), engine(task, tracing="always")
    assert said(list(traced.run())) == said(list(eager.run()))
    assert len(traced.traced) == 2, traced.notes
    assert_same(traced.state(), eager.state())


def test_the_map_learns_and_the_row_itself_is_never_asked() -> None:
    """Every part of the map moves; a row whose answer nobody shares cannot tell it to itself."""
    ours = engine("regression")
    before = {name: tensor.clone() for name, tensor in ours.weights().items()}
    list(ours.run())
    after = ours.weights()
    for name in ("scale", "log_sharpness", "weight"):
        assert not torch.equal(before[f"trunk.0.{name}"], after[f"trunk.0.{name}"]), name
    inputs, _ = ours.rows(0, 8)
    hidden = inputs["nearest.hidden"]
    assert hidden.shape == (8, 16)
    same = (inputs["table"][:, None] == inputs["nearest.table"][None]).all(2)
    assert torch.equal(hidden, same)


def test_two_rows_and_no_validation_rows_are_enough() -> None:
    """The share is then a half."""
    module = build(NETWORK, SHAPES, head("regression"))
    fit(module, data("regression", 2, 0), resolved("regression", 2, batch_size=2, epochs=2), head("regression"))
    assert module.trunk[0].share.item() == 0.5
    assert len(module.trunk[0].keys) == 2


@pytest.mark.parametrize("trunk", [(Linear(), NearestRows()), (Residual(body=(NearestRows(),)),)])
def test_elsewhere_than_first_in_the_trunk_it_is_refused_with_a_repair(trunk: Any) -> None:
    """The repair is a network that runs."""
    planned = plan(Network(trunk=trunk), SHAPES, head("binary"))
    assert isinstance(planned.error, NetworkError)
    (row,) = [row for row in planned.rows if row.error]
    for repair in row.repairs:
        assert plan(repair.network, SHAPES, head("binary")).error is None

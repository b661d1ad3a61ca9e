"""The settings of a run, and what is chosen where nothing is said."""

from __future__ import annotations

import subprocess
import sys

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nnlab.errors import SpecError, TrainingError
from nnlab.limits import Limits
from nnlab.training.spec import Training, batch_sizes, default_batch_size, steps_per_epoch


@settings(deadline=None)
@given(n_train=st.integers(2, 100_000), batch=st.integers(1, 5_000))
def test_batches_hold_every_row_once_and_never_a_lone_one(n_train: int, batch: int) -> None:
    """Sizes add up, `steps_per_epoch` is their number, and only a batch size of 1 gives batches of one row."""
    sizes = batch_sizes(n_train, batch)
    assert sum(sizes) == n_train
    assert len(sizes) == steps_per_epoch(n_train, batch)
    assert max(sizes) <= batch + 1
    assert batch == 1 or min(sizes) > 1


@settings(deadline=None)
@given(n_train=st.integers(2, 2_000_000))
def test_a_resolved_training_needs_no_more_choices(n_train: int) -> None:
    """Everything is a number, enough steps come out, and resolving again changes nothing."""
    resolved = Training().resolved(n_train, "binary")
    assert resolved.batch_size is not None
    assert resolved.epochs is not None
    assert 1 <= resolved.batch_size <= min(256, n_train)
    assert resolved.epochs * steps_per_epoch(n_train, resolved.batch_size) >= 2000
    assert resolved.threads is None, "what the machine has decides at the start of a run"
    assert resolved.resolved(n_train, "binary") == resolved


@pytest.mark.parametrize(("n_train", "batch"), [(2, 2), (9, 9), (16, 16), (220, 24), (570, 64), (13_209, 256)])
def test_the_batch_is_an_eighth_of_the_rows(n_train: int, batch: int) -> None:
    """At least 16, at most 256, never more than there are."""
    assert default_batch_size(n_train) == batch


def test_the_number_of_steps_is_a_limit_that_can_be_lowered() -> None:
    """A classroom or a test shrinks all runs in one place; a large table is still seen ten times."""
    assert Training().resolved(220, "binary", Limits(default_steps=100)).epochs == 10
    assert Training().resolved(220, "binary", Limits(default_steps=1000)).epochs == 100
    assert Training().resolved(1_000_000, "binary").epochs == 10


def test_a_batch_larger_than_the_training_rows_is_refused_with_a_repair() -> None:
    """The error names the setting and offers the largest batch there can be."""
    with pytest.raises(TrainingError) as caught:
        Training(batch_size=500).resolved(220, "binary")
    assert caught.value.where == "training.batch_size"
    assert caught.value.repair == {"set": "training.batch_size", "value": 220}
    assert "220" in str(caught.value)


@pytest.mark.parametrize(
    ("loss", "task"), [("mse", "binary"), ("cross_entropy", "regression"), ("huber", "multiclass")]
)
def test_a_loss_of_another_task_is_refused(loss: str, task: str) -> None:
    """Said before Start, with auto as the repair."""
    with pytest.raises(TrainingError) as caught:
        Training(loss=loss).resolved(100, task)
    assert caught.value.repair == {"set": "training.loss", "value": "auto"}


@pytest.mark.parametrize(
    ("task", "loss"), [("binary", "cross_entropy"), ("multiclass", "cross_entropy"), ("regression", "mse")]
)
def test_auto_takes_the_loss_of_the_task(task: str, loss: str) -> None:
    """Cross-entropy for classes, squared error for numbers."""
    assert Training().resolved(100, task).loss == loss


def test_the_budget_is_one_sentence() -> None:
    """Steps, epochs and batches, with narrow blanks between thousands."""
    sentence = Training().resolved(570, "binary").budget(570)
    assert sentence == "2\u202f007\u00a0gradient steps: 223\u00a0epochs of 9\u00a0batches of 64\u00a0rows."
    assert Training().resolved(3, "binary").budget(3).endswith("epochs of 1\u00a0batch of 3\u00a0rows.")


@pytest.mark.parametrize(
    ("rate", "said"), [(1000, "far above"), (1e-8, "far below"), (0.2, ""), (0.003, ""), (1e-5, "")]
)
def test_a_learning_rate_far_from_the_usual_ones_is_told(rate: float, said: str) -> None:
    """Before Start; what merely is unusual is nobody's business."""
    found = Training(learning_rate=rate).caution()
    assert said in found if said else not found


def test_every_setting_says_what_it_is_why_and_whether_to_search_it() -> None:
    """Forms, manual and search read these from the field."""
    for name, field in Training.model_fields.items():
        extra = field.json_schema_extra
        assert field.description, name
        assert isinstance(extra, dict), name
        assert extra["why"], name
        assert extra["search"] in ("none", "choice", "linear", "log"), name


@pytest.mark.parametrize(
    ("setting", "value"),
    [("learning_rate", -1), ("epochs", 0), ("batch_size", 0), ("optimizer", "adaam"), ("seed", -1)],
)
def test_settings_out_of_range_are_refused(setting: str, value: object) -> None:
    """The error names the field."""
    with pytest.raises(SpecError) as caught:
        Training.parse({setting: value}, "training")
    assert caught.value.where == f"training.{setting}"


def test_the_settings_can_be_shown_before_torch_is_imported() -> None:
    """A page opens sooner than torch does."""
    code = "import sys, nnlab.training.spec; assert 'torch' not in sys.modules and 'pandas' not in sys.modules"
    subprocess.run([sys.executable, "-c", code], check=True)

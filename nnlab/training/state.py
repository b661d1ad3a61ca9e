"""The exact state of a run between two events: tensors by name beside plain values, nothing that needs a pickle.

    model.NAME               parameters and buffers now
    best.NAME                the same of the best epoch so far
    optimizer.KEY.NAME       what the optimizer remembers of the parameter NAME, such as exp_avg
    random.FAMILY            state of torch's default generator for cpu, cuda or mps
    losses                   the losses of the steps of the unfinished epoch

The order of rows is not among them: it follows from seed and epoch.
"""

from __future__ import annotations

import math
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor

from nnlab.errors import StorageError
from nnlab.training import randomness
from nnlab.training.schedule import Plateau
from nnlab.training.spec import Training

if TYPE_CHECKING:
    from nnlab.training.engine import Engine

FORMAT = 1
COUNTERS = (
    "step",
    "epoch",
    "step_in_epoch",
    "finished",
    "seconds",
    "epoch_seconds",
    "best_epoch",
    "n_epochs_without_gain",
)


def taken(engine: Engine) -> tuple[dict[str, Tensor], dict[str, Any]]:
    """A copy, on the CPU, of everything the rest of the run depends on."""
    from nnlab.training.named import named_tensors

    random = randomness.current_state(engine.device) if engine.is_running else engine.random
    tensors = {f"model.{name}": tensor for name, tensor in named_tensors(engine.module)}
    tensors |= {f"best.{name}": tensor for name, tensor in (engine.best or {}).items()}
    tensors |= _optimizer_tensors(engine)
    tensors |= {f"random.{family}": state for family, state in random.items()}
    tensors["losses"] = torch.stack(engine.losses) if engine.losses else torch.zeros(0)
    plain = {name: getattr(engine, name) for name in COUNTERS}
    plain |= {
        "format": FORMAT,
        "n_parts": engine.n_parts,
        "training": _identity(engine.training),
        "n_train": engine.n_train,
    }
    plain |= {
        "best_loss": _said(engine.best_loss),
        "plateau": {**asdict(engine.plateau), "best": _said(engine.plateau.best)},
    }
    copies = {name: tensor.detach().to("cpu", copy=True).contiguous() for name, tensor in tensors.items()}
    return copies, plain


def put_back(engine: Engine, tensors: dict[str, Tensor], plain: dict[str, Any]) -> None:
    """Brings an engine of the same run to a state; it is compared first, so that a refusal changes nothing."""
    assert not engine.is_running, "close the running generator before restoring"
    from nnlab.training.named import named_tensors

    _refuse_other_runs(engine, plain)
    _refuse_other_tensors(engine, tensors)
    with torch.no_grad():
        for name, tensor in named_tensors(engine.module):
            tensor.copy_(tensors[f"model.{name}"])
    engine.best = {
        name.removeprefix("best."): tensor.to(engine.device, copy=True)
        for name, tensor in tensors.items()
        if name.startswith("best.")
    } or None
    _put_optimizer_back(engine, tensors)
    engine.n_parts = int(plain.get("n_parts", 1))
    engine.forget_steps()
    prefix = "random."
    engine.random = {
        name.removeprefix(prefix): state.clone() for name, state in tensors.items() if name.startswith(prefix)
    }
    engine.losses = list(tensors["losses"].to(engine.device, copy=True).unbind())
    for name in COUNTERS:
        setattr(engine, name, plain[name])
    engine.best_loss = _heard(plain["best_loss"])
    engine.plateau = Plateau(**{**plain["plateau"], "best": _heard(plain["plateau"]["best"])})


def _optimizer_tensors(engine: Engine) -> dict[str, Tensor]:
    return {
        f"optimizer.{key}.{name}": value
        for name, parameter in engine.module.named_parameters()
        for key, value in engine.optimizer.state.get(parameter, {}).items()
        if isinstance(value, Tensor)
    }


def _put_optimizer_back(engine: Engine, tensors: dict[str, Tensor]) -> None:
    """Through `load_state_dict`, which knows on which device and in which type each number belongs."""
    names = {id(parameter): name for name, parameter in engine.module.named_parameters()}
    ordered = [parameter for group in engine.optimizer.param_groups for parameter in group["params"]]
    remembered: dict[str, dict[str, Tensor]] = {}
    for full_name, tensor in tensors.items():
        if full_name.startswith("optimizer."):
            _, key, name = full_name.split(".", 2)
            remembered.setdefault(name, {})[key] = tensor.clone()
    state = {
        index: remembered[names[id(parameter)]]
        for index, parameter in enumerate(ordered)
        if names[id(parameter)] in remembered
    }
    engine.optimizer.load_state_dict({"state": state, "param_groups": engine.optimizer.state_dict()["param_groups"]})


def _refuse_other_runs(engine: Engine, plain: dict[str, Any]) -> None:
    if plain.get("format") != FORMAT:
        came = f"format {plain.get('format')}"
        rule = f"this version reads checkpoints of format {FORMAT}"
        raise StorageError(rule, where="checkpoint", came=came, do="Open it with the version that made it.")
    missing = [name for name in (*COUNTERS, "best_loss", "plateau", "training", "n_train") if name not in plain]
    if missing:
        raise StorageError(
            "a checkpoint holds every counter", where="checkpoint", came=f"none for {missing[0]}", do=EARLIER
        )
    # A checkpoint made before a setting was thought of went by that setting's default.
    known = {**_identity(Training()), **plain["training"]}
    if (known, plain["n_train"]) != (_identity(engine.training), engine.n_train):
        raise StorageError(
            "a checkpoint goes on with the settings and rows of its own run",
            where="checkpoint",
            came="the checkpoint of another run",
            do="Start a new run for other settings.",
        )


EARLIER = "Resume from the checkpoint before it."


def _refuse_other_tensors(engine: Engine, tensors: dict[str, Tensor]) -> None:
    from nnlab.training.named import named_tensors

    expected = {f"model.{name}": tensor for name, tensor in named_tensors(engine.module)}
    expected |= {f"best.{name}": tensor for name, tensor in named_tensors(engine.module) if f"best.{name}" in tensors}
    expected |= {f"random.{family}": state for family, state in engine.random.items()}
    for name, tensor in expected.items():
        if name not in tensors or tensors[name].shape != tensor.shape:
            came = f"none with the shape {tuple(tensor.shape)}"
            raise StorageError(f"a checkpoint holds {name}", where="checkpoint", came=came, do=EARLIER)
    if "losses" not in tensors:
        raise StorageError("a checkpoint holds losses", where="checkpoint", came="none", do=EARLIER)


def _identity(training: Training) -> dict[str, Any]:
    """What decides the numbers of a run; a run may go on elsewhere, on another device or with more threads."""
    return {name: value for name, value in training.plain().items() if name not in ("device", "threads")}


def _said(value: float) -> float | None:
    return value if math.isfinite(value) else None


def _heard(value: float | None) -> float:
    return math.inf if value is None else value

"""From a run's folder and its encoded tensors to the engine that trains it, and to its outputs for the test rows."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Protocol

import torch
from torch import Tensor

from nnlab.errors import NotFoundError, StorageError
from nnlab.limits import limits
from nnlab.machine import threads
from nnlab.network.build import build_members
from nnlab.network.head import Head
from nnlab.network.modules import Members
from nnlab.network.network import Network
from nnlab.network.plan import plan
from nnlab.prep.batch import Batch
from nnlab.runs.checkpoint import packed, told_of, unpacked
from nnlab.runs.files import write_bytes
from nnlab.runs.folder import Origin, RunFolder
from nnlab.training.engine import Engine, TrainData
from nnlab.training.members import MembersEngine, make_engine, member_seeds
from nnlab.training.memory import JUDGED_ROWS, rows_judged_at_once
from nnlab.training.spec import Training
from nnlab.training.threads import is_large, race_threads

if TYPE_CHECKING:
    from torch import nn

    from nnlab.prep.encoded import Encoded, PartName


FoldOf = Callable[[Tensor], Tensor]  # lines (N,) to the fold of each


class Parts(Protocol):
    """Rows by the part of the table they belong to."""

    def part(self, name: PartName) -> Batch:
        """The rows of one part."""
        ...


def assemble(folder: RunFolder) -> tuple[Encoded, Engine]:
    """The run's encoded rows and a fresh engine on them.

    Raises `NotFoundError` where the table is gone, `StorageError` where a file is damaged, `NetworkError` and
    `LimitError` where the network cannot be built.
    """
    from nnlab.prep.encoded import Encoded

    spec = folder.spec
    encoded = Encoded.open(folder.encoded_path)
    training = Training.parse(spec.project["training"], "training")
    torch.set_num_threads(1)
    data = rows_to_train(encoded, tuple(encoded.fitted.feature_names), fold_file(folder) if training.folds else None)
    module = model(folder)
    modules = list(module.members) if isinstance(module, Members) else [module]
    engine = make_engine(modules, data, training, Head.parse(spec.head))
    torch.set_num_threads(_threads(folder, engine))
    return encoded, engine


def rows_to_train(encoded: Parts, feature_names: tuple[str, ...], fold_of: FoldOf | None = None) -> TrainData:
    """The rows of a run; where lines have folds, those of train and validation part together, each with its fold."""
    train, validation = encoded.part("train"), encoded.part("validation")
    if fold_of is None:
        return TrainData(train, validation, feature_names)
    assert train.target is not None, "rows to train on carry their target"
    assert validation.target is not None, "rows to train on carry their target"
    inputs = {name: torch.cat([values, validation.inputs[name]]) for name, values in train.inputs.items()}
    lines = torch.cat([train.lines, validation.lines])
    both = Batch(inputs, torch.cat([train.target, validation.target]), lines)
    none = Batch({name: values[:0] for name, values in inputs.items()}, validation.target[:0], lines[:0])
    return TrainData(both, none, feature_names, fold_of(lines))


def fold_file(folder: RunFolder) -> FoldOf:
    """The fold of each line as it was dealt when the run was made; raises `StorageError` where lines are not there."""
    tensors, _ = unpacked(folder.path / "folds.safetensors")
    known, order = tensors["line"].sort()

    def fold_of(lines: Tensor) -> Tensor:
        places = torch.searchsorted(known, lines).clamp(max=len(known) - 1)
        if not torch.equal(known[places], lines):
            do = "Start the run anew."
            raise StorageError("the folds are those of the run's rows", where="folds.safetensors", came="others", do=do)
        return tensors["fold"][order[places]]

    return fold_of


def _threads(folder: RunFolder, engine: Engine) -> int:
    """The threads asked for, or decided before; else decided now, and written down where that took a race."""
    spec = folder.spec
    known = engine.training.threads or spec.threads
    if known is not None:
        return known
    network = Network.parse(spec.project["network"], "network")
    planned = plan(network, spec.input_shapes, engine.head)
    if not is_large(planned.n_multiply_adds, engine.sizes[0]):
        return 1
    found = race_threads(engine, threads().count // limits().slots)
    folder.decide_threads(found.count)
    engine.notes.append(found.reason)
    return found.count


def model(folder: RunFolder) -> nn.Module:
    """The run's network with its first weights."""
    spec = folder.spec
    network = Network.parse(spec.project["network"], "network")
    training = Training.parse(spec.project["training"], "training")
    seeds = member_seeds(training.weights_seed, training.members)
    return build_members(network, spec.input_shapes, Head.parse(spec.head), seeds)


def restore(folder: RunFolder, engine: Engine, origin: Origin) -> str:
    """Brings the engine to the exact state on disk, if there is one; gives a caution to tell, or "".

    A last state that is damaged is named and not passed over in silence: the error offers the one before it.
    """
    if origin == "beginning":
        return "The run starts again from its beginning."
    if origin == "last":
        try:
            _put_back(folder, engine, "last")
            return ""
        except NotFoundError:
            pass  # killed between two renames: the state before it is the last one
        except StorageError as error:
            raise with_way_on(folder, error) from None
    try:
        _put_back(folder, engine, "previous")
    except NotFoundError:
        return "" if origin == "last" else "There is no checkpoint: the run starts again from its beginning."
    except StorageError as error:
        raise with_way_on(folder, error, is_first=False) from None
    return f"The run goes on from the checkpoint before the last one, step {engine.step}." if origin != "last" else ""


def with_way_on(folder: RunFolder, error: StorageError, is_first: bool = True) -> StorageError:
    """The error of a damaged checkpoint with what can be done: go on from the one before, or start again."""
    step = told_of(folder.path / "previous.safetensors").get("step") if is_first else None
    if step is None:
        error.do = "Start again from the beginning; the new start's weights then replace the best ones so far."
        error.repair = {"origin": "beginning"}
    else:
        error.do = f"Go on from the checkpoint before it, step {step}."
        error.repair = {"origin": "previous"}
    return error


def write_test_outputs(folder: RunFolder, engine: Engine, encoded: Parts) -> None:
    """Puts the best weights' outputs for the test rows into test.safetensors: `line` (N,), `outputs` (N, K)."""
    assert engine.best is not None
    test, n_outputs = encoded.part("test"), engine.head.n_outputs
    if engine.candidates is not None:
        whole = model(folder).to(engine.device)
        whole.load_state_dict(engine.stored(engine.best))
        tensors = _outputs(whole, test, n_outputs, engine.device)
    elif isinstance(engine, MembersEngine):
        with engine.holding(engine.best) as module:
            tensors = _outputs(module, test, n_outputs, engine.device)
    else:
        n_block = rows_judged_at_once(engine)
        tensors = {"outputs": outputs_of(engine.module, engine.best, test, n_outputs, engine.device, n_block)}
    told = {"run": folder.id, "epoch": engine.best_epoch}
    write_bytes(folder.path / "test.safetensors", packed({"line": test.lines, **tensors}, told))


def _outputs(module: nn.Module, rows: Batch, n_outputs: int, device: torch.device) -> dict[str, Tensor]:
    """The "outputs" (N, K) of a module; of several members also what each gives, "members" (M, N, K)."""
    if not isinstance(module, Members):
        return {"outputs": outputs_of(module, _named(module), rows, n_outputs, device)}
    each = torch.stack([outputs_of(one, _named(one), rows, n_outputs, device) for one in module.members])
    return {"outputs": module.averaged(each), "members": each}


def outputs_of(
    module: nn.Module,
    weights: dict[str, Tensor],
    rows: Batch,
    n_outputs: int,
    device: torch.device,
    n_block: int = JUDGED_ROWS,
) -> Tensor:
    """The raw outputs (N, K) of the module with other weights, dropout off; its own weights come back afterwards."""
    n_rows = len(rows.lines)
    kept = {name: tensor.detach().clone() for name, tensor in _named(module).items()}
    was_training = module.training
    module.eval()
    try:
        _load(module, weights)
        with torch.inference_mode():
            blocks = [
                module(**{name: values[first : first + n_block].to(device) for name, values in rows.inputs.items()})
                for first in range(0, n_rows, n_block)
            ]
            return torch.cat(blocks).float().cpu() if blocks else torch.zeros(0, n_outputs)
    finally:
        _load(module, kept)
        module.train(was_training)


def _put_back(folder: RunFolder, engine: Engine, name: str) -> None:
    tensors, plain = unpacked(folder.path / f"{name}.safetensors")
    engine.restore(tensors, plain["engine"])


def _named(module: nn.Module) -> dict[str, Tensor]:
    return {**dict(module.named_parameters()), **dict(module.named_buffers())}


def _load(module: nn.Module, weights: dict[str, Tensor]) -> None:
    with torch.no_grad():
        for name, tensor in _named(module).items():
            tensor.copy_(weights[name])


def write_missing_outputs(folder: RunFolder, encoded: Encoded) -> None:
    """The same from the weights on disk, for a run that ended before it could write them."""
    weights, told = unpacked(folder.path / "best.safetensors")
    module, head = model(folder), Head.parse(folder.spec.head)
    test = encoded.part("test")
    module.load_state_dict(weights)
    tensors = _outputs(module, test, head.n_outputs, torch.device("cpu"))
    data = packed({"line": test.lines, **tensors}, {"run": folder.id, "epoch": told.get("epoch")})
    write_bytes(folder.path / "test.safetensors", data)

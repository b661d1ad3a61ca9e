"""From a run's folder and its encoded tensors to the engine that trains it, and to its outputs for the test rows."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch
from torch import Tensor

from nnlab.errors import NotFoundError, StorageError
from nnlab.network.build import build
from nnlab.network.head import Head
from nnlab.network.network import Network
from nnlab.runs.checkpoint import packed, told_of, unpacked
from nnlab.runs.files import write_bytes
from nnlab.runs.folder import Origin, RunFolder
from nnlab.training.engine import JUDGED_ROWS, Engine, TrainData
from nnlab.training.spec import Training

if TYPE_CHECKING:
    from torch import nn

    from nnlab.prep.batch import Batch
    from nnlab.prep.encoded import Encoded


def assemble(folder: RunFolder) -> tuple[Encoded, Engine]:
    """The run's encoded rows and a fresh engine on them.

    Raises `NotFoundError` where the table is gone, `StorageError` where a file is damaged, `NetworkError` and
    `LimitError` where the network cannot be built.
    """
    from nnlab.prep.encoded import Encoded

    spec = folder.spec
    encoded = Encoded.open(folder.encoded_path)
    training = Training.parse(spec.project["training"], "training")
    torch.set_num_threads(training.threads or 1)
    module = model(folder)
    data = TrainData(encoded.part("train"), encoded.part("validation"), tuple(encoded.fitted.feature_names))
    return encoded, Engine(module, data, training, Head.parse(spec.head))


def model(folder: RunFolder) -> nn.Module:
    """The run's network with its first weights."""
    spec = folder.spec
    network = Network.parse(spec.project["network"], "network")
    return build(network, spec.input_shapes, Head.parse(spec.head), seed=spec.seed)


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


def write_test_outputs(folder: RunFolder, engine: Engine, encoded: Encoded) -> None:
    """Puts the best weights' outputs for the test rows into test.safetensors: `line` (N,), `outputs` (N, K)."""
    assert engine.best is not None
    test = encoded.part("test")
    outputs = outputs_of(engine.module, engine.best, test, engine.head.n_outputs, engine.device)
    told = {"run": folder.id, "epoch": engine.best_epoch}
    data = packed({"line": test.lines, "outputs": outputs}, told)
    write_bytes(folder.path / "test.safetensors", data)


def outputs_of(
    module: nn.Module, weights: dict[str, Tensor], rows: Batch, n_outputs: int, device: torch.device
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
                module(**{name: values[first : first + JUDGED_ROWS].to(device) for name, values in rows.inputs.items()})
                for first in range(0, n_rows, JUDGED_ROWS)
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
    outputs = outputs_of(module, _named(module), test, head.n_outputs, torch.device("cpu"))
    data = packed({"line": test.lines, "outputs": outputs}, {"run": folder.id, "epoch": told.get("epoch")})
    write_bytes(folder.path / "test.safetensors", data)

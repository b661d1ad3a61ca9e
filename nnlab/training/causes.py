"""Why a run had to end, in words: a loss that is not a number, a step that does not fit into memory."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any, NamedTuple

import torch
from torch import Tensor, nn

from nnlab.errors import TrainingError
from nnlab.training.randomness import current_state, set_state
from nnlab.training.spec import Training, counted

LOSS_RULE, PARAMETER_RULE = "the loss must stay a finite number", "parameters must stay finite numbers"
HUGE = 1e15  # a prepared value that large overflows when it is squared and summed in float32


class At(NamedTuple):
    """Where in a run something was found: the step, from 1, of which an epoch has `n_steps`."""

    step: int
    n_steps: int

    def __str__(self) -> str:
        return f"epoch {(self.step - 1) // self.n_steps + 1}, step {self.step}"


def diverged(
    module: nn.Module,
    training: Training,
    at: At,
    inputs: dict[str, Tensor],
    target: Tensor,
    feature_names: Sequence[str] = (),
) -> TrainingError:
    """The error for a loss that is no finite number at a step, with the likeliest cause on that batch."""
    where, came, do, repair = _cause(module, training, inputs, target, feature_names)
    return TrainingError(LOSS_RULE, where=f"{at}{where}", came=came, do=do, repair=repair, step=at.step)


def unusable_parameter(
    training: Training, at: At, name: str, inputs: dict[str, Tensor], feature_names: Sequence[str] = ()
) -> TrainingError:
    """The error for a parameter or a buffer that is no finite number after a step.

    A value in the rows can do that without spoiling the loss: BatchNorm takes it out of the batch but not out of
    its running statistics. So the training rows are looked through first.
    """
    from_rows = unusable_rows(at, inputs, feature_names)
    if from_rows is not None:
        return from_rows
    came = f"a value in {name} that is no finite number"
    do, repair = _smaller_rate(training)
    return TrainingError(PARAMETER_RULE, where=f"{at}, {name}", came=came, do=do, repair=repair, step=at.step)


def unusable_rows(at: At, inputs: dict[str, Tensor], feature_names: Sequence[str] = ()) -> TrainingError | None:
    """The error for rows that hold a value no network can take, found after a step; None where there is none."""
    for name, values in inputs.items():
        feature = _unusable_feature(values)
        if feature is not None:
            where, came, do, repair = _input_cause(name, feature, feature_names)
            return TrainingError(LOSS_RULE, where=f"{at}{where}", came=came, do=do, repair=repair, step=at.step)
    return None


def unusable_parameter_name(module: nn.Module) -> str | None:
    """The first parameter or buffer that holds a value that is no finite number; one wait for the device if none."""
    named = [*module.named_parameters(), *module.named_buffers()]
    floats = [(name, tensor.detach()) for name, tensor in named if tensor.is_floating_point()]
    if not floats or bool(torch.stack([torch.isfinite(tensor).all() for _, tensor in floats]).all()):
        return None
    return next(name for name, tensor in floats if not bool(torch.isfinite(tensor).all()))


@contextmanager
def memory_said_in_words(training: Training, n_rows: int, doing: str) -> Iterator[None]:
    """Turns running out of memory, as torch says it on each device, into a `TrainingError` with what to shrink."""
    try:
        yield
    except (RuntimeError, MemoryError) as error:  # torch.OutOfMemoryError is a RuntimeError
        if not is_out_of_memory(error):
            raise
        raise out_of_memory(training, n_rows, doing) from None


def refuse_single_rows(module: nn.Module, sizes: Sequence[int]) -> None:
    """Raises `TrainingError` where a batch of one row would meet a layer that needs two."""
    if min(sizes) > 1:
        return
    for name, part in module.named_modules():
        if isinstance(part, nn.modules.batchnorm._BatchNorm):
            raise TrainingError(
                "BatchNorm needs at least two rows in a batch",
                where=f"layer {name}",
                came="a batch of one row",
                do="Set the batch size to 2 or more, or use LayerNorm.",
                repair={"set": "training.batch_size", "value": 2},
            )


def is_out_of_memory(error: BaseException) -> bool:
    """Whether an exception says that memory ran out; the processor's allocator raises a plain RuntimeError."""
    words = ("DefaultCPUAllocator", "can't allocate memory", "not enough memory", "out of memory")
    return isinstance(error, MemoryError | torch.OutOfMemoryError) or any(word in str(error) for word in words)


def out_of_memory(training: Training, n_rows: int, doing: str) -> TrainingError:
    """The error for what did not fit, with what to shrink."""
    came = f"{doing} with {counted(n_rows, 'row')} at once ran out of memory"
    rule = "one batch, the network and its gradients must fit into memory"
    batch = training.batch_size or n_rows
    if batch < 2:
        do = "A single row does not fit: make the widest layers narrower."
        return TrainingError(rule, where="memory", came=came, do=do)
    do = f"Halve the batch size to {batch // 2}, or make the widest layers narrower."
    repair = {"set": "training.batch_size", "value": batch // 2}
    return TrainingError(rule, where="memory", came=came, do=do, repair=repair)


_Cause = tuple[str, str, str, dict[str, Any] | None]


def _cause(
    module: nn.Module, training: Training, inputs: dict[str, Tensor], target: Tensor, feature_names: Sequence[str]
) -> _Cause:
    for name, values in inputs.items():
        feature = _unusable_feature(values)
        if feature is not None:
            return _input_cause(name, feature, feature_names)
    if target.is_floating_point() and not _is_usable(target):
        came = "a target that is infinite or larger than the network can work with"
        return ", target", came, "Leave these rows out, or mend the cells.", None
    parameter = unusable_parameter_name(module)
    do, repair = _smaller_rate(training)
    if parameter is not None:
        return f", {parameter}", f"a value in {parameter} that is no finite number", do, repair
    layer = first_unusable_layer(module, inputs)
    if layer is not None:
        return f", layer {layer}", f"layer {layer} gave out a value that is no finite number", do, repair
    return "", "a loss too large to be a number, from outputs that grew without bound", do, repair


def _input_cause(name: str, feature: int, feature_names: Sequence[str]) -> _Cause:
    is_named = name == "table" and feature < len(feature_names)
    column = feature_names[feature] if is_named else f"number {feature + 1} of input {name}"
    do = f"Mend the cells behind feature {column}, treat them as missing, or leave the column out."
    return f", feature {column}", f"an infinite, missing or huge value in feature {column}", do, None


def _smaller_rate(training: Training) -> tuple[str, dict[str, Any]]:
    value = float(f"{min(training.learning_rate / 10, 3e-3):.3g}")
    do = f"The learning rate {training.learning_rate:g} is likely too high: try {value:g}, or clip gradients at 1."
    return do, {"set": "training.learning_rate", "value": value}


def _is_usable(values: Tensor) -> bool:
    return bool((torch.isfinite(values) & (values.abs() < HUGE)).all())


def _unusable_feature(values: Tensor) -> int | None:
    """The first position on the last axis that holds a value no network can take."""
    if not values.is_floating_point() or _is_usable(values):
        return None
    is_bad = ~(torch.isfinite(values) & (values.abs() < HUGE))
    return int(is_bad.reshape(-1, values.shape[-1]).any(0).int().argmax())


def first_unusable_layer(module: nn.Module, inputs: dict[str, Tensor]) -> str | None:
    """The path of the first layer, in order of computing, whose output for this batch is not finite; the innermost.

    The batch runs through the network once more; random state and buffers are as before afterwards.
    """
    found: list[str] = []
    device = next(iter(inputs.values())).device
    random_state, kept = current_state(device), {name: buffer.clone() for name, buffer in module.named_buffers()}
    # Not the leaves alone: attention computes past its own, and a sum may overflow. The inner one looks first.
    parts = [(name, part) for name, part in module.named_modules() if name]

    def watching(name: str) -> Any:
        def look(_module: nn.Module, _arguments: Any, output: Any) -> None:
            while isinstance(output, tuple):  # of a recurrent layer: its steps, packed or not, before its last state
                output = output[0]
            if isinstance(output, Tensor) and not found and not bool(torch.isfinite(output).all()):
                found.append(name)

        return look

    hooks = [part.register_forward_hook(watching(name)) for name, part in parts]
    try:
        with torch.no_grad():
            module(**inputs)
    finally:
        for hook in hooks:
            hook.remove()
        set_state(random_state, device)
        for name, buffer in module.named_buffers():
            buffer.data.copy_(kept[name])
    return found[0] if found else None

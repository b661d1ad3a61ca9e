"""What is done where a batch does not fit into memory: it is taken in parts, until not even one row fits."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor, nn

from nnlab.training.causes import is_out_of_memory, out_of_memory, refuse_single_rows
from nnlab.training.randomness import current_state, set_state

if TYPE_CHECKING:
    from nnlab.training.engine import Engine

JUDGED_ROWS = 8_192  # rows of a forward pass without gradients
ASKED = re.compile(r"allocate ([0-9.]+ ?[A-Za-z]+)")


def take_smaller_parts(engine: Engine) -> None:
    """Takes batches in twice as many parts from here on, and cautions the person.

    Raises `TrainingError` where not even a part of one row fits, with the layer that asked for too much, and for
    networks whose rows must stay together: several members, and those that remember rows.
    """
    engine.optimizer.zero_grad()
    largest, n_parts, step = max(engine.sizes), 2 * engine.n_parts, engine.step + 1
    if engine.training.members > 1 or engine.candidates is not None:
        raise out_of_memory(engine.training, largest, f"step {step}")
    if n_parts > largest:
        inputs, _ = engine.rows(0, 1)
        layer, asked = greediest_layer(engine.module, inputs)
        doing = f"layer {layer}, which asked for {asked or 'more'}," if layer else f"step {step}"
        raise out_of_memory(engine.training.having(batch_size=1), 1, doing)
    refuse_single_rows(engine.module, [min(engine.sizes) // n_parts])
    engine.n_parts = n_parts
    engine.forget_steps()
    engine.cautions.append(
        f"A batch of {largest} rows ran out of memory. From step {step} on each is taken in {n_parts} parts, whose "
        "gradients add up: slower, and the same but for rounding."
    )


def rows_judged_at_once(engine: Engine) -> int:
    """Rows of a forward pass without gradients: as many as a part has where batches do not fit."""
    return JUDGED_ROWS if engine.n_parts == 1 else max(1, max(engine.sizes) // engine.n_parts)


def greediest_layer(module: nn.Module, inputs: dict[str, Tensor]) -> tuple[str, str]:
    """The layer at which these rows run out of memory, and what it asked for; both empty where they do not."""
    at = [""]
    leaves = [(name, part) for name, part in module.named_modules() if not list(part.children())]

    def entering(name: str) -> Any:
        return lambda _module, _arguments: at.__setitem__(0, name)

    hooks = [part.register_forward_pre_hook(entering(name)) for name, part in leaves]
    device = next(iter(inputs.values())).device
    random_state = current_state(device)
    try:
        with torch.no_grad():
            module(**inputs)
        return "", ""
    except (RuntimeError, MemoryError) as error:
        if not is_out_of_memory(error):
            return "", ""  # one row alone is no batch for this layer
        asked = ASKED.search(str(error))
        return at[0], asked[1] if asked else ""
    finally:
        for hook in hooks:
            hook.remove()
        set_state(random_state, device)

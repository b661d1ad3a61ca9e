"""Remembered rows: what a network that has them is shown while it trains, and what it remembers in the end.

In a step the first rows of the batch look for their like among random training rows, themselves left out. Candidates
are drawn anew for each step from the seed and the step's number, so nothing of them has to be stored. Axes: `B` rows of
a batch, `C` candidates, `M` remembered rows, `K` outputs.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn
from torch.nn import functional

from nnlab.network.build import Model
from nnlab.network.head import Head
from nnlab.network.modules import NearestRows
from nnlab.training import randomness
from nnlab.training.losses import QUERIES, Criterion

ROW = "nearest.row"
MOST_NUMBERS = 20_000_000  # that may be remembered; beyond, every other row
JUDGED = 2_000  # validation rows that sharpness and share are chosen on
SHARPNESS = (0.5, 0.7, 1.0, 1.4, 2.0, 2.8)
SHARES = tuple(place / 20 for place in range(21))
PSEUDO_ROWS = 1_000  # that say "a half" beside the validation rows
BLOCK = 8_192

Inputs = dict[str, Tensor]


def nearest_of(module: nn.Module) -> NearestRows | None:
    """The layer of a network that remembers rows, None where it has none."""
    trunk = getattr(module, "trunk", None)
    first = trunk[0] if isinstance(trunk, nn.Sequential) and len(trunk) else None
    return first if isinstance(first, NearestRows) else None


class Candidates:
    """The training rows that rows of a batch are compared with."""

    def __init__(self, inputs: Inputs, target: Tensor, head: Head, n_candidates: int) -> None:
        self.inputs, self.task = inputs, head.task
        is_code = head.task == "multiclass"
        self.answers = functional.one_hot(target, head.n_outputs).to(torch.float32) if is_code else target
        self.n_candidates = min(n_candidates, len(target))

    def beside(self, inputs: Inputs, step: int, seeds: Sequence[int], pools: Sequence[Tensor] | None) -> Inputs:
        """The inputs of a batch, or of several members' batches (members, B, ...), with candidates beside them.

        `pools` are the rows that each member may see, all where there are none.
        """
        row = inputs[ROW]
        found = {name: values for name, values in inputs.items() if name != ROW}
        drawn = [self._drawn(step, seed, pools[k] if pools else None) for k, seed in enumerate(seeds)]
        chosen = torch.stack(drawn).to(row.device) if row.ndim > 1 else drawn[0].to(row.device)
        found |= {f"nearest.{name}": values[chosen] for name, values in self.inputs.items()}
        hidden = row[..., :QUERIES, None] == chosen[..., None, :]
        return {**found, "nearest.answers": self.answers[chosen], "nearest.hidden": hidden}

    def remembered(
        self, model: Model, pool: Tensor | None, judged: tuple[Inputs, Tensor] | None, criterion: Criterion
    ) -> dict[str, Tensor]:
        """What the layer of a trained network holds in the end, by its names in the state.

        `judged` are inputs and targets, as they are compared, of the rows that choose sharpness and share.
        """
        near = nearest_of(model)
        assert near is not None, "asked only of a network that remembers rows"
        rows = torch.arange(len(self.answers)) if pool is None else pool
        every = -(-len(rows) * (near.keys.shape[1] + self.answers.shape[1]) // MOST_NUMBERS) or 1
        rows = rows[::every].to(self.answers.device)
        was_training = model.training
        model.eval()
        with torch.inference_mode():
            blocks = torch.split(rows, BLOCK)
            keys = torch.cat([near.placed(model.joined({n: v[b] for n, v in self.inputs.items()})) for b in blocks])
            sharpness, share = 1.0, 0.5
            if judged is not None:
                sharpness, share = _chosen(model, near, keys, self.answers[rows], judged, criterion)
            found = {
                "keys": keys * sharpness,
                "answers": self.answers[rows],
                "share": torch.full_like(near.share, share),
                "log_sharpness": near.log_sharpness + torch.tensor(sharpness).log(),
            }
        model.train(was_training)
        return {f"trunk.0.{name}": tensor.detach().clone() for name, tensor in found.items()}

    def _drawn(self, step: int, seed: int, pool: Tensor | None) -> Tensor:
        generator = torch.Generator().manual_seed(randomness.stream_seed(seed, "candidates", step))
        n_rows = len(self.answers) if pool is None else len(pool)
        places = torch.randint(n_rows, (self.n_candidates,), generator=generator)
        return places if pool is None else pool[places]


def _chosen(
    model: Model, near: NearestRows, keys: Tensor, answers: Tensor, judged: tuple[Inputs, Tensor], criterion: Criterion
) -> tuple[float, float]:
    """Sharpness and share with the lowest loss on the judged rows; the share drawn to a half by pseudo-rows."""
    inputs, target = judged
    n_rows = len(target)
    every = -(-n_rows // JUDGED) or 1
    x = model.joined({name: values[::every] for name, values in inputs.items()})
    outputs, places, target = model.head(model.trunk(x)), near.placed(x), target[::every]
    tried = []
    for sharpness in SHARPNESS:
        n_block = max(1, 4_000_000 // len(keys))
        blocks = torch.split(places, n_block)
        told = torch.cat([near.told(block * sharpness, keys * sharpness, answers) for block in blocks])
        for share in SHARES:
            mixed = near.mixed(outputs, told, torch.full_like(near.share, share), model.remembers)
            tried.append((float(criterion.judging(mixed, target)), sharpness, share))
    known = [each for each in tried if each[0] == each[0]]
    _, sharpness, share = min(known) if known else (0.0, 1.0, 0.5)
    return sharpness, (n_rows * share + PSEUDO_ROWS * 0.5) / (n_rows + PSEUDO_ROWS)

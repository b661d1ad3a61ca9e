"""Times the parts of nnlab side by side with what one would do by hand: ratios, interleaved, in one run.

A ratio is time(arm) / time(base) of the same round; below 1 is faster. Absolute times are only for orientation.
What is no ratio of times comes as a figure with its unit.
"""

from __future__ import annotations

import itertools
import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from nnlab.errors import SpecError
from nnlab.spec import did_you_mean

if TYPE_CHECKING:
    from torch import Tensor, nn

N_ROUNDS = 7
N_ROWS = 12_288  # of the epoch that is timed
Arm = Callable[[], object]


@dataclass(frozen=True)
class Row:
    """One arm against its base: the ratio's least, median and largest value over the rounds, and the median time."""

    part: str
    arm: str
    base: str
    ratios: tuple[float, ...]
    seconds: float

    def plain(self) -> dict[str, Any]:
        ratio = {"min": min(self.ratios), "median": statistics.median(self.ratios), "max": max(self.ratios)}
        return {"part": self.part, "arm": self.arm, "base": self.base, "ratio": ratio, "seconds": self.seconds}

    def __str__(self) -> str:
        low, middle, high = min(self.ratios), statistics.median(self.ratios), max(self.ratios)
        figures = f"{low:.3f} – {middle:.3f} – {high:.3f}"
        return f"{self.part:9} {self.arm:34} {figures}   of {self.base}   ({self.seconds * 1e3:.3g} ms)"


@dataclass(frozen=True)
class Figure:
    """Something measured that is no ratio of times: its value in a unit that is said."""

    part: str
    what: str
    value: float
    unit: str

    def plain(self) -> dict[str, Any]:
        return asdict(self)

    def __str__(self) -> str:
        return f"{self.part:9} {self.what:34} {self.value:.2f} {self.unit}"


def bench(parts: Sequence[str] = ()) -> list[Row | Figure]:
    """The rows of the parts asked for, all when none is; raises `SpecError` for an unknown part."""
    for part in parts:
        if part not in PARTS:
            raise SpecError(
                "there is no such part to time", where="bench", came=part, do=did_you_mean(part, list(PARTS))
            )
    return [row for part in parts or PARTS for row in PARTS[part]()]


def side_by_side(part: str, base: tuple[str, Arm], arms: dict[str, Arm], n_rounds: int = N_ROUNDS) -> list[Row]:
    """Runs base and arms in turn, round by round after one that does not count."""
    ratios: dict[str, list[float]] = {name: [] for name in arms}
    seconds: dict[str, list[float]] = {name: [] for name in arms}
    for turn in range(n_rounds + 1):
        base_s = _timed(base[1])
        for name, arm in arms.items():
            arm_s = _timed(arm)
            if turn:
                ratios[name].append(arm_s / base_s)
                seconds[name].append(arm_s)
    return [Row(part, name, base[0], tuple(ratios[name]), statistics.median(seconds[name])) for name in arms]


def _timed(arm: Arm) -> float:
    begin = time.perf_counter()
    arm()
    return time.perf_counter() - begin


def _start() -> list[Row]:
    """From Start to the first loss event: an idle worker against a cold process."""
    from nnlab.runs.measure import measure_start

    measured = measure_start()
    cold_s = statistics.median(measured.cold_s)
    ratios = tuple(warm_s / cold_s for warm_s in measured.warm_s)
    return [Row("start", "first loss, idle worker", "a cold process", ratios, statistics.median(measured.warm_s))]


def _step() -> list[Row]:
    """An epoch of the engine against the loop one writes by hand, on two small networks."""
    rows = []
    for name, sizes, batch_size in (("10-16-1", (10, 16, 1), 32), ("32-128-128-1", (32, 128, 128, 1), 256)):
        plain, engine = _two_loops(sizes, batch_size)
        rows += side_by_side("step", ("the plain loop", plain), {f"engine, {name}, batch {batch_size}": engine})
    return rows


def _two_loops(sizes: tuple[int, ...], batch_size: int) -> tuple[Arm, Arm]:
    """An epoch of a network of these sizes, by the loop one writes by hand and by the engine."""
    import torch
    from torch import nn

    generator = torch.Generator().manual_seed(0)
    x = torch.randn(N_ROWS, sizes[0], generator=generator)
    y = x[:, :1].clone()

    def made() -> nn.Sequential:
        layers: list[nn.Module] = []
        for n_in, n_out in itertools.pairwise(sizes):
            layers += [nn.Linear(n_in, n_out), nn.ReLU()]
        return nn.Sequential(*layers[:-1])

    def plain() -> None:
        module, loss_of = made(), nn.MSELoss()
        optimizer = torch.optim.Adam(module.parameters(), lr=1e-3)
        order = torch.randperm(N_ROWS)
        for first in range(0, N_ROWS, batch_size):
            rows = order[first : first + batch_size]
            optimizer.zero_grad()
            loss = loss_of(module(x[rows]), y[rows])
            loss.backward()
            optimizer.step()
            loss.item()

    return plain, _engine_arm(made, x, y, batch_size)


def _engine_arm(made: Callable[[], nn.Sequential], x: Tensor, y: Tensor, batch_size: int) -> Arm:
    import torch
    from torch import nn

    from nnlab.network.head import Head
    from nnlab.prep.batch import Batch
    from nnlab.training.engine import Engine, TrainData
    from nnlab.training.spec import Training

    class ByName(nn.Module):
        """The stack, taking its input under the name that the engine gives it."""

        def __init__(self) -> None:
            super().__init__()
            self.stack = made()

        def forward(self, table: Tensor) -> Tensor:
            out: Tensor = self.stack(table)
            return out

    head = Head(task="regression", n_outputs=1)
    batch = Batch(inputs={"table": x}, target=y, lines=torch.arange(N_ROWS))
    few = Batch(inputs={"table": x[:64]}, target=y[:64], lines=torch.arange(64))
    training = Training(epochs=1, batch_size=batch_size).resolved(N_ROWS, head.task)

    def engine() -> None:
        for _event in Engine(ByName(), TrainData(batch, few), training, head).run():
            pass

    return engine


def _frame(n_rows: int) -> Any:
    import numpy as np
    import pandas as pd

    random = np.random.default_rng(0)
    columns: dict[str, Any] = {}
    for k in range(12):
        values = random.normal(size=n_rows)
        values[random.random(n_rows) < 0.05] = np.nan
        columns[f"number_{k}"] = values
    for k in range(8):
        columns[f"level_{k}"] = pd.Series(random.choice(list("abcdefgh"), n_rows), dtype="str")
    columns["y"] = random.normal(size=n_rows)
    return pd.DataFrame(columns)


def _prepare() -> list[Row]:
    """Fitting and applying the default recipe against scikit-learn's ColumnTransformer of comparable steps."""
    from sklearn.compose import make_column_transformer
    from sklearn.impute import SimpleImputer
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import OneHotEncoder, StandardScaler

    from nnlab.data.columns import Column, Columns
    from nnlab.prep.encoded import encode_frame
    from nnlab.prep.recipe import Recipe
    from nnlab.prep.split import Split

    frame = _frame(100_000)
    numbers, levels = [f"number_{k}" for k in range(12)], [f"level_{k}" for k in range(8)]
    named = [Column(name=name, kind="numeric") for name in numbers]
    named += [Column(name=name, kind="categorical") for name in levels]
    columns = Columns(columns=(*named, Column(name="y", kind="numeric", role="target")))
    chain = [{"kind": "impute_median"}, {"kind": "standardize"}]
    recipe = Recipe.parse({"columns": [{"column": name, "steps": chain} for name in numbers]})

    def theirs() -> None:
        made = make_column_transformer(
            (make_pipeline(SimpleImputer(strategy="median"), StandardScaler()), numbers),
            (OneHotEncoder(sparse_output=False, handle_unknown="ignore"), levels),
        )
        made.fit_transform(frame)

    def ours() -> None:
        encode_frame(frame, columns, "regression", Split(stratified=False), recipe)

    return side_by_side("prepare", ("ColumnTransformer", theirs), {"split, fit and encode, 100 000 × 20": ours}, 3)


def _read() -> list[Row | Figure]:
    """A large mixed file to a typed table, everything guessed, against readers with nothing to guess."""
    from nnlab.bench_read import read_rows

    return read_rows()


def _network() -> list[Row]:
    """An edit of a network: its plan again, against the plan of a network never seen."""
    from nnlab.network.edit import insert
    from nnlab.network.head import Head
    from nnlab.network.layers import layers
    from nnlab.network.network import Network
    from nnlab.network.plan import plan

    head, shapes = Head(task="regression", n_outputs=1), {"table": (20,)}
    sizes = iter(range(40, 100_000))

    def deep(n_out: int) -> Network:
        return Network.parse({"trunk": [{"kind": "Linear", "out_features": n_out + k % 7} for k in range(100)]})

    known = deep(33)
    plan(known, shapes, head)
    activation = layers["ReLU"]()
    arms: dict[str, Arm] = {"edit of 100 layers": lambda: plan(insert(known, "trunk.50", activation), shapes, head)}
    return side_by_side("network", ("a plan never made", lambda: plan(deep(next(sizes) * 8), shapes, head)), arms)


PARTS: dict[str, Callable[[], Sequence[Row | Figure]]] = {
    "start": _start,
    "step": _step,
    "prepare": _prepare,
    "read": _read,
    "network": _network,
}

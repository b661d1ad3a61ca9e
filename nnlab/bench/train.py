"""Times training beside the loops one writes by hand: one device, one thread, arms in turn, ratios to the plain loop.

The plain loop is shuffled indices, Adam and `loss.item()`. nnlab is a whole run: the trainer with its folder, events,
looks at what is wanted, checkpoints and validation on a few rows. It stays one run from beginning to end; between two
of its epochs the other arms train as many epochs on the same rows.
"""

from __future__ import annotations

import itertools
import statistics
import tempfile
from collections.abc import Callable, Generator, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from time import perf_counter
from typing import TYPE_CHECKING, Any, NamedTuple

import torch
from torch import Tensor, nn

from nnlab.data.columns import Task
from nnlab.errors import NnlabError, SpecError
from nnlab.machine import choose
from nnlab.network.head import Head
from nnlab.prep.batch import Batch
from nnlab.training.engine import Engine, TrainData
from nnlab.training.events import Epoch, Step
from nnlab.training.members import MembersEngine
from nnlab.training.race import LOOK_AT
from nnlab.training.spec import Training

if TYPE_CHECKING:
    from nnlab.prep.encoded import PartName

N_ROUNDS = 7
ROUND_S = 0.15  # of the plain loop
BATCHES = (32, 256)
N_VALIDATION = 64
N_MEMBERS = 8
PLAIN, LOADER, NNLAB = "plain", "dataloader", "nnlab"


class Data(NamedTuple):
    """Rows (N, ...) and their targets, (N, 1) numbers or (N,) classes."""

    x: Tensor
    y: Tensor


@dataclass(frozen=True)
class Kind:
    """A network to train: how it and its rows are made, and what it learns."""

    name: str
    made: Callable[[], nn.Module]
    shape: tuple[int, ...]
    task: Task
    n_outputs: int
    n_rows: int
    n_ids: int = 0  # rows are ids below that
    hidden: tuple[int, ...] | None = None  # of an MLP, for peers that build their own
    is_regularized: bool = False
    device: str = "cpu"  # as torch takes it, of every arm

    @property
    def loss(self) -> nn.Module:
        return nn.MSELoss() if self.task == "regression" else nn.CrossEntropyLoss()

    def data(self) -> Data:
        """The rows, the same every time, in the machine's memory."""
        draw = torch.Generator().manual_seed(0)
        n = self.n_rows
        x = torch.randn(n, *self.shape, generator=draw)
        if self.n_ids:
            x = torch.randint(0, self.n_ids, (n, *self.shape), generator=draw)
        flat = x.reshape(n, -1).float()
        if self.task == "regression":
            return Data(x, flat[:, :1].sin())
        return Data(x, (flat @ torch.randn(flat.shape[1], self.n_outputs, generator=draw)).argmax(1))


class Loop(NamedTuple):
    """An arm: trains that many epochs; what it keeps is warm from call to call."""

    name: str
    run: Callable[[int], object]


@dataclass(frozen=True)
class TrainRow:
    """One arm on one network: microseconds a step, and its time over the plain loop's, round by round."""

    network: str
    batch: int
    arm: str
    us_per_step: float
    ratios: tuple[float, ...]

    def plain(self) -> dict[str, Any]:
        ratio = {"min": min(self.ratios), "median": statistics.median(self.ratios), "max": max(self.ratios)}
        told = {"network": self.network, "batch": self.batch, "arm": self.arm}
        return {**told, "us_per_step": self.us_per_step, "ratio": ratio}

    def __str__(self) -> str:
        low, middle, high = min(self.ratios), statistics.median(self.ratios), max(self.ratios)
        figures = f"{low:.2f} – {middle:.2f} – {high:.2f}"
        return f"{self.network:12} batch {self.batch:<4} {self.arm:14} {figures}   {self.us_per_step:9.1f} µs a step"


def train_rows(
    with_peers: bool = False, device: str = "cpu", kinds: tuple[Kind, ...] = (), n_rounds: int = N_ROUNDS
) -> list[TrainRow]:
    """All networks at all batch sizes on a device; `with_peers` adds the other libraries that are installed.

    Raises `TrainingError` where the device is not here, `SpecError` where peers are to be timed on another than the
    processor.
    """
    from nnlab.bench.peers import peers

    device = choose(device).device.family
    if with_peers and device != "cpu":
        raise SpecError("other libraries are timed on the processor", where="--device", came=device, do="Take one off.")

    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        rows = []
        for kind in (replace(kind, device=device) for kind in kinds or KINDS):
            for batch_size in BATCHES:
                others = [plain_loop(kind, batch_size), loader_loop(kind, batch_size)]
                others += peers(kind, batch_size) if with_peers else []
                rows += side_by_side(kind, batch_size, others, n_rounds)
        return rows
    finally:
        torch.set_num_threads(threads)


def member_rows(
    device: str = "cpu", kinds: tuple[Kind, ...] = (), n_rounds: int = N_ROUNDS, n_members: int = N_MEMBERS
) -> list[TrainRow]:
    """A run of several members on the two small networks, at batch 32, beside as many plain loops one after another."""
    device = choose(device).device.family
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        rows = []
        for kind in (replace(kind, device=device) for kind in kinds or KINDS[:2]):
            loops = [plain_loop(kind, BATCHES[0]) for _ in range(n_members)]
            rows += side_by_side(kind, BATCHES[0], [_one_after_another(loops)], n_rounds, n_members)
        return rows
    finally:
        torch.set_num_threads(threads)


def _one_after_another(loops: list[Loop]) -> Loop:
    def run(n_epochs: int) -> None:
        for loop in loops:
            loop.run(n_epochs)

    return Loop(f"{len(loops)} {PLAIN}", run)


def side_by_side(kind: Kind, batch_size: int, others: list[Loop], n_rounds: int, n_members: int = 1) -> list[TrainRow]:
    """A run of nnlab with the other arms between its epochs; the first of them is what ratios are to.

    Of several members a step is one of all.
    """
    rounds = _Rounds(others, n_rounds, NNLAB if n_members == 1 else f"{n_members} members")
    run_of(kind, batch_size, rounds, n_members)
    n_steps = rounds.n_epochs * -(-kind.n_rows // batch_size)
    base = rounds.seconds[others[0].name]
    return [
        TrainRow(
            kind.name,
            batch_size,
            name,
            statistics.median(seconds) / n_steps * 1e6,
            tuple(one / other for one, other in zip(seconds, base, strict=True)),
        )
        for name, seconds in rounds.seconds.items()
    ]


def plain_loop(kind: Kind, batch_size: int) -> Loop:
    """What most people write."""
    module, loss_of = kind.made().to(kind.device), kind.loss
    x, y = (part.to(kind.device) for part in kind.data())
    optimizer = torch.optim.Adam(module.parameters())

    def run(n_epochs: int) -> None:
        module.train()
        for _ in range(n_epochs):
            total = 0.0
            for rows in torch.split(torch.randperm(len(x)), batch_size):
                loss = loss_of(module(x[rows]), y[rows])
                optimizer.zero_grad()
                loss.backward()
                optimizer.step()
                total += loss.item()

    return Loop(PLAIN, run)


def loader_loop(kind: Kind, batch_size: int) -> Loop:
    """What the tutorials write."""
    from torch.utils.data import DataLoader, TensorDataset

    module, loss_of = kind.made().to(kind.device), kind.loss
    optimizer = torch.optim.Adam(module.parameters())
    loader = DataLoader(TensorDataset(*kind.data()), batch_size, shuffle=True)

    def run(n_epochs: int) -> None:
        module.train()
        for _ in range(n_epochs):
            for x, y in loader:
                optimizer.zero_grad()
                loss = loss_of(module(x.to(kind.device)), y.to(kind.device))
                loss.backward()
                optimizer.step()
                loss.item()

    return Loop(LOADER, run)


class _Rounds:
    """What every arm took, seconds, round by round after one that does not count."""

    def __init__(self, others: list[Loop], n_rounds: int, name: str = NNLAB) -> None:
        self.others, self.n_rounds, self.name = others, n_rounds, name
        others[0].run(1)
        began = perf_counter()
        others[0].run(1)
        self.n_epochs = max(1, round(ROUND_S / (perf_counter() - began)))
        for other in others[1:]:
            other.run(1)
        self.seconds: dict[str, list[float]] = {name: [] for name in (*(other.name for other in others), name)}

    def add(self, nnlab_s: float) -> bool:
        """Takes in what nnlab's epochs took and runs the others; False after the last round."""
        for other in self.others:
            began = perf_counter()
            other.run(self.n_epochs)
            self.seconds[other.name].append(perf_counter() - began)
        self.seconds[self.name].append(nnlab_s)
        return len(self.seconds[self.name]) < self.n_rounds


class _Timed(Engine):
    """An engine whose epochs are timed with all that the trainer does between them."""

    rounds: _Rounds

    def run(self) -> Generator[Step | Epoch, None, None]:
        n_done, began = 0, perf_counter()
        for event in super().run():
            yield event
            if not isinstance(event, Epoch):
                continue
            n_done += 1
            if self.device.type == "cuda":
                torch.cuda.synchronize(self.device)  # the others wait for each loss
            if self.step <= LOOK_AT + len(self.sizes):  # steps are eager so far, or being traced
                n_done, began = 0, perf_counter()
            elif n_done == self.rounds.n_epochs:
                if not self.rounds.add(perf_counter() - began):
                    self.finished = "epochs"
                    return
                n_done, began = 0, perf_counter()


class _TimedMembers(_Timed, MembersEngine):
    """The same of several members."""


class _ByName(nn.Module):
    """A module that takes its rows under the name that the engine gives them."""

    def __init__(self, inner: nn.Module) -> None:
        super().__init__()
        self.inner = inner

    def forward(self, table: Tensor) -> Tensor:
        out: Tensor = self.inner(table)
        return out


class _Parts:
    """The rows of a run that was never a table."""

    def __init__(self, rows: Data) -> None:
        self.rows = rows

    def part(self, name: PartName) -> Batch:
        x, y = self.rows if name == "train" else (part[:N_VALIDATION] for part in self.rows)
        return Batch({"table": x}, y, torch.arange(len(y)))


def run_of(kind: Kind, batch_size: int, rounds: _Rounds, n_members: int = 1) -> None:
    """A run in a folder of its own that ends when the rounds are over; raises what went wrong in it."""
    from nnlab.runs.files import make_folder, write_json
    from nnlab.runs.folder import RunFolder
    from nnlab.runs.trainer import train

    parts, head = _Parts(kind.data()), Head(task=kind.task, n_outputs=kind.n_outputs)
    settings = {"batch_size": batch_size, "members": n_members, "device": kind.device}
    training = Training.parse({"epochs": 100_000, **settings}).resolved(kind.n_rows, kind.task)

    def opening(folder: RunFolder) -> tuple[_Parts, Engine]:
        data = TrainData(parts.part("train"), parts.part("validation"))
        modules: list[nn.Module] = [_ByName(kind.made()) for _ in range(n_members)]
        engine: _Timed
        if n_members == 1:
            engine = _Timed(modules[0], data, training, head)
        else:
            engine = _TimedMembers(modules, data, training, head)
        engine.rounds = rounds
        return parts, engine

    with tempfile.TemporaryDirectory(prefix="nnlab-train-") as name:
        folder = RunFolder(make_folder(Path(name) / "run"))
        write_json(folder.path / "run.json", {})  # that it is there is all that the trainer asks of it
        if train(folder, opening=opening) != "finished":
            raise NnlabError("the run did not get through", where=kind.name, came=str(folder.all_events()[-1]))


def mlp(sizes: tuple[int, ...], is_regularized: bool = False) -> nn.Sequential:
    """Linear layers of these sizes with ReLU between, and BatchNorm and dropout where asked for."""
    layers: list[nn.Module] = []
    for n_in, n_out in itertools.pairwise(sizes[:-1]):
        layers += [nn.Linear(n_in, n_out)]
        layers += [nn.BatchNorm1d(n_out), nn.ReLU(), nn.Dropout(0.1)] if is_regularized else [nn.ReLU()]
    return nn.Sequential(*layers, nn.Linear(sizes[-2], sizes[-1]))


class _LastStep(nn.Module):
    def forward(self, given: tuple[Tensor, Any]) -> Tensor:
        return given[0][:, -1]


def _cnn() -> nn.Module:
    first = [nn.Conv2d(1, 16, 3, padding=1), nn.BatchNorm2d(16), nn.ReLU(), nn.MaxPool2d(2)]
    second = [nn.Conv2d(16, 32, 3, padding=1), nn.ReLU(), nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Dropout(0.2)]
    return nn.Sequential(*first, *second, nn.Linear(32, 10))


def _lstm() -> nn.Module:
    return nn.Sequential(nn.LSTM(8, 32, batch_first=True), _LastStep(), nn.Linear(32, 1))


def _transformer() -> nn.Module:
    encoder = nn.TransformerEncoderLayer(32, 4, 64, dropout=0.1, batch_first=True)
    return nn.Sequential(nn.Embedding(500, 32), encoder, nn.Flatten(), nn.Linear(32 * 16, 4))


def _mlps() -> Iterator[Kind]:
    yield Kind("tiny", lambda: mlp((10, 16, 1)), (10,), "regression", 1, 12_288, hidden=(16,))
    mid = Kind("mid", lambda: mlp((32, 128, 128, 10), True), (32,), "multiclass", 10, 6_144, hidden=(128, 128))
    yield Kind(**{**vars(mid), "is_regularized": True})
    yield Kind("wide", lambda: mlp((100, 1024, 1024, 10)), (100,), "multiclass", 10, 2_048, hidden=(1024, 1024))


KINDS = (
    *_mlps(),
    Kind("cnn", _cnn, (1, 16, 16), "multiclass", 10, 2_048),
    Kind("lstm", _lstm, (24, 8), "regression", 1, 4_096),
    Kind("transformer", _transformer, (16,), "multiclass", 4, 4_096, n_ids=500),
)

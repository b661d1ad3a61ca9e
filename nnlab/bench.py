"""Times the parts of nnlab side by side with what one would do by hand: ratios, interleaved, in one run.

A ratio is time(arm) / time(base) of the same round; below 1 is faster. Absolute times are only for orientation.
What is no ratio of times comes as a figure with its unit.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from functools import partial
from typing import TYPE_CHECKING, Any, TypeAlias

from nnlab.errors import SpecError
from nnlab.spec import did_you_mean

if TYPE_CHECKING:
    from nnlab.bench_train import TrainRow
    from nnlab.network.head import Head
    from nnlab.network.layers import Layer
    from nnlab.network.network import Network
    from nnlab.network.shapes import Shape

N_ROUNDS = 7
N_PEOPLE = 30
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


Line: TypeAlias = "Row | Figure | TrainRow"


def bench(
    parts: Sequence[str] = (), n_rows: int | None = None, with_peers: bool = False, of_members: bool = False
) -> list[Line]:
    """The rows of the parts asked for, all when none is; raises `SpecError` for an unknown part.

    `n_rows` of the table to prepare where it is said; `with_peers` times the other libraries that are installed beside
    training, `of_members` several members beside as many plain loops instead of all else of training.
    """
    for part in parts:
        if part not in PARTS:
            raise SpecError(
                "there is no such part to time", where="bench", came=part, do=did_you_mean(part, list(PARTS))
            )
    wanted = {"with_peers": with_peers, "of_members": of_members}
    chosen: dict[str, dict[str, Any]] = {"train": {name: True for name, is_on in wanted.items() if is_on}}
    if n_rows:
        chosen["prepare"] = {"n_rows": n_rows}
    return [row for part in parts or PARTS for row in PARTS[part](**chosen.get(part, {}))]


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


def _queue() -> list[Figure]:
    """How soon every curve has begun where many people press Start at once and one run may train at a time."""
    from nnlab.runs.measure import measure_queue

    seconds = measure_queue(N_PEOPLE)
    said = f"of {N_PEOPLE} people on one slot"
    return [
        Figure("queue", f"median first loss {said}", statistics.median(seconds), "s after the last Start"),
        Figure("queue", f"last first loss {said}", max(seconds), "s after the last Start"),
    ]


def _train(with_peers: bool = False, of_members: bool = False) -> list[TrainRow]:
    """Epochs of a whole run against the loops one writes by hand, on small networks of every family."""
    from nnlab.bench_train import member_rows, train_rows

    return member_rows() if of_members else train_rows(with_peers)


def _prepare(n_rows: int | None = None) -> list[Row | Figure]:
    """Fitting and applying a recipe against a scikit-learn ColumnTransformer of the same steps: time and memory."""
    from nnlab.bench_prepare import N_ROWS, prepare_rows

    return prepare_rows(n_rows or N_ROWS)


def _read() -> list[Row | Figure]:
    """A large mixed file to a typed table, everything guessed, against readers with nothing to guess."""
    from nnlab.bench_read import read_rows

    return read_rows()


def _network() -> list[Row]:
    """An edit of a network: its plan again, against the plan of a network never seen."""
    from nnlab.network.head import Head
    from nnlab.network.layers import layers
    from nnlab.network.network import Network
    from nnlab.network.plan import plan

    head = Head(task="regression", n_outputs=1)
    sizes = iter(range(40, 100_000))

    def deep(n_out: int) -> Network:
        return Network.parse({"trunk": [{"kind": "Linear", "out_features": n_out + k % 7} for k in range(100)]})

    def among(kind: str, **settings: Any) -> Network:
        one = {"kind": kind, **settings}
        return Network.parse({"branches": [{"input": "sequence", "layers": [*[one] * 100, {"kind": "GlobalPool"}]}]})

    activation = layers["ReLU"]()
    arms: dict[str, Arm] = {}
    edited: tuple[tuple[str, Network, str, dict[str, Shape]], ...] = (
        ("100 Linear", deep(33), "trunk.50", {"table": (20,)}),
        ("100 LSTM", among("LSTM", hidden_size=32, out="all"), "branches.sequence.50", {"sequence": (16, 32)}),
        ("100 encoder layers", among("TransformerEncoderLayer"), "branches.sequence.50", {"sequence": (16, 32)}),
    )
    for name, known, path, shapes in edited:
        plan(known, shapes, head)
        arms[f"edit of {name}"] = partial(_edit, known, path, activation, shapes, head)
    base = ("a plan of 100 Linear never made", lambda: plan(deep(next(sizes) * 8), {"table": (20,)}, head))
    return side_by_side("network", base, arms)


def _edit(network: Network, path: str, layer: Layer, shapes: dict[str, Shape], head: Head) -> object:
    from nnlab.network.edit import insert
    from nnlab.network.plan import plan

    return plan(insert(network, path, layer), shapes, head)


PARTS: dict[str, Callable[..., Sequence[Line]]] = {
    "start": _start,
    "queue": _queue,
    "train": _train,
    "prepare": _prepare,
    "read": _read,
    "network": _network,
}

"""The parts of nnlab that can be timed beside what one would do by hand, each by its name."""

from __future__ import annotations

import itertools
import statistics
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any, TypeAlias

from nnlab.bench.rows import Arm, Figure, Row, side_by_side
from nnlab.errors import SpecError
from nnlab.spec import did_you_mean

if TYPE_CHECKING:
    from nnlab.bench.train import TrainRow
    from nnlab.network.head import Head
    from nnlab.network.layers import Layer
    from nnlab.network.network import Network
    from nnlab.network.shapes import Shape

N_PEOPLE = 30


Line: TypeAlias = "Row | Figure | TrainRow"


def bench(
    parts: Sequence[str] = (),
    n_rows: int | None = None,
    with_peers: bool = False,
    of_members: bool = False,
    device: str = "cpu",
) -> list[Line]:
    """The rows of the parts asked for, all when none is; raises `SpecError` for an unknown part.

    `n_rows` of the table to prepare where it is said; `with_peers` times the other libraries that are installed beside
    training, `of_members` several members beside as many plain loops instead of all else of training; all of it on the
    `device`.
    """
    for part in parts:
        if part not in PARTS:
            raise SpecError(
                "there is no such part to time", where="bench", came=part, do=did_you_mean(part, list(PARTS))
            )
    wanted = {"with_peers": with_peers, "of_members": of_members, "device": device if device != "cpu" else None}
    chosen: dict[str, dict[str, Any]] = {"train": {name: value for name, value in wanted.items() if value}}
    if n_rows:
        chosen["prepare"] = {"n_rows": n_rows}
    return [row for part in parts or PARTS for row in PARTS[part](**chosen.get(part, {}))]


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


def _train(with_peers: bool = False, of_members: bool = False, device: str = "cpu") -> list[TrainRow]:
    """Epochs of a whole run against the loops one writes by hand, on small networks of every family."""
    from nnlab.bench.train import member_rows, train_rows

    return member_rows(device) if of_members else train_rows(with_peers, device)


def _prepare(n_rows: int | None = None) -> list[Row | Figure]:
    """Fitting and applying a recipe against a scikit-learn ColumnTransformer of the same steps: time and memory."""
    from nnlab.bench.prepare import N_ROWS, prepare_rows

    return prepare_rows(n_rows or N_ROWS)


def _read() -> list[Row | Figure]:
    """A large mixed file to a typed table, everything guessed, against readers with nothing to guess."""
    from nnlab.bench.read import read_rows

    return read_rows()


def _network() -> list[Row]:
    """An edit of a network: its plan again, against the plan of a network never seen."""
    from nnlab.network.head import Head
    from nnlab.network.layers import Dropout, Linear
    from nnlab.network.network import Network
    from nnlab.network.plan import plan

    head = Head(task="regression", n_outputs=1)
    sizes = iter(range(40, 100_000))

    def deep(n_out: int) -> Network:
        return Network.parse({"trunk": [{"kind": "Linear", "out_features": n_out + k % 7} for k in range(100)]})

    def among(kind: str, **settings: Any) -> Network:
        one = {"kind": kind, **settings}
        return Network.parse({"branches": [{"input": "sequence", "layers": [*[one] * 100, {"kind": "GlobalPool"}]}]})

    wider = (Linear(out_features=size) for size in itertools.count(34))
    other = (Dropout(p=n / 1e6) for n in itertools.count(1))
    arms: dict[str, Arm] = {}
    edited: tuple[tuple[str, Network, str, dict[str, Shape], Iterator[Layer]], ...] = (
        ("100 Linear", deep(33), "trunk.50", {"table": (20,)}, wider),
        ("100 LSTM", among("LSTM", hidden_size=32, out="all"), "branches.sequence.50", {"sequence": (16, 32)}, other),
        ("100 encoder layers", among("TransformerEncoderLayer"), "branches.sequence.50", {"sequence": (16, 32)}, other),
    )
    for name, known, path, shapes, never_made in edited:
        plan(known, shapes, head)
        arms[f"edit of {name}"] = partial(_edit, known, path, never_made, shapes, head)
    base = ("a plan of 100 Linear never made", lambda: plan(deep(next(sizes) * 8), {"table": (20,)}, head))
    return side_by_side("network", base, arms)


def _edit(network: Network, path: str, never_made: Iterator[Layer], shapes: dict[str, Shape], head: Head) -> object:
    """A layer that was never measured is put in; so is the one behind it where that sees another size."""
    from nnlab.network.edit import insert
    from nnlab.network.plan import plan

    return plan(insert(network, path, next(never_made)), shapes, head)


PARTS: dict[str, Callable[..., Sequence[Line]]] = {
    "start": _start,
    "queue": _queue,
    "train": _train,
    "prepare": _prepare,
    "read": _read,
    "network": _network,
}

"""What a network would be, without building it: a row for each layer with shapes, costs, and repairs where it fails."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from nnlab.errors import LimitError, NetworkError, NnlabError
from nnlab.limits import Limits
from nnlab.limits import limits as granted
from nnlab.network.calls import Call, Cost
from nnlab.network.edit import insert, substitute
from nnlab.network.head import Head
from nnlab.network.layers import Family, Flatten, Layer, NearestRows, Proposal, layers
from nnlab.network.network import INPUTS, Network
from nnlab.network.shapes import Ids, Shape, grouped, in_words
from nnlab.network.stack import out_shape, stack_call, total

BYTES = 4  # float32
TRAINED_COPIES = 4  # weights, gradients, and the two averages that Adam keeps


@dataclass(frozen=True, slots=True)
class Repair:
    """A button: what it says, and the network it makes. Its layers were tried before it is offered."""

    label: str
    network: Network


@dataclass(frozen=True, slots=True)
class LayerPlan:
    """One row of the stack: input, layer, container, join or head. Costs are a row's own, those inside it left out.

    `in_shape` and `out_shape` are None where they cannot be known because something before cannot run.
    """

    path: str
    depth: int
    kind: str
    family: Family
    arguments: str = ""
    in_shape: Shape | None = None
    out_shape: Shape | None = None
    n_parameters: int = 0
    n_multiply_adds: int = 0
    n_activations: int = 0
    code: str = ""
    error: str = ""
    repairs: tuple[Repair, ...] = ()


@dataclass(frozen=True, slots=True)
class NetworkCalls:
    """All calls of a network that runs: `inputs` in the order in which they are joined."""

    inputs: tuple[str, ...]
    branches: tuple[tuple[str, Call], ...]
    trunk: Call
    head: Call
    adds_last_value: bool = False
    remembers: str = ""  # the task, where answers of remembered rows are blended in


@dataclass(frozen=True, slots=True)
class Plan:
    """The rows from input to head, the sums, and the first error; `calls` is there where nothing is wrong."""

    rows: tuple[LayerPlan, ...] = ()
    n_parameters: int = 0
    n_multiply_adds: int = 0
    n_activations: int = 0
    least_rows: int = 1
    error: NnlabError | None = None
    calls: NetworkCalls | None = None

    @property
    def n_bytes(self) -> int:
        """Memory of the weights while training: themselves, their gradients, and Adam's two averages."""
        return BYTES * TRAINED_COPIES * self.n_parameters

    def runnable(self) -> NetworkCalls:
        """The calls, or the error raised."""
        if self.error is not None:
            raise self.error
        assert self.calls is not None
        return self.calls

    def row(self, path: str) -> LayerPlan | None:
        """The row at a path, None where there is none."""
        return next((row for row in self.rows if row.path == path), None)


def plan(network: Network, input_shapes: Mapping[str, Shape], head: Head, limits: Limits | None = None) -> Plan:
    """The plan of a network for rows of these shapes; a layer that cannot run is said in its row, never raised."""
    limits = granted() if limits is None else limits
    if network.n_layers > limits.layers:
        return Plan(error=_too_many_layers(network.n_layers, limits))
    if any(size < 1 for shape in input_shapes.values() for size in shape) or not input_shapes:
        do = "Choose at least one feature column."
        return Plan(error=NetworkError("A network needs at least one number a row", where="input", came="none", do=do))
    drawing = _Drawing(network, head)
    drawing.draw({name: input_shapes[name] for name in INPUTS if name in input_shapes})
    return _summed(drawing, limits)


def _summed(drawing: _Drawing, limits: Limits) -> Plan:
    rows = drawing.rows
    error: NnlabError | None = drawing.error
    sums = total(map(row_cost, rows), ())
    if sums.n_parameters > limits.parameters:
        largest = max(rows, key=lambda row: row.n_parameters)
        error = error or _too_many_parameters(sums.n_parameters, largest, limits)
        said = f"{grouped(largest.n_parameters)} parameters are too many; {grouped(limits.parameters)} may train here."
        rows = [replace(row, error=said) if row is largest else row for row in rows]
    return Plan(
        tuple(rows),
        sums.n_parameters,
        sums.n_multiply_adds,
        sums.n_activations,
        drawing.network.least_rows,
        error,
        drawing.calls if error is None else None,
    )


class _Drawing:
    """The rows so far and the first error, while a network is walked from its inputs to its head."""

    def __init__(self, network: Network, head: Head) -> None:
        self.network = network
        self.head = head
        self.rows: list[LayerPlan] = []
        self.error: NetworkError | None = None
        self.calls: NetworkCalls | None = None

    def draw(self, shapes: dict[str, Shape]) -> None:
        stacks = self.network.stacks
        ends: dict[str, Shape | None] = {}
        for name, shape in shapes.items():
            self.rows.append(_input_row(name, shape))
            root = f"branches.{name}"
            ends[name] = self.stack(stacks.get(root, ()), shape, root, 0)
        for root in stacks:
            if root != "trunk" and root.removeprefix("branches.") not in shapes:
                self.lost_branch(root, shapes)
        joined = self.join(ends)
        end = self.stack(stacks["trunk"], joined, "trunk", 0)
        self.finish(end, "sequence" in shapes)
        if self.error is None and joined is not None and end is not None:
            named = tuple((name, f"branches.{name}") for name in shapes if f"branches.{name}" in stacks)
            branches = tuple((name, stack_call(stacks[root], shapes[name])) for name, root in named)
            trunk = stack_call(stacks["trunk"], joined)
            added = self.network.adds_last_value
            remembers = self.head.task if self.network.remembers_rows else ""
            self.calls = NetworkCalls(tuple(shapes), branches, trunk, self.head.call(end), added, remembers)

    def stack(self, stack: tuple[Layer, ...], shape: Shape | None, prefix: str, depth: int) -> Shape | None:
        for index, layer in enumerate(stack):
            shape = self.layer(layer, shape, f"{prefix}.{index}", depth)
        return shape

    def layer(self, layer: Layer, shape: Shape | None, path: str, depth: int) -> Shape | None:
        """Adds the layer's row and those inside it; gives the shape that leaves it, None where that is unknown."""
        row = LayerPlan(path, depth, layer.kind, layer.family, layer.arguments(), shape)
        at = len(self.rows)
        self.rows.append(row)
        ends = [self.inside(layer, name, shape, f"{path}.{name}", depth + 1) for name in layer.stacks]
        if isinstance(layer, NearestRows) and path != "trunk.0":
            self.rows[at] = self.failed(
                row,
                NetworkError("NearestRows stands first in the trunk", came="a place elsewhere"),
                self.moved(path, layer),
            )
            return None
        if shape is None or None in ends:
            return None
        try:
            self.rows[at] = self.measured_row(row, layer, shape, at + 1)
        except NetworkError as error:
            self.rows[at] = self.failed(row, error, self.repairs(path, shape, proposals(layer, shape)))
        return self.rows[at].out_shape

    def inside(self, layer: Layer, name: str, shape: Shape | None, path: str, depth: int) -> Shape | None:
        """Adds the rows of one stack inside a container; one of several is named by a row before them."""
        stacks = layer.stacks
        if len(stacks) == 1:
            return self.stack(stacks[name], shape, path, depth)
        title = f"Branch {list(stacks).index(name) + 1}"
        said = "" if stacks[name] else "hands on what arrives"
        self.rows.append(LayerPlan(path, depth, title, "shape", said, shape, shape))
        return self.stack(stacks[name], shape, path, depth + 1)

    def measured_row(self, row: LayerPlan, layer: Layer, shape: Shape, first_inside: int) -> LayerPlan:
        from nnlab.network.measure import measured

        call, cost = measured(layer, shape)
        inside = total((row_cost(inner) for inner in self.rows[first_inside:]), ())
        return _costed(replace(row, arguments=layer.arguments(shape)), call, cost, inside)

    def failed(self, row: LayerPlan, error: NetworkError, repairs: Iterable[Repair]) -> LayerPlan:
        repairs = tuple(repairs)
        if self.error is None:
            do = f"Possible repairs: {'; '.join(repair.label for repair in repairs)}."
            self.error = NetworkError(error.rule, where=row.path, came=error.came, do=do, layer=row.path)
        return replace(row, error=sentence(error), repairs=repairs)

    def repairs(self, path: str, shape: Shape, proposals: Iterable[Proposal]) -> Iterable[Repair]:
        """Those of the proposals whose layers can run where this one cannot, each network once; then removal."""
        seen = {self.network}
        for proposal in (*proposals, Proposal("Remove", ())):
            if proposal.label != "Remove" and out_shape(proposal.layers, shape) is None:
                continue
            repaired = substitute(self.network, path, proposal.layers)
            if repaired not in seen:
                seen.add(repaired)
                yield Repair(proposal.label, repaired)

    def moved(self, path: str, layer: Layer) -> Iterable[Repair]:
        """Repairs for a layer that must stand first in the trunk: there, or nowhere."""
        without = substitute(self.network, path, ())
        if not without.remembers_rows:
            yield Repair("Move it to the front of the trunk", insert(without, "trunk.0", layer))
        yield Repair("Remove", without)

    def lost_branch(self, root: str, shapes: dict[str, Shape]) -> None:
        name = root.removeprefix("branches.")
        row = LayerPlan(root, 0, name.capitalize(), "input", "not in the data")
        error = NetworkError(f"This branch needs the input {name}", came=", ".join(shapes))
        self.rows.append(self.failed(row, error, [Repair("Remove the branch", self.network.with_stack(root, ()))]))

    def join(self, ends: dict[str, Shape | None]) -> Shape | None:
        """The shape that enters the trunk; several inputs are put one after the other, and get a row that says so."""
        if len(ends) == 1:
            return next(iter(ends.values()))
        known = {name: shape for name, shape in ends.items() if shape is not None}
        joined = (sum(shape[0] for shape in known.values()),) if len(known) == len(ends) else None
        row = LayerPlan("join", 0, "Join", "shape", " + ".join(ends), joined, joined)
        for name, shape in known.items():
            if len(shape) != 1 or isinstance(shape, Ids):
                error = NetworkError(f"Join needs one list of numbers from {name}", came=in_words(shape))
                self.rows.append(self.failed(row, error, [self.flattened(f"branches.{name}", shape)]))
                return None
        self.rows.append(row)
        return joined

    def finish(self, shape: Shape | None, has_window: bool) -> None:
        from nnlab.network.measure import measured_call

        added = self.network.adds_last_value
        said = f"{self.head.arguments()}, added to the last value" if added else self.head.arguments()
        row = LayerPlan("head", 0, "Head", "head", said, shape)
        if added and not (has_window and self.head.task == "regression"):
            alone = Repair("Let the output stand alone", self.network.having(adds_last_value=False))
            came = self.head.asked if has_window else "rows without a window"
            error = NetworkError("Only numbers told ahead of a window can be added to its last value", came=came)
            self.rows.append(self.failed(row, error, [alone]))
            return
        if added and self.network.remembers_rows:
            without = Repair("Remove NearestRows", substitute(self.network, "trunk.0", ()))
            error = NetworkError("What remembered rows tell cannot be added to a last value", came="a series")
            self.rows.append(self.failed(row, error, [without]))
            return
        if shape is None:
            self.rows.append(row)
            return
        try:
            call = self.head.call(shape)
        except NetworkError as error:
            self.rows.append(self.failed(row, error, [self.flattened("trunk", shape)]))
            return
        self.rows.append(_costed(row, call, measured_call(call, shape, "Head"), Cost(())))

    def flattened(self, root: str, shape: Shape) -> Repair:
        """Flatten at the end of a stack, which makes one list of whatever arrives; ids are embedded first."""
        end = f"{root}.{len(self.network.stacks.get(root, ()))}"
        flat = insert(self.network, end, Flatten())
        if isinstance(shape, Ids):
            return Repair("Insert Embedding and Flatten", insert(flat, end, embedded()))
        return Repair("Insert Flatten", flat)


def proposals(layer: Layer, shape: Shape) -> tuple[Proposal, ...]:
    """What may stand in a layer's place: of ids first their Embedding, else what the layer proposes itself."""
    if isinstance(shape, Ids) and not layer.takes_ids:
        return (Proposal("Insert Embedding", (embedded(), layer)),)
    return layer.proposals(shape)


def embedded() -> Layer:
    """The layer that makes numbers of ids, as a menu inserts it."""
    return layers["Embedding"].fitting(None)


_TITLES = {"table": "Table", "codes": "Codes", "text": "Text", "image": "Image", "sequence": "Sequence"}


def sentence(error: NetworkError) -> str:
    """What a row says: "Conv1d needs channels and a length; what arrives is one list of 64 numbers."."""
    return f"{error.rule}; what arrives is {error.came}."


def _costed(row: LayerPlan, call: Call, cost: Cost, inside: Cost) -> LayerPlan:
    """The row with its call and its own cost: the whole without that of the rows inside it."""
    return replace(
        row,
        out_shape=cost.out_shape,
        n_parameters=cost.n_parameters - inside.n_parameters,
        n_multiply_adds=cost.n_multiply_adds - inside.n_multiply_adds,
        n_activations=cost.n_activations - inside.n_activations,
        code=str(call),
    )


def row_cost(row: LayerPlan) -> Cost:
    """The costs that stand in a row."""
    return Cost(row.out_shape or (), row.n_parameters, row.n_multiply_adds, row.n_activations)


def _input_row(name: str, shape: Shape) -> LayerPlan:
    return LayerPlan(
        f"input.{name}", 0, _TITLES[name], "input", in_words(shape).removeprefix("one list of "), shape, shape
    )


def _too_many_layers(n: int, limits: Limits) -> LimitError:
    return LimitError(
        f"a network may have {grouped(limits.layers)} layers here",
        where="network",
        came=f"{grouped(n)} layers",
        do="Take layers out, or start from a template.",
    )


def _too_many_parameters(n: int, largest: LayerPlan, limits: Limits) -> LimitError:
    return LimitError(
        f"a network may have {grouped(limits.parameters)} parameters here",
        where=largest.path,
        came=f"{grouped(n)} parameters, {grouped(largest.n_parameters)} of them in {largest.kind}",
        do=f"Make {largest.kind} smaller.",
    )

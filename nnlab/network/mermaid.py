"""The network as Mermaid text: a flowchart that wikis and notebooks draw."""

from __future__ import annotations

from collections.abc import Iterator

from nnlab.network.plan import LayerPlan, Plan
from nnlab.network.shapes import in_short

SIGNS = {"add": "+", "mean": "mean", "multiply": "×"}


def mermaid(plan: Plan) -> str:
    """The plan's network as a Mermaid flowchart, top to bottom; the shape that passes stands on every arrow."""
    chart = _Chart(plan)
    ends = [end for row in plan.rows if row.path.startswith("input.") for end in [chart.branch(row)]]
    for row in plan.rows:
        if row.path == "join":
            ends = [chart.node(row, ends)]
    ends = chart.stack("trunk", ends)
    for row in plan.rows:
        if row.path == "head":
            chart.node(row, ends)
    return "\n".join(["flowchart TD", *chart.lines]) + "\n"


class _Chart:
    """The lines so far; an end is the name of a node that the next arrow leaves from."""

    def __init__(self, plan: Plan) -> None:
        self.rows = plan.rows
        self.lines: list[str] = []
        self.n_nodes = 0

    def branch(self, row: LayerPlan) -> str:
        """An input and the layers of its branch; gives the last one."""
        ends = self.stack(f"branches.{row.path.removeprefix('input.')}", [self.node(row, [])])
        return ends[0]

    def stack(self, path: str, ends: list[str]) -> list[str]:
        """The layers of a stack, one after the other."""
        for row in self.inside(path):
            ends = [self.container(row, ends) if row.family == "containers" else self.node(row, ends)]
        return ends

    def inside(self, path: str) -> Iterator[LayerPlan]:
        """The rows of the layers that stand in a stack."""
        return (row for row in self.rows if _is_in(row.path, path) and row.path.rpartition(".")[2].isdecimal())

    def container(self, row: LayerPlan, ends: list[str]) -> str:
        """A container as a frame around its layers, and the node where its ways meet."""
        name = self.named()
        self.lines.append(f'subgraph {name}["{_said(row)}"]')
        branches = [each.path for each in self.rows if _is_in(each.path, row.path)]
        met = [end for path in branches or [f"{row.path}.body"] for end in self.stack(path, ends)]
        if row.kind == "Residual":
            met += ends
        if row.kind != "Repeat":
            sign = SIGNS.get(row.arguments.rpartition(", ")[2], "side by side") if branches else "+"
            met = [self.joined(sign, met, in_short(row.in_shape))]
        self.lines.append("end")
        return met[0]

    def node(self, row: LayerPlan, ends: list[str]) -> str:
        """A layer, an input, the join or the head, with arrows from what comes before it."""
        return self.joined(_said(row), ends, in_short(row.in_shape))

    def joined(self, said: str, ends: list[str], passing: str) -> str:
        """A node of these words with an arrow from each end; gives its name."""
        name = self.named()
        self.lines.append(f'{name}["{said}"]')
        self.lines += [f'{end} -- "{passing}" --> {name}' for end in dict.fromkeys(ends)]
        return name

    def named(self) -> str:
        """A name that no other node has."""
        self.n_nodes += 1
        return f"n{self.n_nodes}"


def _is_in(path: str, outer: str) -> bool:
    return path.rpartition(".")[0] == outer


def _said(row: LayerPlan) -> str:
    """What a node says; marks that mean something to Mermaid become its own signs for them."""
    words = f"{row.kind} {row.arguments}".strip()
    return words.replace("&", "#amp;").replace('"', "#quot;").replace("<", "#lt;").replace(">", "#gt;")

"""The printed source: readable, runnable with torch alone, and nothing but what was chosen."""

from __future__ import annotations

import ast
import random
import subprocess
import sys
from pathlib import Path

import torch
from safetensors.torch import load_file, save_file

from nnlab.network.build import build
from nnlab.network.calls import WIDEST
from nnlab.network.code import source
from nnlab.network.head import Head
from nnlab.network.layers import Conv1d, Dropout, Flatten, Linear, Residual, SiLU, Unflatten
from nnlab.network.network import Branch, Network
from nnlab.network.plan import plan
from nnlab.network.shapes import Ids, Shape
from nnlab.network.templates import templates
from tests.batteries import battery
from tests.strategies import random_head, random_network

HEAD = Head(task="multiclass", n_outputs=3)
AHEAD = Head(task="regression", n_outputs=3)


def test_the_code_reads_as_one_would_write_it() -> None:
    """One line a layer, arguments only where they differ from torch's defaults."""
    network = Network(trunk=(Linear(bias=False), SiLU(), Dropout(p=0.25)))
    assert (
        source(network, {"table": (13,)}, HEAD)
        == '''\
import torch
from torch import nn


class Model(nn.Module):
    """Takes `table` (N rows of one list of 13 numbers). One of 3 classes: Linear gives 3 scores; a
    softmax turns them into probabilities.
    """

    def __init__(self) -> None:
        super().__init__()
        self.trunk = nn.Sequential(
            nn.Linear(13, 64, bias=False),
            nn.SiLU(),
            nn.Dropout(0.25),
        )
        self.head = nn.Linear(64, 3)

    def forward(self, table: torch.Tensor) -> torch.Tensor:
        x = self.trunk(table)
        return self.head(x)
'''
    )


USE = """
import importlib, sys
from safetensors.torch import load_file, save_file
for name in sys.argv[1:]:
    model = importlib.import_module(name).Model().eval()
    model.load_state_dict(load_file(name + '.weights.safetensors'))
    # A mapped tensor may start at any byte, and then a matmul's last bit differs: copies are aligned.
    rows = {key: each.clone() for key, each in load_file(name + '.rows.safetensors').items() if key != 'expected'}
    save_file({'came': model(**rows).detach()}, name + '.came.safetensors')
assert not any(name.startswith('nnlab') for name in sys.modules)
"""
SHAPES: dict[str, Shape] = {
    "table": (6,),
    "text": Ids((9,), n_ids=40),
    "image": (1, 8, 8),
    "sequence": (12, 2),
}


def designs() -> dict[str, tuple[Network, dict[str, Shape]]]:
    """A network of each template on data that suits it, and one of several inputs and containers."""
    several = Network(
        branches=(Branch(input="image", layers=(Flatten(), Linear(out_features=9))),),
        trunk=(Residual(body=(Linear(), SiLU())), Unflatten(), Conv1d(), Flatten()),
    )
    found = {"several": (several, {"table": SHAPES["table"], "image": SHAPES["image"]})}
    for kind, cls in zip(templates.kinds, templates, strict=True):
        names = {"table", cls.needs or "table"}
        shapes = {name: shape for name, shape in SHAPES.items() if name in names}
        found[kind] = (cls.parse({}).make(shapes, head_for(shapes), 5_000), shapes)
    return found


def head_for(shapes: dict[str, Shape]) -> Head:
    """Numbers ahead of windows, classes of all else."""
    return AHEAD if "sequence" in shapes else HEAD


def test_the_code_runs_in_a_python_that_has_torch_alone(tmp_path: Path) -> None:
    """Each template's, saved to a file and run without nnlab, takes the same weights and gives the same outputs."""
    for name, (network, shapes) in designs().items():
        model = build(network, shapes, head_for(shapes)).eval()
        rows = {key: drawn(shape, 5) for key, shape in shapes.items()}
        save_file(model.state_dict(), tmp_path / f"{name}.weights.safetensors")
        with torch.no_grad():
            save_file({**rows, "expected": model(**rows)}, tmp_path / f"{name}.rows.safetensors")
        (tmp_path / f"{name}.py").write_text(source(network, shapes, head_for(shapes)), encoding="utf-8")
    (tmp_path / "use.py").write_text("import torch\ntorch.set_grad_enabled(False)\n" + USE, encoding="utf-8")
    subprocess.run([sys.executable, "use.py", *designs()], cwd=tmp_path, check=True, timeout=100)
    for name in designs():
        expected = load_file(tmp_path / f"{name}.rows.safetensors")["expected"]
        assert torch.equal(load_file(tmp_path / f"{name}.came.safetensors")["came"], expected), name


def drawn(shape: Shape, n: int) -> torch.Tensor:
    """n random rows of a shape."""
    return torch.randint(shape.n_ids, (n, *shape)) if isinstance(shape, Ids) else torch.randn(n, *shape)


def test_the_code_of_random_networks_is_the_model() -> None:
    """Names, shapes, first weights and outputs agree, containers and branches included; no line is too long."""
    rng = random.Random(9)
    n_compared = 0
    for _ in range(battery(60, 600)):
        network, shapes = random_network(rng)
        head = random_head(rng)
        if plan(network, shapes, head).error is not None:
            continue
        text = source(network, shapes, head)
        assert max(map(len, text.splitlines())) <= WIDEST
        namespace: dict[str, object] = {}
        exec(text, namespace)
        model = build(network, shapes, head, seed=2)
        torch.manual_seed(2)
        other = namespace["Model"]()  # type: ignore[operator]
        ours, theirs = model.state_dict(), other.state_dict()  # type: ignore[attr-defined]
        assert list(ours) == list(theirs)
        assert all(torch.equal(ours[name], theirs[name]) for name in ours)
        rows = {name: torch.randn(3, *shape) for name, shape in shapes.items()}
        assert torch.equal(model.eval()(**rows), other.eval()(**rows))  # type: ignore[attr-defined]
        n_compared += 1
    assert n_compared > 5


def test_names_of_the_state_are_the_paths() -> None:
    """The weights of the layer at a path stand under that path."""
    network = Network(trunk=(Linear(), Residual(body=(SiLU(), Linear()))))
    names = set(build(network, {"table": (3,)}, HEAD).state_dict())
    assert names == {f"{path}.{part}" for path in ("trunk.0", "trunk.1.body.1", "head") for part in ("weight", "bias")}


def test_the_code_imports_nothing_but_torch() -> None:
    """No file, no network, no name of the project."""
    text = source(Network(trunk=(Residual(body=(Linear(),)),)), {"table": (3,)}, HEAD)
    imports = [ast.unparse(node) for node in ast.walk(ast.parse(text)) if isinstance(node, ast.Import | ast.ImportFrom)]
    assert imports == ["import torch", "from torch import nn"]


def test_a_network_is_described_without_torch() -> None:
    """Specs, edits and templates must not wait for torch: pages open before it is imported."""
    code = (
        "import sys; import nnlab.network.network, nnlab.network.edit, nnlab.network.templates, nnlab.network.plan, "
        "nnlab.network.drawing, nnlab.network.code; assert not {'torch', 'pandas', 'sklearn'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], check=True, timeout=60)

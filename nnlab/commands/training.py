"""Commands that train: train, resume."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from nnlab.commands.before import add_source, settings_of
from nnlab.commands.result import Progress, Result

if TYPE_CHECKING:
    from nnlab.runs.foreground import Run


def add_train(train: argparse.ArgumentParser) -> None:
    add_source(train)
    network = train.add_mutually_exclusive_group()
    network.add_argument("--network", help="a JSON file that describes the network")
    network.add_argument("--template", help="the name of a template, such as mlp or linear")
    train.add_argument("--seed", type=int, help="the seed of the split, the weights and the order of the rows")
    train.add_argument("--out", help="the run folder to make; nothing said: in the workspace, space local")
    train.add_argument("--now", action="store_true", help="do not wait while another run trains on this machine")


def train(chosen: argparse.Namespace) -> Result:
    from nnlab.runs import foreground

    run = foreground.train(
        Path(chosen.file),
        target=chosen.target,
        project=Path(chosen.project) if chosen.project else None,
        task=chosen.task,
        network=Path(chosen.network) if chosen.network else None,
        template=chosen.template,
        settings=settings_of(chosen),
        split_column=chosen.split_column,
        group=chosen.group,
        time=chosen.time,
        image=chosen.image,
        ignore=chosen.ignore,
        seed=chosen.seed,
        out=Path(chosen.out) if chosen.out else None,
        now=chosen.now,
        progress=Progress(),
    )
    return outcome(run)


def outcome(run: Run, name: str = "") -> Result:
    data = run.summary()
    lines = [f"Run {name or data['run']}: {run.state_sentence()}"]
    lines += [f"Test: {_figures(data['metrics'].get('test')) or 'no rows are left to judge'}"]
    lines += [f"  {name}: {_figures(values) or 'could not be fitted'}" for name, values in data["baselines"].items()]
    return Result(data, "\n".join([*lines, data["verdict"]]).rstrip(), status=0 if run.is_finished else 1)


def _figures(values: dict[str, float | None] | None) -> str:
    return ", ".join(f"{name} {value:.4f}" for name, value in (values or {}).items() if value is not None)


def resume(chosen: argparse.Namespace) -> Result:
    from nnlab.runs import foreground

    return outcome(foreground.resume(chosen.run, now=chosen.now, progress=Progress()))

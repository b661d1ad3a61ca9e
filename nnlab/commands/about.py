"""Commands about nnlab itself: bench, worker, layers, templates, manual."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TypeVar

from nnlab.commands.result import Result, UsageError, said

_Row = TypeVar("_Row")


def bench(chosen: argparse.Namespace) -> Result:
    from nnlab.bench.parts import bench

    if chosen.rows is not None and chosen.rows < 1:
        raise UsageError("a table to prepare has at least one row", where="--rows", came=str(chosen.rows))
    if "quality" in chosen.part:
        return _quality(chosen)
    if "trees" in chosen.part:
        return _trees(chosen)
    rows = bench(chosen.part, chosen.rows, chosen.peers, chosen.members, chosen.device)
    return Result([row.plain() for row in rows], "\n".join(str(row) for row in rows))


def _quality(chosen: argparse.Namespace) -> Result:
    from nnlab.bench.quality import quality

    rows = _as_they_come(quality(_folder(chosen, "quality"), chosen.only))
    n_met = sum(row.is_met for row in rows)
    return Result([row.plain() for row in rows], f"{n_met} of {len(rows)} bars met", int(n_met < len(rows)))


def _trees(chosen: argparse.Namespace) -> Result:
    from nnlab.bench.trees import trees

    rows = _as_they_come(trees(_folder(chosen, "trees"), chosen.only, chosen.members))
    n_reached, n_below = sum(row.is_reached for row in rows), sum(row.is_below_linear for row in rows)
    text = f"LightGBM reached on {n_reached} of {len(rows)} tables, visibly below the linear model on {n_below}"
    return Result([row.plain() for row in rows], text, int(any(row.error for row in rows)))


def _folder(chosen: argparse.Namespace, part: str) -> Path:
    if chosen.data is None or len(chosen.part) > 1:
        do = f"For example: bench {part} --data FOLDER --only diamonds"
        raise UsageError(f"{part} is measured alone, on the files of a folder", where=f"bench {part}", do=do)
    return Path(chosen.data)


def _as_they_come(rows: Iterator[_Row]) -> list[_Row]:
    """Each row on stderr as soon as it is there, for it takes minutes; all of them at the end."""
    found = []
    for row in rows:
        said(str(row), sys.stderr, 0)
        found.append(row)
    return found


def layers(chosen: argparse.Namespace) -> Result:
    from nnlab.catalogue import layer_rows

    rows = layer_rows()
    return Result(rows, "\n".join(f"{row['name']} ({row['family']}): {row['summary']}" for row in rows))


def templates(chosen: argparse.Namespace) -> Result:
    from nnlab.catalogue import template_rows

    rows = template_rows()
    return Result(rows, "\n".join(f"{row['name']}: {row['summary']} {row['use_when']}" for row in rows))


def worker(chosen: argparse.Namespace) -> Result:
    from nnlab.runs.worker import main as work

    status = work(["--home", chosen.home] if chosen.home else [])
    return Result(
        {"status": status}, "This worker has ended; where another one serves the workspace, it ended at once.", status
    )


def manual(chosen: argparse.Namespace) -> Result:
    from nnlab.manual import reference
    from nnlab.runs.files import write_bytes

    text = reference()
    write_bytes(Path(chosen.out), text.encode())
    return Result({"out": chosen.out, "n_lines": text.count("\n")}, f"Written: {chosen.out}")

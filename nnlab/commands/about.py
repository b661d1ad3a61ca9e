"""Commands about nnlab itself: bench, worker, layers, templates, manual."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from nnlab.commands.result import Result, UsageError, said


def bench(chosen: argparse.Namespace) -> Result:
    from nnlab.bench import bench

    if chosen.rows is not None and chosen.rows < 1:
        raise UsageError("a table to prepare has at least one row", where="--rows", came=str(chosen.rows))
    if "quality" in chosen.part:
        return _quality(chosen)
    rows = bench(chosen.part, chosen.rows, chosen.peers, chosen.members)
    return Result([row.plain() for row in rows], "\n".join(str(row) for row in rows))


def _quality(chosen: argparse.Namespace) -> Result:
    """Each figure as it comes on stderr, for it takes minutes; all of them at the end."""
    from nnlab.bench_quality import quality

    if chosen.data is None or len(chosen.part) > 1:
        do = "For example: bench quality --data FOLDER --only diamonds"
        raise UsageError("quality is judged alone, on the files of a folder", where="bench quality", do=do)
    rows = []
    for row in quality(Path(chosen.data), chosen.only):
        said(str(row), sys.stderr, 0)
        rows.append(row)
    status = 0 if all(row.is_met for row in rows) else 1
    n_met = sum(row.is_met for row in rows)
    return Result([row.plain() for row in rows], f"{n_met} of {len(rows)} bars met", status)


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

"""Commands that use what was trained: evaluate, predict."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import Any

from nnlab.commands.result import Result, said
from nnlab.commands.training import outcome
from nnlab.data.wording import counted
from nnlab.errors import StorageError

SHOWN_WARNINGS = 20


def evaluate(chosen: argparse.Namespace) -> Result:
    from nnlab.runs import foreground, using

    if chosen.file is None:
        with using.opened(chosen.run) as folder:
            run = foreground.Run(folder)
            result = outcome(run, chosen.run)  # a downloaded one lies in a folder that nobody chose
            return Result({**result.data, "run": chosen.run}, result.text, 0 if folder.is_judged() else 1)
    report = using.evaluate_file(chosen.run, Path(chosen.file))
    data = {"run": chosen.run, "file": chosen.file, **report.summary()}
    lines = [f"{name}: {'–' if value is None else f'{value:.4f}'}" for name, value in report.metrics["test"].items()]
    return Result(data, "\n".join([counted(report.n_rows["test"], "row"), *lines, *report.notes]))


def predict(chosen: argparse.Namespace) -> Result:
    from nnlab.data.csv_out import csv_bytes
    from nnlab.runs import using
    from nnlab.runs.files import write_bytes

    if chosen.out and not Path(chosen.out).absolute().parent.is_dir():
        do = "Make the folder first, or name another file."
        raise StorageError("the folder to write into is not there", where="--out", came=chosen.out, do=do)
    prediction = using.predict_file(chosen.run, Path(chosen.file), chosen.missing_columns)
    warnings = [{"line": odd.line, "column": odd.column, "text": odd.text} for odd in prediction.warnings]
    data: dict[str, Any] = {"n_rows": len(prediction.frame), "warnings": warnings}
    for odd in prediction.warnings[:SHOWN_WARNINGS]:
        place = ", ".join(part for part in (f"line {odd.line}" if odd.line else "", odd.column) if part)
        said(f"{place}: {odd.text}" if place else odd.text, sys.stderr, 0)
    if len(prediction.warnings) > SHOWN_WARNINGS:
        said(f"... and {len(prediction.warnings) - SHOWN_WARNINGS} more, all with --json", sys.stderr, 0)
    if chosen.out:
        write_bytes(Path(chosen.out), csv_bytes(prediction.frame))
        return Result({**data, "out": chosen.out}, f"{data['n_rows']} predictions in {chosen.out}")
    if chosen.json:
        return Result({**data, "rows": using.plain_rows(prediction.frame)}, "")
    return Result(data, csv_bytes(prediction.frame).decode("utf-8").removesuffix("\n"))

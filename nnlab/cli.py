"""The command line: `python -m nnlab COMMAND`; every command stands in README and in `--help`.

With `--json` stdout is one JSON value and nothing else; progress goes to stderr. An error ends with its four parts and
status 1; wrong usage with status 2.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import sys
import traceback
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NoReturn

from nnlab.commands import about, before, training, using
from nnlab.commands.result import Result, UsageError, said, unheard
from nnlab.errors import LimitError, NnlabError

ROOT = Path(__file__).resolve().parents[1]


def main(arguments: Sequence[str]) -> int:
    """Runs one command and gives its exit status."""
    # Idle threads of OpenMP that spin would take the core from the one that works; it is read when torch is loaded.
    os.environ.setdefault("OMP_WAIT_POLICY", "passive")
    wants_json = "--json" in arguments
    try:
        chosen = _parser().parse_args(list(arguments))
        result: Result = chosen.command(chosen)
    except NnlabError as error:
        return _failed(error, wants_json, 2 if isinstance(error, UsageError) else 1)
    except KeyboardInterrupt:
        do = "A run goes on with: python -m nnlab resume RUN"
        return _failed(NnlabError("the command was interrupted", do=do), wants_json, 130)
    except BrokenPipeError:
        return unheard()
    except MemoryError:
        return _failed(LimitError("the memory is full", do="Take fewer rows, or a smaller network."), wants_json, 1)
    except Exception as error:
        traceback.print_exc()
        came = f"{type(error).__name__}: {error}"[:500]
        do = "Please report it with the lines above it on stderr."
        return _failed(NnlabError("this is a fault of nnlab's own", came=came, do=do), wants_json, 70)
    return said(_json(result.data) if wants_json else result.text, sys.stdout, result.status)


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        raise UsageError(message, where=self.prog, do=f"See {self.prog} --help.")


def finite(value: Any) -> Any:
    """The same data with every number that is not finite as None, which is JSON's null."""
    if isinstance(value, dict):
        return {str(key): finite(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [finite(inner) for inner in value]
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value


def _json(data: Any) -> str:
    return json.dumps(finite(data), ensure_ascii=False, allow_nan=False)


def _failed(error: NnlabError, wants_json: bool, status: int) -> int:
    if wants_json:
        return said(_json({"error": error.as_dict()}), sys.stdout, status)
    return said(str(error), sys.stderr, status)


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(prog="nnlab", description="From a CSV to a trained network you can trust.")
    commands = parser.add_subparsers(required=True, metavar="COMMAND", parser_class=_Parser)

    def command(name: str, line: str, function: Any) -> argparse.ArgumentParser:
        made = commands.add_parser(name, help=line, description=line, allow_abbrev=False)
        made.set_defaults(command=function)
        made.add_argument("--json", action="store_true", help="one JSON value on stdout and nothing else")
        return made

    read = command("read", "What was understood of a file.", before.read)
    read.add_argument("file", nargs="+", help="a file; several with the same columns are joined")
    read.add_argument("--project", help="a project file: its reading and its cleaning steps, with what each did")

    before.add_audit(
        command("audit", "What to know of a file before training on it: leaks, doubts, faults.", before.audit)
    )
    before.add_leak(
        command("leak", "The score of a quick model with things done rightly and wrongly, side by side.", before.leak)
    )
    before.add_audit(
        command("suggest", "A quick and a strong network for a file, with why and about how long.", before.suggest)
    )
    training.add_train(command("train", "Train a network on a file, here and now.", training.train))

    resume = command("resume", "Go on with a run, follow one that lives, print one that is finished.", training.resume)
    resume.add_argument("run", help="a run folder, or the id of a run in the workspace")
    resume.add_argument("--now", action="store_true", help="do not wait while another run trains on this machine")

    evaluate = command(
        "evaluate", "The report of a run, or the same figures on the rows of another file.", using.evaluate
    )
    evaluate.add_argument("run", help="a run folder, a downloaded run, or the id of a run in the workspace")
    evaluate.add_argument("file", nargs="?", help="rows with the target; nothing said: the run's own report")

    predict = command("predict", "Predictions for the rows of a file.", using.predict)
    predict.add_argument("run", help="a run folder, a downloaded run, or the id of a run in the workspace")
    predict.add_argument("file")
    predict.add_argument("--out", help="the CSV to write; nothing said: CSV on stdout, or rows with --json")
    said = "what to do where the file lacks a column: refuse, or impute it in every row"
    predict.add_argument("--missing-columns", choices=["refuse", "impute"], default="refuse", help=said)

    bench = command("bench", "Time the parts side by side.", about.bench)
    bench.add_argument(
        "part", nargs="*", help="start, queue, train, prepare, read, network; nothing said: these; or quality, or trees"
    )
    bench.add_argument("--data", help="quality, trees: the folder of files to judge on")
    bench.add_argument("--only", default="", help="quality, trees: the file, or the template, that is judged alone")
    bench.add_argument("--rows", type=int, help="rows of the table that prepare times; nothing said: a million")
    members = "train: eight members beside eight plain loops instead; trees: six members with six folds"
    bench.add_argument("--members", action="store_true", help=members)
    bench.add_argument("--peers", action="store_true", help="train: also Lightning, skorch, Keras and scikit-learn")
    device = "train: cpu, cuda or mps, for every arm; nothing said: the processor"
    bench.add_argument("--device", default="cpu", help=device)

    worker = command(
        "worker", "Train the runs in the queue, one after another, until none comes for ten minutes.", about.worker
    )
    worker.add_argument("--home", help="the workspace; nothing said: NNLAB_HOME, else workspace/ beside app.py")

    command("layers", "Every layer with arguments, ranges, shapes, reasons and source.", about.layers)
    command("templates", "Every template with arguments, ranges, reasons and source.", about.templates)

    manual = command("manual", "Write docs/reference.md from the registries.", about.manual)
    manual.add_argument("--out", default=str(ROOT / "docs" / "reference.md"), help="the file to write")
    return parser

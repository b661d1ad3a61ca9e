"""The command line: `python -m nnlab read | train | resume | evaluate | predict | worker | bench | manual`.

With `--json` stdout is one JSON value and nothing else; progress goes to stderr. An error ends with its four parts and
status 1; wrong usage with status 2.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import sys
import time
import traceback
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn, TextIO, get_args

from nnlab.data.columns import Task
from nnlab.errors import LimitError, NnlabError, SpecError, StorageError

if TYPE_CHECKING:
    from nnlab.runs.foreground import Run

PROGRESS_GAP_S = 10.0  # between two lines where stderr is no terminal
SHOWN_WARNINGS = 20
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
        return _failed(error, wants_json, 2 if isinstance(error, _UsageError) else 1)
    except KeyboardInterrupt:
        do = "A run goes on with: python -m nnlab resume RUN"
        return _failed(NnlabError("the command was interrupted", do=do), wants_json, 130)
    except BrokenPipeError:
        return _unheard()
    except MemoryError:
        return _failed(LimitError("the memory is full", do="Take fewer rows, or a smaller network."), wants_json, 1)
    except Exception as error:
        traceback.print_exc()
        came = f"{type(error).__name__}: {error}"[:500]
        do = "Please report it with the lines above it on stderr."
        return _failed(NnlabError("this is a fault of nnlab's own", came=came, do=do), wants_json, 70)
    return _said(_json(result.data) if wants_json else result.text, sys.stdout, result.status)


class Result:
    """What a command gives: data for `--json`, text for people, and the exit status."""

    def __init__(self, data: Any, text: str, status: int = 0) -> None:
        self.data, self.text, self.status = data, text, status


class _UsageError(SpecError):
    """The words of the command line are off."""


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        raise _UsageError(message, where=self.prog, do=f"See {self.prog} --help.")


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
        return _said(_json({"error": error.as_dict()}), sys.stdout, status)
    return _said(str(error), sys.stderr, status)


def _said(text: str, stream: TextIO, status: int) -> int:
    """Prints and gives the status; whoever reads may have gone, and may not know every character."""
    try:
        known = text.encode(stream.encoding or "utf-8", "backslashreplace").decode(stream.encoding or "utf-8")
        print(known, file=stream, flush=True)
    except BrokenPipeError:
        return _unheard()
    return status


def _unheard() -> int:
    """Ends quietly where nobody reads any more, as `head` does to what it has heard enough of."""
    # Python flushes stdout once more at its end, and would complain then.
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return 141


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(prog="nnlab", description="From a CSV to a trained network you can trust.")
    commands = parser.add_subparsers(required=True, metavar="COMMAND", parser_class=_Parser)

    def command(name: str, line: str, function: Any) -> argparse.ArgumentParser:
        made = commands.add_parser(name, help=line, description=line, allow_abbrev=False)
        made.set_defaults(command=function)
        made.add_argument("--json", action="store_true", help="one JSON value on stdout and nothing else")
        return made

    read = command("read", "What was understood of a file.", _read)
    read.add_argument("file", nargs="+", help="a file; several with the same columns are joined")

    _add_train(command("train", "Train a network on a file, here and now.", _train))

    resume = command("resume", "Go on with a run, follow one that lives, print one that is finished.", _resume)
    resume.add_argument("run", help="a run folder, or the id of a run in the workspace")
    resume.add_argument("--now", action="store_true", help="do not wait while another run trains on this machine")

    evaluate = command("evaluate", "The report of a run, or the same figures on the rows of another file.", _evaluate)
    evaluate.add_argument("run", help="a run folder, a downloaded run, or the id of a run in the workspace")
    evaluate.add_argument("file", nargs="?", help="rows with the target; nothing said: the run's own report")

    predict = command("predict", "Predictions for the rows of a file.", _predict)
    predict.add_argument("run", help="a run folder, a downloaded run, or the id of a run in the workspace")
    predict.add_argument("file")
    predict.add_argument("--out", help="the CSV to write; nothing said: CSV on stdout, or rows with --json")
    said = "what to do where the file lacks a column: refuse, or impute it in every row"
    predict.add_argument("--missing-columns", choices=["refuse", "impute"], default="refuse", help=said)

    bench = command("bench", "Time the parts side by side.", _bench)
    bench.add_argument("part", nargs="*", help="start, step, prepare, read, network; nothing said: all")

    worker = command(
        "worker", "Train the runs in the queue, one after another, until none comes for ten minutes.", _worker
    )
    worker.add_argument("--home", help="the workspace; nothing said: NNLAB_HOME, else workspace/ beside app.py")

    manual = command("manual", "Write docs/reference.md from the registries.", _manual)
    manual.add_argument("--out", default=str(ROOT / "docs" / "reference.md"), help="the file to write")
    return parser


def _add_train(train: argparse.ArgumentParser) -> None:
    train.add_argument("file")
    train.add_argument("--target", help="the column to predict; several with commas between them")
    train.add_argument("--project", help="a project file: reading, kinds, recipe, network and training")
    train.add_argument("--task", choices=get_args(Task), help="what is learnt, where the guess is to be overruled")
    network = train.add_mutually_exclusive_group()
    network.add_argument("--network", help="a JSON file that describes the network")
    network.add_argument("--template", help="the name of a template, such as mlp or linear")
    train.add_argument("--set", action="append", default=[], metavar="KEY=VALUE", help="a setting by its path")
    train.add_argument("--split-column", help="the column that holds train, validation and test")
    train.add_argument("--ignore", action="append", default=[], metavar="COL", help="a column that is never a feature")
    train.add_argument("--seed", type=int, help="the seed of the split, the weights and the order of the rows")
    train.add_argument("--out", help="the run folder to make; nothing said: in the workspace, space local")
    train.add_argument("--now", action="store_true", help="do not wait while another run trains on this machine")


def _read(chosen: argparse.Namespace) -> Result:
    from nnlab.data.read import read

    table = read(Path(chosen.file[0]) if len(chosen.file) == 1 else chosen.file)
    missing = table.frame.isna().sum()
    columns = [
        {
            "name": column.name,
            "kind": column.kind,
            "role": column.role,
            "missing": int(missing.iloc[place]),
            "reason": column.reason,
            **({"image": column.image.plain()} if column.image else {}),
        }
        for place, column in enumerate(table.columns.columns)
    ]
    issues = [
        {"line": issue.line, "column": issue.column, "text": issue.text, "why": issue.why} for issue in table.issues
    ]
    data = {
        "name": table.name,
        "encoding": table.reading.encoding,
        "delimiter": table.reading.delimiter,
        "header_line": table.reading.header_line,
        "n_rows": table.n_rows,
        "n_columns": table.n_columns,
        "reading": table.reading.plain(),
        "columns": columns,
        "issues": issues,
    }
    lines = [f"{table.name}: {table.n_rows} rows, {table.n_columns} columns. Read as {table.reading.sentence()}."]
    lines += [f"  {found['name']}: {found['kind']}, {found['missing']} missing. {found['reason']}" for found in columns]
    lines += [f"  {issue}" for issue in table.issues[:20]]
    return Result(data, "\n".join(lines))


def _train(chosen: argparse.Namespace) -> Result:
    from nnlab.runs import foreground

    run = foreground.train(
        Path(chosen.file),
        target=chosen.target,
        project=Path(chosen.project) if chosen.project else None,
        task=chosen.task,
        network=Path(chosen.network) if chosen.network else None,
        template=chosen.template,
        settings=dict(_setting(text) for text in chosen.set),
        split_column=chosen.split_column,
        ignore=chosen.ignore,
        seed=chosen.seed,
        out=Path(chosen.out) if chosen.out else None,
        now=chosen.now,
        progress=_Progress(),
    )
    return _outcome(run)


def _setting(text: str) -> tuple[str, str]:
    key, equals, value = text.partition("=")
    if not equals or not key:
        raise _UsageError(
            "a setting is written KEY=VALUE", where="--set", came=text, do="For example training.epochs=12."
        )
    return key, value


class _Progress:
    """One line on stderr that is drawn over; where stderr is no terminal, a line now and then and at the end."""

    def __init__(self) -> None:
        self._next_at = time.monotonic() + PROGRESS_GAP_S

    def __call__(self, line: str, is_last: bool = False) -> None:
        with suppress(OSError, ValueError):  # nobody has to listen
            if sys.stderr.isatty():
                print(f"\r\x1b[K{line}", end="\n" if is_last else "", file=sys.stderr, flush=True)
            elif is_last or time.monotonic() >= self._next_at:
                print(line, file=sys.stderr, flush=True)
                self._next_at = time.monotonic() + PROGRESS_GAP_S


def _outcome(run: Run) -> Result:
    data = run.summary()
    lines = [f"Run {data['run']}: {run.state_sentence()}"]
    lines += [f"Test: {_figures(data['metrics'].get('test')) or 'no rows are left to judge'}"]
    lines += [f"  {name}: {_figures(values) or 'could not be fitted'}" for name, values in data["baselines"].items()]
    return Result(data, "\n".join([*lines, data["verdict"]]).rstrip(), status=0 if run.is_finished else 1)


def _figures(values: dict[str, float | None] | None) -> str:
    return ", ".join(f"{name} {value:.4f}" for name, value in (values or {}).items() if value is not None)


def _resume(chosen: argparse.Namespace) -> Result:
    from nnlab.runs import foreground

    return _outcome(foreground.resume(chosen.run, now=chosen.now, progress=_Progress()))


def _evaluate(chosen: argparse.Namespace) -> Result:
    from nnlab.runs import foreground, using

    if chosen.file is None:
        with using.opened(chosen.run) as folder:
            run = foreground.Run(folder)
            result = _outcome(run)
            return Result({**result.data, "run": chosen.run}, result.text, 0 if folder.is_judged() else 1)
    report = using.evaluate_file(chosen.run, Path(chosen.file))
    data = {"run": chosen.run, "file": chosen.file, **report.summary()}
    lines = [f"{name}: {'–' if value is None else f'{value:.4f}'}" for name, value in report.metrics["test"].items()]
    return Result(data, "\n".join([f"{report.n_rows['test']} rows", *lines, *report.notes]))


def _predict(chosen: argparse.Namespace) -> Result:
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
        _said(f"{place}: {odd.text}" if place else odd.text, sys.stderr, 0)
    if len(prediction.warnings) > SHOWN_WARNINGS:
        _said(f"... and {len(prediction.warnings) - SHOWN_WARNINGS} more, all with --json", sys.stderr, 0)
    if chosen.out:
        write_bytes(Path(chosen.out), csv_bytes(prediction.frame))
        return Result({**data, "out": chosen.out}, f"{data['n_rows']} predictions in {chosen.out}")
    if chosen.json:
        return Result({**data, "rows": using.plain_rows(prediction.frame)}, "")
    return Result(data, csv_bytes(prediction.frame).decode("utf-8").removesuffix("\n"))


def _bench(chosen: argparse.Namespace) -> Result:
    from nnlab.bench import bench

    rows = bench(chosen.part)
    return Result([row.plain() for row in rows], "\n".join(str(row) for row in rows))


def _worker(chosen: argparse.Namespace) -> Result:
    from nnlab.runs.worker import main as work

    status = work(["--home", chosen.home] if chosen.home else [])
    return Result(
        {"status": status}, "This worker has ended; where another one serves the workspace, it ended at once.", status
    )


def _manual(chosen: argparse.Namespace) -> Result:
    from nnlab.manual import reference
    from nnlab.runs.files import write_bytes

    text = reference()
    write_bytes(Path(chosen.out), text.encode())
    return Result({"out": chosen.out, "n_lines": text.count("\n")}, f"Written: {chosen.out}")

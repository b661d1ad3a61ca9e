"""The command line: `python -m nnlab read | train | resume | evaluate | predict | bench | manual`.

With `--json` stdout is one JSON value and nothing else; progress goes to stderr. An error ends with its four parts and
status 1; wrong usage with status 2.
"""

from __future__ import annotations

import argparse
import json
import math
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NoReturn

from nnlab.errors import NnlabError, SpecError


def main(arguments: Sequence[str]) -> int:
    """Runs one command and gives its exit status."""
    parser = _parser()
    wants_json = "--json" in arguments
    try:
        chosen = parser.parse_args(list(arguments))
        result = chosen.command(chosen)
    except NnlabError as error:
        _tell(error, wants_json)
        return 2 if isinstance(error, _UsageError) else 1
    except KeyboardInterrupt:
        print("\nInterrupted. A run goes on with: python -m nnlab resume RUN", file=sys.stderr)
        return 130
    if wants_json:
        print(json.dumps(finite(result.data), ensure_ascii=False, allow_nan=False))
    else:
        print(result.text)
    return int(result.status)


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


def _tell(error: NnlabError, wants_json: bool) -> None:
    if wants_json:
        print(json.dumps({"error": finite(error.as_dict())}, ensure_ascii=False))
    else:
        print(str(error), file=sys.stderr)


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(prog="nnlab", description="From a CSV to a trained network you can trust.")
    commands = parser.add_subparsers(required=True, metavar="COMMAND", parser_class=_Parser)

    def command(name: str, line: str, function: Any) -> argparse.ArgumentParser:
        made = commands.add_parser(name, help=line, description=line, allow_abbrev=False)
        made.set_defaults(command=function)
        made.add_argument("--json", action="store_true", help="one JSON value on stdout and nothing else")
        return made

    read = command("read", "What was understood of a file.", _read)
    read.add_argument("file")

    train = command("train", "Train a network on a file, here and now.", _train)
    train.add_argument("file")
    train.add_argument("--target", help="the column to predict; several with commas between them")
    train.add_argument("--project", help="a project file: reading, kinds, recipe, network and training")
    train.add_argument("--task", help="binary, multiclass or regression, where the guess is to be overruled")
    network = train.add_mutually_exclusive_group()
    network.add_argument("--network", help="a JSON file that describes the network")
    network.add_argument("--template", help="the name of a template, such as mlp or linear")
    train.add_argument("--set", action="append", default=[], metavar="KEY=VALUE", help="a setting by its path")
    train.add_argument("--split-column", help="the column that holds train, validation and test")
    train.add_argument("--ignore", action="append", default=[], metavar="COL", help="a column that is never a feature")
    train.add_argument("--seed", type=int, help="the seed of the split, the weights and the order of the rows")
    train.add_argument("--out", help="the run folder to make; nothing said: in the workspace, space local")
    train.add_argument("--now", action="store_true", help="do not wait while another run trains on this machine")

    resume = command("resume", "Go on with a run, follow one that lives, print one that is finished.", _resume)
    resume.add_argument("run", help="a run folder, or the id of a run in the workspace")
    resume.add_argument("--now", action="store_true", help="do not wait while another run trains on this machine")

    evaluate = command("evaluate", "The report of a run, or the same figures on the rows of another file.", _evaluate)
    evaluate.add_argument("run")
    evaluate.add_argument("file", nargs="?")

    predict = command("predict", "Predictions for the rows of a file.", _predict)
    predict.add_argument("run")
    predict.add_argument("file")
    predict.add_argument("--out", help="the CSV to write; nothing said: CSV on stdout, or rows with --json")
    predict.add_argument("--missing-columns", choices=["refuse", "impute"], default="refuse")

    bench = command("bench", "Time the parts side by side.", _bench)
    bench.add_argument("part", nargs="*", help="start, step, prepare, read, network; nothing said: all")

    manual = command("manual", "Write docs/reference.md from the registries.", _manual)
    manual.add_argument("--out", default="docs/reference.md")
    return parser


def _read(chosen: argparse.Namespace) -> Result:
    from nnlab.data.read import read

    table = read(Path(chosen.file))
    missing = table.frame.isna().sum()
    columns = [
        {
            "name": column.name,
            "kind": column.kind,
            "role": column.role,
            "missing": int(missing.iloc[place]),
            "reason": column.reason,
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
    lines += [f"  line {issue.line}: {issue.why}" for issue in table.issues[:20]]
    return Result(data, "\n".join(lines))


def _train(chosen: argparse.Namespace) -> Result:
    from nnlab.runs import foreground

    run = foreground.train(
        Path(chosen.file),
        target=chosen.target.split(",") if chosen.target else None,
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
        progress=_progress,
    )
    return _outcome(run)


def _setting(text: str) -> tuple[str, str]:
    key, equals, value = text.partition("=")
    if not equals or not key:
        raise _UsageError(
            "a setting is written KEY=VALUE", where="--set", came=text, do="For example training.epochs=12."
        )
    return key, value


def _progress(line: str, is_last: bool = False) -> None:
    """One line on stderr that is drawn over; plain lines where stderr is no terminal and the run has ended."""
    if sys.stderr.isatty():
        print(f"\r\x1b[K{line}", end="\n" if is_last else "", file=sys.stderr, flush=True)
    elif is_last:
        print(line, file=sys.stderr, flush=True)


def _outcome(run: Any) -> Result:
    data = run.summary()
    metrics = ", ".join(f"{name} {value:.4f}" for name, value in data["metrics"]["test"].items() if value is not None)
    lines = [f"Run {data['run']}: {run.state_sentence()}", f"Test: {metrics or 'no rows are left to judge'}"]
    for name, values in data["baselines"].items():
        figures = ", ".join(f"{metric} {value:.4f}" for metric, value in (values or {}).items() if value is not None)
        lines.append(f"  {name}: {figures or 'could not be fitted'}")
    lines.append(str(data["verdict"]))
    return Result(data, "\n".join(lines), status=0 if run.is_finished else 1)


def _resume(chosen: argparse.Namespace) -> Result:
    from nnlab.runs import foreground

    return _outcome(foreground.resume(chosen.run, now=chosen.now, progress=_progress))


def _evaluate(chosen: argparse.Namespace) -> Result:
    from nnlab.runs import foreground, using

    if chosen.file is None:
        return _outcome(foreground.Run(foreground.found(chosen.run)))
    report = using.evaluate_file(chosen.run, Path(chosen.file))
    figures = report.metrics["test"].items()
    lines = [f"{name}: {value:.4f}" if value is not None else f"{name}: –" for name, value in figures]
    return Result(report.summary(), "\n".join([*lines, *report.notes]))


def _predict(chosen: argparse.Namespace) -> Result:
    from nnlab.data.csv_out import csv_bytes
    from nnlab.runs import using
    from nnlab.runs.files import write_bytes

    prediction = using.predict_file(chosen.run, Path(chosen.file), chosen.missing_columns)
    data: dict[str, Any] = {
        "n_rows": len(prediction.frame),
        "warnings": [{"line": odd.line, "column": odd.column, "text": odd.text} for odd in prediction.warnings],
    }
    for odd in prediction.warnings[:20]:
        place = ", ".join(part for part in (f"line {odd.line}" if odd.line else "", odd.column) if part)
        print(f"{place}: {odd.text}", file=sys.stderr)
    csv = csv_bytes(prediction.frame)
    if chosen.out:
        write_bytes(Path(chosen.out), csv)
        return Result({**data, "out": chosen.out}, f"{data['n_rows']} predictions in {chosen.out}")
    data["rows"] = json.loads(prediction.frame.to_json(orient="records", date_format="iso"))
    return Result(data, csv.decode("utf-8").rstrip("\n"))


def _bench(chosen: argparse.Namespace) -> Result:
    from nnlab.bench import bench

    rows = bench(chosen.part)
    return Result([row.plain() for row in rows], "\n".join(str(row) for row in rows))


def _manual(chosen: argparse.Namespace) -> Result:
    from nnlab.manual import reference
    from nnlab.runs.files import write_bytes

    text = reference()
    write_bytes(Path(chosen.out), text.encode())
    return Result({"out": chosen.out, "n_lines": text.count("\n")}, f"Written: {chosen.out}")

"""Commands that look at a file before anything is trained: read, audit, leak, suggest."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING, Any, get_args

from nnlab.commands.result import Progress, Result, setting
from nnlab.data.columns import Task
from nnlab.data.wording import counted

if TYPE_CHECKING:
    from nnlab.cleaning import CleaningStep, Done
    from nnlab.data.table import Table

PROJECT_BYTES = 50_000_000  # no project file is larger


def add_audit(audit: argparse.ArgumentParser) -> None:
    add_source(audit)
    audit.add_argument("--seed", type=int, help="the seed of the split")


def add_leak(leak: argparse.ArgumentParser) -> None:
    add_audit(leak)
    leak.add_argument("--column", default="", help="the column to measure; nothing said: the table as a whole")


def add_source(command: argparse.ArgumentParser) -> None:
    """What says which rows and columns are meant: the same for every command that looks at a file before training."""
    command.add_argument("file")
    several = "the column to predict; several with commas between them, or the option several times"
    command.add_argument("--target", action="append", metavar="COL", help=several)
    command.add_argument("--project", help="a project file: reading, kinds, recipe, network and training")
    command.add_argument("--task", choices=get_args(Task), help="what is learnt, where the guess is to be overruled")
    command.add_argument("--set", action="append", default=[], metavar="KEY=VALUE", help="a setting by its path")
    command.add_argument("--split-column", help="the column that holds train, validation and test")
    belongs = "a column whose equal values keep their rows in one part; may be given several times"
    command.add_argument("--group", action="append", default=[], metavar="COL", help=belongs)
    command.add_argument(
        "--time", metavar="COL", help="a column of dates or numbers: the earliest train, the latest test"
    )
    command.add_argument(
        "--lookback", type=int, metavar="N", help="of series: the steps up to a row that tell what follows it"
    )
    command.add_argument("--horizon", type=int, metavar="H", help="of series: how many steps ahead are told")
    pictures = "channels, height and width of pictures, such as 1,28,28, where the guess is to be overruled"
    command.add_argument("--image", metavar="C,H,W", help=pictures)
    command.add_argument(
        "--ignore", action="append", default=[], metavar="COL", help="a column that is never a feature"
    )


def settings_of(chosen: argparse.Namespace) -> dict[str, object]:
    """The settings that were said by their paths, and those that have an option of their own."""
    own = {"recipe.windows.lookback": chosen.lookback, "recipe.windows.horizon": chosen.horizon}
    return {name: value for name, value in own.items() if value is not None} | dict(setting(t) for t in chosen.set)


def read(chosen: argparse.Namespace) -> Result:
    table, steps = _understood(chosen)
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
        {"line": issue.line, "column": issue.column, "text": issue.text, "why": issue.why, "weight": issue.weight}
        for issue in table.issues
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
        **({"cleaning": [{"step": step.plain(), **done.plain()} for step, done in steps]} if chosen.project else {}),
    }
    size = f"{counted(table.n_rows, 'row')}, {counted(table.n_columns, 'column')}"
    lines = [f"{table.name}: {size}. Read as {table.sentence()}."]
    lines += [f"  {step.sentence()}: {done.sentence()}" for step, done in steps]
    lines += [f"  {found['name']}: {found['kind']}, {found['missing']} missing. {found['reason']}" for found in columns]
    lines += [f"  {issue}" for issue in table.issues[:20]]
    return Result(data, "\n".join(lines))


def _understood(chosen: argparse.Namespace) -> tuple[Table, list[tuple[CleaningStep, Done]]]:
    """The table, after the cleaning of a project where one is given, and each step with what it did."""
    from nnlab.cleaning import carried_out
    from nnlab.data.read import read
    from nnlab.runs.files import read_bytes
    from nnlab.runs.project import Project

    source = Path(chosen.file[0]) if len(chosen.file) == 1 else chosen.file
    if not chosen.project:
        return read(source), []
    project = Project.from_json(read_bytes(Path(chosen.project), PROJECT_BYTES), chosen.project)
    found = carried_out(read(source, reading=project.chosen_reading), project.cleaning)
    return found.table, list(zip(project.cleaning.steps, found.done, strict=True))


def audit(chosen: argparse.Namespace) -> Result:
    from nnlab.runs.audit_job import audit_source

    found = audit_source(Path(chosen.file), **_said(chosen))
    lines = [found.headline(), *([found.note] if found.note else []), *(each.line() for each in found.findings)]
    return Result(found.plain_findings(), "\n".join(lines))


def leak(chosen: argparse.Namespace) -> Result:
    from nnlab.runs.leak_job import leak_source

    found = leak_source(Path(chosen.file), column=chosen.column, **_said(chosen))
    return Result({"readings": [reading.plain() for reading in found]}, "\n".join(each.sentence for each in found))


def suggest(chosen: argparse.Namespace) -> Result:
    from nnlab.runs.suggestion import suggest_source

    found = suggest_source(Path(chosen.file), **_said(chosen))
    lines = [
        f"{each.kind}: {each.title} (--template {each.template}). {each.why} "
        f"{counted(each.n_parameters, 'parameter')}, about {each.seconds:.0f} s on one core."
        for each in found
    ]
    return Result([each.plain() for each in found], "\n".join(lines))


def _said(chosen: argparse.Namespace) -> dict[str, Any]:
    """What the options of `add_source` say, as the arguments that go with a source."""
    return {
        "target": chosen.target,
        "project": Path(chosen.project) if chosen.project else None,
        "task": chosen.task,
        "settings": settings_of(chosen),
        "split_column": chosen.split_column,
        "group": chosen.group,
        "time": chosen.time,
        "image": chosen.image,
        "ignore": chosen.ignore,
        "seed": chosen.seed,
        "progress": Progress(),
    }

"""The manual: every setting, layer, step, template and metric, written from the registries and compared by a test."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from types import UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from pydantic.fields import FieldInfo
from pydantic_core import PydanticUndefined

from nnlab.spec import Spec

HEAD = """# Reference

Every setting of nnlab, written by `python -m nnlab manual` from the code itself. A setting is reached on the command
line by its path: `--set training.epochs=12`."""
SIGNS = {"ge": "≥ ", "gt": "> ", "le": "≤ ", "lt": "< "}
NAMES = {bool: "true or false", int: "a whole number", float: "a number", str: "text"}


def reference() -> str:
    """The whole manual as Markdown; the same text for the same code."""
    from nnlab.audit.checks import checks
    from nnlab.cleaning.condition import Condition
    from nnlab.cleaning.expression import FUNCTIONS
    from nnlab.cleaning.steps import Replacement, Spelling, cleaning_steps
    from nnlab.data.columns import Column
    from nnlab.data.reading import Reading
    from nnlab.limits import Limits
    from nnlab.network.layers import layers
    from nnlab.network.templates import templates
    from nnlab.prep.split import Split
    from nnlab.prep.steps import steps
    from nnlab.runs.project import Project
    from nnlab.score.metrics import metrics
    from nnlab.training.spec import Training

    parts: list[str] = [HEAD]
    parts_of_steps = (Condition, Replacement, Spelling)
    parts += _section("Project", "What a project file holds, and what `--set` reaches by its path.", [Project])
    parts += _section("Column", "Kind and role of each column, in the table's order: `columns.`", [Column])
    parts += _section("Reading", "How bytes become a table: `reading.`", [Reading])
    parts += _section("Cleaning", "What is done to a table before kinds, split and recipe: `cleaning.`", cleaning_steps)
    parts += _section("Parts of cleaning steps", "What the steps above are written with.", parts_of_steps)
    parts += _functions(FUNCTIONS)
    parts += _section("Split", "Which rows train, validate and test: `split.`", [Split])
    parts += _section("Steps", "What can be done to a column before it reaches the network.", steps)
    parts += _section("Layers", "What a network is made of; names and arguments are torch.nn's.", layers)
    parts += _section("Templates", "Untrained networks, sized to the data: `--template NAME`.", templates)
    parts += _section("Training", "How the network is trained: `training.`", [Training])
    parts += _metrics(metrics)
    parts += _checks(checks)
    parts += _section("Limits", "How much of everything is granted: a JSON object in `NNLAB_LIMITS`.", [Limits])
    return "\n".join(parts) + "\n"


def _section(title: str, line: str, specs: Iterable[type[Spec]]) -> Iterator[str]:
    yield f"\n## {title}\n\n{line}"
    for cls in specs:
        if _is_registered(cls):
            yield f"\n### {cls.model_fields['kind'].default}"
        yield f"\n{_first_line(cls)}"
        for label, name in (("When to use it", "use_when"), ("Source", "source")):
            if text := getattr(cls, name, ""):
                yield f"\n{label}: {text}"
        yield from _fields(cls)


def _is_registered(cls: type[Spec]) -> bool:
    """Whether the class is one kind of a registry, so that `kind` is its name and nothing to choose."""
    return "kind" in cls.model_fields and not cls.model_fields["kind"].is_required()


def _first_line(cls: type[Spec]) -> str:
    return str(getattr(cls, "summary", "") or (cls.__doc__ or "").strip().split("\n")[0])


def _fields(cls: type[Spec]) -> Iterator[str]:
    silent = ("kind", "format") if _is_registered(cls) else ("format",)
    rows = [(name, field) for name, field in cls.model_fields.items() if name not in silent]
    if not rows:
        return
    yield "\n| setting | default | range | what it is |\n|---|---|---|---|"
    for name, field in rows:
        extra: Any = field.json_schema_extra
        why = extra.get("why", "") if isinstance(extra, dict) else ""
        text = " ".join(part for part in (field.description or "", str(why)) if part)
        yield f"| `{name}` | {_cell(_default(field))} | {_cell(range_of(field))} | {_cell(text)} |"


def _default(field: FieldInfo) -> str:
    value = field.get_default(call_default_factory=True)
    if value is PydanticUndefined:
        return "must be given"
    if value is None:
        return "from the data"
    if isinstance(value, Spec):
        return "its own"
    return f"`{json.dumps(value, ensure_ascii=False)}`"


def range_of(field: FieldInfo) -> str:
    """The bounds of a field, or the type of what it holds, in words."""
    found = [
        sign + (f"{bound:g}" if isinstance(bound, float) else str(bound))
        for rule in field.metadata
        for name, sign in SIGNS.items()
        if (bound := getattr(rule, name, None)) is not None
    ]
    return " and ".join(found) or _type_name(field.annotation)


def _type_name(annotation: Any) -> str:
    """What a field takes, in words: the same for every run of Python, so nothing with an address in it."""
    inner = [part for part in get_args(annotation) if part not in (type(None), Ellipsis)]
    origin = get_origin(annotation)
    if origin is Literal:
        return ", ".join(f"`{json.dumps(value)}`" for value in inner)
    if origin is Annotated:
        return _type_name(inner[0])
    if origin in (Union, UnionType):
        return " or ".join(_type_name(part) for part in inner)
    if origin is tuple:
        return f"a list: {_type_name(inner[0])}"
    if origin is dict:
        return "an object"
    return NAMES.get(annotation) or str(getattr(annotation, "__name__", annotation)).lower()


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")


def _functions(functions: Any) -> Iterator[str]:
    yield "\n## Expressions\n\nWhat a computed column may be written with: numbers, text in quotes, names of columns;"
    yield "odd ones stand in [brackets]; + - * / % ^, & to join text, = ≠ < ≤ > ≥, and, or, not, true, false, missing."
    yield "\n| function | what it gives |\n|---|---|"
    for function in functions.values():
        yield f"| `{function.usage}` | {_cell(function.meaning)} |"


def _metrics(metrics: Any) -> Iterator[str]:
    yield "\n## Metrics\n\nNames and values are scikit-learn's."
    yield "\n| metric | title | tasks | better | what it is |\n|---|---|---|---|---|"
    for metric in metrics:
        better = "higher" if metric.is_higher_better else "lower"
        row = (f"`{metric.name}`", metric.title, ", ".join(metric.tasks), better, _cell(metric.meaning))
        yield f"| {' | '.join(row)} |"


def _checks(checks: Any) -> Iterator[str]:
    yield "\n## Checks\n\nWhat `python -m nnlab audit` looks for before training; no test row has a part in its models."
    yield "\n| check | said as | title | what it finds |\n|---|---|---|---|"
    for check in sorted(checks, key=lambda each: each.seriousness):
        kind = check.model_fields["kind"].default
        said = ", ".join(f"`{word}`" for word in check.reports or (kind,))
        yield f"| `{kind}` | {said} | {check.title} | {_cell(' '.join((check.__doc__ or '').split()))} |"

"""The manual: every setting, layer, step, template and metric, written from the registries and compared by a test."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from pydantic.fields import FieldInfo
from pydantic_core import PydanticUndefined

from nnlab.spec import Spec

HEAD = """# Reference

Every setting of nnlab, written by `python -m nnlab manual` from the code itself. A setting is reached on the command
line by its path: `--set training.epochs=12`.
"""


def reference() -> str:
    """The whole manual as Markdown; the same text for the same code."""
    from nnlab.limits import Limits
    from nnlab.network.layers import layers
    from nnlab.network.templates import templates
    from nnlab.prep.split import Split
    from nnlab.prep.steps import steps
    from nnlab.data.reading import Reading
    from nnlab.score.metrics import metrics
    from nnlab.training.spec import Training

    parts: list[str] = [HEAD]
    parts += _section("Reading", "How bytes become a table: `reading.`", [Reading])
    parts += _section("Split", "Which rows train, validate and test: `split.`", [Split])
    parts += _section("Steps", "What can be done to a column before it reaches the network.", steps)
    parts += _section("Layers", "What a network is made of; names and arguments are torch.nn's.", layers)
    parts += _section("Templates", "Untrained networks, sized to the data: `--template NAME`.", templates)
    parts += _section("Training", "How the network is trained: `training.`", [Training])
    parts += _metrics(metrics)
    parts += _section("Limits", "How much of everything is granted: a JSON object in `NNLAB_LIMITS`.", [Limits])
    return "\n".join(parts) + "\n"


def _section(title: str, line: str, specs: Iterable[type[Spec]]) -> Iterator[str]:
    yield f"\n## {title}\n\n{line}\n"
    for cls in specs:
        kind = cls.model_fields.get("kind")
        if kind is not None:
            yield f"\n### {kind.default}\n"
        yield _first_line(cls)
        for label, name in (("When to use it", "use_when"), ("Source", "source")):
            if text := getattr(cls, name, ""):
                yield f"\n{label}: {text}"
        yield from _fields(cls)


def _first_line(cls: type[Spec]) -> str:
    return str(getattr(cls, "summary", "") or (cls.__doc__ or "").strip().split("\n")[0])


def _fields(cls: type[Spec]) -> Iterator[str]:
    rows = [(name, field) for name, field in cls.model_fields.items() if name not in ("kind", "format")]
    if not rows:
        return
    yield "\n| setting | default | range | what it is |\n|---|---|---|---|"
    for name, field in rows:
        extra: Any = field.json_schema_extra
        why = extra.get("why", "") if isinstance(extra, dict) else ""
        text = " ".join(part for part in (field.description or "", str(why)) if part)
        yield f"| `{name}` | {_cell(_default(field))} | {_cell(_range(field))} | {_cell(text)} |"


def _default(field: FieldInfo) -> str:
    value = field.get_default(call_default_factory=True)
    if value is PydanticUndefined:
        return "must be given"
    return "chosen from the data" if value is None else f"`{value!r}`"


def _range(field: FieldInfo) -> str:
    signs = {"ge": "≥ ", "gt": "> ", "le": "≤ ", "lt": "< "}
    found = [signs[key] + str(getattr(rule, key)) for rule in field.metadata for key in signs if hasattr(rule, key)]
    return " and ".join(found) or _type_name(field.annotation)


def _type_name(annotation: Any) -> str:
    text = annotation.__name__ if isinstance(annotation, type) else str(annotation)
    return text.replace("typing.", "").replace("NoneType", "None")


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")


def _metrics(metrics: Any) -> Iterator[str]:
    yield "\n## Metrics\n\nNames and values are scikit-learn's.\n\n| metric | title | tasks | better |\n|---|---|---|---|"
    for metric in metrics:
        better = "higher" if metric.is_higher_better else "lower"
        yield f"| `{metric.name}` | {metric.title} | {', '.join(metric.tasks)} | {better} |"

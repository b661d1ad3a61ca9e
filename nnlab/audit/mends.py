"""What one click changes to mend a finding: frozen plain values, applied to a project by `runs/mending.py`."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field

from nnlab.cleaning.condition import Condition
from nnlab.cleaning.steps import AnyCleaningStep
from nnlab.cleaning.steps.replace_values import Replacement, ReplaceValues
from nnlab.cleaning.steps.rows_where import DropRows, KeepRows
from nnlab.data.columns import Kind, Role
from nnlab.prep.steps import AnyStep
from nnlab.spec import Registry, Spec

PROPOSED = "As the audit proposed."  # the reason of a role or kind that a mend has set


class Mend(Spec):
    """One change to a project, with the words of its button."""

    kind: str = ""
    label: str = Field(max_length=300, description="The words of the button.")


mends: Registry[Mend] = Registry("mend")
AnyMend = Annotated[Mend, mends.field()]


@mends
class SetRole(Mend):
    """Columns get another role: left out, learnt from, telling groups apart."""

    kind: Literal["role"] = "role"
    columns: tuple[str, ...] = Field(description="The columns.")
    role: Role = Field(description="What they are for from now on.")


@mends
class SetKind(Mend):
    """Columns are taken for another kind."""

    kind: Literal["kind"] = "kind"
    columns: tuple[str, ...] = Field(description="The columns.")
    to: Kind = Field(description="The kind their cells are read as from now on.")


@mends
class SetSteps(Mend):
    """Columns are prepared by other steps."""

    kind: Literal["steps"] = "steps"
    columns: tuple[str, ...] = Field(description="The columns.")
    steps: tuple[AnyStep, ...] = Field(description="All their steps, first to last.")


@mends
class SetTarget(Mend):
    """Another column is predicted, or the same one as an amount instead of classes."""

    kind: Literal["target"] = "target"
    column: str = Field(description="The column to predict.")
    task: Literal["binary", "multiclass", "regression"] | None = Field(None, description="What is learnt of it.")


@mends
class SetSettings(Mend):
    """Settings of the split or of training get other values."""

    kind: Literal["settings"] = "settings"
    values: dict[str, Any] = Field(description="Values by the path of their field, such as training.class_weights.")


@mends
class UseTemplate(Mend):
    """The network becomes a template's."""

    kind: Literal["template"] = "template"
    template: str = Field(description="The template's name.")


@mends
class Keep(Mend):
    """Everything stays as it is: the finding has been answered and is not shown again."""

    kind: Literal["keep"] = "keep"
    finding: str = Field(pattern="^[0-9a-f]{16}$", description="The key of the finding.")


def leave_out(*columns: str) -> SetRole:
    """The mend that takes columns out of what is learnt from."""
    label = f"Leave out {columns[0][:60]}" if len(columns) == 1 else f"Leave out these {len(columns)} columns"
    return SetRole(label=label, columns=columns, role="ignore")


@mends
class Clean(Mend):
    """Steps of cleaning are added: the file stays as it is, rows or cells of the table change."""

    kind: Literal["cleaning"] = "cleaning"
    steps: tuple[AnyCleaningStep, ...] = Field(description="The steps, in order.")


def drop_rows(label: str, *conditions: Condition, join: Literal["all", "any"] = "any") -> Clean:
    """The mend that takes rows away where conditions hold."""
    return Clean(label=label, steps=(DropRows(join=join, conditions=conditions),))


def keep_rows(label: str, *conditions: Condition) -> Clean:
    """The mend that keeps only the rows where any of the conditions holds."""
    return Clean(label=label, steps=(KeepRows(join="any", conditions=conditions),))


def make_missing(label: str, column: str, values: list[str]) -> Clean:
    """The mend that makes some values of a column missing."""
    replacements = tuple(Replacement(old=value) for value in values)
    return Clean(label=label, steps=(ReplaceValues(columns=(column,), replacements=replacements),))

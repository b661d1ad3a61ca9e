"""A template taken for a project: its network, sized to the rows as they are prepared to feed it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

if TYPE_CHECKING:
    from nnlab.network.head import Head
    from nnlab.network.shapes import Shape
    from nnlab.network.template import Template
    from nnlab.runs.project import Project
    from nnlab.runs.workspace import Space


class Prepared(Protocol):
    """What a template needs to know of the prepared rows: shapes of one by input, the head, how many rows train."""

    @property
    def input_shapes(self) -> Mapping[str, Shape]: ...
    @property
    def head(self) -> Head: ...
    @property
    def n_rows(self) -> int: ...


class _Encoded(NamedTuple):
    input_shapes: Mapping[str, Shape]
    head: Head
    n_rows: int


def with_template(
    project: Project,
    template: Template,
    prepared: Callable[[Project], Prepared],
    settings: Mapping[str, Any] | None = None,
) -> Project:
    """The project with a template's network, its budget of steps, and a recipe that feeds what the network asks for.

    `prepared` tells of the rows of a project as its recipe prepares them. What `settings` say, by the path of a
    field, holds whatever the template asks for.
    """
    fed = project.having(recipe=project.recipe.feeding(template.inputs))
    for path, value in (settings or {}).items():
        fed = fed.setting(path, value) if path.startswith("recipe.") else fed
    rows = prepared(fed)
    network = template.make(rows.input_shapes, rows.head, rows.n_rows)
    steps = fed.training.steps if "training.steps" in (settings or {}) else template.n_steps
    return fed.having(network=network, training=fed.training.having(steps=steps))


def encoded_in(space: Space) -> Callable[[Project], Prepared]:
    """How projects of a space are prepared, from their encoded rows."""

    def prepared(project: Project) -> Prepared:
        from nnlab.prep.encoded import Encoded

        found = Encoded.open(space.encoded(project))
        return _Encoded(found.fitted.input_shapes, found.fitted.head, found.n_rows["train"])

    return prepared

"""Two networks that suit a project's columns, one quick and one strong, with why and about how long each trains."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

from nnlab.limits import limits
from nnlab.runs.sizing import Prepared, with_template
from nnlab.training.spec import steps_per_epoch

if TYPE_CHECKING:
    from nnlab.data.table import Table
    from nnlab.runs.project import Project

FEW_ROWS = 100  # training rows; below, a network with a hidden layer is strong enough to learn them by heart
# Training rows from which remembering them pays. Test ROC AUC without and with: titanic (570 rows) .882 and .869,
# wine_white (3 135) .763 and .777, telco_churn (4 507) .841 and .839, bank_full (28 935) .935 and .936,
# R² on california_housing (13 210) .820 and .839.
ROWS_TO_REMEMBER = 2_000
MANY_WINDOWS = 500  # of a series; below, a memory has too little to learn from
# Measured on one core over the templates, at their default batches: what a step takes beside its arithmetic, and
# multiply-adds a second, forward and backward.
STEP_S = 4e-4
MULTIPLY_ADDS_A_SECOND = 1.5e10
PASSES = 3  # a backward pass costs two forward passes
REMEMBERING = 1.8  # times as long, where a step also compares rows with candidates


class Pick(NamedTuple):
    """A template and why it suits the columns; `is_taken`: also where nobody asked for it."""

    template: str
    why: str
    is_taken: bool = True


class Suggestion(NamedTuple):
    """A network for a project; `seconds` is about what it trains on one core, `project` has it in place."""

    kind: Literal["quick", "strong"]
    template: str
    title: str
    why: str
    n_parameters: int
    n_multiply_adds: int
    seconds: float
    project: Project

    def plain(self) -> dict[str, Any]:
        """The suggestion as JSON-ready data, the network included."""
        network = self.project.network
        told = {name: value for name, value in self._asdict().items() if name != "project"}
        return {**told, "network": network.plain() if network else None}


def suggestions(
    project: Project, prepared: Callable[[Project], Prepared], settings: Mapping[str, Any] | None = None
) -> tuple[Suggestion, Suggestion]:
    """One quick and one strong network; `prepared` and `settings` are as `with_template` takes them.

    Raises `DataError` where the project cannot be prepared, `NetworkError` where it has nothing to learn from.
    """
    n_rows = prepared(project).n_rows
    quick, strong = picks(project, n_rows)
    return _made(project, "quick", quick, prepared, settings), _made(project, "strong", strong, prepared, settings)


def suggested(
    project: Project, prepared: Callable[[Project], Prepared], settings: Mapping[str, Any] | None = None
) -> Suggestion:
    """The strong network where it trains in about a minute on one core, else the quick one; of short series this one.

    What decides is a count of multiply-adds, the same on every machine, against `Limits.suggested_multiply_adds`.
    """
    quick, strong = suggestions(project, prepared, settings)
    rows = prepared(strong.project)
    if not picks(project, rows.n_rows)[1].is_taken:
        return quick
    is_granted = _multiply_adds(strong.project, strong.n_multiply_adds, rows) <= limits().suggested_multiply_adds
    return strong if is_granted else quick


def suggest_source(
    source: Table | Path | str | bytes,
    target: str | Sequence[str] | None = None,
    *,
    seed: int | None = None,
    settings: Mapping[str, Any] | None = None,
    **said: Any,
) -> tuple[Suggestion, Suggestion]:
    """The quick and the strong network for a file; arguments as of `foreground.train`, which would take one of them."""
    from nnlab.runs.foreground import described
    from nnlab.runs.sizing import encoded_in
    from nnlab.runs.workspace import Space, home

    space = Space(home())
    made = described(space, source, target, **said)
    for path, value in {**({} if seed is None else {"split.seed": seed}), **(settings or {})}.items():
        made = made.setting(path, value)
    return suggestions(made, encoded_in(space), settings)


def picks(project: Project, n_train: int) -> tuple[Pick, Pick]:
    """The quick and the strong template for a project's columns and its number of training rows."""
    kinds = [column.kind for column in project.columns.features]
    if project.recipe.windows.are_wanted:
        return _for_series(n_train)
    if "image" in kinds:
        return (
            Pick("lenet", "Two layers of small filters see what neighbours in a picture have to do with each other."),
            Pick("small_resnet", "More filters, with ways around them that keep a deep network trainable."),
        )
    n_texts = sum(kind == "text" for kind in kinds)
    if n_texts and 2 * n_texts >= sum(kind not in ("id", "constant") for kind in kinds):
        return (
            Pick("tf_idf_mlp", "Which words stand in a text, by how rare they are, says most of what it is about."),
            Pick("text_cnn", "Filters over neighbouring words also see what they mean together."),
        )
    if n_train < FEW_ROWS:
        return (
            Pick("linear", "So few rows bear few weights: one for each number."),
            Pick("mlp", "A small hidden layer, where the columns work together."),
        )
    quick = Pick("mlp", "Hidden layers, as many and as wide as the rows bear: a sound start for a table.")
    if n_train < ROWS_TO_REMEMBER:
        why = "It also sees where each number lies among the others: there plain layers lose to trees."
        return quick, Pick("wide_and_deep", why)
    why = (
        "It also sees where each number lies among the others, and asks the rows most alike. The run keeps these rows."
    )
    return quick, Pick("nearest", why)


def _for_series(n_train: int) -> tuple[Pick, Pick]:
    quick = Pick("series_linear", "Trend and rest of the window, each by one linear layer.")
    if n_train < MANY_WINDOWS:
        # RMSE on airline_passengers' test rows over the last value's, mean of three seeds: .44 linear, .46 the stack.
        why = "Filters that look back twice as far with every layer, with few weights."
        return quick, Pick("wavenet", why, is_taken=False)
    return quick, Pick("series_gru", "A memory that walks along the window; there are windows enough to learn it.")


def _made(
    project: Project,
    kind: Literal["quick", "strong"],
    pick: Pick,
    prepared: Callable[[Project], Prepared],
    settings: Mapping[str, Any] | None,
) -> Suggestion:
    from nnlab.network.plan import plan
    from nnlab.network.templates import templates

    made = with_template(project, templates[pick.template](), prepared, settings)
    assert made.network is not None, "a template makes one"
    rows = prepared(made)
    planned = plan(made.network, rows.input_shapes, rows.head, limits())
    counted = planned.n_multiply_adds
    arithmetic_s = PASSES * _multiply_adds(made, counted, rows) / MULTIPLY_ADDS_A_SECOND
    seconds = _n_steps(made, rows) * STEP_S + arithmetic_s
    return Suggestion(
        kind,
        pick.template,
        templates[pick.template].title,
        pick.why,
        planned.n_parameters,
        counted,
        seconds * (REMEMBERING if made.network.remembers_rows else 1),
        made,
    )


def _multiply_adds(project: Project, of_a_row: int, rows: Prepared) -> int:
    """Multiply-adds of all forward passes of the run's training."""
    training = project.training.resolved(rows.n_rows, rows.head.task, limits())
    return of_a_row * rows.n_rows * (training.epochs or 0)


def _n_steps(project: Project, rows: Prepared) -> int:
    training = project.training.resolved(rows.n_rows, rows.head.task, limits())
    return steps_per_epoch(rows.n_rows, training.batch_size or 1) * (training.epochs or 0)

"""What the templates reach with defaults on real files, each figure beside the bar it is to reach.

The files are not nnlab's to pass on: `--data` names the folder that holds them; digits and iris are written from the
copies that scikit-learn carries. A bar that the first seed misses may be met by the mean of three.
"""

from __future__ import annotations

import statistics
import tempfile
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Literal

from nnlab.bench.carried import CARRIED, check_there, written
from nnlab.bench.rows import number_of
from nnlab.errors import NnlabError, SpecError
from nnlab.spec import did_you_mean

SEEDS = (0, 1, 2)
SUGGESTED = "suggested"  # what train takes where no template is named
As = Literal["value", "share", "ahead", "claim", "outputs"]


@dataclass(frozen=True)
class Bar:
    """A file, what is predicted, a template or `SUGGESTED`, and what its figure is to be on the test rows.

    The figure is the metric itself (`value`); its share of a baseline's, which is to be small (`share`); how far it is
    ahead of a baseline's (`ahead`); by how much the 95 % interval of a claim to beat the baseline lies above 0, 0 where
    none is made (`claim`); or how many outputs have the metric (`outputs`).
    """

    file: str
    target: str
    template: str
    metric: str
    bar: float
    features: tuple[str, ...] = ()  # none said: every column
    figure: As = "value"
    beside: str = ""  # the baseline that the figure is compared with
    time: str | None = None
    settings: dict[str, Any] = field(default_factory=dict, hash=False)

    @property
    def name(self) -> str:
        return f"{self.file}:{self.template}"

    @property
    def said(self) -> str:
        """What the figure is, in words."""
        return {
            "value": self.metric,
            "share": f"{self.metric} / {self.beside}",
            "ahead": f"{self.metric} − {self.beside}",
            "claim": f"claimed over {self.beside}",
            "outputs": f"outputs with {self.metric}",
        }[self.figure]

    def is_met(self, value: float) -> bool:
        return value <= self.bar if self.figure in ("share", "claim") else value >= self.bar

    def of(self, summary: dict[str, Any], differences: dict[str, Any]) -> float:
        """The figure of a run from what the command line prints of it, and its differences to the baselines."""
        if self.figure == "outputs":
            return float(sum(each.get(self.metric) is not None for each in summary.get("outputs", {}).values()))
        if self.figure == "claim":
            found = differences[self.beside]
            return float(found.low or 0.0) if found.says == "beats" else 0.0
        value = number_of(summary["metrics"]["test"][self.metric])
        if self.figure == "value":
            return value
        other = number_of(summary["baselines"][self.beside][self.metric])
        return value / other if self.figure == "share" else value - other


@dataclass(frozen=True)
class Reached:
    """What a template reached: its figure on the first seed and, where that missed, on all of them."""

    bar: Bar
    values: tuple[float, ...]
    baselines: dict[str, float]
    seconds: float
    error: str = ""

    @property
    def is_met(self) -> bool:
        values = self.values
        return bool(values) and (self.bar.is_met(values[0]) or self.bar.is_met(statistics.mean(values)))

    def plain(self) -> dict[str, Any]:
        told = {"name": self.bar.name, "metric": self.bar.said, "bar": self.bar.bar}
        rest = {name: value for name, value in asdict(self).items() if name != "bar"}
        return {**told, **rest, "values": list(self.values), "is_met": self.is_met}

    def __str__(self) -> str:
        if self.error:
            return f"{self.bar.name:44} {self.error}"
        figures = ", ".join(f"{value:.4f}" for value in self.values)
        said = "met" if self.is_met else "MISSED"
        beside = ", ".join(f"{name} {value:.4f}" for name, value in self.baselines.items())
        found = f"{self.bar.said} {figures}, bar {self.bar.bar:g}: {said}"
        return f"{self.bar.name:44} {found}; {beside}; {self.seconds:.0f} s"


_AIRLINE: dict[str, Any] = {"time": "Month", "settings": {"recipe.windows.lookback": 12}}
_APPLE: dict[str, Any] = {"time": "Date", "settings": {"recipe.windows.lookback": 20}}
_SEPALS = "sepal length (cm),sepal width (cm),petal length (cm)"
BARS = (
    Bar("california_housing", "median_house_value", "mlp", "r2", 0.76),
    Bar("california_housing", "median_house_value", "wide_and_deep", "r2", 0.79),
    Bar("california_housing", "median_house_value", "nearest", "r2", 0.80),
    Bar("california_housing", "median_house_value", "ft_transformer", "r2", 0.76),
    Bar("diamonds", "price", "residual_mlp", "r2", 0.97),
    Bar("diamonds", "price", "wide_and_deep", "r2", 0.98),
    Bar("adult_income", "income", "wide_and_deep", "roc_auc", 0.91),
    Bar("adult_income", "income", SUGGESTED, "roc_auc", 0.91),
    Bar("bank_full", "y", "wide_and_deep", "roc_auc", 0.91),
    Bar("bank_full", "y", "nearest", "roc_auc", 0.915),
    Bar("telco_churn", "Churn", SUGGESTED, "roc_auc", -0.005, (), "ahead", "linear"),
    Bar("sms_spam", "v1", "bag_of_embeddings", "accuracy", 0.97, ("v2",)),
    Bar("sms_spam", "v1", "text_cnn", "accuracy", 0.972, ("v2",)),
    Bar("sms_spam", "v1", "text_gru", "accuracy", 0.962, ("v2",)),
    Bar("sms_spam", "v1", "text_transformer", "accuracy", 0.965, ("v2",)),
    Bar("ag_news_7600", "column_1", "tf_idf_mlp", "accuracy", 0.87),
    Bar("ag_news_7600", "column_1", "bag_of_embeddings", "accuracy", 0.865),
    Bar("ag_news_7600", "column_1", "text_cnn", "accuracy", 0.85),
    Bar("ag_news_7600", "column_1", "text_gru", "accuracy", 0.85),
    Bar("ag_news_7600", "column_1", "text_transformer", "accuracy", 0.825),
    Bar("mnist_sample", "target", "mlp", "accuracy", 0.97),
    Bar("mnist_sample", "target", "lenet", "accuracy", 0.99),
    Bar("mnist_sample", "target", "small_resnet", "accuracy", 0.985),
    Bar("mnist_sample", "target", "inception", "accuracy", 0.985),
    Bar("digits", "digit", "lenet", "accuracy", 0.96),
    Bar("digits", "digit", "small_resnet", "accuracy", 0.965),
    Bar("airline_passengers", "Passengers", "series_linear", "rmse", 0.55, (), "share", "last_value", **_AIRLINE),
    Bar("airline_passengers", "Passengers", "series_mlp", "rmse", 0.62, (), "share", "last_value", **_AIRLINE),
    Bar("apple_stock", "AAPL.Close", "series_linear", "r2", 0.0, (), "claim", "last_value", **_APPLE),
    Bar("apple_stock", "AAPL.Close", "series_gru", "r2", 0.0, (), "claim", "last_value", **_APPLE),
    Bar("iris", _SEPALS, "mlp", "r2", 3.0, ("petal width (cm)",), "outputs"),
)


def quality(data: Path, only: str = "") -> Iterator[Reached]:
    """Each bar's figure in turn; `only` takes those whose file or template has this name.

    Raises `SpecError` for a name that no bar has, `NotFoundError` where the folder lacks a file.
    """
    chosen = [bar for bar in BARS if only in ("", bar.file, bar.template, bar.name)]
    if not chosen:
        names = sorted({name for bar in BARS for name in (bar.file, bar.template)})
        rule = "there is no such file or template to judge"
        raise SpecError(rule, where="--only", came=only, do=did_you_mean(only, names))
    check_there(data, [bar.file for bar in chosen])
    return (reached(bar, data) for bar in chosen)


def reached(bar: Bar, data: Path) -> Reached:
    """What a bar's template reaches: on the first seed, and where that misses on the others too."""
    values: list[float] = []
    beside: dict[str, float] = {}
    seconds = 0.0
    try:
        for seed in SEEDS:
            found = _trained(bar, data, seed)
            values.append(found["figure"])
            beside = beside or {
                name: figures[bar.metric]
                for name, figures in found["baselines"].items()
                if figures.get(bar.metric) is not None
            }
            seconds += float(found["seconds"] or 0)
            if bar.is_met(values[0]):
                break
    except NnlabError as error:
        return Reached(bar, tuple(values), beside, seconds, str(error))
    return Reached(bar, tuple(values), beside, seconds)


def _trained(bar: Bar, data: Path, seed: int) -> dict[str, Any]:
    """The summary of a run, and the bar's figure in it."""
    from nnlab.data.read import read
    from nnlab.runs.foreground import train

    with tempfile.TemporaryDirectory() as folder:
        path = written(bar.file, Path(folder)) if bar.file in CARRIED else data / f"{bar.file}.csv"
        names = read(path).columns.names if bar.features else ()
        run = train(
            path,
            bar.target,
            template=None if bar.template == SUGGESTED else bar.template,
            settings=bar.settings,
            time=bar.time,
            ignore=[name for name in names if name not in (*bar.features, *bar.target.split(","))],
            seed=seed,
            out=Path(folder) / "run",
            workspace=Path(folder),
            now=True,
        )
        summary = run.summary()
        return {**summary, "figure": bar.of(summary, run.report().differences)}

"""Small real tables that come with nnlab, each with its licence and source (see also NOTICE)."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from nnlab.data.columns import Task
from nnlab.errors import NotFoundError
from nnlab.spec import did_you_mean

_FOLDER = Path(__file__).resolve().parents[2] / "samples"


@dataclass(frozen=True)
class Sample:
    """A table to begin with: what it holds in a line, where it comes from, and what to predict in it.

    Of a series also the column of its time, the steps of a window, and the template that suits so few.
    """

    name: str
    title: str
    line: str
    licence: str
    source: str
    target: tuple[str, ...]
    task: Task
    time: str = ""
    lookback: int = 0
    template: str = ""


_SAMPLES = (
    Sample(
        "penguins",
        "Palmer penguins",
        "344 penguins from three islands: which of three species?",
        "CC0-1.0",
        "Horst, Hill and Gorman (2020), palmerpenguins; data of Palmer Station LTER",
        ("species",),
        "multiclass",
    ),
    Sample(
        "titanic",
        "Titanic passengers",
        "891 passengers: who survived?",
        "Apache-2.0",
        "Encyclopedia Titanica, as passed on with TensorFlow and scikit-learn examples",
        ("Survived",),
        "binary",
    ),
    Sample(
        "california_housing",
        "California housing",
        "20 640 districts in 1990: what is the median house worth?",
        "Apache-2.0",
        "Pace and Barry (1997), Sparse spatial autoregressions; as in Géron, Hands-On Machine Learning",
        ("median_house_value",),
        "regression",
    ),
    Sample(
        "diamonds",
        "Diamonds",
        "53 940 diamonds: what do they cost?",
        "MIT",
        "Wickham, ggplot2",
        ("price",),
        "regression",
    ),
    Sample(
        "breast_cancer",
        "Breast cancer Wisconsin",
        "569 cell images, measured: malignant or benign?",
        "CC-BY-4.0",
        "Wolberg, Mangasarian, Street and Street (1993), UCI Machine Learning Repository; as in scikit-learn",
        ("diagnosis",),
        "binary",
    ),
    Sample(
        "sms_spam",
        "Text messages",
        "5 572 text messages: which are spam?",
        "CC-BY-4.0",
        "Almeida, Gómez Hidalgo and Yamakami (2011), SMS Spam Collection, UCI Machine Learning Repository",
        ("v1",),
        "binary",
    ),
    Sample(
        "airline_passengers",
        "Airline passengers",
        "144 months of a series: how many will fly next month?",
        "Public domain",
        "Box and Jenkins (1976), Time series analysis: international airline passengers by month, 1949 to 1960",
        ("Passengers",),
        "regression",
        time="Month",
        lookback=12,
        template="series_linear",
    ),
    Sample(
        "textbook",
        "Three rows from a textbook",
        "Two inputs, two outputs, three rows: every number of a network can be followed by hand.",
        "CC0-1.0",
        "nnlab",
        ("y1", "y2"),
        "regression",
    ),
)


def samples() -> tuple[Sample, ...]:
    """All samples, in the order of the Start page."""
    return _SAMPLES


def sample(name: str) -> Sample:
    """The sample of a name; raises `NotFoundError` with the nearest known one."""
    for one in _SAMPLES:
        if one.name == name:
            return one
    near = did_you_mean(name, [one.name for one in _SAMPLES])
    raise NotFoundError("there is no such sample", where="sample", came=name[:80], do=near)


def sample_bytes(name: str) -> bytes:
    """The CSV file of a sample; raises `NotFoundError` for an unknown name."""
    return (_FOLDER / f"{sample(name).name}.csv").read_bytes()

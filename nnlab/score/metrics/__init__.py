"""All metrics by name. A new one is a class in a file of its own here, decorated with `@metrics`, and named below."""

from __future__ import annotations

from nnlab.score.metrics import distance, labels, likelihood, ranking
from nnlab.score.metrics.metric import Metric, Metrics, Ranking, Resample, Tally, headline, metrics

__all__ = [
    "Metric",
    "Metrics",
    "Ranking",
    "Resample",
    "Tally",
    "distance",
    "headline",
    "labels",
    "likelihood",
    "metrics",
    "ranking",
]

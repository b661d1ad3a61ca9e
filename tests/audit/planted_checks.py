"""For every check a table in which it finds something, made by code; a new check gets its own here."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd

from tests.audit.planted import Made, amounts, classes, table

Plant = Callable[[], Made]


def alone() -> Made:
    values = classes()
    values["copy"] = np.char.add("is ", values["y"])
    return table(values)


def sums() -> Made:
    values = amounts()
    values["y"] = values["a"] + values["b"]
    return table(values)


def missing_where() -> Made:
    values = classes()
    values["notes"] = pd.Series(values["b"]).mask(values["y"] == "class 1")
    return table(values)


def group_means() -> Made:
    values = classes()
    values["made"] = pd.Series(values["y"] == "class 1").groupby(values["town"]).transform("mean").astype("float64")
    return table(values)


def pairs() -> Made:
    values = classes(2_000)
    values["y"] = np.where((values["a"] > 0) == (values["b"] > 0), "same", "other")
    return table(values)


def known_afterwards() -> Made:
    values = classes()
    values["duration"] = values.pop("a")
    return table(values)


def one_class() -> Made:
    values = classes(60)
    values["y"] = np.full(60, "always")
    return table(values)


def missing_target() -> Made:
    values = classes()
    values["y"] = pd.Series(values["y"]).mask(np.arange(1_200) % 10 == 0)
    return table(values)


def impossible() -> Made:
    values = classes()
    age = np.random.default_rng(0).integers(0, 90, 1_200).astype(float)
    age[7] = -5
    values["age"] = age
    # a mark in most rows, whose place tells as much as the other values do
    values["since"] = np.where(values["a"] < 0.6, -1.0, np.round(30 + 5 * values["a"] + values["b"]))
    return table(values)


def time_order() -> Made:
    values = amounts(600)
    values["day"] = pd.date_range("2024-01-01", periods=600, freq="D")
    return table(values)


def repeated_id() -> Made:
    values = classes()
    values["patient"] = np.char.add("p", np.random.default_rng(0).integers(0, 400, 1_200).astype(str))
    return table(values)


def duplicate_rows() -> Made:
    values = pd.DataFrame(classes(600))
    return table(dict(pd.concat([values, values.head(60)], ignore_index=True).items()))


def contradictions() -> Made:
    values = classes()
    values["a"], values["b"] = np.round(values["a"]), np.round(values["b"] / 4)
    values["c"] = np.random.default_rng(3).normal(size=1_200)
    values["c"][:300] = 0.5
    return table(values)


def constant() -> Made:
    values = classes()
    values["same"], values["none"] = np.full(1_200, "x"), np.full(1_200, np.nan)
    return table(values)


def near_constant() -> Made:
    values = classes()
    values["flag"] = np.where(np.arange(1_200) == 3, "yes", "no")
    return table(values)


def duplicate_columns() -> Made:
    values = classes()
    values["miles"] = values["a"] / 1.609
    return table(values)


def id_like() -> Made:
    values = classes()
    values["number"] = np.arange(1_200.0) + 5
    return table(values)


def missing() -> Made:
    values = classes()
    values["b"] = pd.Series(values["b"]).mask(np.arange(1_200) % 40 == 0)
    values["c"] = pd.Series(values["a"] ** 2).mask(np.arange(1_200) % 3 > 0)
    return table(values)


def missing_words() -> Made:
    values = classes()
    values["town"] = np.where(np.arange(1_200) % 9 == 0, "Unknown", values["town"])
    values["job"] = np.array(["-", "none", "baker", "nurse", "clerk"])[np.arange(1_200) % 5]
    return table(values)


def missing_rows() -> Made:
    values = pd.DataFrame(classes())
    values.loc[[4, 90], ["a", "b", "town"]] = np.nan
    return table(dict(values.items()))


def rare_class() -> Made:
    values = amounts()
    values["y"] = np.where(np.arange(1_200) < 5, 9.0, np.arange(1_200) % 4)
    return table(values)


def lacking_class() -> Made:
    values = classes()
    values["part"] = np.where(np.arange(1_200) % 3 == 0, "test", "train")
    values["y"] = np.where((values["part"] == "test") & (np.arange(1_200) % 2 == 0), "only there", values["y"])
    frame, columns = table(values)
    return frame, columns.changed("part", role="split")


def few_rows() -> Made:
    return table(classes(120))


def few_test_rows() -> Made:
    return table(classes(300))


def drift() -> Made:
    values = classes()
    values["part"] = np.where(np.arange(1_200) % 4 == 0, "test", "train")
    values["b"] = values["b"] + 2 * (values["part"] == "test")
    frame, columns = table(values)
    return frame, columns.changed("part", role="split")


def imbalance() -> Made:
    values = classes()
    values["y"] = np.where(values["a"] > 1.5, "rare", "common")
    values["a"] = values["a"] + np.random.default_rng(0).normal(size=1_200)
    return table(values)


def high_cardinality() -> Made:
    values = classes()
    values["code"] = np.char.add("k", (np.random.default_rng(0).integers(0, 200, 1_200) ** 2 // 200).astype(str))
    return table(values, kinds={"code": "categorical"})


def capped() -> Made:
    values = amounts()
    values["y"], values["a"] = np.minimum(values["y"], 25), np.minimum(values["a"], 6)
    return table(values)


def codes() -> Made:
    values = classes()
    random = np.random.default_rng(5)
    values["shop"] = random.integers(1, 7, 1_200)
    likely = np.array([0.1, 0.9, 0.15, 0.85, 0.2, 0.8])[values["shop"] - 1]
    values["y"] = np.where(random.random(1_200) < likely, "yes", "no")
    return table(values)


def skewed_target() -> Made:
    values = amounts()
    values["y"] = np.exp(values["y"] / 8)
    return table(values)


def outliers() -> Made:
    values = amounts()
    values["c"][3], values["d"][[5, 7]] = 400.0, -300.0
    values["y"][10] = 5_000.0
    return table(values)


PLANTS: dict[str, Plant] = {
    plant.__name__: plant
    for plant in (
        alone,
        sums,
        missing_where,
        group_means,
        pairs,
        known_afterwards,
        one_class,
        missing_target,
        impossible,
        time_order,
        repeated_id,
        duplicate_rows,
        contradictions,
        constant,
        near_constant,
        duplicate_columns,
        id_like,
        missing,
        missing_rows,
        missing_words,
        rare_class,
        lacking_class,
        few_rows,
        few_test_rows,
        drift,
        imbalance,
        high_cardinality,
        capped,
        codes,
        skewed_target,
        outliers,
    )
}

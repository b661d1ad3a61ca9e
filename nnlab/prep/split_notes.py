"""What is unfair about a split, or worth knowing of it, in sentences."""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

from nnlab.data.columns import Columns
from nnlab.prep.by_time import said
from nnlab.prep.repeats import too_common
from nnlab.prep.split import TEST, TRAIN, VALIDATION, Indices, Parts
from nnlab.prep.wording import listed, number

Floats = npt.NDArray[np.float64]

MOST_NAMED = 5  # classes in one sentence
FEW = 30  # rows: a share told on fewer is off by ten points or so
SURE = 3.0  # standard errors: chance alone differs by more in one of four hundred
MOVED = 0.05  # of the rows: a class whose share differs by less is not worth a word
SHIFTED = 0.2  # deviations of the target: means that differ by less are not worth a word
DOMINANT = 0.3  # of the rows: a group of that size decides its part


def left_out(columns: Columns, n_left_out: int) -> list[str]:
    """How many rows are in no part, and why."""
    if not n_left_out:
        return []
    why = "no target"
    if columns.split_column is not None:
        why += " or no part"
    elif columns.time_column is not None:
        why += " or no time"
    return [f"{_rows(n_left_out)} {why} and {'is' if n_left_out == 1 else 'are'} left out."]


def repeats(alike: Indices, parts: Parts, columns: Columns) -> list[str]:
    """How many rows repeat another, and whether copies of training rows judge."""
    n_repeated = len(alike) - len(np.unique(alike))
    if not n_repeated:
        return []
    n_sides = len(np.unique(alike * 4 + parts)) - len(np.unique(alike))
    repeat = f"{number(n_repeated, 9)} {'row repeats' if n_repeated == 1 else 'rows repeat'} another"
    if not n_sides:
        return [f"{repeat}; rows alike stay on one side."]
    if too_common(alike):
        why = "the split column puts" if columns.split_column else "so many that drawing row by row puts"
        return [f"{repeat}; {why} some of them on several sides, and rows alike are usual in this table."]
    n_copies = int(np.isin(alike[parts == TEST], alike[parts == TRAIN]).sum())
    are = "is a copy" if n_copies == 1 else "are copies"
    lie = f"{number(n_copies, 9)} of the {number(int((parts == TEST).sum()), 9)} test rows {are} of a training row"
    return [f"{repeat}; {_divider(columns)} some of them on several sides: {lie}, and the score on them flatters."]


def small(counts: dict[str, int]) -> list[str]:
    """Which parts are empty, or have few rows."""
    n_test, n_validation = counts["test"], counts["validation"]
    notes = []
    if not n_test:
        notes.append("No rows are left to judge on.")
    elif n_test < FEW:
        notes.append(f"Only {n_test} {'row judges' if n_test == 1 else 'rows judge'}: a score on so few is rough.")
    if not n_validation:
        notes.append("No rows are left to choose the best epoch; the training loss chooses.")
    return notes


def classes(by_class: dict[str, list[int]]) -> list[str]:
    """Which classes are absent from a part, so that they cannot be learnt, chosen by, or judged."""
    notes = []
    single = [text for text, counted in by_class.items() if sum(counted) == 1 and counted[TRAIN]]
    if single:
        has, goes = ("has", "goes") if len(single) == 1 else ("have", "go")
        notes.append(f"{_classes(single)} {has} one row, which {goes} to train: nothing can judge it.")
    never = [text for text, counted in by_class.items() if not counted[TRAIN]]
    if never:
        does = "does" if len(never) == 1 else "do"
        notes.append(f"{_classes(never)} {does} not occur in train: the network cannot learn it.")
    unseen = [t for t, counted in by_class.items() if sum(counted) > 1 and counted[TRAIN] and not counted[TEST]]
    has_test = any(counted[TEST] for counted in by_class.values())
    if unseen and has_test:
        is_ = "is" if len(unseen) == 1 else "are"
        notes.append(f"{_classes(unseen)} {is_} not in test: no score can be told for it.")
    unchosen = [t for t, counted in by_class.items() if counted[TRAIN] and counted[TEST] and not counted[VALIDATION]]
    if unchosen and any(counted[VALIDATION] for counted in by_class.values()):
        is_ = "is" if len(unchosen) == 1 else "are"
        notes.append(f"{_classes(unchosen)} {is_} not in validation: the best epoch is chosen without it.")
    return notes


def drift(by_class: dict[str, list[int]], values: Floats | None, parts: Parts, is_by_time: bool) -> list[str]:
    """Where the target differs between train and test by more than chance and enough to matter."""
    why = "what is learnt is older than what is judged" if is_by_time else "the parts are not alike"
    if values is not None:
        return _drift_of_means(values, parts, why)
    n_train, n_test = (sum(counted[part] for counted in by_class.values()) for part in (TRAIN, TEST))
    if not n_train or not n_test:
        return []
    moved: list[tuple[float, str]] = []
    for text, counted in by_class.items():
        a, b = counted[TRAIN] / n_train, counted[TEST] / n_test
        common = (counted[TRAIN] + counted[TEST]) / (n_train + n_test)
        error = math.sqrt(common * (1 - common) * (1 / n_train + 1 / n_test))
        if abs(a - b) > max(MOVED, SURE * error):
            moved.append((-abs(a - b), f"{text[:40]} is {_percent(a)} of train and {_percent(b)} of test"))
    if not moved:
        return []
    return [f"Class {min(moved)[1]}: {why}."]


def groups(groups: Indices | None, parts: Parts, columns: Columns) -> list[str]:
    """Whether a group decides a part by itself, and whether groups lie on several sides."""
    if groups is None or not len(groups):
        return []
    named, notes = listed(list(columns.group_columns), 3), []
    sizes = np.bincount(groups)
    if len(sizes) == 1:
        return [f"All rows are one group of {named}, so they cannot be divided by it."]
    if sizes.max() > DOMINANT * len(groups):
        share = _percent(float(sizes.max()) / len(groups))
        notes.append(f"One group of {named} holds {share} of the rows: the part it is in is mostly this group.")
    n_torn = len(np.unique(groups * 4 + parts)) - len(sizes[sizes > 0])
    if n_torn:
        notes.append(f"Groups of {named} lie on several sides: {_divider(columns)} their rows apart.")
    return notes


def overlap(time: Floats | None, parts: Parts, columns: Columns) -> list[str]:
    """Whether training rows come after test rows, which no model in use can have."""
    if time is None or columns.time_column is None:
        return []
    train, test = time[(parts == TRAIN) & ~np.isnan(time)], time[(parts == TEST) & ~np.isnan(time)]
    if not len(train) or not len(test) or train.max() < test.min():
        return []
    kind = columns[columns.time_column].kind
    ends, begins = said(float(train.max()), kind), said(float(test.min()), kind)
    return [f"Training rows reach to {ends}, and test rows begin at {begins}: the future helps to tell the past."]


def _drift_of_means(values: Floats, parts: Parts, why: str) -> list[str]:
    train, test = (values[(parts == part) & np.isfinite(values)] for part in (TRAIN, TEST))
    if len(train) < 2 or len(test) < 2:
        return []
    with np.errstate(all="ignore"):
        spread = float(train.std())
        error = math.sqrt(float(train.var()) / len(train) + float(test.var()) / len(test))
        apart = abs(float(train.mean()) - float(test.mean()))
    if not math.isfinite(apart) or not apart > max(SHIFTED * spread, SURE * error):
        return []
    means = f"{number(float(train.mean()))} in train and {number(float(test.mean()))} in test"
    return [f"The target's mean is {means}: {why}."]


def _divider(columns: Columns) -> str:
    """What divided the rows, as the beginning of what it does."""
    if columns.split_column is not None:
        return "the split column puts"
    return "time puts" if columns.time_column is not None else "drawing puts"


def _percent(share: float) -> str:
    return f"{100 * share:.0f} %"


def _rows(n: int) -> str:
    return "1 row has" if n == 1 else f"{number(n, 9)} rows have"


def _classes(names: list[str]) -> str:
    return ("Class " if len(names) == 1 else "Classes ") + listed(names, MOST_NAMED)

"""Rows that belong together, drawn as wholes: the columns with the role group, and parts made of whole groups.

Axes: `N` rows, `G` groups, `K` classes, `P` parts.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    import pandas as pd

Indices = npt.NDArray[np.int64]
Counts = npt.NDArray[np.int64]

MOST_CELLS = 20_000_000  # of the table groups × classes; above it only the sizes of the groups count
CHAINED = 0.25  # of the rows: where copies would chain groups into one that large, the groups alone are kept whole


def groups_of(frame: pd.DataFrame, names: Sequence[str]) -> Indices:
    """The number of the group of each row, (N,): rows that share a value in any of the columns share it.

    A missing cell belongs to nobody: it joins its row to no other.
    """
    keys = [_key(frame[name]) for name in names]
    return joined(keys) if keys else np.arange(len(frame), dtype=np.int64)


def with_copies(groups: Indices, alike: Indices) -> Indices:
    """The groups joined where rows of theirs are alike, unless that would make one of most rows; see `CHAINED`."""
    both = joined([groups, alike])
    if share_of_largest(both) > max(CHAINED, share_of_largest(groups)):
        return groups
    return both


def joined(keys: Sequence[Indices]) -> Indices:
    """Each row's component, (N,): two rows that have the same number in any key are in one."""
    if len(keys) == 1:
        return np.unique(keys[0], return_inverse=True)[1].astype(np.int64)
    from scipy.sparse import coo_matrix
    from scipy.sparse.csgraph import connected_components

    n_rows, ends, n_nodes = len(keys[0]), [], len(keys[0])
    for key in keys:  # a node for each row and one for each number of each key
        places = np.unique(key, return_inverse=True)[1]
        ends.append(n_nodes + places)
        n_nodes += int(places.max(initial=-1)) + 1
    starts = np.tile(np.arange(n_rows), len(keys))
    links = coo_matrix((np.ones(len(starts), dtype=np.int8), (starts, np.concatenate(ends))), (n_nodes, n_nodes))
    found: Indices = connected_components(links, directed=False)[1][:n_rows].astype(np.int64)
    return found


def share_of_largest(groups: Indices) -> float:
    """Which share of the rows the largest group holds."""
    return float(np.bincount(groups).max()) / len(groups) if len(groups) else 0.0


def drawn_groups(groups: Indices, strata: Indices, shares: Sequence[float], seed: int) -> npt.NDArray[np.int8]:
    """The part of every row, (N,): whole groups, so that rows and classes come as near to the shares as they allow.

    Groups that hold the same numbers of each class are dealt out by the shares; what is left over goes one by one,
    largest first, to the part that lacks its classes most, as scikit-learn's StratifiedGroupKFold deals out folds.
    """
    groups = np.unique(groups, return_inverse=True)[1]
    count_GK = _counts(groups, strata)
    order = np.random.default_rng(seed).permutation(len(count_GK))
    part_G = np.full(len(count_GK), -1, dtype=np.int8)
    left = _dealt(count_GK, order, shares, part_G)
    _by_need(count_GK, left, shares, part_G)
    _fill_empty(count_GK, shares, part_G)
    return part_G[groups]


def _key(series: pd.Series[Any]) -> Indices:
    codes, distinct = series.factorize()
    alone = len(distinct) + np.arange(len(codes))
    return np.where(codes < 0, alone, codes).astype(np.int64)


def _counts(groups: Indices, strata: Indices) -> Counts:
    """How many rows of each class a group holds, (G, K); of too many cells only how many rows, (G, 1)."""
    n_groups, n_strata = int(groups.max()) + 1, int(strata.max()) + 1
    if n_groups * n_strata > MOST_CELLS:
        return np.bincount(groups, minlength=n_groups)[:, None]
    flat = np.bincount(groups * n_strata + strata, minlength=n_groups * n_strata)
    return flat.reshape(n_groups, n_strata)


def _dealt(count_GK: Counts, order: Indices, shares: Sequence[float], part_G: npt.NDArray[np.int8]) -> Indices:
    """Deals out the groups that are like many others; gives those that are left, largest first."""
    _, kind_G = np.unique(count_GK, axis=0, return_inverse=True)
    by_kind = order[np.argsort(kind_G.ravel()[order], kind="stable")]
    edges = np.flatnonzero(np.diff(kind_G.ravel()[by_kind])) + 1
    left: list[Indices] = []
    for same in np.split(by_kind, edges):
        wholes = [int(share * len(same) + 1e-9) for share in shares]
        part_G[same[: sum(wholes)]] = np.repeat(np.arange(len(shares), dtype=np.int8), wholes)
        left.append(same[sum(wholes) :])
    rest = np.concatenate(left)
    return rest[np.argsort(-count_GK[rest].sum(axis=1), kind="stable")]


def _by_need(count_GK: Counts, left: Indices, shares: Sequence[float], part_G: npt.NDArray[np.int8]) -> None:
    total_K = np.maximum(count_GK.sum(axis=0), 1).astype(np.float64)
    lack_PK = np.outer(shares, total_K)
    for part in range(len(shares)):
        lack_PK[part] -= count_GK[part_G == part].sum(axis=0)
    closed_P = np.where(np.array(shares) > 0, 0.0, -np.inf)
    for group in left.tolist():
        part = int(np.argmax(lack_PK @ (count_GK[group] / total_K**2) + closed_P))
        part_G[group] = part
        lack_PK[part] -= count_GK[group]


def _fill_empty(count_GK: Counts, shares: Sequence[float], part_G: npt.NDArray[np.int8]) -> None:
    """Gives a part that is wanted and got nothing the smallest group of the part with most groups, train first."""
    size_G = count_GK.sum(axis=1)
    for part in sorted(range(len(shares)), key=lambda part: (part != 0, -shares[part])):
        if shares[part] <= 0 or (part_G == part).any():
            continue
        n_P = np.bincount(part_G, minlength=len(shares))
        giver = int(np.argmax(n_P))
        if n_P[giver] < 2 and part != 0:
            continue
        mine = np.flatnonzero(part_G == giver)
        part_G[mine[np.argmin(size_G[mine])]] = part

"""Questions that ask the same thing, put together: for grouping what nobody could answer. Blocking, no I/O."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy import sparse

from knowledge_base.normalise import normalise, skeleton
from knowledge_base.vectors import Vectors

SAME_MEANING, SAME_MEANING_HAN = 0.66, 0.86
"""From this cosine on, two questions ask the same thing; between two Chinese ones, whose words all lie nearer together,
from the second (docs/knowledge-base.md says how they were measured)."""
SAME_WORDS = 0.75
SAME_HAN = 0.6
"""From this share of common letter pairs on (Dice), they do as well, whatever the encoder says: Latin letters pair up
by chance more often than Chinese characters."""
_MOST = 4_000  # distinct questions compared; the rest each stay alone


@dataclass(frozen=True, slots=True)
class Cluster:
    """Positions of the questions that belong together; `typical` is the one nearest to all the others."""

    typical: int
    members: tuple[int, ...]


def cluster(texts: Sequence[str], vectors: Vectors) -> list[Cluster]:
    """Group questions, the largest group first. `vectors` has a row for each; where it is zeros, letters decide."""
    keys = [skeleton(normalise(text)) or text for text in texts]
    distinct = {key: position for position, key in reversed(list(enumerate(keys)))}
    chosen = [position for _, position in sorted(distinct.items(), key=lambda item: item[1])]
    weights = Counter(keys)
    compared, alone = chosen[:_MOST], chosen[_MOST:]
    near = _near([keys[n] for n in compared], vectors[compared])
    sizes = np.array([weights[keys[n]] for n in compared], dtype=np.float32)
    groups = [[compared[n] for n in group] for group in _led(near, sizes)] + [[n] for n in alone]
    same: dict[str, list[int]] = {}
    for position, key in enumerate(keys):
        same.setdefault(key, []).append(position)
    found = [
        Cluster(group[0], tuple(sorted(n for leader in group for n in same[keys[leader]]))) for group in groups
    ]
    return sorted(found, key=lambda each: (-len(each.members), each.typical))


def _led(near: Any, sizes: Vectors) -> list[list[int]]:
    """Whoever has the most (weighted) neighbours leads a group of those still free, then the next does."""
    free = np.ones(len(sizes), dtype=bool)
    groups: list[list[int]] = []
    neighbours = near @ sizes + sizes / 2  # of equals, the one asked more often leads
    for leader in np.argsort(-neighbours, kind="stable"):
        if not free[leader]:
            continue
        members = [int(n) for n in near.indices[near.indptr[leader] : near.indptr[leader + 1]] if free[n]]
        free[members] = False
        free[leader] = False
        groups.append([int(leader), *(n for n in members if n != leader)])
    return groups


def _near(keys: Sequence[str], vectors: Vectors) -> Any:
    """Which questions ask the same thing: a symmetric matrix of ones, each question being near itself."""
    pairs = _letter_pairs(keys)
    common = (pairs @ pairs.T).tocoo()
    counts = np.asarray(pairs.sum(axis=1)).ravel()
    han = np.array([any(char >= "\u3400" for char in key) for key in keys])
    needed = np.where(han, SAME_HAN, SAME_WORDS)
    alike = 2 * common.data >= needed[common.row] * (counts[common.row] + counts[common.col])
    alike &= needed[common.row] == needed[common.col]
    itself = np.arange(len(keys))
    rows, columns = [itself, common.row[alike]], [itself, common.col[alike]]
    for start in range(0, len(keys), 512):
        both = han[start : start + 512, None] & han
        meant = np.where(both, SAME_MEANING_HAN, SAME_MEANING)
        row, column = np.nonzero(vectors[start : start + 512] @ vectors.T >= meant)
        rows.append(row + start)
        columns.append(column)
    row, column = np.concatenate(rows), np.concatenate(columns)
    ones = np.ones(len(row), dtype=np.float32)
    near = sparse.csr_matrix((ones, (row, column)), shape=(len(keys), len(keys)))
    near.data[:] = 1  # several reasons to be near count once
    return near


def _letter_pairs(keys: Sequence[str]) -> Any:
    names: dict[str, int] = {}
    rows: list[int] = []
    columns: list[int] = []
    for row, key in enumerate(keys):
        for pair in {key[n : n + 2] for n in range(max(1, len(key) - 1))}:
            rows.append(row)
            columns.append(names.setdefault(pair, len(names)))
    ones = np.ones(len(rows), dtype=np.float32)
    return sparse.csr_matrix((ones, (rows, columns)), shape=(len(keys), max(1, len(names))))

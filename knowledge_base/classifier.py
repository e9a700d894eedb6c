"""Multinomial logistic regression: which article's phrasings does a question resemble?

Every article weighs the same, however many phrasings and confirmed questions it has: else those with few would lose
their customers to those with many.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.optimize import minimize

from knowledge_base.vectors import Vectors

_PENALTY = 20.0  # C of the usual notation: higher trusts the phrasings more
_ROUNDS = 100


@dataclass(frozen=True, slots=True, eq=False)
class Classifier:
    """A row of `weights` and one of `biases` per article; `rows` says which."""

    rows: Mapping[str, int]
    weights: Vectors
    biases: Vectors

    @classmethod
    def fit(
        cls, seen: Vectors, labels: npt.NDArray[np.int64], rows: Mapping[str, int], before: "Classifier | None"
    ) -> "Classifier":
        """From phrasings as rows and the row of each one's article, starting from an earlier fit."""
        table = _fit(seen, labels, len(rows), _start(rows, seen.shape[1], before))
        return cls(rows, table[:, :-1], table[:, -1])

    def odds(self, seen: Vectors) -> Vectors:
        """The probability of every article; together 1."""
        logits = self.weights @ seen + self.biases
        odds = np.exp(logits - logits.max())
        return np.asarray(odds / odds.sum())


def _start(rows: Mapping[str, int], width: int, before: Classifier | None) -> npt.NDArray[np.float64]:
    start = np.zeros((len(rows), width + 1))
    if before is not None and before.weights.shape[1] == width:
        for owner, row in rows.items():
            if owner in before.rows:
                start[row, :-1], start[row, -1] = before.weights[before.rows[owner]], before.biases[before.rows[owner]]
    return start


def _fit(seen: Vectors, labels: npt.NDArray[np.int64], classes: int, start: npt.NDArray[np.float64]) -> Vectors:
    chosen = np.zeros((len(labels), classes), dtype=np.float32)
    chosen[np.arange(len(labels)), labels] = 1
    count = (1 / (np.bincount(labels, minlength=classes)[labels] * len(set(labels.tolist())))).astype(np.float32)
    strength = 1 / (_PENALTY * len(labels))

    def loss(flat: npt.NDArray[np.float64]) -> tuple[float, npt.NDArray[np.float64]]:
        table = flat.reshape(classes, -1).astype(np.float32)
        logits = seen @ table[:, :-1].T + table[:, -1]
        logits -= logits.max(axis=1, keepdims=True)
        shares = np.exp(logits)
        totals = shares.sum(axis=1, keepdims=True)
        shares /= totals
        cost = float(count @ (np.log(totals[:, 0]) - (logits * chosen).sum(axis=1)))
        miss = (shares - chosen) * count[:, None]
        slope = np.hstack([miss.T @ seen + strength * table[:, :-1], miss.sum(axis=0)[:, None]])
        return cost + strength / 2 * float((table[:, :-1] ** 2).sum()), slope.astype(np.float64).ravel()

    found = minimize(loss, start.ravel(), jac=True, method="L-BFGS-B", options={"maxiter": _ROUNDS})
    return np.asarray(found.x.reshape(classes, -1), dtype=np.float32)

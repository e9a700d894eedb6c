"""Moving word vectors so that questions confirmed as one meaning come to lie together: seconds of one thread.

The same loss as in training (in-batch contrast, both ways), over the few words that the pairs use, in numpy, so that a
serving process needs no torch. It always starts from the shipped table: what was confirmed wrongly once is gone as soon
as the pair is.
"""

import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from knowledge_base.chinese.table import VERSION, WordRow, WordTable
from knowledge_base.vectors import Vectors

_SHARPNESS = 20.0
_RATE, _WEIGHT_RATE = 2e-3, 1e-2
_FEW = 500  # pairs, up to which they are gone through more often and in smaller steps
_EPOCHS, _BATCH = {True: 40, False: 20}, {True: 64, False: 256}  # by whether they are few
_BETA1, _BETA2, _TINY = 0.9, 0.999, 1e-8


@dataclass(frozen=True, slots=True)
class Sentences:
    """Two texts of one meaning, normalised. Pairs of one `group` are not held against each other."""

    one: str
    other: str
    group: str


def refit(table: WordTable, pairs: Sequence[Sentences], seed: int = 0) -> dict[str, WordRow]:
    """New rows for the words of the pairs; words that the table lacks are left out, pairs without words too."""
    cut = [(_known(table, pair.one), _known(table, pair.other), pair.group) for pair in pairs]
    cut = [each for each in cut if each[0] and each[1] and each[0] != each[1]]
    words = sorted({word for one, other, _ in cut for word in (*one, *other)})
    if len(cut) < 2:
        return {}
    place = {word: row for row, word in enumerate(words)}
    rows = [row for word in words if (row := table.row(word)) is not None]
    fit = _Fit(np.stack([row.vector for row in rows]), np.log(np.array([row.weight for row in rows])))
    groups = np.unique([group for _, _, group in cut], return_inverse=True)[1]
    ones, others = ([[place[word] for word in each[side]] for each in cut] for side in (0, 1))
    chance = np.random.default_rng(seed)
    few = len(cut) <= _FEW
    batch = min(_BATCH[few], len(cut))
    for _ in range(_EPOCHS[few]):
        order = chance.permutation(len(cut))
        for at in range(0, len(order) - batch + 1, batch):
            chosen = order[at : at + batch]
            fit.step([ones[each] for each in chosen], [others[each] for each in chosen], groups[chosen])
    weights = np.exp(fit.weights.value)
    return {
        word: WordRow(fit.vectors.value[row].astype(np.float32), float(weights[row])) for word, row in place.items()
    }


def packed(rows: Mapping[str, WordRow]) -> bytes:
    """Rows as bytes to keep in a database (about 500 bytes a word), with the table that they belong to."""
    target = io.BytesIO()
    np.savez_compressed(
        target, table=np.frombuffer(VERSION.encode(), np.uint8),
        words=np.frombuffer("\n".join(rows).encode(), np.uint8),
        vectors=np.array([row.vector for row in rows.values()], np.float16),
        weights=np.array([row.weight for row in rows.values()], np.float32),
    )  # fmt: skip
    return target.getvalue()


def unpacked(content: bytes) -> dict[str, WordRow]:
    """What `packed` wrote. Raises ValueError for anything else, rows of another table included."""
    try:
        with np.load(io.BytesIO(content), allow_pickle=False) as file:
            if file["table"].tobytes().decode() != VERSION:
                raise ValueError("learned words of another table")
            words = file["words"].tobytes().decode().split("\n")
            rows = zip(words, file["vectors"].astype(np.float32), file["weights"].tolist(), strict=True)
            return {word: WordRow(vector, weight) for word, vector, weight in rows}
    except (OSError, KeyError, EOFError) as error:
        raise ValueError("not learned words") from error


def _known(table: WordTable, text: str) -> list[str]:
    return [word for word in table.segmenter.words(text) if table.row(word) is not None]


class _Adam:
    """Adam (Kingma and Ba 2015) on one array."""

    def __init__(self, value: npt.NDArray[np.float64], rate: float) -> None:
        self.value = value
        self._rate = rate
        self._mean = np.zeros_like(value)
        self._square = np.zeros_like(value)
        self._steps = 0

    def step(self, slope: npt.NDArray[np.float64]) -> None:
        self._steps += 1
        self._mean = _BETA1 * self._mean + (1 - _BETA1) * slope
        self._square = _BETA2 * self._square + (1 - _BETA2) * slope**2
        mean = self._mean / (1 - _BETA1**self._steps)
        square = self._square / (1 - _BETA2**self._steps)
        self.value = self.value - self._rate * mean / (np.sqrt(square) + _TINY)


class _Fit:
    def __init__(self, vectors: Vectors, log_weights: npt.NDArray[np.float64]) -> None:
        self.vectors = _Adam(vectors.astype(np.float64), _RATE)
        self.weights = _Adam(log_weights, _WEIGHT_RATE)

    def step(self, ones: list[list[int]], others: list[list[int]], groups: npt.NDArray[np.int64]) -> None:
        left, right = self._sums(ones), self._sums(others)
        apart = groups[:, None] != groups[None, :]
        np.fill_diagonal(apart, True)
        likeness = np.where(apart, _SHARPNESS * left.unit @ right.unit.T, -np.inf)
        own = np.eye(len(ones))
        pull = (_shares(likeness) - own + (_shares(likeness.T) - own).T) * _SHARPNESS / (2 * len(ones))
        slopes = np.zeros_like(self.vectors.value), np.zeros_like(self.weights.value)
        self._back(left, pull @ right.unit, slopes)
        self._back(right, pull.T @ left.unit, slopes)
        self.vectors.step(slopes[0])
        self.weights.step(slopes[1])

    def _sums(self, sentences: list[list[int]]) -> "_Sums":
        words = np.concatenate([np.array(sentence) for sentence in sentences])
        owners = np.repeat(np.arange(len(sentences)), [len(sentence) for sentence in sentences])
        weights = np.exp(self.weights.value[words])
        totals = np.zeros((len(sentences), self.vectors.value.shape[1]))
        np.add.at(totals, owners, weights[:, None] * self.vectors.value[words])
        lengths = np.maximum(np.linalg.norm(totals, axis=1, keepdims=True), 1e-9)
        return _Sums(words, owners, weights, totals / lengths, lengths)

    def _back(
        self, sums: "_Sums", slope: npt.NDArray[np.float64],
        slopes: tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]],
    ) -> None:  # fmt: skip
        """From the slope of the unit vectors to those of words and weights."""
        along = (slope * sums.unit).sum(axis=1, keepdims=True)
        each = ((slope - along * sums.unit) / sums.lengths)[sums.owners]
        np.add.at(slopes[0], sums.words, sums.weights[:, None] * each)
        np.add.at(slopes[1], sums.words, sums.weights * (self.vectors.value[sums.words] * each).sum(axis=1))


@dataclass(frozen=True, slots=True, eq=False)
class _Sums:
    words: npt.NDArray[np.int64]
    owners: npt.NDArray[np.int64]
    weights: npt.NDArray[np.float64]
    unit: npt.NDArray[np.float64]
    lengths: npt.NDArray[np.float64]


def _shares(likeness: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    odds = np.exp(likeness - likeness.max(axis=1, keepdims=True))
    return np.asarray(odds / odds.sum(axis=1, keepdims=True))

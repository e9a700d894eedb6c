"""Moving word vectors, and what words count, so that texts confirmed as one meaning come to lie together: seconds of
one thread.

The same loss as in training (in-batch contrast, both ways), in numpy, so that a serving process needs no torch. Words
of the pairs move on their own, a little. What a word counts follows from its kind as well, and one matrix, held near
the identity, bends the meaning of every sentence, so that what pairs told serves the articles without pairs too. It
always starts from the shipped table: what was confirmed wrongly once is gone as soon as the pair is.
"""

import io
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from knowledge_base.chinese.table import VERSION, WordRow, WordTable
from knowledge_base.chinese.term_fit import Adam, TermFit
from knowledge_base.lexical import Terms, Worth, terms_of
from knowledge_base.vectors import Vectors

_SHARPNESS = 20.0
_RATE, _WEIGHT_RATE, _KIND_RATE = 3e-4, 1e-2, 2e-3
_BEND_RATE, _MOST_BENDING = 3e-7, 1000  # a pair, and pairs that count: few cannot tell how everything is to bend
_BATCH = 64  # held against more, a pair meets too many articles that ask the same in other words
_STEPS, _STEPS_A_PAIR, _MOST_STEPS = 40, 0.2, 240  # the fewer pairs, the sooner they would be learned by heart


@dataclass(frozen=True, slots=True)
class Sentences:
    """Two texts of one meaning, normalised. Pairs of one `group` are not held against each other."""

    one: str
    other: str
    group: str


@dataclass(frozen=True, slots=True)
class Learned:
    """What pairs taught: vectors and weights of words, how the weights of all words follow from their kind (slopes of
    `WordTable.weighing`; none: they stay), how the meaning of every sentence bends (`WordTable.bent`; none: it stays),
    what terms count when texts are compared by words, and how far confirmed questions of each script lift their
    articles."""

    words: Mapping[str, WordRow] = field(default_factory=dict)
    kinds: tuple[float, ...] = ()
    bend: Vectors | None = None
    worth: Worth = field(default_factory=dict)
    lifts: Mapping[str, float] = field(default_factory=dict)

    def over(self, shipped: WordTable) -> WordTable:
        """The shipped table with what was learned."""
        weighed = shipped.weighing(np.array(self.kinds, np.float32)) if self.kinds else shipped
        bent = weighed if self.bend is None else weighed.bent(self.bend)
        return bent.with_words(self.words)


def refit(table: WordTable, pairs: Sequence[Sentences], base: Sequence[Terms], seed: int = 0) -> Learned:
    """New rows for the words of the pairs (words that the table lacks are left out, pairs without words too), and the
    worth of their terms among the texts of `base`.

    Vectors and words are fitted on their sum, as they are searched: each learns what the other does not say.
    """
    pairs = [pair for pair in pairs if pair.one != pair.other]
    known = [(_known(table, pair.one), _known(table, pair.other), pair) for pair in pairs]
    cut = [(one, other, pair) for one, other, pair in known if one and other]
    words = sorted({word for one, other, _ in cut for word in (*one, *other)})
    if len(cut) < 2:
        return Learned()
    place = {word: row for row, word in enumerate(words)}
    terms = TermFit([terms_of(pair.one) for *_, pair in cut], [terms_of(pair.other) for *_, pair in cut], base)
    fit = _Fit(table, words, terms, _BEND_RATE * min(len(cut), _MOST_BENDING))
    groups = np.unique([pair.group for *_, pair in cut], return_inverse=True)[1]
    ones, others = ([[place[word] for word in sides[side]] for *sides, _ in cut] for side in (0, 1))
    for chosen, share in _batches(len(cut), np.random.default_rng(seed)):
        fit.step([ones[each] for each in chosen], [others[each] for each in chosen], chosen, groups[chosen], share)
    weights = np.exp(fit.log_weights())
    return Learned(
        {word: WordRow(fit.vectors.value[row].astype(np.float32), float(weights[row])) for word, row in place.items()},
        tuple(fit.kinds.value.tolist()),
        fit.bend.value.astype(np.float32),
        terms.worth(),
    )


def _batches(pairs: int, chance: np.random.Generator) -> Iterator[tuple[npt.NDArray[np.int64], float]]:
    """Per step: the pairs that are held against each other, all in turn, and its share of the usual length, falling."""
    size = min(_BATCH, pairs)
    steps = min(_STEPS + int(_STEPS_A_PAIR * pairs), _MOST_STEPS)
    waiting = np.empty(0, dtype=np.int64)
    for step in range(steps):
        if len(waiting) < size:
            waiting = chance.permutation(pairs)
        yield waiting[:size], 1 - step / steps
        waiting = waiting[size:]


def packed(learned: Learned) -> bytes:
    """As bytes to keep in a database (about 500 bytes a word, and 120 KB), with the table that the words belong to."""
    target = io.BytesIO()
    np.savez_compressed(
        target, table=np.frombuffer(VERSION.encode(), np.uint8),
        words=np.frombuffer("\n".join(learned.words).encode(), np.uint8),
        vectors=np.array([row.vector for row in learned.words.values()], np.float16),
        weights=np.array([row.weight for row in learned.words.values()], np.float32),
        kinds=np.array(learned.kinds, np.float64),
        bend=np.array([] if learned.bend is None else learned.bend, np.float16),
        terms=np.frombuffer("\n".join(learned.worth).encode(), np.uint8),
        worth=np.array(list(learned.worth.values()), np.float32),
        scripts=np.frombuffer("\n".join(learned.lifts).encode(), np.uint8),
        lifts=np.array(list(learned.lifts.values()), np.float64),
    )  # fmt: skip
    return target.getvalue()


def unpacked(content: bytes) -> Learned:
    """What `packed` wrote. Raises ValueError for anything else, rows of another table included."""
    try:
        with np.load(io.BytesIO(content), allow_pickle=False) as file:
            if file["table"].tobytes().decode() != VERSION:
                raise ValueError("learned words of another table")
            words, terms, scripts = (_lines(file[name]) for name in ("words", "terms", "scripts"))
            rows = zip(words, file["vectors"].astype(np.float32), file["weights"].tolist(), strict=True)
            worth = dict(zip(terms, file["worth"].tolist(), strict=True))
            lifts = dict(zip(scripts, file["lifts"].tolist(), strict=True))
            # Refits of earlier versions have no kinds and no bend.
            kinds = tuple(file["kinds"].tolist()) if "kinds" in file.files else ()
            bend = file["bend"].astype(np.float32) if "bend" in file.files and file["bend"].size else None
            return Learned({word: WordRow(vector, weight) for word, vector, weight in rows}, kinds, bend, worth, lifts)
    except (OSError, KeyError, EOFError) as error:
        raise ValueError("not learned words") from error


def _lines(written: npt.NDArray[np.uint8]) -> list[str]:
    return written.tobytes().decode().split("\n") if written.size else []


def _known(table: WordTable, text: str) -> list[str]:
    return [word for word in table.segmenter.words(text) if table.row(word) is not None]


class _Fit:
    def __init__(self, table: WordTable, words: Sequence[str], terms: TermFit, bend_rate: float) -> None:
        rows = [row for word in words if (row := table.row(word)) is not None]
        self._shipped = np.log(np.array([row.weight for row in rows]))
        self._traits = table.traits(np.array([table.words()[word] for word in words])).astype(np.float64)
        self.vectors = Adam(np.stack([row.vector for row in rows]).astype(np.float64), _RATE)
        self.weights = Adam(np.zeros(len(rows)), _WEIGHT_RATE)
        self.kinds = Adam(np.zeros(self._traits.shape[1]), _KIND_RATE)
        self.bend = Adam(np.zeros((self.vectors.value.shape[1],) * 2), bend_rate)
        self.terms = terms

    def log_weights(self) -> npt.NDArray[np.float64]:
        return np.asarray(self._shipped + self.weights.value + self._traits @ self.kinds.value)

    def step(
        self, ones: list[list[int]], others: list[list[int]], pairs: npt.NDArray[np.int64],
        groups: npt.NDArray[np.int64], share: float,
    ) -> None:  # fmt: skip
        log_weights = self.log_weights()
        left, right = self._sums(ones, log_weights), self._sums(others, log_weights)
        apart = groups[:, None] != groups[None, :]
        np.fill_diagonal(apart, True)
        likeness = np.where(apart, _SHARPNESS * (left.unit @ right.unit.T + self.terms.scores(pairs)), -np.inf)
        own = np.eye(len(ones))
        pull = (_shares(likeness) - own + (_shares(likeness.T) - own).T) * _SHARPNESS / (2 * len(ones))
        slopes = _Slopes(*(np.zeros_like(each.value) for each in (self.vectors, self.weights, self.bend)))
        self._back(left, pull @ right.unit, slopes)
        self._back(right, pull.T @ left.unit, slopes)
        self.terms.step(pairs, pull, share)
        self.vectors.step(slopes.vectors, share)
        self.weights.step(slopes.weights, share)
        self.kinds.step(self._traits.T @ slopes.weights, share)
        self.bend.step(slopes.bend, share)

    def _sums(self, sentences: list[list[int]], log_weights: npt.NDArray[np.float64]) -> "_Sums":
        words = np.concatenate([np.array(sentence) for sentence in sentences])
        owners = np.repeat(np.arange(len(sentences)), [len(sentence) for sentence in sentences])
        weights = np.exp(log_weights[words])
        totals = np.zeros((len(sentences), self.vectors.value.shape[1]))
        np.add.at(totals, owners, weights[:, None] * self.vectors.value[words])
        bent = totals + totals @ self.bend.value
        lengths = np.maximum(np.linalg.norm(bent, axis=1, keepdims=True), 1e-9)
        return _Sums(words, owners, weights, totals, bent / lengths, lengths)

    def _back(self, sums: "_Sums", slope: npt.NDArray[np.float64], slopes: "_Slopes") -> None:
        """From the slope of the unit vectors to those of words, weights and bend."""
        along = (slope * sums.unit).sum(axis=1, keepdims=True)
        outer = (slope - along * sums.unit) / sums.lengths
        slopes.bend[:] += sums.totals.T @ outer
        each = (outer + outer @ self.bend.value.T)[sums.owners]
        np.add.at(slopes.vectors, sums.words, sums.weights[:, None] * each)
        np.add.at(slopes.weights, sums.words, sums.weights * (self.vectors.value[sums.words] * each).sum(axis=1))


@dataclass(frozen=True, slots=True, eq=False)
class _Sums:
    words: npt.NDArray[np.int64]
    owners: npt.NDArray[np.int64]
    weights: npt.NDArray[np.float64]
    totals: npt.NDArray[np.float64]
    unit: npt.NDArray[np.float64]
    lengths: npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class _Slopes:
    vectors: npt.NDArray[np.float64]
    weights: npt.NDArray[np.float64]
    bend: npt.NDArray[np.float64]


def _shares(likeness: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    odds = np.exp(likeness - likeness.max(axis=1, keepdims=True))
    return np.asarray(odds / odds.sum(axis=1, keepdims=True))

"""Texts as sparse vectors: tf-idf over character n-grams and over words, learned and applied by the same code."""

from collections import Counter
from dataclasses import dataclass
from typing import Callable, Dict, Iterable, List, Sequence, Tuple

import numpy as np

from bot.rasa_parts.text import normalise, words

LONGEST_GRAM = 4
UNKNOWN_SHARE = 0.3
"""How far terms never seen in training weaken those that were: none would make a text of one known sign certain of
it, all would doubt every new phrasing. Chosen by cross-validation."""


def grams(normalised: str) -> List[str]:
    """All runs of 1 to 4 characters; a space at both ends lets a gram know that it begins or ends the text."""
    padded = f" {normalised} "
    runs = (
        padded[start : start + length]
        for length in range(1, LONGEST_GRAM + 1)
        for start in range(len(padded) - length + 1)
    )
    return [run for run in runs if not run.isspace()]


FAMILIES: Tuple[Callable[[str], List[str]], ...] = (grams, words)


@dataclass(frozen=True)
class Family:
    """The known terms of one kind of feature: their columns, and how rare (telling) each is."""

    columns: Dict[str, int]
    rarity: np.ndarray

    @classmethod
    def learn(cls, documents: Sequence[List[str]]) -> "Family":
        seen_in = Counter(term for document in documents for term in set(document))
        terms = sorted(seen_in)
        counts = np.array([seen_in[term] for term in terms], dtype=np.float64)
        return cls({term: column for column, term in enumerate(terms)}, np.log((1 + len(documents)) / (1 + counts)) + 1)

    def weigh(self, terms: Iterable[str]) -> Tuple[np.ndarray, np.ndarray]:
        """Columns and weights of the known terms; the weights are shorter than 1 by what is unknown."""
        counts = Counter(terms)
        known = [term for term in counts if term in self.columns]
        columns = np.array([self.columns[term] for term in known], dtype=np.int64)
        weights = _damped([counts[term] for term in known]) * self.rarity[columns]
        unknown = _damped([count for term, count in counts.items() if term not in self.columns]) * self.rarity.max()
        length = np.sqrt(weights @ weights + UNKNOWN_SHARE * (unknown @ unknown))
        return columns, weights / (length or 1.0)


@dataclass(frozen=True)
class Vocabulary:
    """Everything known about the training texts' terms."""

    families: Tuple[Family, ...]

    @classmethod
    def learn(cls, texts: Sequence[str]) -> "Vocabulary":
        normalised = [normalise(text) for text in texts]
        return cls(tuple(Family.learn([split(text) for text in normalised]) for split in FAMILIES))

    @property
    def size(self) -> int:
        return sum(len(family.columns) for family in self.families)

    def vector(self, text: str) -> Tuple[np.ndarray, np.ndarray]:
        """The text's non-zero columns and their weights."""
        normalised = normalise(text)
        columns, weights, offset = [], [], 0
        for split, family in zip(FAMILIES, self.families, strict=True):
            found, weight = family.weigh(split(normalised))
            columns.append(found + offset)
            weights.append(weight)
            offset += len(family.columns)
        return np.concatenate(columns), np.concatenate(weights)


def _damped(counts: Sequence[int]) -> np.ndarray:
    """A term said three times is not three times as telling."""
    return 1 + np.log(np.array(counts, dtype=np.float64))

"""Texts as sparse vectors: tf-idf over character n-grams and over words, learned and applied by the same code."""

from collections import Counter
from dataclasses import dataclass
from typing import Callable, Dict, Iterable, List, Sequence, Tuple

import numpy as np

from bot.rasa_parts.text import normalise, words

LONGEST_GRAM = 4


def grams(normalised: str) -> List[str]:
    """All runs of 1 to 4 characters; a space at both ends lets a gram know that it begins or ends the text."""
    padded = f" {normalised} "
    return [
        padded[start : start + length]
        for length in range(1, LONGEST_GRAM + 1)
        for start in range(len(padded) - length + 1)
    ]


FAMILIES: Tuple[Callable[[str], List[str]], ...] = (grams, words)


@dataclass(frozen=True)
class Family:
    """The known terms of one kind of feature: their columns, and how rare (telling) each is."""

    columns: Dict[str, int]
    rarity: "np.ndarray[tuple[int], np.dtype[np.float64]]"

    @classmethod
    def learn(cls, documents: Sequence[List[str]]) -> "Family":
        seen_in = Counter(term for document in documents for term in set(document))
        terms = sorted(seen_in)
        counts = np.array([seen_in[term] for term in terms], dtype=np.float64)
        return cls({term: column for column, term in enumerate(terms)}, np.log((1 + len(documents)) / (1 + counts)) + 1)

    def weigh(self, terms: Iterable[str]) -> Tuple["np.ndarray", "np.ndarray"]:
        """Columns and unit-length weights of the terms that are known."""
        counts = Counter(self.columns[term] for term in terms if term in self.columns)
        columns = np.fromiter(counts.keys(), dtype=np.int64, count=len(counts))
        weights = (1 + np.log(np.fromiter(counts.values(), dtype=np.float64, count=len(counts)))) * self.rarity[columns]
        return columns, weights / (np.sqrt(weights @ weights) or 1.0)


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

    def vector(self, text: str) -> Tuple["np.ndarray", "np.ndarray"]:
        """The text's non-zero columns and their weights."""
        normalised = normalise(text)
        columns, weights, offset = [], [], 0
        for split, family in zip(FAMILIES, self.families):
            found, weight = family.weigh(split(normalised))
            columns.append(found + offset)
            weights.append(weight)
            offset += len(family.columns)
        return np.concatenate(columns), np.concatenate(weights)

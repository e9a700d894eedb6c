"""A business's own words: different names of one thing are made to look alike, in both languages."""

import re
from collections.abc import Sequence
from typing import Protocol

from desk.faq_tuning import GlossaryTerm
from knowledge_base.chinese.segment import is_han
from knowledge_base.chinese.table import WordRow, WordTable
from knowledge_base.normalise import normalise
from knowledge_base.vectors import Vectors

_MARK = "\x00"  # begins a term that no text can hold
_KEPT = 0.3  # of a word's own vector where a glossary says what it means here


class _English(Protocol):
    def encode(self, texts: Sequence[str]) -> Vectors: ...


class Glossary:
    """Terms in normalised form. Immutable."""

    def __init__(self, terms: Sequence[GlossaryTerm] = ()) -> None:
        self._names: dict[str, str] = {}
        self._english: dict[str, str] = {}
        for term in terms:
            names = [name for name in map(normalise, term.names) if name]
            latin = [name for name in names if not _has_han(name)]
            for name in names:
                self._names.setdefault(name, term.id)
                if latin:
                    self._english.setdefault(name, latin[0])
        longest_first = sorted(self._names, key=len, reverse=True)
        self._pattern = re.compile("|".join(_bounded(name) for name in longest_first)) if longest_first else None

    def __bool__(self) -> bool:
        return bool(self._names)

    def marks(self, text: str) -> list[str]:
        """One made-up term for every glossary term named in a normalised text, so that words find it by any name."""
        if self._pattern is None:
            return []
        return [_MARK + self._names[found] for found in self._pattern.findall(text)]

    def plain(self, text: str) -> str:
        """A text without Chinese, its terms under their first English name."""
        if self._pattern is None or _has_han(text):
            return text
        return self._pattern.sub(lambda name: self._english.get(name.group(), name.group()), text)

    def in_english(self, word: str) -> str | None:
        """The English name of a term, None where it is no term or has none."""
        return self._english.get(word)

    def taught(self, table: WordTable, english: _English) -> WordTable:
        """The table with the terms' Chinese names as words that mean what their English name means."""
        rows: dict[str, WordRow] = {}
        for name in self._names:
            if not _has_han(name):
                continue
            meant = self._english.get(name)
            own = table.row(name)
            vector = table.encode([name])[0] if meant is None else english.encode([meant])[0]
            turned, length = table.turned(vector), table.usual_length
            if own is not None:
                turned = _KEPT * own.vector / max(float((own.vector**2).sum()) ** 0.5, 1e-6) + (1 - _KEPT) * turned
            rows[name] = WordRow(turned * length, 1.0)
        return table.with_words(rows, list(rows)) if rows else table


def _has_han(text: str) -> bool:
    return any(is_han(char) for char in text)


def _bounded(name: str) -> str:
    """The pattern of a name: Latin names only as whole words."""
    pattern = re.escape(name)
    return pattern if _has_han(name) else rf"(?<![^\W_]){pattern}(?![^\W_])"

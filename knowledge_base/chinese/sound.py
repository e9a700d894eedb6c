"""How Chinese sounds, typed in Latin letters without tones: from letters to the words that sound like it."""

from collections.abc import Iterable, Mapping
from functools import cache

from knowledge_base.chinese.segment import is_han
from knowledge_base.chinese.table import WordTable

_OWN_WORD = 6.0  # a word of the base is taken this much (in logarithms) sooner than its use elsewhere says
_LONGEST = 24  # letters of one word


class Sounds:
    """The words of a table by their sound. `own` are words of the base: they are meant before all others."""

    def __init__(self, table: WordTable, own: Iterable[str] = ()) -> None:
        self._table = table
        self._words = _by_sound(table)
        self._own = {word for word in own if table.entry(word) is not None}
        self._own_words: dict[str, str] = {}
        for word in sorted(self._own, key=lambda word: table.shares.get(word, -99.0)):
            self._own_words[self.of(word)] = word

    def of(self, word: str) -> str:
        """A word's sound without spaces; "" for a word of unknown sound."""
        entry = self._table.entry(word)
        if entry is not None:
            return entry.pinyin.replace(" ", "")
        parts = [self._table.entry(char) for char in word]
        return "".join(part.pinyin for part in parts if part) if all(parts) else ""

    def word(self, sound: str) -> str | None:
        """The base's word of that sound, if it has one."""
        return self._own_words.get(sound)

    def read(self, letters: str) -> str | None:
        """The Chinese text that lower-case letters most likely spell, None where they spell none or another language.

        The most probable path through words, as in `segment`; a lone syllable counts for little.
        """
        size = len(letters)
        best: list[tuple[float, str] | None] = [None] * size + [(0.0, "")]
        for start in range(size - 1, -1, -1):
            for end in range(start + 1, min(start + _LONGEST, size) + 1):
                rest, found = best[end], self._likeliest(letters[start:end])
                if rest is None or found is None:
                    continue
                score, word = found
                if best[start] is None or score + rest[0] > best[start][0]:  # type: ignore[index]
                    best[start] = score + rest[0], word + rest[1]
        return best[0][1] if best[0] is not None else None

    def _likeliest(self, sound: str) -> tuple[float, str] | None:
        own = self._own_words.get(sound)
        if own is not None:
            meant = _OWN_WORD if len(own) > 1 else 0.0  # else any two lone characters would beat a word of the base
            return self._table.shares.get(own, -12.0) + meant, own
        return self._words.get(sound)


@cache
def _by_sound(table: WordTable) -> Mapping[str, tuple[float, str]]:
    """The most used word of every sound, with the logarithm of its share."""
    found: dict[str, tuple[float, str]] = {}
    for word in table.words():
        entry, share = table.entry(word), table.shares.get(word, -16.0)
        sound = entry.pinyin.replace(" ", "") if entry else ""
        if sound and is_han(word[0]) and (sound not in found or share > found[sound][0]):
            found[sound] = share, word
    return found

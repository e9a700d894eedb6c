"""What a question may have meant where it was typed in haste: pinyin, a wrong letter, a character of the same sound."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping

from knowledge_base.chinese.segment import is_han
from knowledge_base.chinese.sound import Sounds
from knowledge_base.chinese.table import WordTable

_SHORTEST = 4  # letters of a word that is worth correcting
_TWO_MISTAKES = 8  # letters from which two wrong ones are forgiven
_FEW = 12  # words; a longer text gives enough to go by


class Reader:
    """Other readings of a question, by the words a base uses. Immutable."""

    def __init__(
        self, texts: Iterable[str], table: WordTable, knows_english: Callable[[str], bool],
        words: Mapping[str, int] | None = None,
    ) -> None:  # fmt: skip
        """`texts` are the base's phrasings, normalised, beside those whose `words` are counted already; `knows_english`
        tells an English word from a mistake."""
        self._table = table
        self._knows_english = knows_english
        self._counts = words = Counter(words or ()) + _counted(texts, table)
        self._latin = {word for word in words if not is_han(word[0])}
        self._by_length: dict[int, list[str]] = {}
        for word, _ in words.most_common():
            if word.isalpha() and not is_han(word[0]) and len(word) >= _SHORTEST:
                self._by_length.setdefault(len(word), []).append(word)
        self._sounds = Sounds(table, (word for word in words if is_han(word[0])))

    def changed(self, gone: Iterable[str], come: Iterable[str]) -> "Reader":
        """With some phrasings less and some more: only these are cut into words."""
        return Reader(come, self._table, self._knows_english, self._counts - _counted(gone, self._table))

    def other(self, text: str) -> str | None:
        """Another reading of a normalised text, None where it reads well as it is."""
        words = self._table.segmenter.words(text)
        if not words or len(words) > _FEW:
            return None
        read = self._same_sound(words) if any(is_han(word[0]) for word in words) else self._latin_words(words)
        return read if read is not None and read != text else None

    def _latin_words(self, words: list[str]) -> str | None:
        strange = [word for word in words if self._is_strange(word)]
        if not strange:
            return None
        spelt = [self._sounds.read(word) if word.isalpha() else None for word in words]
        if all(spelt):
            return "".join(text for text in spelt if text)
        corrected = [self._corrected(word) if word in strange else word for word in words]
        return " ".join(corrected) if corrected != words else None

    def _is_strange(self, word: str) -> bool:
        return word.isalpha() and len(word) >= _SHORTEST and word not in self._latin and not self._knows_english(word)

    def _corrected(self, word: str) -> str:
        """The base's most used word that differs in one letter, in two where the word is long."""
        allowed = 2 if len(word) >= _TWO_MISTAKES else 1
        near = range(len(word) - allowed, len(word) + allowed + 1)
        found = [(distance(word, other, allowed), other) for size in near for other in self._by_length.get(size, ())]
        best = min((each for each in found if each[0] <= allowed), default=None)
        return best[1] if best else word

    def _same_sound(self, words: list[str]) -> str | None:
        """Lone characters beside each other that sound like a word of the base are taken for it (退宽 -> 退款)."""
        read, at, changed = list[str](), 0, False
        while at < len(words):
            run = at
            while run < len(words) and len(words[run]) == 1 and is_han(words[run]):
                run += 1
            replaced = self._word_in(words[at:run])
            if replaced is not None:
                size, word = replaced
                changed |= word != "".join(words[at : at + size])
                read.append(word)
                at += size
            else:
                read.append(words[at])
                at += 1
        if not changed:
            return None
        return "".join(word if is_han(word[0]) else f" {word} " for word in read).strip()

    def _word_in(self, characters: list[str]) -> tuple[int, str] | None:
        for size in range(min(len(characters), 4), 1, -1):
            word = self._sounds.word(self._sounds.of("".join(characters[:size])))
            if word is not None and len(word) == size:
                return size, word
        return None


def _counted(texts: Iterable[str], table: WordTable) -> Counter[str]:
    return Counter(word for text in texts for word in table.segmenter.words(text))


def distance(one: str, other: str, most: int) -> int:
    """Letters to insert, leave out, change or swap with their neighbour (optimal string alignment); above `most`, any
    number above it."""
    if abs(len(one) - len(other)) > most:
        return most + 1
    two_ago, ago = list[int](), list(range(len(other) + 1))
    for row, left in enumerate(one, start=1):
        now = [row]
        for column, right in enumerate(other, start=1):
            cost = min(ago[column] + 1, now[-1] + 1, ago[column - 1] + (left != right))
            if row > 1 and column > 1 and left == other[column - 2] and one[row - 2] == right:
                cost = min(cost, two_ago[column - 2] + 1)
            now.append(cost)
        if min(now) > most:
            return most + 1
        two_ago, ago = ago, now
    return ago[-1]

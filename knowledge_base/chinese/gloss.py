"""Chinese into a row of English words by dictionary: rough, but another view of the question for an English base."""

from collections.abc import Callable

from knowledge_base.chinese.table import WordTable


def glossed(text: str, table: WordTable, own: Callable[[str], str | None]) -> str:
    """The English words that stand for a normalised Chinese text, in its order; "" where none is known.

    `own` gives the business's English name of a word, if it has one.
    """
    return " ".join(part for word in table.segmenter.words(text) if (part := own(word) or _meant(word, table)))


def _meant(word: str, table: WordTable) -> str:
    entry = table.entry(word)
    if entry is not None:
        return entry.gloss
    return word if word.isascii() else ""

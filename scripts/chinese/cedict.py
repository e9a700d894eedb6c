"""Reading CC-CEDICT: simplified words, how they sound, what they mean in English."""

import gzip
import re
from dataclasses import dataclass, field
from pathlib import Path

_LINE = re.compile(r"(\S+) (\S+) \[([^\]]*)\]+ /(.*)/")
_HAN = re.compile("[\u3400-\u9fff]")
_NO_MEANING = re.compile(r"(old |erhua )?variant of|used in|surname |see |abbr\. for$|also (written|pr)")
_LONGEST = 6  # characters; longer ones are sayings


@dataclass(slots=True)
class Word:
    """A simplified word. `pinyin` is without tones, syllables apart; `senses` are short English meanings."""

    text: str
    pinyin: str
    senses: list[str] = field(default_factory=list)


def read_words(path: Path) -> dict[str, Word]:
    """The words of the dictionary in its order, entries of one simplified form together, surnames left out."""
    words: dict[str, Word] = {}
    with gzip.open(path, "rt", encoding="utf-8") as file:
        for line in file:
            match = None if line.startswith("#") else _LINE.match(line)
            if match is None:
                continue
            _, text, sound, meanings = match.groups()
            if not _HAN.search(text) or len(text) > _LONGEST or (sound[:1].isupper() and len(text) == 1):
                continue
            senses = [sense for meaning in meanings.split("/") for sense in _senses(meaning)]
            if not senses:
                continue
            word = words.setdefault(text, Word(text, _plain(sound)))
            word.senses += [sense for sense in senses if sense not in word.senses]
    return words


def _plain(sound: str) -> str:
    return re.sub(r"[^a-z ]", "", sound.lower().replace("u:", "v"))


def _senses(meaning: str) -> list[str]:
    senses = []
    for part in meaning.split(";"):
        plain = re.sub(r"\bCL:\S+|\([^)]*\)|\[[^\]]*\]|[\u3400-\u9fff|·]+", " ", part)
        plain = re.sub(r"\s+", " ", plain).strip(" ,")
        if plain and not _NO_MEANING.match(plain):
            senses.append(plain)
    return senses

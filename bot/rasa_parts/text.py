"""How a customer's text is read before it is compared with anything."""

import re
import unicodedata
from functools import lru_cache
from typing import List

import jieba
from opencc import OpenCC

_SPACES = re.compile(r"\s+")
_LONG_NUMBER = re.compile(r"\d{3,}")
_SIGNS = re.compile(r"[\W_]+")
_REPEATED_SIGN = re.compile(r"(\D)\1+")
_COURTESY = re.compile(
    r"^(?:(?:你好|您好|哈[喽罗]|嗨|早上好|早安|下午好|晚上好|不好意思|打扰一下|(?:谢谢|多谢|感谢)[你您]?|好的?|嗯+|收到|明白了?"
    r"|hi|hello|hey|good (?:morning|afternoon|evening)|excuse me|sorry|thanks|thank you|thx|ok|okay|great|i see)"
    r"[啊呀哦啦]?\s*[,.!。、~]+\s*|请问(?:一下)?[,\s]*|(?:hi|hello|hey) (?=\S+ \S+ \S))+(?=\S{4}|\S+ \S)"
)


def prepare() -> None:
    """Load the dictionaries now instead of with the first message (about a second)."""
    jieba.setLogLevel("ERROR")
    jieba.initialize()
    _simplifier()


def normalise(text: str) -> str:
    """One form for what means the same: width, case, script and spacing fold; long numbers become "000".

    Which number somebody names says nothing about what they want; that they name one does. A hello or thanks in front
    of something else is left out: the rest is what they want.
    """
    folded = _SPACES.sub(" ", _LONG_NUMBER.sub("000", _fold(text))).strip()
    return _COURTESY.sub("", folded)


def wording(text: str) -> str:
    """What two texts have in common that differ only in width, case, script, punctuation or repeated signs."""
    folded = _SPACES.sub("", _fold(text))
    bare = _SIGNS.sub("", folded)
    return bare if any(character.isalpha() for character in bare) else _REPEATED_SIGN.sub(r"\1", folded)


def is_wordless(text: str) -> bool:
    """Whether a text holds no word: only signs, numbers, or one Latin letter."""
    letters = [character for character in text if character.isalpha()]
    return not letters or (len(letters) == 1 and letters[0].isascii())


def words(normalised: str) -> List[str]:
    """The words of a normalised text, Chinese ones by dictionary, punctuation included."""
    return [word for word in jieba.cut(normalised) if not word.isspace()]


def _fold(text: str) -> str:
    return _simplifier().convert(unicodedata.normalize("NFKC", text).lower())


@lru_cache(maxsize=1)
def _simplifier() -> OpenCC:
    return OpenCC("t2s")

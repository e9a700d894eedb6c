"""How a customer's text is read before it is compared with anything."""

import re
import unicodedata
from functools import lru_cache
from typing import List

import jieba
from opencc import OpenCC

_SPACES = re.compile(r"\s+")
_LONG_NUMBER = re.compile(r"\d{3,}")


def prepare() -> None:
    """Load the dictionaries now instead of with the first message (about a second)."""
    jieba.setLogLevel("ERROR")
    jieba.initialize()
    _simplifier()


def normalise(text: str) -> str:
    """One form for what means the same: width, case, script and spacing fold; long numbers become "000".

    Which number somebody names says nothing about what they want; that they name one does.
    """
    folded = _simplifier().convert(unicodedata.normalize("NFKC", text).lower())
    return _SPACES.sub(" ", _LONG_NUMBER.sub("000", folded)).strip()


def words(normalised: str) -> List[str]:
    """The words of a normalised text, Chinese ones by dictionary, punctuation included."""
    return [word for word in jieba.cut(normalised) if not word.isspace()]


@lru_cache(maxsize=1)
def _simplifier() -> OpenCC:
    return OpenCC("t2s")

"""Numbers as customers write them in a short answer: "4", "４分", "四星", "★★★★", "four stars", "9 out of 10"."""

import re
import unicodedata

_DIGITS = {"零": 0, "〇": 0, "一": 1, "二": 2, "两": 2, "兩": 2, "三": 3, "四": 4, "五": 5, "六": 6, "七": 7, "八": 8,
           "九": 9, "十": 10}
_WORDS = {
    **_DIGITS,
    "zero": 0, "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8, "nine": 9,
    "ten": 10,
}
_NUMBER = r"(\d{1,2}|[零〇一二两兩三四五六七八九十]|" + "|".join(word for word in _WORDS if word.isascii()) + ")"
_UNIT = r"(?:\s*(?:分|星|颗星|顆星|点|點|stars?|points?)|\s*(?:/|out of|分之)\s*(\d{1,2}|five|seven|ten))?"
_PREFIX = (
    r"(?:(?:我|我们|我們|那就|就|选|選|我选|我選)?\s*(?:给|給|打|评|評)?\s*(?:你们|你們|个|個)?\s*"
    r"|(?:i(?:'d| would)?|i'll|maybe|about)?\s*(?:give|rate|say)?\s*(?:it|you|this|them)?\s*(?:an?)?\s*)"
)
_SCORE = re.compile(rf"^{_PREFIX}{_NUMBER}{_UNIT}(?:吧|啦|哦|喔|呢|了|please)?$")
_FULL = {"满分", "滿分", "full marks", "top marks"}
_STARS = {"★", "⭐", "*", "🌟"}
_MAX_LENGTH = 40
_SATISFACTION = {
    5: """非常满意|非常滿意|很满意|很滿意|十分满意|十分滿意|特别满意|特別滿意|超满意|超滿意|太棒了|非常好|很棒|
          完美|非常同意|excellent|very satisfied|very good|great|perfect|awesome|amazing|strongly agree""",
    4: """满意|滿意|比较满意|比較滿意|挺满意|挺滿意|不错|不錯|挺好|挺好的|同意|good|satisfied|pretty good|
          quite good|agree""",
    3: """一般|一般般|还行|還行|还可以|還可以|普通|中等|马马虎虎|馬馬虎虎|ok|okay|average|fair|so so|so-so|
          neutral|not bad""",
    2: """不满意|不滿意|不太满意|不太滿意|不好|不太好|较差|較差|不同意|bad|poor|unsatisfied|dissatisfied|
          not good|disagree""",
    1: """非常不满意|非常不滿意|很不满意|很不滿意|十分不满意|十分不滿意|极不满意|極不滿意|很差|非常差|太差了|
          糟糕|非常不同意|very bad|very poor|terrible|awful|horrible|worst|very dissatisfied|very unsatisfied|
          strongly disagree""",
}
_MARKS = {" ".join(word.split()): mark for mark, words in _SATISFACTION.items() for word in words.split("|")}


def plain(text: str) -> str:
    """A text as answers are compared: NFKC, lower case, without variation selectors and marks around it."""
    folded = unicodedata.normalize("NFKC", text).lower().replace("\ufe0f", "").strip()
    return folded.strip(" .!?。！？~～,，、")


def read_number(text: str, low: int, high: int) -> int | None:
    """The number between `low` and `high` in a text that says nothing else; None for everything else.

    "房间 3 楼有噪音" is a sentence, not a 3; "11" is no answer to a question from 0 to 10.
    """
    said = plain(text)
    if not said or len(said) > _MAX_LENGTH:
        return None
    if said in _FULL:
        return high
    if set(said) <= _STARS:
        value = len(said)
    elif found := _SCORE.match(said):
        value = _value(found.group(1))
        if found.group(2) and _value(found.group(2)) != high:
            return None  # of another scale
    else:
        return None
    return value if low <= value <= high else None


def read_satisfaction(text: str) -> int | None:
    """The mark from 1 to 5 that words alone say: "很满意", "very good"; None when they say none."""
    return _MARKS.get(plain(text))


def _value(word: str) -> int:
    return int(word) if word.isdecimal() else _WORDS[word]

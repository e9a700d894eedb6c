"""Which language and script a text is in, and the way from one Chinese script to the other."""

import re
import unicodedata
from collections.abc import Callable
from functools import cache
from pathlib import Path

import opencc

from desk.messages import Language
from knowledge_base.pinyin import spells_chinese

_HAN = re.compile("[\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff]")
_KANA_OR_HANGUL = re.compile("[\u3040-\u30ff\u1100-\u11ff\uac00-\ud7af]")
_LATIN_WORD = re.compile(r"(?<![\w@./-])[A-Za-z]+(?:['’][A-Za-z]+)?(?![\w@/])")
_VOWEL = re.compile("[aeiouy]", re.IGNORECASE)

# Links, addresses, code and placeholders mean something to machines: no character of them may change.
_UNTOUCHABLE = re.compile(
    r"(?:https?://|www\.)[^\s，。；！？、）》」』”]+|(?<![\w.+-])[\w.+-]+@[\w-]+\.[\w.-]+|`[^`]*`|\{\{?[^{}]*\}?\}|<[A-Za-z/][^<>]*>",
    re.ASCII,
)

# "line: chen123" names where somebody is reached, in whatever language they speak.
_HANDLE = re.compile(
    r"\b(?:line|wechat|weixin|whatsapp|telegram|skype|instagram|ig|kakao(?:talk)?|qq)\s*(?:id)?\s*(?:[:：@]|是|號|号)\s*\S+"
    r"|(?<![\w.])@\w+",
    re.IGNORECASE | re.ASCII,
)

# Short words that are English nevertheless, and words that people of every language type.
_SHORT_ENGLISH = re.compile("hi|no|my|me|is|it|do|we|to|in|of|on|at|or|if|an|am|be|by|go|he|so|up|us")
_EVERYWHERE = re.compile(
    "ok|okay|okey|app|wifi|vip|sms|otp|url|pdf|iphone|ipad|android|wechat|weixin|telegram|slack|alipay|visa|paypal|"
    "email|(?:ha)+|lol|emoji|qq|logo|html|https?|www|com"
)

# What Taiwan calls differently in questions to a service desk, in simplified characters. A short list of our own:
# OpenCC's table is made for computing and turns 申請程序 (an application procedure) into 进程 (a process).
_MAINLAND_WORDS = {
    "网路": "网络", "资讯": "信息", "讯息": "信息", "简讯": "短信", "视讯": "视频", "影片": "视频", "讯号": "信号",
    "软体": "软件", "硬体": "硬件", "萤幕": "屏幕", "列印": "打印", "印表机": "打印机", "伺服器": "服务器",
    "帐号": "账号", "帐户": "账户", "帐单": "账单", "登入": "登录", "连结": "链接", "预设": "默认", "品质": "质量",
    "计程车": "出租车", "公车": "公交车", "捷运": "地铁", "脚踏车": "自行车", "冷气": "空调", "行动电话": "手机",
    "储值": "充值", "退费": "退款", "折价券": "优惠券", "宅配": "快递", "透过": "通过", "相片": "照片",
}  # fmt: skip
_TAIWAN_WORD = re.compile("|".join(sorted(_MAINLAND_WORDS, key=len, reverse=True)))


def detect_language(text: str, previous: Language | None = None) -> Language | None:
    """The language and script `text` is written in, None when it shows none ("5", "ok", an emoji, Russian).

    Text between Chinese and Latin letters is Chinese as long as it has a Chinese character for every Latin word.
    Characters common to both scripts do not decide: then it is the script of `previous`, or simplified. Letters count
    in any width. Whoever spoke Chinese goes on in it with pinyin ("tuikuan").
    """
    text = unicodedata.normalize("NFKC", text)
    if _KANA_OR_HANGUL.search(text):
        return None
    han = len(_HAN.findall(text))
    words = _LATIN_WORD.findall(_HANDLE.sub(" ", _UNTOUCHABLE.sub(" ", text)))
    if han and han >= len(words):
        return _chinese_script(text, previous)
    if previous is not None and previous.is_chinese and spells_chinese(words):
        return previous
    if any(_is_english(word) for word in words):
        return Language.EN
    return _chinese_script(text, previous) if han else None


def _chinese_script(text: str, previous: Language | None) -> Language:
    simplified, traditional = _evidence(text)
    if traditional != simplified:
        return Language.ZH_HANT if traditional > simplified else Language.ZH_HANS
    return previous if previous is not None and previous.is_chinese else Language.ZH_HANS


def _is_english(word: str) -> bool:
    lowered = word.lower()
    if _EVERYWHERE.fullmatch(lowered) or (word.isupper() and 1 < len(word) <= 5):  # "VIP", "TPE"
        return False
    return bool(_SHORT_ENGLISH.fullmatch(lowered)) or (len(word) > 2 and _VOWEL.search(word) is not None)


def to_script(text: str, language: Language) -> str:
    """`text` in the script of `language`; English and text already in that script come back as they are.

    Characters change, words do not (OpenCC's s2tw, not s2twp): "退款程序" must not become "退款程式". What is said to
    customers goes through `knowledge_base.taiwan.for_reader`.
    """
    if not language.is_chinese or not _HAN.search(text):
        return text
    simplified, traditional = _evidence(text)
    wanted, other = (traditional, simplified) if language is Language.ZH_HANT else (simplified, traditional)
    if wanted and not other:
        return text
    converter = _converter("s2tw" if language is Language.ZH_HANT else "t2s")
    return outside_untouchable(text, converter.convert)


def simplify_wording(text: str) -> str:
    """Chinese text in simplified characters and mainland words (網路 -> 网络), for comparing only."""
    if not _HAN.search(text):
        return text
    simplified = str(_converter("t2s").convert(text)) if _evidence(text)[1] else text
    return _TAIWAN_WORD.sub(lambda word: _MAINLAND_WORDS[word.group()], simplified)


def outside_untouchable(text: str, convert: Callable[[str], str]) -> str:
    """`text` converted, except for what means something to machines."""
    parts: list[str] = []
    position = 0
    for kept in _UNTOUCHABLE.finditer(text):
        parts += (str(convert(text[position : kept.start()])), kept.group())
        position = kept.end()
    return "".join((*parts, str(convert(text[position:]))))


def _evidence(text: str) -> tuple[int, int]:
    """How many characters of `text` exist only in simplified, and only in traditional script."""
    simplified, traditional = _only_in_one_script()
    return sum(char in simplified for char in text), sum(char in traditional for char in text)


@cache
def _only_in_one_script() -> tuple[frozenset[str], frozenset[str]]:
    """From OpenCC's character tables: a character that may stand for itself (后, 里, 台) belongs to both scripts."""
    folder = Path(opencc.__file__).parent / "dictionary"

    def changing(table: str) -> frozenset[str]:
        lines = (folder / table).read_text(encoding="utf-8").splitlines()
        pairs = (line.split("\t", 1) for line in lines if "\t" in line)
        return frozenset(char for char, targets in pairs if char not in targets.split())

    return changing("STCharacters.txt"), changing("TSCharacters.txt")


@cache
def _converter(conversion: str) -> opencc.OpenCC:
    return opencc.OpenCC(conversion)

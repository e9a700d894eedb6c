"""Recognising an angry customer by rules that anybody can read, in Chinese (both scripts) and English.

Each rule that a text meets adds its points; from `ANGRY` points on a person is fetched. A complaint alone is no anger:
the assistant takes complaints. Anger is an insult, a threat, shouting, or having had to ask again and again.
"""

import re
import unicodedata
from dataclasses import dataclass

ANGRY = 2


@dataclass(frozen=True, slots=True)
class AngerRule:
    name: str
    points: int
    pattern: re.Pattern[str]


def _rule(name: str, points: int, *parts: str) -> AngerRule:
    return AngerRule(name, points, re.compile("|".join(parts), re.IGNORECASE))


RULES = (
    _rule(
        "insult", 2,
        r"骗子|騙子|骗钱|騙錢|黑店|黑心|坑人|坑爹|无耻|無恥|不要脸|不要臉|狗屁|放屁|混蛋|王八|傻[逼bB叉X]|智障|脑残|腦殘|去死|滚蛋|滾蛋",
        r"他妈|他媽|妈的|媽的|tmd\b|垃圾(?:酒店|公司|服务|服務|客服|机器人|機器人|平台|系统|系統|态度|態度)"
        r"|(?:就是|都是|真是|什么|什麼|一群|太)垃圾|废物|廢物",
        r"\b(?:scam(?:mers?)?|fraud(?:sters?)?|crooks?|liars?|idiots?|morons?|bullsh\w*|bastards?|assholes?)\b",
        r"\bf+u+c+k\w*|\bwtf\b|\bpiece of (?:crap|sh\w+)",
        r"\b(?:useless|stupid|dumb|pathetic) (?:bot|service|company|people|hotel|robot)",
        r"\byou (?:guys |people |all )?(?:suck|are (?:useless|pathetic|a joke|hopeless))\b",
    ),
    _rule(
        "threat", 2,
        r"12315|消协|消協|消费者协会|消費者協會|消保(?:会|會|官)|工商局|律师|律師|法院|起诉|起訴|报警|報警|媒体曝光|媒體曝光"
        r"|曝光你|爆料|发到网上|發到網上|差评|負評|给你们差评",
        r"\b(?:lawyer|attorney|solicitor|sue you|take you to court|legal action|call the police|small claims"
        r"|report you|bad review|trading standards|chargeback)\b",
    ),
    _rule(
        "again_and_again", 2,
        r"第(?:[三四五六七八九十]|[3-9]|\d{2,})(?:次|遍|回)|[说說问問讲講](?:了|过|過)?(?:[好很]?几|[好很]?幾|多少|无数|無數|[三四五六七八九十])(?:次|遍)"
        r"|等了(?:[一两二三四五六七八九十半\d]+(?:个|個)?(?:多)?(?:小时|小時|钟头|鐘頭|天|星期|周|週|月)|半天|这么久|這麼久|那么久|那麼久|很久)",
        r"\b(?:third|fourth|fifth|[3-9]th|tenth) time\b|\b(?:told|asked|said|explained|written) (?:you |this |it )*"
        r"(?:three|four|five|many|several|a hundred|countless|\d+) times\b",
        r"\b(?:been )?wait(?:ed|ing) (?:for |over |more than |already )*(?:\d+|two|three|four|five|several|a few)"
        r" (?:hours?|days?|weeks?|months?)\b|\bfor the last time\b",
        r"\bhow many (?:more times\b|times (?:do i|must i|have i))",
    ),
    _rule(
        "fury", 2,
        r"气死|氣死|忍无可忍|忍無可忍|受够|受夠|欺人太甚|岂有此理|豈有此理|太过分|太過分|太离谱|太離譜|火大|愤怒|憤怒|恶心|噁心",
        r"\b(?:furious|outrageous|disgusting|disgrace(?:ful)?|ridiculous|unacceptable|fed up|sick (?:and tired )?of"
        r"|worst (?:service|hotel|company|experience)|livid|infuriating|shame on you)\b",
    ),
    _rule(
        "dismay", 1,
        r"什么(?:破|烂|鬼|玩意)|什麼(?:破|爛|鬼|玩意)|太差|很差|差劲|差勁|失望|不满|不滿|生气|生氣|无语|無語|搞什么|搞什麼|敷衍|推卸|没人管|沒人管",
        r"\b(?:terrible|horrible|awful|appalling|angry|annoyed|annoying|disappoint\w+|joke|nonsense|nobody cares"
        r"|waste of (?:time|money)|incompetent)\b",
    ),
    _rule("marks", 1, r"[!！]{2,}|[?？!！]{3,}|[😡🤬😠👎]"),
)


@dataclass(frozen=True, slots=True)
class Mood:
    """How angry a text sounds, and which rules said so."""

    points: int
    rules: tuple[str, ...]

    @property
    def is_angry(self) -> bool:
        return self.points >= ANGRY


def mood(text: str) -> Mood:
    """Read one message of a customer."""
    plain = unicodedata.normalize("NFKC", text)
    met = [rule for rule in RULES if rule.pattern.search(plain)]
    points, names = sum(rule.points for rule in met), [rule.name for rule in met]
    if _shouts(plain):
        points, names = points + 1, [*names, "shouting"]
    return Mood(points, tuple(names))


def _shouts(text: str) -> bool:
    """Several English words, nearly all of them in capitals."""
    words = re.findall(r"[A-Za-z]{3,}", text)
    return len(words) >= 3 and sum(word.isupper() for word in words) >= 0.8 * len(words)

"""What customers say of a complaint that was sent: something comes to it, is wrong in it, or it is to be taken back."""

import re

from bot.actions.complaint_answers import STORY, asks, weight

_ADDS = re.compile(
    r"补充|補充|追加|再加(?:上|一)|还(?:有|要|想)(?:说|補|补)|還(?:有|要|想)(?:說|補)|忘了(?:说|說|提)"
    r"|\badd (?:something|one|a |more|to|that|another)|\bone more thing\b|\bforgot to (?:say|mention|add|tell)\b",
    re.IGNORECASE,
)
_TO_CASE = re.compile(
    r"^.*?(?:补充|補充|追加|忘了(?:说|說|提)|还(?:有|要|想)说|還(?:有|要|想)說)(?:到投诉里|到投訴裡)?"
    r"(?:一)?(?:点|點|下|条|條|个|個|句)?(?:的是)?[:：，,。\s]*"
    r"|^.*?\b(?:add (?:something|one more thing|a (?:detail|note|point)|that|more|to)"
    r"(?:(?: (?:to|for))? (?:my|the|that) (?:complaint|case|ticket))?"
    r"|one more thing|forgot to (?:say|mention|add|tell you))"
    r"\b(?: that)?[:,.\s]*",
    re.IGNORECASE,
)
_CORRECTS = re.compile(
    r"^.*?(?:修改|更改|改|更正|纠正|糾正)(?:一下|下)?(?:我的|我|那个|那個|这个|這個|之前的|刚才的|剛才的|上一个|上一個)*"
    r"(?:投诉|投訴|客诉|客訴)(?:的)?(?:内容|內容|单|單)?"
    r"|^.*?(?:投诉|投訴|客诉|客訴)(?:的)?(?:内容|內容|单|單)?.{0,4}?"
    r"(?:写错|寫錯|填错|填錯|说错|說錯|有误|有誤|要改|想改|改一下|要更正)了?"
    r"|^.*?\b(?:(?:change|correct|edit|fix|amend|modify|update) (?:something in )?"
    r"|there(?:'s| is| was) (?:a mistake|an error|something wrong) (?:in|with) )"
    r"(?:my|the|that) (?:complaint|case|ticket)\b",
    re.IGNORECASE,
)
_WITHDRAWS = re.compile(
    r"(?:撤销|撤銷|撤回|撤掉|取消|不(?:要|想|用)?)(?:了)?(?:我的|我|那个|那個|这个|這個|之前的|刚才的|剛才的|再)*(?:投诉|投訴|客诉|客訴|申诉|申訴)"
    r"|(?:投诉|投訴|客诉|客訴).{0,6}(?:撤销|撤銷|撤回|撤了|取消|算了|不用了)"
    r"|\b(?:cancel|withdraw|drop|take back|retract|close) (?:my|the|that|this) (?:complaint|case|ticket)\b",
    re.IGNORECASE,
)


def adds_to_case(text: str) -> str | None:
    """What "I'd like to add to my complaint: ..." adds; "" when it comes next, None when the text adds nothing."""
    if not _ADDS.search(text):
        return None
    told = _TO_CASE.sub("", text.strip(), count=1).strip()
    return told if weight(told) >= STORY and not asks(told) else ""


def corrects_case(text: str) -> str | None:
    """What "my complaint is wrong, it was dinner" sets right, in its own words; "" when it comes next, None when the
    text sets nothing right."""
    if not _CORRECTS.search(text):
        return None
    told = _CORRECTS.sub("", text.strip(), count=1).strip(" :：,，.。!！;；~～啊呀呢吧哦")
    return text.strip() if weight(told) >= STORY and not asks(told) else ""


def withdraws(text: str) -> bool:
    """Whether a complaint that was sent is to be taken back."""
    return bool(_WITHDRAWS.search(text)) and not asks(text)

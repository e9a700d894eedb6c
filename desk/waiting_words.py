"""While a customer waits for a person: how they leave the line, what needs no answer, and what the desk says."""

import re
import unicodedata

from desk.wording import Wording

LONGEST = 60

_ZH_PERSON = "(?:人工|真人|客服|人工客服|真人客服|人工服务|人工服務|真人服务|真人服務)"
_ZH_LINE = "(?:排队|排隊|等待|等候|队列|隊列|转人工|轉人工|转接|轉接)"
_ZH_BOT = "(?:智能助手|智慧助理|智能助理|助手|助理|机器人|機器人)"
_ZH_BEFORE = "(?:那就|那么|那|就|好吧|行吧|唉|哎|嗯|先|我|还是|還是|请|請|麻烦|麻煩|帮我|幫我|给我|給我|谢谢|謝謝)*"
_ZH_LEAVE = (
    f"(?:取消|退出|离开|離開)(?:{_ZH_LINE}|{_ZH_PERSON})*"
    f"|不(?:用|必|要|需要|想|愿意|願意)?(?:再|继续|繼續)?(?:等|排)(?:{_ZH_LINE}|待|队|隊|{_ZH_PERSON})?"
    f"|不(?:用|必|要|需要|用找|用转|用轉|想找|找|转|轉){_ZH_PERSON}"
    "|不用|不必|不需要|不要了|用不着|用不著|不用麻烦|不用麻煩|不麻烦了|不麻煩了"
    "|算了|作罢|作罷|没事了|沒事了"
    "|(?:(?:问题|問題|事情)?(?:已经|已經|都|自己)*(?:解决|解決|搞定|处理好|處理好)了)"
    f"|(?:回到|返回|换回|換回|换|換|改用|找|转|轉|继续用|繼續用|跟|和){_ZH_BOT}(?:聊|说|說|继续|繼續)?"
)
_ZH_AFTER = f"(?:了|吧|啦|咯|呗|唄|吧了|谢谢|謝謝|谢了|謝了|不用|算了|不等|换{_ZH_BOT}|換{_ZH_BOT})*"
_EN_BEFORE = "(?:(?:ok|okay|well|oh|no|please|actually|sorry|then|just|alright|all right|hm+|i'd rather|let's) )*"
_EN_LEAVE = (
    "cancel(?: (?:it|this|that|waiting|(?:the|my) (?:queue|wait|request|place|hand-?over)))?"
    "|never ?mind|forget (?:it|about it|about that|that)|no need(?: (?:to wait|for (?:it|that|a person|an agent)))?"
    "|(?:leave|quit|exit)(?: (?:the|this) (?:queue|line))?|stop waiting"
    "|(?:i )?(?:do not|don't|dont|no longer) (?:want|wish|need|care)(?: to wait| to queue| to hold"
    "|(?: to (?:talk|speak) to)? (?:a|an|the) (?:human|person|agent|colleague)| (?:anyone|someone|anybody))"
    "|i(?:'m| am) not (?:waiting|going to wait)|i(?:'m| am) done waiting"
    "|(?:(?:go|take me|bring me) )?back to the (?:bot|assistant|robot|chat ?bot)"
    "|(?:(?:continue|go on|talk|speak|chat) )?with the (?:bot|assistant|robot|chat ?bot)"
    "|(?:(?:it|that|this|the problem|the issue|problem|issue)(?:'s| is| has been| was)? )?(?:already |now )?"
    "(?:solved|resolved|sorted|sorted out)"
    "|i (?:have )?(?:already )?(?:solved it|figured it out|sorted it(?: out)?|found it)"
)
_EN_AFTER = "(?: (?:thanks|thank you|please|any ?more|any longer|then|now|after all|anyway|so much|myself))*"
_LEAVING = re.compile(f"{_ZH_BEFORE}(?:{_ZH_LEAVE}){_ZH_AFTER}|{_EN_BEFORE}(?:{_EN_LEAVE}){_EN_AFTER}")
_NOD = re.compile(
    "(?:(?:好的?|好滴|好吧|行吧?|可以|嗯+|哦+|噢|收到|知道|明白|了解|谢谢|謝謝|多谢|多謝|感谢|感謝|辛苦)(?:您|你|了|啦|哈)*)+"
    "|(?:(?:ok|okay|k|thanks|thank you|thx|ty|great|sure|fine|alright|all right|got it|cool|good|perfect|yes|"
    "i see|understood|so much|very much|a lot)(?: |$))+"
)


def wants_to_leave(text: str) -> bool:
    """Whether a text says nothing but that a person is no longer needed."""
    return len(text) <= LONGEST and _LEAVING.fullmatch(_plain(text)) is not None


def is_nod(text: str) -> bool:
    """Whether a text only says "all right" or "thanks", in words or in signs: nobody expects an answer to it."""
    plain = _plain(text)
    if not plain:
        return bool(text.strip()) and not any(mark in text for mark in "?？!！")
    return len(plain) <= LONGEST and _NOD.fullmatch(plain) is not None


def _plain(text: str) -> str:
    """Lower case, without marks and signs; no spaces beside Chinese characters."""
    folded = unicodedata.normalize("NFKC", text).casefold().replace("’", "'")
    words = re.sub(r"[^\w'-]+", " ", folded).strip()
    return re.sub(r"(?<=[^\x00-\x7f]) | (?=[^\x00-\x7f])", "", words)


say = Wording({
    "noted": (
        "已记下，同事接手时都能看到。",
        "已記下，同事接手時都看得到。",
        "Noted: whoever takes over will see everything you write.",
    ),
    "next": ("您是下一位。", "您是下一位。", "You are next in line."),
    "ahead": ("您前面还有 {ahead} 位。", "您前面還有 {ahead} 位。", "People before you: {ahead}."),
    "promised": (
        "工单 {number}：我们会在{when}前回复您。",
        "工單 {number}：我們會在{when}前回覆您。",
        "Ticket {number}: we will reply by {when}.",
    ),
    "may_leave": (
        "不想等了就说“取消”，由智能助手继续为您服务。",
        "不想等了就說「取消」，由智慧助理繼續為您服務。",
        "Rather not wait? Say \"cancel\" to go on with the assistant.",
    ),
    "left": (
        "好的，已为您退出排队，由智能助手继续为您服务。需要时随时说“人工”。",
        "好的，已為您退出排隊，由智慧助理繼續為您服務。需要時隨時說「真人客服」。",
        "All right, you have left the line and are back with the assistant. Say \"agent\" whenever you need a person.",
    ),
    "ticket_stays": (
        "工单 {number} 仍然有效，我们会在这里回复您。",
        "工單 {number} 仍然有效，我們會在這裡回覆您。",
        "Ticket {number} stays open: we will still reply to it here.",
    ),
})
"""The text of this name, in this language, with its values filled in."""

"""Reading answers to the complaint's questions: plain functions of what was said. Both Chinese scripts and English."""

import re

from bot.actions.complaint_draft import CONFIRMED, REMEDY
from bot.actions.turn import Heard

COMMON_WISHES = ("refund", "compensation", "redo", "explanation", "any")

_QUESTION_END = re.compile(r"(?:[?？]|[吗嗎呢么麼](?:[。.!！~～]*))$")
_QUESTION_START = re.compile(
    r"^(?:what|when|where|which|who|why|how|can|could|do|does|did|is|are|will|would|may|should)\b"
    r"|^(?:我?想问|我?想問|请问|請問|怎么|怎麼|怎样|怎樣|如何|为什么|為什麼|什么时候|什麼時候|能不能|可不可以|有没有|有沒有|多久|多少|哪)",
    re.IGNORECASE,
)
_REPROACHES = re.compile(
    r"为什么|為什麼|凭什么|憑什麼|怎么(?:还|又|这|那|会|能|可以)|怎麼(?:還|又|這|那|會|能|可以)|投诉|投訴|客诉|客訴"
    r"|\bwhy\b|\bhow (?:come|could|can|dare)\b|\bcomplain",
    re.IGNORECASE,
)
_BARE_COMPLAINT = re.compile(
    # "I want to complain about you", "我要投诉你们"
    r"我?(?:想|要|需要|打算)?(?:要|来|來)?"
    r"(?:继续|繼續|接着|接著|填|说|說|刚才的?|剛才的?|之前的?|那个|那個)*(?:进行|進行|提交|提|做|发起|發起)?(?:一个|一個|一下|个|個)?"
    r"(?:投诉|投訴|客诉|客訴|举报|舉報|反馈问题|反映问题|反映問題|反饋問題)"
    r"(?:你们|你們|一下|一件事|个事|個事|个问题|個問題|问题|問題|酒店|商家)*"
    r"|我?(?:很|非常|太)?(?:不满意|不滿意|不满|生气|生氣)了?"
    r"|(?:i\s+(?:want|need|would like|wish|have)\s+(?:to\s+)?|i'd like to\s+|can i\s+|let me\s+|please\s+)?"
    r"(?:make|file|lodge|submit|raise|continue|resume|finish|go on)?\s*(?:with\s+)?"
    r"(?:a|an|my|the)?\s*(?:formal\s+)?(?:complaints?|complain)\b"
    r"(?:\s+(?:about|against)\s*(?:your (?:service|hotel|shop|company)|you\b|this\b|something\b|it\b)?)?"
    r"|(?:你们|你們)?(?:这|這|那)?(?:是|就是)?(?:个|個)?(?:什么|什麼)?(?:破|烂|爛|垃圾|狗屁)(?:酒店|公司|服务|服務|客服|店|地方)"
    r"|(?:你们|你們)?(?:就?是|都是|什么|什麼|太|真)?(?:垃圾|骗子|騙子|骗人|騙人|坑人|黑店|差劲|差勁|过分|過分)了?"
    r"|(?:you|this)\s+(?:guys|people|all|hotel)?\s*sucks?\b"
    r"|(?:你好|您好|喂|hello|hi|please|请|請)",
    re.IGNORECASE,
)
_WRONG = re.compile(
    r"[写填输弄说搞选寫輸說選]错|[写填输弄说搞选寫輸弄說搞選填]錯|不对|不對|错了|錯了|\b(?:wrong|mistake|mistyped)\b",
    re.IGNORECASE,
)
_CHANGE = re.compile(r"改|换|換|修正|更正|\b(?:change|correct|fix|edit|update)\b", re.IGNORECASE)
_OTHER_ORDER = re.compile(
    r"(?:不是|并非|並非|不|非)(?:这|這|那|该|該|此)(?:一)?(?:个|個|张|張|笔|筆|条|條)?(?:订单|訂單|单|單|预订|預訂|订房|訂房)"
    r"|(?:选|選|点|點|发|發)错(?:了)?(?:订单|訂單)|(?:换|換|另)一?(?:个|個|张|張|笔|筆)(?:订单|訂單)"
    r"|\b(?:not|isn'?t|wasn'?t) (?:about )?(?:that|this|the right)(?: order| booking| one| reservation)\b"
    r"|\b(?:another|a different|the other) (?:order|booking|reservation)\b",
    re.IGNORECASE,
)
_PART = {
    "order": re.compile(r"订单|訂單|单号|單號|\border\b|\bbooking\b", re.IGNORECASE),
    "contact": re.compile(
        r"联系|聯繫|聯絡|电话|電話|手机|手機|号码|號碼|邮箱|郵箱|\bcontact\b|\bphone\b|\bnumber\b|\be-?mail\b",
        re.IGNORECASE,
    ),
    "remedy": re.compile(
        r"诉求|訴求|要求|处理方式|處理方式|补偿方式|補償方式|\bremedy\b|\bwish\b|\bsolution\b|\bcompensation\b",
        re.IGNORECASE,
    ),
    "what": re.compile(
        r"描述|内容|內容|经过|經過|情况|情況|事情|\bdescription\b|\bdetails?\b|\bstory\b|what happened", re.IGNORECASE
    ),
}
STORY = 2  # words: less tells nothing
_BARE_NAME = 2  # words
_LONGEST_CORRECTION = 40  # characters: longer is a story that happens to hold these words
_NOT_ABOUT_ORDER = re.compile(
    r"^(?:跟|和|与|與)?(?:任何)?(?:订单|訂單)?(?:无关|無關|没关系|沒關係|都不是|不是订单|不是訂單|没有|沒有|无|無|不涉及)"
    r"(?:订单|訂單)?的?$"
    r"|^(?:no|none|not about (?:an|any) order|no order|not an order|neither|n/?a)$",
    re.IGNORECASE,
)
_ORDER_WORD = re.compile(r"订单|訂單|\border\b|\bbooking\b", re.IGNORECASE)
_WANT = r"^(?:我?(?:要|想|要求|希望))?"
_WISHES = {
    "refund": re.compile(
        _WANT + r"(?:全额|全額)?(?:退款|退钱|退錢)$|^(?:a |full |i want a )*refund(?: please| pls)?$", re.IGNORECASE
    ),
    "compensation": re.compile(_WANT + r"(?:补偿|補償|赔偿|賠償)$|^compensation$", re.IGNORECASE),
    "redo": re.compile(
        _WANT + r"(?:重新安排|重做|换货|換貨|换房|換房|重发|重發)$|^(?:replacement|replace it|redo it|put it right)$",
        re.IGNORECASE,
    ),
    "explanation": re.compile(
        _WANT + r"(?:道歉|解释|解釋|道歉说明|道歉說明|道歉和说明|给个说法|給個說法)$|^(?:an )?(?:apology|explanation)$",
        re.IGNORECASE,
    ),
    "any": re.compile(
        r"^(?:随便|隨便|都可以|都行|[由你们們]*[决決]定|你们看着办|你們看著辦|没有|沒有|不知道|无所谓|無所謂)$"
        r"|^(?:anything|whatever|up to you|you decide|no|nothing|not sure|i don'?t know)$",
        re.IGNORECASE,
    ),
}
_WISH_WORDS = re.compile(
    r"退.{1,12}[费費]|退[款钱錢还還一半全]|赔|賠|补偿|補償|换[一房个货]|換[一房個貨]|道歉|免[费費单單]|减免|減免|打折|重新"
    r"|怎么处理|怎麼處理|解决|解決"
    r"|refund|compensat|replac|apolog|discount|money back|voucher|free\b",
    re.IGNORECASE,
)
_HERE = re.compile(r"这里|這裡|这儿|這兒|此处|此處|微信上|在线|線上|当前|當前|\bhere\b|this chat", re.IGNORECASE)
_REACHABLE = re.compile(
    r"\+?(?:\d[\s\-()]?){6,}\d|(?<![\w.+-])[\w.+-]+@[\w-]+\.[\w.]+|@\w{3,}"
    r"|(?:微信|wechat|telegram|line|qq|whatsapp|slack)\W*[a-z0-9]\w{2,}",
    re.IGNORECASE | re.ASCII,
)
_NO_CONTACT = re.compile(
    r"^我?(?:不用|不留|不想留|不要|没有|沒有|不方便|随便|隨便|都可以|都行)(?:留|电话|電話|联系方式|聯絡方式)*了?$"
    r"|^(?:no|none|no need|rather not|whatever|either)$",
    re.IGNORECASE,
)
_SUBMIT = re.compile(
    r"^(?:确认|確認|确定|確定|提交|没问题|沒問題|对的?|對的?|没错|沒錯|是的?|好的?|可以"
    r"|confirm|submit|send(?: it)?|correct|that'?s right|looks good|ok(?:ay)?|yes)"
    r"(?:提交|了|吧|无误|無誤|\s*please)*$",
    re.IGNORECASE,
)
_MORE = re.compile(
    r"^(?:(?:等等|等一下|对了|對了)[，,\s]*)?(?:补充|補充|还有|還有|另外|再加|并且|並且)[一下:：，,\s]*"
    r"|^(?:(?:wait|oh|and)[,\s]+)*(?:(?:i\s+)?also|one more thing|additionally|plus)\b[:,\s]*",
    re.IGNORECASE,
)
_INSTEAD = re.compile(r"(?:改成|改為|改为|换成|換成|\b(?:change|switch) .{0,20}?\bto)\s*(.+)$", re.IGNORECASE)
_POINTS_AT = re.compile(
    r"(?:这是|這是|这就是|這就是|附上|附件|请看|請看|发给你|發給你)"
    r"|(?:here(?:'s| is| are)|this is|these are|attached|please see|see)\b",
    re.IGNORECASE,
)
_LONGEST_CAPTION = 8  # words: more tell something
_THUMBS = ("👍", "👌", "✅")
_WORD = re.compile(r"[^\W_]+")
_CJK = re.compile(r"[\u3400-\u9fff]")


def weight(text: str) -> int:
    """Roughly how many words a text has: two Chinese characters or one other word count one."""
    return len(_CJK.findall(text)) // 2 + len(_WORD.findall(_CJK.sub(" ", text)))


def asks(text: str) -> bool:
    """Whether a text is plainly a question."""
    plain = text.strip()
    return bool(_QUESTION_END.search(plain) or _QUESTION_START.search(plain))


def asks_to_know(text: str) -> bool:
    """Whether a text is a question that wants an answer: "why" and "how can you" reproach."""
    return asks(text) and not _REPROACHES.search(text)


def points_at_files(heard: Heard) -> bool:
    """Whether the words under a picture or file only say what it is: "here is the bill"."""
    return bool(heard.files and weight(heard.text) < _LONGEST_CAPTION and _POINTS_AT.match(heard.text.strip()))


def tells_what_happened(text: str) -> bool:
    """Whether a complaint already says what it is about: more than "I want to complain"."""
    return weight(re.sub(r"[，。,.!！、\s]+", " ", _BARE_COMPLAINT.sub(" ", text))) >= STORY


def correction(heard: Heard) -> str | None:
    """Which part a short "the order number is wrong" or "not this order" wants to change.

    Asked for a remedy, "change my booking" is the remedy, so there only "wrong", another order and the contact count;
    at the summary, the part's bare name does too.
    """
    text = heard.text
    if len(text) > _LONGEST_CORRECTION:
        return None
    if _OTHER_ORDER.search(text):
        return "order"
    named = heard.asked == CONFIRMED and weight(text) <= _BARE_NAME
    if not (_WRONG.search(text) or _CHANGE.search(text) or named):
        return None
    part = next((part for part, pattern in _PART.items() if pattern.search(text)), None)
    return part if heard.asked != REMEDY or part == "contact" or _WRONG.search(text) else None


def not_about_an_order(heard: Heard) -> bool:
    """Whether an answer to "which order?" says that it is about none."""
    denied = heard.intent == "deny" and not _OTHER_ORDER.search(heard.text)
    return denied or bool(_NOT_ABOUT_ORDER.match(_plain(heard.text)))


def takes_order_back(heard: Heard) -> bool:
    """Whether a later answer says, in so many words, that it is about no order after all."""
    return bool(_ORDER_WORD.search(heard.text) and _NOT_ABOUT_ORDER.match(_plain(heard.text)))


def may_name_order(heard: Heard) -> bool:
    """Whether an order's number in this text is meant for the complaint: neither a question nor a whole story."""
    return len(heard.text) <= _LONGEST_CORRECTION and not asks(heard.text)


def only_complains(text: str) -> bool:
    """Whether a text is nothing but anger or "I want to complain": neither a story nor a wish."""
    return bool(_BARE_COMPLAINT.search(text)) and not tells_what_happened(text) and not names_a_wish(text)


def wish(heard: Heard) -> str | None:
    """The common wish that a button or one plain word names; anything longer keeps its own words."""
    tapped = heard.entities.get("choice", "")
    if heard.is_command:
        return tapped if tapped in COMMON_WISHES else None
    return _wish_in(heard.text)


def names_a_wish(text: str) -> bool:
    """Whether a text, a question too, is about what is to be done for them."""
    return bool(_WISH_WORDS.search(text))


def other_wish(text: str) -> str | None:
    """The common wish that a text puts in the place of another: "退款", "change it to a refund"."""
    found = _INSTEAD.search(text)
    name = _wish_in(found.group(1) if found else text)
    return None if name == "any" else name  # "any will do" is about something else by then


def contact(heard: Heard) -> str | None:
    """How to reach the customer: their own words, or "" for "here"; None when the text says neither."""
    if heard.is_command:
        return "" if heard.entities.get("choice") == "here" or heard.intent == "affirm" else None
    text = heard.text.strip()
    if _REACHABLE.search(text):
        return text
    agreed = heard.intent in ("affirm", "deny") or _HERE.search(text) or _NO_CONTACT.match(_plain(text))
    return "" if agreed and not asks(text) else None


def reachable(text: str) -> str | None:
    """The phone number, e-mail address or handle in a text."""
    found = _REACHABLE.search(text)
    return found.group().strip() if found else None


def submits(heard: Heard) -> bool:
    agreed = heard.intent == "affirm" and (heard.is_command or heard.has_words or heard.text[:1] in _THUMBS)
    return agreed or bool(_SUBMIT.match(_plain(heard.text)))


def only_denies(heard: Heard) -> bool:
    """Whether a "no" to the summary says no more than that."""
    told = _WRONG.search(heard.text) and weight(heard.text) > _BARE_NAME
    return heard.intent == "deny" and not told and correction(heard) is None and reachable(heard.text) is None


def addition(text: str) -> str:
    """What a "also, ..." adds; "" when it adds nothing."""
    found = _MORE.match(text.strip())
    return text.strip()[found.end():].strip() if found else ""


def _wish_in(text: str) -> str | None:
    return next((name for name, pattern in _WISHES.items() if pattern.match(_plain(text))), None)


def _plain(text: str) -> str:
    return text.strip().strip(" .。!！~～,，").lower()

"""What customers say to stop one kind of message, or to have it again; only a text that says nothing else counts.

Purposes are named as in `campaigns.campaigns.Purpose`: survey, marketing, service. Stopping everything is
`desk.safety.is_stop_word` and the assistant's.
"""

import re
import unicodedata
from dataclasses import dataclass

from desk.conversations import Conversation
from desk.messages import OutboundMessage
from desk.wording import Wording

LONGEST = 80

_THINGS = {  # purpose: Chinese, English
    "marketing": (
        "促销|促銷|优惠|優惠|广告|廣告|营销|營銷|行銷|推广|推廣|特价|特價|折扣",
        "promo(?:tion)?s?|promotional|marketing|ads?|adverts?|advertising|advertisements?|(?:special )?offers?|deals?|"
        "newsletters?",
    ),
    "survey": (
        "问卷|問卷|调查|調查|调研|調研|满意度|滿意度",
        "surveys?|questionnaires?|polls?|feedback requests?",
    ),
    "service": ("订单|訂單|预订|預訂|订房|訂房|物流|服务|服務", "orders?|booking|service|delivery"),
}
_ZH_MESSAGE = (
    "(?:活动|活動|类|類)?的?(?:信息|訊息|资讯|資訊|消息|通知|推送|短信|簡訊|内容|內容|提醒|邀请|邀請|调查|調查|问卷|問卷)"
)
_ZH_END = "(?:了|吧|啦|就好|就行|即可|谢谢|謝謝)*"
_EN_MESSAGE = " (?:messages?|notifications?|updates?|emails?|texts?|invitations?|news|reminders?|requests?)"
_EN_END = "(?: (?:please|thanks|thank you|any ?more|from now on|to me|at all))*"
_ZH_PLEASE = (
    "(?:请|請|麻烦|麻煩|以后|以後|今后|今後|拜托|拜託|你们|你們|我|可以|愿意|願意|同意|帮我|幫我|只|也|就|都)*"
)
_ZH_ME = "(?:给我|給我|向我|跟我)?"
_ZH_ANY = "(?:任何|这些|這些|这种|這種|那些)?"
_ZH_STOP = (
    "(?:(?:不要|别|別|不想|不再|勿|不用|不需要|不接受|停止|拒绝|拒絕|暂停|暫停)(?:再|继续|繼續)?"
    f"{_ZH_ME}(?:接收|收到|收|发送|發送|发来|發來|发|發|推送|推|寄|填|做|参加|參加){_ZH_ME}"
    "|退订|退訂|取消订阅|取消訂閱|拒收|屏蔽|封鎖|(?<=只)(?:停止|停|关闭|關閉|关|關|取消)掉?)"
)
_ZH_REFUSE = "(?:不要|不想要|不需要|不想看|关闭|關閉|关掉|關掉)"
_EN_STOP = (
    "(?:please )?(?:just |only )?(?:no more|stop|unsubscribe(?: me)?(?: from)?|opt(?: me)? out(?: of| from)?|turn off|"
    "mute|(?:don't|do not|never) (?:send|ask|give)(?: me)?(?: for)?(?: any)?(?: more)?|"
    "i (?:don't|do not) (?:want|need)(?: to (?:get|receive|do|take|answer))?(?: any)?(?: more)?)"
    "(?: sending| receiving)?(?: me)?(?: the| your| any| these| all)?(?: more)? "
)
_ZH_RESUME = (
    "(?:(?:恢复|恢復|重新|订阅|訂閱|开通|開通|接收)(?:接收|收到|收|发送|發送|发|發|推送|订阅|訂閱)?"
    f"|(?:继续|繼續|再){_ZH_ME}(?:接收|收到|收|发送|發送|发|發|推送)){_ZH_ME}"
)
_EN_RESUME = (
    "(?:please )?(?:resume|restart|subscribe(?: me)?(?: again)? to|opt(?: me)? in(?: to| for)?|turn(?: back)? on)"
)
_EN_SEND = "(?:please )?(?:send(?: me)?|i want(?: to (?:get|receive))?)"
_EN_MY = "(?: (?:the|your|my))? "


@dataclass(frozen=True, slots=True)
class ConsentWish:
    """Messages of one purpose are unwelcome from now on, or welcome."""

    purpose: str
    allowed: bool


def _patterns() -> list[tuple[re.Pattern[str], ConsentWish]]:
    found = []
    for purpose, (chinese, english) in _THINGS.items():
        # "Order" alone is no kind of message; "I want no discount" is about a price.
        optional = "" if purpose == "service" else "?"
        zh, en = f"(?:{chinese})+(?:{_ZH_MESSAGE}){optional}{_ZH_END}", f"(?:{english})(?:{_EN_MESSAGE}){optional}"
        said = f"{_ZH_REFUSE}{_ZH_ANY}(?:{chinese})+{_ZH_MESSAGE}{_ZH_END}"
        off = f"{_ZH_PLEASE}(?:{_ZH_STOP}{_ZH_ANY}{zh}|{said})|{_EN_STOP}{en}{_EN_END}"
        on = (f"{_ZH_PLEASE}{_ZH_RESUME}{_ZH_ANY}{zh}|{_EN_RESUME}{_EN_MY}{en}(?: again| on)?{_EN_END}"
              f"|{_EN_SEND}{_EN_MY}{en} again{_EN_END}")
        found += [(re.compile(off), ConsentWish(purpose, False)), (re.compile(on), ConsentWish(purpose, True))]
    return found


_PATTERNS = _patterns()


def consent_wish(text: str) -> ConsentWish | None:
    """What a text asks for, if it is nothing but such a wish."""
    if len(text) > LONGEST:
        return None
    plain = unicodedata.normalize("NFKC", text).casefold().replace("’", "'")
    plain = re.sub(r"[\s,，、]+", " ", plain).strip(" .。!！~～")
    chinese = re.sub(r"(?<=[^\x00-\x7f]) | (?=[^\x00-\x7f])", "", plain)
    return next((wish for pattern, wish in _PATTERNS if pattern.fullmatch(chinese)), None)


_say = Wording({
    "marketing_off": (
        "好的，不再给您发促销信息。其他消息（如问卷、订单通知）不受影响。想恢复时回复“恢复促销”；全部停止请回复“退订”。",
        "好的，不再傳送促銷訊息給您。其他訊息（如問卷、訂單通知）不受影響。想恢復時回覆「恢復促銷」；全部停止請回覆「退訂」。",
        "Done: no more promotions. Other messages, such as surveys and news about your orders, are not affected. "
        "Reply “resume promotions” to have them again, or “STOP” to stop everything.",
    ),
    "survey_off": (
        "好的，不再给您发问卷调查。其他消息（如促销、订单通知）不受影响。想恢复时回复“恢复问卷”；全部停止请回复“退订”。",
        "好的，不再傳送問卷調查給您。其他訊息（如促銷、訂單通知）不受影響。想恢復時回覆「恢復問卷」；全部停止請回覆「退訂」。",
        "Done: no more surveys. Other messages, such as promotions and news about your orders, are not affected. "
        "Reply “resume surveys” to have them again, or “STOP” to stop everything.",
    ),
    "service_off": (
        "好的，不再主动给您发订单和服务通知。其他消息（如问卷、促销）不受影响。想恢复时回复“恢复订单通知”；全部停止请回复“退订”。",
        "好的，不再主動傳送訂單與服務通知給您。其他訊息（如問卷、促銷）不受影響。想恢復時回覆「恢復訂單通知」；全部停止請回覆「退訂」。",
        "Done: no more notifications about orders and service. Other messages, such as surveys and promotions, are not "
        "affected. Reply “resume order notifications” to have them again, or “STOP” to stop everything.",
    ),
    "marketing_on": (
        "好的，以后会给您发促销信息。不想再收时回复“不要再发促销”。",
        "好的，以後會傳送促銷訊息給您。不想再收時回覆「不要再發促銷」。",
        "All right, you will get promotions. Reply “no more promotions” whenever you want them off.",
    ),
    "survey_on": (
        "好的，以后会偶尔给您发问卷调查。不想再收时回复“不要再发问卷”。",
        "好的，以後會偶爾傳送問卷調查給您。不想再收時回覆「不要再發問卷」。",
        "All right, you will get surveys now and then. Reply “no more surveys” whenever you want them off.",
    ),
    "service_on": (
        "好的，以后会给您发订单和服务通知。不想再收时回复“不要再发订单通知”。",
        "好的，以後會傳送訂單與服務通知給您。不想再收時回覆「不要再發訂單通知」。",
        "All right, you will get notifications about orders and service. Reply “no more order notifications” whenever "
        "you want them off.",
    ),
})

def answer_to(wish: ConsentWish, conversation: Conversation) -> OutboundMessage:
    """What was changed, what was not, and how to take it back; the words for that are heard by `consent_wish`."""
    return OutboundMessage(_say(f"{wish.purpose}_{'on' if wish.allowed else 'off'}", conversation.language))

"""An article's answer as the message a customer gets, and what is wrong with an article before it is kept."""

from collections.abc import Sequence
from dataclasses import dataclass

from desk.channels import CAPABILITIES
from desk.faq import ArticleStatus, Extras, FaqArticle, Wish
from desk.messages import Attachment, AttachmentKind, Button, ChannelName, Language, OutboundMessage
from desk.rendering import Bubble, render
from desk.safety import neutralise
from desk.wording import text_in

MOST_PHRASINGS = 200
LONGEST_PHRASING = 1_000
MOST_BUBBLES = 5
"""What WeChat lets us send after one message of a customer, the least of all channels."""

WISH_TITLES = {
    Wish.PERSON: ("转人工客服", "轉真人客服", "Talk to a person"),
    Wish.ORDER: ("查询我的订单", "查詢我的訂單", "Check my order"),
    Wish.POINTS: ("查询积分", "查詢點數", "Check my points"),
    Wish.COMPLAINT: ("投诉或反馈问题", "投訴或反映問題", "Make a complaint"),
}
"""The buttons that ask for something other than an answer."""


def answer_message(text: str, extras: Extras, language: Language) -> OutboundMessage:
    """The whole answer: text, links, follow-up questions and wishes as buttons, pictures as files."""
    return OutboundMessage(text, choices(extras, language), pictures(extras))


def choices(extras: Extras, language: Language) -> tuple[Button, ...]:
    """Links open a page; a follow-up question is asked as if the customer had typed it; a wish is a command."""
    return (
        *(Button(link.title, url=link.url) for link in extras.links),
        *(Button(question, payload=neutralise(question)) for question in extras.follow_ups),
        *(Button(text_in(language, WISH_TITLES[wish]), payload=f"/{wish}") for wish in extras.wishes),
    )


def pictures(extras: Extras) -> tuple[Attachment, ...]:
    return tuple(Attachment(AttachmentKind.IMAGE, one.name, file_id=one.file_id) for one in extras.pictures)


def bubbles_on(channel: ChannelName, text: str, extras: Extras, language: Language) -> tuple[Bubble, ...]:
    """What arrives on this channel, exactly as it is sent."""
    return render([answer_message(text, extras, language)], CAPABILITIES[channel])


@dataclass(frozen=True, slots=True)
class Problem:
    """What keeps an article from being kept: the field at fault, and which rule (`code`, with its `value`)."""

    field: str
    code: str
    value: str = ""


def problems(article: FaqArticle) -> list[Problem]:
    """Everything wrong with an article; a draft may lack an answer."""
    found: list[Problem] = []
    if not article.phrasings:
        found.append(Problem("phrasings", "no_phrasing"))
    if len(article.phrasings) > MOST_PHRASINGS:
        found.append(Problem("phrasings", "many_phrasings", str(MOST_PHRASINGS)))
    if any(len(one.text) > LONGEST_PHRASING for one in article.phrasings):
        found.append(Problem("phrasings", "long_phrasing", str(LONGEST_PHRASING)))
    has_answer = any(text.strip() for text in article.answers.values())
    if article.status in (ArticleStatus.PUBLISHED, ArticleStatus.REVIEW) and not has_answer:
        found.append(Problem("answer", "no_answer"))
    if article.valid_from and article.valid_until and article.valid_until < article.valid_from:
        found.append(Problem("valid_until", "ends_before_it_begins"))
    if len(article.category) > 120:
        found.append(Problem("category", "long_category", "120"))
    return [*found, *_too_long(article)]


def _too_long(article: FaqArticle) -> Sequence[Problem]:
    counts = {
        language: len(bubbles_on(ChannelName.WECHAT, text, article.extras.get(language, Extras()),
                                 language or Language.ZH_HANS))
        for language, text in article.answers.items()
    }
    return [
        Problem(f"answer.{language.value if language else 'any'}", "long_answer", f"{count}/{MOST_BUBBLES}")
        for language, count in counts.items() if count > MOST_BUBBLES
    ]

"""Was that helpful? Two small buttons under an FAQ answer, and what their answers mean."""

from dataclasses import dataclass, replace
from enum import StrEnum

from desk.channels import Capabilities
from desk.messages import Button, Language, OutboundMessage
from desk.wording import Wording

PREFIX = "faq:"
"""Of the payloads of our own feedback buttons: "faq:yes:12", "faq:no:12", "faq:why:12:wrong"."""
MOST_CHOICES = 6
"""Beside more choices than this, two further buttons are noise."""


class Unhelpful(StrEnum):
    """Why an answer did not help."""

    OTHER_QUESTION = "other"  # not what was asked
    UNCLEAR = "unclear"
    WRONG = "wrong"  # or out of date


say = Wording({
    "yes": ("👍 有帮助", "👍 有幫助", "👍 Helpful"),
    "no": ("👎 没帮助", "👎 沒幫助", "👎 Not helpful"),
    "thanks": ("谢谢您的反馈！", "謝謝您的回饋！", "Thanks for telling us!"),
    "why": (
        "抱歉没帮上忙。方便告诉我们哪里不对吗？也可以直接换个说法再问一次。",
        "抱歉沒幫上忙。方便告訴我們哪裡不對嗎？也可以直接換個說法再問一次。",
        "Sorry about that. What was wrong with it? Or just ask again in other words.",
    ),
    Unhelpful.OTHER_QUESTION: ("不是我问的", "不是我問的", "Not what I asked"),
    Unhelpful.UNCLEAR: ("看不明白", "看不明白", "Hard to understand"),
    Unhelpful.WRONG: ("内容不对或过时", "內容不對或過時", "Wrong or out of date"),
    "person": ("转人工客服", "轉真人客服", "Talk to a person"),
    "noted": (
        "已经记下，我们会改进。需要的话随时说“人工”。", "已經記下，我們會改進。需要的話隨時說「真人客服」。",
        "Noted, we will improve it. Say \"agent\" whenever you need a person.",
    ),
    "answer_after_all": (
        "您之前问过“{question}”，当时我没能回答。现在有答案了：\n{answer}",
        "您之前問過「{question}」，當時我沒能回答。現在有答案了：\n{answer}",
        "Earlier you asked: \"{question}\", and I could not answer. Now I can:\n{answer}",
    ),
})
"""What goes with an answer, by name."""


@dataclass(frozen=True, slots=True)
class Feedback:
    """What a feedback button says about an answer; `reason` only where it was given."""

    answer_id: int
    helpful: bool
    reason: Unhelpful | None = None


def with_feedback(message: OutboundMessage, answer_id: int, language: Language, can: Capabilities) -> OutboundMessage:
    """The message with the two buttons, where the channel has buttons and the message has room for them."""
    if can.max_buttons == 0 or len(message.buttons) + 2 > min(can.max_buttons, MOST_CHOICES):
        return message
    asked = [Button(say(name, language), f"{PREFIX}{name}:{answer_id}") for name in ("yes", "no")]
    return replace(message, buttons=(*message.buttons, *asked))


def read(payload: str) -> Feedback | None:
    """What a button of ours says; None for any other payload."""
    parts = payload.removeprefix(PREFIX).split(":")
    if not payload.startswith(PREFIX) or len(parts) < 2 or not parts[1].isdigit():
        return None
    match parts[0]:
        case "yes":
            return Feedback(int(parts[1]), True)
        case "no":
            return Feedback(int(parts[1]), False)
        case "why" if len(parts) == 3 and parts[2] in tuple(Unhelpful):
            return Feedback(int(parts[1]), False, Unhelpful(parts[2]))
        case _:
            return None


def reply_to(feedback: Feedback, language: Language) -> OutboundMessage:
    """Thanks; or the question what was wrong; or, once that is said, that it was noted."""
    if feedback.helpful:
        return OutboundMessage(say("thanks", language))
    if feedback.reason is not None:
        return OutboundMessage(say("noted", language))
    reasons = (Button(say(reason, language), f"{PREFIX}why:{feedback.answer_id}:{reason}") for reason in Unhelpful)
    return OutboundMessage(say("why", language), (*reasons, Button(say("person", language), "/request_human")))

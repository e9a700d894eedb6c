"""Surveys to start from: the field's standard questions, complete in three languages."""

from collections.abc import Mapping

from campaigns.surveys import Branch, Measure, Question, QuestionKind, Survey, Texts, When
from desk.messages import Language

ALL_LANGUAGES = (Language.ZH_HANS, Language.ZH_HANT, Language.EN)


def _texts(hans: str, hant: str, english: str) -> Texts:
    return dict(zip(ALL_LANGUAGES, (hans, hant, english), strict=True))


_THANKS = Question("thanks", QuestionKind.THANKS, _texts(
    "谢谢您的反馈，我们会认真看每一条。祝您愉快！",
    "謝謝您的回饋，我們會認真看每一則。祝您愉快！",
    "Thank you for your feedback. We read every word of it. Have a lovely day!",
))
_WHAT_TO_IMPROVE = Question("improve", QuestionKind.TEXT, _texts(
    "怎样可以让您更满意？",
    "怎樣可以讓您更滿意？",
    "What could we do better?",
))
_WHAT_WAS_GOOD = Question("good", QuestionKind.TEXT, _texts(
    "谢谢！最让您满意的是什么？",
    "謝謝！最讓您滿意的是什麼？",
    "Thank you! What did you like best?",
), branches=(Branch(When.ALWAYS, "thanks"),))

CSAT = Survey((
    Question("csat", QuestionKind.RATING, _texts(
        "您对我们的服务满意吗？请打 1 到 5 分（5 分最好）。",
        "您對我們的服務滿意嗎？請給 1 到 5 分（5 分最好）。",
        "How satisfied are you with our service? Please rate us from 1 to 5 (5 is best).",
    ), branches=(Branch(When.AT_MOST, "improve", "3"), Branch(When.SKIPPED, "thanks")),
        measure=Measure.CSAT, complaint_at_most=2),
    _WHAT_WAS_GOOD,
    _WHAT_TO_IMPROVE,
    _THANKS,
), ALL_LANGUAGES)

NPS = Survey((
    Question("nps", QuestionKind.NPS, _texts(
        "您有多大可能把我们推荐给朋友或同事？请打 0 到 10 分（10 分最可能）。",
        "您有多大可能把我們推薦給朋友或同事？請給 0 到 10 分（10 分最可能）。",
        "How likely are you to recommend us to a friend or colleague? Please answer from 0 to 10 (10: very likely).",
    ), branches=(Branch(When.AT_MOST, "improve", "6"), Branch(When.SKIPPED, "thanks")), measure=Measure.NPS,
        complaint_at_most=2),
    _WHAT_WAS_GOOD,
    _WHAT_TO_IMPROVE,
    _THANKS,
), ALL_LANGUAGES)

CES = Survey((
    Question("ces", QuestionKind.RATING, _texts(
        "“这次我的问题很容易就解决了。”您同意吗？请打 1 到 7 分（1：非常不同意，7：非常同意）。",
        "「這次我的問題很容易就解決了。」您同意嗎？請給 1 到 7 分（1：非常不同意，7：非常同意）。",
        "“It was easy to get my problem solved.” Do you agree? Please answer from 1 (strongly disagree) to 7 "
        "(strongly agree).",
    ), top=7, branches=(Branch(When.AT_LEAST, "thanks", "5"), Branch(When.SKIPPED, "thanks")), measure=Measure.CES),
    Question("hard", QuestionKind.TEXT, _texts(
        "是什么让事情变得麻烦？",
        "是什麼讓事情變得麻煩？",
        "What made it hard?",
    )),
    _THANKS,
), ALL_LANGUAGES)

TEMPLATES: Mapping[str, Survey] = {"csat": CSAT, "nps": NPS, "ces": CES}

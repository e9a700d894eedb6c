"""Which texts stop one kind of message, or allow it again, and which do not."""

import pytest

from desk.consent_words import ConsentWish, consent_wish

OFF = {
    "marketing": [
        "不要再发促销", "不要再發促銷了，謝謝", "请不要再给我发广告了！", "退订优惠信息", "别再推送促销活动信息了",
        "我不想再收到行銷訊息", "只停促销", "不要促销短信", "no more promotions", "Stop sending me ads!",
        "please don't send me any more offers", "Unsubscribe me from marketing emails",
        "I don’t want to receive promotional messages anymore",
    ],
    "survey": [
        "只停问卷", "只停問卷", "不要再发问卷了", "以後別再發滿意度調查", "不想再做问卷", "退订问卷调查",
        "no more surveys",
        "No more surveys, please.", "stop the surveys", "do not send me questionnaires", "opt out of surveys",
    ],
    "service": ["不要再发订单通知", "不要訂單通知了", "no more order notifications", "stop booking updates"],
}
ON = {
    "marketing": [
        "恢复促销", "恢復促銷訊息", "可以继续给我发优惠信息", "resume promotions", "subscribe to your newsletter",
        "Send me offers again, please",
    ],
    "survey": ["恢复问卷", "恢復問卷調查", "重新接收问卷", "Resume surveys", "turn on surveys"],
    "service": ["恢复订单通知", "恢復訂單通知", "resume order notifications"],
}
NEITHER = [
    "STOP", "退订", "不再接收通知", "有促销活动吗？", "不要优惠", "取消订单", "停止问卷", "继续问卷", "打开问卷",
    "stop the order",
    "send me the survey", "房间不要再发错了", "促销价还有吗，不要再发链接",
    "为什么不要再发促销给老客户？", "I want a special offer",
    "what surveys do you have?", "不要再发促销" * 20, "",
]


@pytest.mark.parametrize(("purpose", "text"), [(purpose, text) for purpose, texts in OFF.items() for text in texts])
def test_one_kind_of_message_is_refused(purpose: str, text: str) -> None:
    assert consent_wish(text) == ConsentWish(purpose, False)


@pytest.mark.parametrize(("purpose", "text"), [(purpose, text) for purpose, texts in ON.items() for text in texts])
def test_one_kind_of_message_is_welcome_again(purpose: str, text: str) -> None:
    assert consent_wish(text) == ConsentWish(purpose, True)


@pytest.mark.parametrize("text", NEITHER)
def test_anything_else_is_no_such_wish(text: str) -> None:
    assert consent_wish(text) is None

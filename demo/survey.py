"""The demo's finished survey campaign and its satisfaction programme."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from random import Random

from demo import scenes
from demo.past import Script
from desk.customers import Customer
from desk.messages import ChannelName, Language
from desk.past import PastReply

NAME = "秋季住客回访 Autumn guests"
AGO = timedelta(days=16)
"""When it was started; it ran for nine days."""
INDICATORS = (  # name, source, target, and the plan where it fell short: cause, action, days until it is due
    ("会话满意度 CSAT", "csat", 0.85, ("高峰时段等待过长，满意度下降", "午间和晚间各增加一名客服", 20)),
    ("首次响应 First response", "first_response", 90.0, None),
    ("机器人解决率 Solved by the assistant", "bot_solved", 0.6, None),
    ("承诺兑现率 Promises kept", "sla", 0.9, ("晚班人手不足", "调整排班，18 点后至少两人在岗", 12)),
)
_SEED = 20260902


def draw_replies(customers: Sequence[Customer], script: Script, now: datetime) -> list[PastReply]:
    """What two in three of those who were asked answered, from 0 to 10, and why."""
    rng, replies = Random(_SEED), []
    for number, customer in enumerate(rng.sample(list(customers), 150)):
        asked = now - AGO + timedelta(hours=number)
        language = customer.language or Language.EN
        channel = rng.choice((ChannelName.WECHAT, ChannelName.WECHAT, ChannelName.TELEGRAM, ChannelName.SLACK))
        if rng.random() > 0.66:
            replies.append(PastReply(customer.id, language, channel, asked))
            continue
        mark = rng.choices(range(11), weights=(1, 1, 1, 2, 2, 5, 6, 14, 18, 27, 23))[0]
        is_good = mark > 6
        said = rng.choice(scenes.GOOD_STAY if is_good else scenes.BAD_STAY)
        text = script(said[0], language) if language.is_chinese else said[1]
        replies.append(PastReply(customer.id, language, channel, asked, mark, "good" if is_good else "improve", text))
    return replies

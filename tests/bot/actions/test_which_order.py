"""Which order a customer means, however they put it."""

from typing import Any

import httpx
import pytest

from bot.actions import build_actions
from bot.actions.order_words import order_in, orders_meant
from bot.actions.server import build_app
from tests.fakes.faq import InMemoryFaq
from tests.fakes.records import InMemoryRecords, order

SHANGHAI = order("HL-20261205-0412", "海岚上海外滩酒店 豪华房 2 晚", "Harbour Light Shanghai Bund, Deluxe room")
HANGZHOU = order("HL-20261017-0414", "海岚杭州西湖酒店 豪华房 3 晚", "Harbour Light Hangzhou West Lake, Deluxe room")
TAIPEI = order("HL-20261001-0413", "海岚台北信义酒店 标准房 2 晚", "Harbour Light Taipei Xinyi, Standard room")
ORDERS = [SHANGHAI, HANGZHOU, TAIPEI]


@pytest.mark.parametrize("text", [
    "HL-20261205-0412", "查一下hl-20261205-0412", "HL 20261205 0412", "ＨＬ２０２６１２０５０４１２".translate(
        {0xFF10 + n: str(n) for n in range(10)} | {ord("Ｈ"): "H", ord("Ｌ"): "L"}),
    "0412", "尾号0412那个", "order ending in 0412", "订单20261205-0412", "上海那个订单", "the Shanghai booking",
    "最近一单", "my latest booking", "上一筆訂單",
])
def test_one_order_is_meant(text: str) -> None:
    assert orders_meant(text, ORDERS) == [SHANGHAI]


@pytest.mark.parametrize(("text", "meant"), [
    ("豪华房的那个订单", [SHANGHAI, HANGZHOU]), ("my deluxe room booking", [SHANGHAI, HANGZHOU]),
    ("我的订单", []), ("where is my booking?", []), ("海岚的酒店订单", []), ("12 点入住的订单", []),
    ("订单 99990412", []),
])
def test_what_does_not_tell_one_order_from_the_others_leaves_the_choice(text: str, meant: list[Any]) -> None:
    assert orders_meant(text, ORDERS) == meant


def test_a_story_names_an_order_by_its_whole_number_only() -> None:
    assert order_in("在上海住 0412 房间时空调坏了", ORDERS) is None


async def said(text: str, **entities: str) -> dict[str, Any]:
    """What the assistant answers who asks for an order."""
    message = {"text": text, "intent": {"name": "check_order", "confidence": 0.9},
               "entities": [{"entity": name, "value": value} for name, value in entities.items()]}
    events = [{"event": "user", "text": text, "metadata": {"key": "k", "language": "zh-Hans"}}]
    tracker = {"sender_id": "c1", "latest_message": message, "events": events, "paused": False, "slots": {},
               "active_loop": {}, "latest_action_name": "action_listen"}
    app = build_app(build_actions(InMemoryRecords(orders={"c1": ORDERS}), InMemoryFaq()), {"slots": {}})
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://actions") as http:
        answer = await http.post("/webhook", json={"next_action": "action_check_order", "tracker": tracker})
    assert answer.status_code == 200
    return next(reply for reply in answer.json()["responses"] if reply.get("text"))


async def test_the_end_of_a_number_is_enough() -> None:
    assert "HL-20261205-0412" in (await said("订单 20261205-0412", order_number="20261205"))["text"]


async def test_somebody_elses_number_is_not_found_whatever_else_is_said() -> None:
    reply = await said("上海的 HL-20261205-0999", order_number="HL-20261205-0999")
    assert "没有找到订单 HL-20261205-0999" in reply["text"]


async def test_who_wants_to_cancel_a_booking_is_offered_a_person_to_do_it() -> None:
    reply = await said("取消 HL-20261205-0412", order_number="HL-20261205-0412")
    assert "请同事为您办理" in reply["text"]
    assert any("人工" in button["title"] for button in reply["buttons"])


async def test_who_only_asks_is_not() -> None:
    assert not (await said("HL-20261205-0412 什么时候入住", order_number="HL-20261205-0412"))["buttons"]

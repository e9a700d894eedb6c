"""What the form makes of single messages, on Rasa's wire format: where the classifier is sure, and where it is not."""

from typing import Any

import httpx
import pytest

from bot.actions import build_actions
from bot.actions.server import build_app
from tests.fakes.faq import InMemoryFaq
from tests.fakes.records import InMemoryRecords, order

LONG_STORY = "我打了三次电话给你们的人工客服都没有人接听，最后只好自己提着行李走到另一家酒店"


async def heard(
    text: str, intent: str, confidence: float, asked: str, *, offered: bool = False, aside: bool = False, tries: int = 0
) -> dict[str, Any]:
    """The slots that validate_complaint_form sets for one message; nothing set means: not for the form."""
    payload = '/request_human{"offer": "person"}' if offered else "/cancel"
    message = {"text": text, "intent": {"name": intent, "confidence": confidence}, "entities": []}
    events: list[dict[str, Any]] = [
        {"event": "user", "text": "我要投诉"},
        {"event": "bot", "text": "…", "data": {"buttons": [{"title": "…", "payload": payload}]}},
        {"event": "user", "text": text, "metadata": {"key": "k", "language": "zh-Hans"}},
    ]
    if aside:
        events.append({"event": "action_execution_rejected", "name": "complaint_form"})
    tracker = {
        "sender_id": "c1", "latest_message": message, "events": events, "paused": False,
        "slots": {"requested_slot": asked, "complaint_what": "空调坏了", "complaint_tries": tries},
        "active_loop": {"name": "complaint_form"}, "latest_action_name": "complaint_form",
    }
    records = InMemoryRecords(orders={"c1": [order("A12"), order("A123")]})
    app = build_app(build_actions(records, InMemoryFaq()), {"slots": {}})
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://actions") as http:
        answer = await http.post("/webhook", json={"next_action": "validate_complaint_form", "tracker": tracker})
    assert answer.status_code == 200
    return {event["name"]: event["value"] for event in answer.json()["events"]}


@pytest.mark.parametrize(("intent", "confidence", "leaves"), [
    ("goodbye", 0.4, False), ("goodbye", 0.9, True), ("cancel", 0.45, False), ("cancel", 0.9, True),
    ("request_human", 0.36, True), ("stop_messages", 0.9, True),
])
async def test_only_a_clear_wish_leaves_the_form(intent: str, confidence: float, leaves: bool) -> None:
    slots = await heard("晚上七点后", intent, confidence, "complaint_contact")
    assert (slots == {}) is leaves


async def test_a_long_story_about_the_hotline_is_no_wish_for_a_person() -> None:
    slots = await heard(LONG_STORY, "request_human", 0.6, "complaint_what")
    assert slots["complaint_what"] == LONG_STORY
    assert await heard(LONG_STORY, "request_human", 0.9, "complaint_what") == {}


async def test_the_longer_of_two_order_numbers_is_meant() -> None:
    assert (await heard("是 a-123 那个", "nlu_fallback", 0.35, "complaint_order"))["complaint_order"] == "A123"
    assert (await heard("A12", "nlu_fallback", 0.35, "complaint_order"))["complaint_order"] == "A12"


async def test_a_yes_takes_the_person_only_when_one_was_offered() -> None:
    taken = await heard("好的", "affirm", 0.9, "complaint_order", offered=True, tries=2)
    assert taken == {"complaint_outcome": "person", "requested_slot": None}
    assert "complaint_outcome" not in await heard("好的", "affirm", 0.9, "complaint_order")


async def test_the_submit_button_submits_even_after_a_person_was_offered() -> None:
    slots = await heard("/affirm", "affirm", 1.0, "complaint_confirmed", offered=True)
    assert slots["complaint_outcome"] == "submit"


async def test_an_answer_starts_the_count_of_misunderstandings_again() -> None:
    assert (await heard("呃", "nlu_fallback", 0.35, "complaint_contact", tries=1)) == {"complaint_tries": 2}
    assert (await heard("13800138000", "goodbye", 0.5, "complaint_contact", tries=1))["complaint_tries"] == 0


async def test_the_third_answer_in_a_row_that_is_not_understood_ends_the_form_with_a_person() -> None:
    slots = await heard("呃", "nlu_fallback", 0.35, "complaint_contact", tries=2)
    assert slots == {"complaint_outcome": "failed", "requested_slot": None}


async def test_a_message_already_handed_on_is_not_read_again() -> None:
    assert await heard("13800138000", "ask_question", 0.9, "complaint_contact", aside=True) == {}

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
    text: str, intent: str, confidence: float, asked: str, *, offered: bool = False, aside: bool = False,
    tries: int = 0, files: int = 0, **known: str,
) -> dict[str, Any]:
    """The slots that validate_complaint_form sets for one message; nothing set means: not for the form."""
    payload = '/request_human{"offer": "person"}' if offered else "/cancel"
    message = {"text": text, "intent": {"name": intent, "confidence": confidence}, "entities": []}
    events: list[dict[str, Any]] = [
        {"event": "user", "text": "我要投诉"},
        {"event": "bot", "text": "…", "data": {"buttons": [{"title": "…", "payload": payload}]}},
        {"event": "user", "text": text, "metadata": {"key": "k", "language": "zh-Hans", "files": files}},
    ]
    if aside:
        events.append({"event": "action_execution_rejected", "name": "complaint_form"})
    tracker = {
        "sender_id": "c1", "latest_message": message, "events": events, "paused": False,
        "slots": {"requested_slot": asked, "complaint_what": "空调坏了", "complaint_tries": tries, **known},
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


@pytest.mark.parametrize(("text", "intent"), [
    ("改一下联系方式", "change_answer"), ("change the contact please", "request_human"),
])
async def test_who_wants_the_contact_changed_while_it_is_asked_is_asked_it_and_not_handed_over(
    text: str, intent: str
) -> None:
    assert await heard(text, intent, 0.9, "complaint_contact") == {"complaint_tries": 0}


async def test_who_asks_for_a_person_beside_something_else_gets_one() -> None:
    slots = await heard("空调坏了一晚上，转人工", "file_complaint", 0.9, "complaint_what")
    assert slots == {"complaint_what": "空调坏了一晚上，转人工", "complaint_outcome": "person", "requested_slot": None}


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


CONFIRMING = {"complaint_order": "A12", "complaint_remedy": "refund", "complaint_contact": "here"}


@pytest.mark.parametrize(("text", "intent", "asked", "changed"), [
    ("不是这个订单", "deny", "complaint_confirmed", {"complaint_order": None}),
    ("not that order", "deny", "complaint_confirmed", {"complaint_order": None}),
    ("不是这个订单，是 A123", "deny", "complaint_confirmed", {"complaint_order": "A123"}),
    ("A123", "nlu_fallback", "complaint_confirmed", {"complaint_order": "A123"}),
    ("等等，订单是 a-123", "check_order", "complaint_confirmed", {"complaint_order": "A123"}),
    ("和订单无关", "deny", "complaint_contact", {"complaint_order": "-"}),
    ("电话换成 13911112222", "nlu_fallback", "complaint_confirmed", {"complaint_contact": "13911112222"}),
    ("13911112222", "nlu_fallback", "complaint_confirmed", {"complaint_contact": "13911112222"}),
    ("另外淋浴也是冷的", "file_complaint", "complaint_contact", {"complaint_what": "空调坏了\n淋浴也是冷的"}),
    ("退 A123 的房费", "nlu_fallback", "complaint_remedy",
     {"complaint_order": "A123", "complaint_remedy": "退 A123 的房费"}),
])
async def test_another_part_is_corrected_whatever_is_asked(
    text: str, intent: str, asked: str, changed: dict[str, Any]
) -> None:
    known = {name: value for name, value in CONFIRMING.items() if asked != name}
    assert await heard(text, intent, 0.8, asked, **known) == changed | {"complaint_tries": 0}


async def test_a_wish_told_before_it_is_asked_is_kept() -> None:
    slots = await heard("退一晚的房费就行", "nlu_fallback", 0.3, "complaint_order")
    assert slots == {"complaint_remedy": "退一晚的房费就行", "complaint_tries": 0}


async def test_changing_what_is_still_to_be_asked_neither_fetches_a_person_nor_counts_as_a_mistake() -> None:
    slots = await heard("change the contact please", "request_human", 0.8, "complaint_remedy", complaint_order="A12")
    assert slots == {"complaint_tries": 0}


@pytest.mark.parametrize("text", ["垃圾", "I want to complain", "你们这什么破酒店"])
async def test_anger_alone_is_no_wish(text: str) -> None:
    assert await heard(text, "file_complaint", 0.8, "complaint_remedy") == {"complaint_tries": 1}


async def test_words_under_a_picture_belong_to_the_story() -> None:
    slots = await heard("这是照片", "nlu_fallback", 0.3, "complaint_remedy", files=1)
    assert slots == {"complaint_what": "空调坏了\n这是照片", "complaint_tries": 0, "complaint_files": 1}


async def test_a_certain_answer_under_a_picture_is_the_answer_too() -> None:
    slots = await heard("退款", "nlu_fallback", 0.3, "complaint_remedy", files=2)
    assert slots == {"complaint_remedy": "refund", "complaint_tries": 0, "complaint_files": 2}


@pytest.mark.parametrize("text", ["0123", "尾号 123 的 A123"])
async def test_an_order_number_in_any_form_answers_which_order(text: str) -> None:
    expected = {"complaint_order": "A123", "complaint_tries": 0} if "A123" in text else {"complaint_tries": 1}
    assert await heard(text, "nlu_fallback", 0.3, "complaint_order") == expected


async def test_a_picture_without_words_is_for_the_rule_that_notes_it() -> None:
    assert await heard("/EXTERNAL_attachment", "EXTERNAL_attachment", 1.0, "complaint_remedy", files=1) == {}

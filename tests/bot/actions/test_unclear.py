"""A message that is only guessed at counts as one that was not understood."""

from typing import Any

import httpx
import pytest

from bot.actions import build_actions
from bot.actions.server import build_app
from tests.fakes.faq import InMemoryFaq
from tests.fakes.records import InMemoryRecords

RANKING = [{"name": "check_order", "confidence": 0.3}, {"name": "file_complaint", "confidence": 0.2}]


async def said_to(text: str) -> list[dict[str, Any]]:
    """What the assistant says to a message that the classifier could only guess at."""
    tracker: dict[str, Any] = {
        "sender_id": "c1", "paused": False, "slots": {}, "active_loop": {}, "latest_action_name": "action_listen",
        "events": [{"event": "user", "text": text, "metadata": {"language": "zh-Hans"}}],
        "latest_message": {"text": text, "intent": {"name": "nlu_fallback", "confidence": 0.3}, "entities": [],
                           "intent_ranking": RANKING},
    }
    app = build_app(build_actions(InMemoryRecords(), InMemoryFaq()), {"slots": {}})
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://actions") as http:
        answer = await http.post("/webhook", json={"next_action": "action_answer_unclear", "tracker": tracker})
    responses: list[dict[str, Any]] = answer.json()["responses"]
    return responses


def effects_of(responses: list[dict[str, Any]]) -> list[str]:
    return [said["custom"]["frontdesk_effect"]["effect"] for said in responses if said["custom"]]


async def test_offering_the_likeliest_wishes_says_that_the_message_was_not_understood() -> None:
    assert effects_of(await said_to("那个东西呢帮我弄一下")) == ["not_understood"]


@pytest.mark.parametrize("text", ["ما هو وقت الإفطار", "チェックアウトは?", "Можно с собакой?", "בוקר טוב"])
async def test_letters_that_nobody_here_reads_are_admitted_in_both_languages_and_no_wish_is_guessed(text: str) -> None:
    responses = await said_to(text)
    (said,) = [response for response in responses if response["text"]]
    assert "只能看懂中文和英文" in said["text"] and "only read Chinese and English" in said["text"]
    assert [button["title"] for button in said["buttons"]] == ["转人工客服", "留下问题"]
    assert effects_of(responses) == ["note_gap"]

"""A message that is only guessed at counts as one that was not understood."""

from typing import Any

import httpx

from bot.actions import build_actions
from bot.actions.server import build_app
from tests.fakes.faq import InMemoryFaq
from tests.fakes.records import InMemoryRecords


async def test_offering_the_likeliest_wishes_says_that_the_message_was_not_understood() -> None:
    text = "那个东西呢帮我弄一下"
    ranking = [{"name": "check_order", "confidence": 0.3}, {"name": "check_points", "confidence": 0.2}]
    tracker: dict[str, Any] = {
        "sender_id": "c1", "paused": False, "slots": {}, "active_loop": {}, "latest_action_name": "action_listen",
        "events": [{"event": "user", "text": text, "metadata": {"language": "zh-Hans"}}],
        "latest_message": {"text": text, "intent": {"name": "nlu_fallback", "confidence": 0.3}, "entities": [],
                           "intent_ranking": ranking},
    }
    app = build_app(build_actions(InMemoryRecords(), InMemoryFaq()), {"slots": {}})
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://actions") as http:
        answer = await http.post("/webhook", json={"next_action": "action_answer_unclear", "tracker": tracker})
    effects = [said["custom"]["frontdesk_effect"]["effect"] for said in answer.json()["responses"] if said["custom"]]
    assert effects == ["not_understood"]

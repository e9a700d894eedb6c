"""The one way into the assistant: customers talk, only the gateway commands, and a failure is never silence."""

import uuid
from collections.abc import Callable, Iterator

import httpx
import pytest

from tests.bot.nlu.conftest import SECRET, Assistant, FakeActions
from tests.bot.nlu.corpus import attacks

pytestmark = [pytest.mark.rasa, pytest.mark.timeout(300)]  # the first test may have to train


@pytest.fixture
def sender() -> str:
    return uuid.uuid4().hex


@pytest.fixture
def failing(actions: FakeActions) -> Iterator[FakeActions]:
    yield actions
    actions.broken = actions.malformed = False


def test_a_greeting_is_answered(assistant: Assistant, sender: str) -> None:
    answer = assistant.say(sender, "你好")
    assert answer.status_code == 200
    assert answer.json()[0]["text"]
    assert answer.json()[0]["recipient_id"] == sender


def test_no_attack_is_understood_as_a_command(assistant: Assistant) -> None:
    obeyed = []
    for attack in attacks():
        sender = uuid.uuid4().hex
        assistant.say(sender, attack)
        tracker = assistant.tracker(sender)
        message = tracker["latest_message"]
        is_command = len(message["intent_ranking"]) < 2  # a command is certain of its one intent
        restarted = any(event["event"] == "restart" for event in tracker["events"])
        sessions = sum(event.get("name") == "action_session_start" for event in tracker["events"])
        if is_command or restarted or sessions != 1:
            obeyed.append(attack)
    assert obeyed == []


def test_a_customer_cannot_fill_in_what_only_a_button_may(assistant: Assistant, sender: str) -> None:
    assistant.say(sender, '/form_answer{"choice": "submit"}')
    assert _entities(assistant, sender).get("choice") is None


def test_a_command_of_the_gateway_is_obeyed(assistant: Assistant, sender: str) -> None:
    assistant.say(sender, '/give_rating{"rating": "5"}', secret=SECRET)
    assert assistant.tracker(sender)["latest_message"]["intent"]["name"] == "give_rating"
    assert _entities(assistant, sender)["rating"] == "5"


@pytest.mark.parametrize("secret", ["", "wrong", SECRET[:-1], SECRET.upper()])
def test_a_command_with_a_wrong_secret_is_only_text(assistant: Assistant, sender: str, secret: str) -> None:
    assistant.say(sender, "/goodbye", secret=secret)
    assert assistant.tracker(sender)["latest_message"]["text"] == "goodbye"


def test_a_secret_of_strange_bytes_is_only_a_wrong_one(assistant: Assistant, sender: str) -> None:
    headers = {b"X-Frontdesk-Trusted": "密钥".encode() + b"\xff"}
    body = {"sender": sender, "message": "/goodbye"}
    assert assistant.http.post("/webhooks/frontdesk/webhook", json=body, headers=headers).status_code == 200
    assert assistant.tracker(sender)["latest_message"]["text"] == "goodbye"


@pytest.mark.parametrize(("decided", "slot"), [("zh-Hans", "zh"), ("zh-Hant", "zh"), ("en", "en")])
def test_the_gateway_decides_the_language(assistant: Assistant, sender: str, decided: str, slot: str) -> None:
    assistant.say(sender, "ok", language=decided)
    assert assistant.tracker(sender)["slots"]["language"] == slot


def test_a_button_tapped_first_is_answered_in_the_customers_language(assistant: Assistant, sender: str) -> None:
    assistant.say(sender, "/greet", secret=SECRET, language="en")
    assert assistant.tracker(sender)["slots"]["language"] == "en"


def test_without_a_decision_the_text_shows_the_language(assistant: Assistant, sender: str) -> None:
    assistant.say(sender, "good morning everybody")
    assert assistant.tracker(sender)["slots"]["language"] == "en"
    assistant.say(sender, "我想问一下早餐")
    assert assistant.tracker(sender)["slots"]["language"] == "zh"
    assistant.say(sender, "ok")
    assert assistant.tracker(sender)["slots"]["language"] == "zh"


def test_what_the_gateway_knows_of_a_message_is_kept_with_it(assistant: Assistant, sender: str) -> None:
    assistant.say(sender, "hello", key="telegram:17", language="en")
    assert assistant.tracker(sender)["latest_message"]["metadata"]["key"] == "telegram:17"


def test_a_very_long_text_is_cut_not_refused(assistant: Assistant, sender: str) -> None:
    assert assistant.say(sender, "我要投诉" * 5000).status_code == 200
    assert len(assistant.tracker(sender)["latest_message"]["text"]) == 2000


@pytest.mark.parametrize("sender", [None, "", "  ", 7, ["a"]])
def test_a_message_without_a_sender_is_refused(assistant: Assistant, sender: object) -> None:
    assert assistant.say(sender, "hello").status_code == 400


@pytest.mark.parametrize("message", [None, 5, {"text": "hi"}])
def test_a_message_that_is_no_text_is_refused(assistant: Assistant, sender: str, message: object) -> None:
    assert assistant.say(sender, message).status_code == 400


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b'"hello"', b'{"sender": "a", "message": "b", "metadata": [1]}'])
def test_a_request_that_is_no_message_is_refused(assistant: Assistant, body: bytes) -> None:
    answer = assistant.http.post("/webhooks/frontdesk/webhook", content=body)
    assert answer.status_code == 400
    assert answer.json()["error"] == "malformed"


@pytest.mark.parametrize("how", ["broken", "malformed"])
def test_an_action_that_fails_is_an_error_not_silence(
    assistant: Assistant, failing: FakeActions, sender: str, how: str, log_since: Callable[[], str]
) -> None:
    setattr(failing, how, True)
    answer = assistant.say(sender, "查一下我的订单在哪")
    assert answer.status_code == 500
    assert answer.json() == {"error": "action_failed", "action": "action_check_order"}
    assert "action_check_order" in log_since()
    assert "我的订单" not in log_since()


def test_a_failed_turn_leaves_no_trace_so_it_can_be_repeated(
    assistant: Assistant, failing: FakeActions, sender: str
) -> None:
    assistant.say(sender, "你好", key="1")
    failing.broken = True
    assistant.say(sender, "查一下我的订单在哪", key="2")
    failing.broken = False
    answer = assistant.say(sender, "查一下我的订单在哪", key="2")
    assert answer.json()[0]["text"] == "did action_check_order"
    keys = [event["metadata"]["key"] for event in assistant.tracker(sender)["events"] if event["event"] == "user"]
    assert keys == ["1", "2"]


def test_only_our_channel_is_open(assistant: Assistant) -> None:
    stock: httpx.Response = assistant.http.post("/webhooks/rest/webhook", json={"sender": "a", "message": "/restart"})
    assert stock.status_code == 404


def _entities(assistant: Assistant, sender: str) -> dict[str, str]:
    found = assistant.tracker(sender)["latest_message"]["entities"]
    return {entity["entity"]: entity["value"] for entity in found}

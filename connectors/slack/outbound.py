"""From a bubble to the arguments of chat.postMessage. Pure. Block Kit: https://docs.slack.dev/block-kit"""

from typing import Any

from connectors.slack.text import escape
from desk.channels import TextUnit
from desk.messages import Button
from desk.rendering import Bubble, split

SECTION_MAX = 3000


def to_wire(bubble: Bubble) -> dict[str, Any]:
    """`text`, and `blocks` when there are buttons; the text is then what notifications show."""
    if not bubble.buttons:
        return {"text": escape(bubble.text)}
    fallback = bubble.text or " / ".join(button.title for button in bubble.buttons)
    elements = [_button(number, button) for number, button in enumerate(bubble.buttons)]
    return {"text": escape(fallback), "blocks": [*_sections(bubble.text), {"type": "actions", "elements": elements}]}


def _sections(text: str) -> list[dict[str, Any]]:
    if not text.strip():
        return []
    escaped = escape(text)
    if len(escaped) <= SECTION_MAX:  # escaping can push a fitted text over the limit
        return [{"type": "section", "text": {"type": "mrkdwn", "text": escaped}}]
    halves = split(text, len(text) // 2 + 1, TextUnit.CHARS)
    return [section for half in halves for section in _sections(half)]


def _button(number: int, button: Button) -> dict[str, Any]:
    """`action_id` tells the buttons of one message apart, as Slack asks; which choice was made is in `value`."""
    element: dict[str, Any] = {"type": "button", "text": {"type": "plain_text", "text": button.title, "emoji": True}}
    if button.url:
        return element | {"action_id": f"link-{number}", "url": button.url}
    return element | {"action_id": f"choice-{number}", "value": button.id}

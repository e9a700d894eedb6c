"""Block Kit as Slack checks and shows it: https://docs.slack.dev/reference/block-kit/blocks"""

from typing import Any

from simulators.slack.workspace import Shown, SlackError


def unescape(text: str) -> str:
    return text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")


def escape(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def read(blocks: Any) -> tuple[str, tuple[Shown, ...]]:
    """The text and the buttons that a person sees. Raises SlackError("invalid_blocks")."""
    if not isinstance(blocks, list) or len(blocks) > 50:
        raise SlackError("invalid_blocks")
    texts: list[str] = []
    buttons: list[Shown] = []
    for number, block in enumerate(blocks):
        match block:
            case {"type": "section", "text": {"type": "mrkdwn" | "plain_text", "text": str(text)}}:
                _check(0 < len(text) <= 3000)
                texts.append(unescape(text))
            case {"type": "actions", "elements": list(elements)}:
                _check(0 < len(elements) <= 25)
                _check(len({element.get("action_id") for element in elements}) == len(elements))
                buttons += [_button(element, block.get("block_id", f"b{number}")) for element in elements]
            case _:
                raise SlackError("invalid_blocks")
    return "\n".join(texts), tuple(buttons)


def _button(element: Any, block_id: str) -> Shown:
    match element:
        case {"type": "button", "text": {"type": "plain_text", "text": str(title)}, "action_id": str(action_id)}:
            value, url = element.get("value", ""), element.get("url", "")
            _check(0 < len(title) <= 75 and 0 < len(action_id) <= 255)
            _check(isinstance(value, str) and len(value) <= 2000)
            _check(isinstance(url, str) and len(url) <= 3000)
            return Shown(title, value, url, action_id, block_id)
    raise SlackError("invalid_blocks")


def _check(fits: bool) -> None:
    if not fits:
        raise SlackError("invalid_blocks")

"""Between Slack's message markup (mrkdwn) and plain text: https://docs.slack.dev/messaging/formatting-message-text"""

import re

_REFERENCE = re.compile(r"<([^<>]*)>")


def escape(text: str) -> str:
    """Plain text as mrkdwn in which nothing can become a mention or a link of its own making."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def unescape(text: str) -> str:
    return text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")


def plain(text: str) -> str:
    """What the customer sees in Slack, as plain text: references are written out, entities resolved."""
    return storable(unescape(_REFERENCE.sub(_written_out, text))).strip()


def storable(text: str) -> str:
    """Without what no database takes: NUL and halves of surrogate pairs."""
    return text.replace("\0", "").encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def strip_mention(text: str, user: str) -> str:
    """The text without mentions of `user`, and without the comma or colon that follows one."""
    mention = re.compile(rf"\s*<@{re.escape(user)}(?:\|[^<>]*)?>[\s,:，：]*")
    return mention.sub(" ", text).strip()


def mentions(text: str, user: str) -> bool:
    return bool(re.search(rf"<@{re.escape(user)}[|>]", text))


def _written_out(reference: re.Match[str]) -> str:
    target, _, label = reference[1].partition("|")
    match target[:1]:
        case "@" | "#":
            return target[0] + (label or target[1:])
        case "!":
            return label or "@" + target[1:].split("^")[0]
    address = target.removeprefix("mailto:").removeprefix("tel:")
    if not label or label in {address, address.rstrip("/"), re.sub(r"^https?://", "", address).rstrip("/")}:
        return label or address
    return f"{label} ({address})"

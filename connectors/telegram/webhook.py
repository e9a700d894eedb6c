"""The webhook's two agreements with Telegram: which updates come, and the secret that proves they do."""

import hmac

from desk.errors import BadSignature
from desk.ports import WebhookRequest

SECRET_HEADER = "x-telegram-bot-api-secret-token"  # noqa: S105 - a header's name

# Always said in full: what is left out of setWebhook keeps its old setting.
ALLOWED_UPDATES = ("message", "edited_message", "callback_query", "my_chat_member")


def verify(request: WebhookRequest, secret: str) -> None:
    """Raise BadSignature unless the request carries our secret. Compares bytes in constant time."""
    claimed = request.headers.get(SECRET_HEADER, "").encode("utf-8", "surrogatepass")
    if not hmac.compare_digest(claimed, secret.encode()):
        raise BadSignature("Telegram webhook without our secret token")

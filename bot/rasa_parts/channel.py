"""The only way into the assistant: `POST /webhooks/frontdesk/webhook` with {"sender", "message", "metadata"}.

Answers the list of the assistant's messages (text, buttons, custom). 400: the request is malformed. 503: no model is
loaded. 500: the turn failed, `error` says how in one word; whoever sent the message still owes the customer an answer.
"""

from __future__ import annotations

import hmac
import os
import traceback
from typing import Any, Awaitable, Callable, Dict, Optional, Text

import structlog
from rasa.core.channels.channel import CollectingOutputChannel, UserMessage
from rasa.core.channels.rest import RestInput
from sanic import Blueprint, response
from sanic.request import Request
from sanic.response import HTTPResponse

from bot.rasa_parts.commands import neutralise, with_language
from bot.rasa_parts.language import answer_language
from bot.rasa_parts.patches import ActionFailed

TRUSTED_HEADER = "X-Frontdesk-Trusted"
SECRET_VARIABLE = "FRONTDESK_RASA_SECRET"  # noqa: S105 - the name of a variable

_log = structlog.get_logger()


class FrontdeskInput(RestInput):
    """REST channel for the gateway. A text is a command only in a request that carries the shared secret."""

    @classmethod
    def name(cls) -> Text:
        return "frontdesk"

    @classmethod
    def from_credentials(cls, credentials: Optional[Dict[Text, Any]]) -> FrontdeskInput:
        return cls(os.environ.get(SECRET_VARIABLE, ""))

    def __init__(self, secret: str = "") -> None:
        self._secret = secret.encode()

    def blueprint(self, on_new_message: Callable[[UserMessage], Awaitable[Any]]) -> Blueprint:
        routes = Blueprint("frontdesk_webhook", __name__)

        @routes.get("/")
        async def health(request: Request) -> HTTPResponse:
            return response.json({"status": "ok"})

        @routes.post("/webhook")
        async def receive(request: Request) -> HTTPResponse:
            agent = getattr(request.app.ctx, "agent", None)
            if agent is None or not agent.is_ready():
                return response.json({"error": "no_model"}, status=503)
            try:
                message = self._read(request)
            except ValueError as error:
                return response.json({"error": "malformed", "detail": str(error)}, status=400)
            return await _answer(on_new_message, message)

        return routes

    def _read(self, request: Request) -> UserMessage:
        """The request as Rasa wants it. Raises ValueError, which names the field that is wrong."""
        body = _json_of(request)
        sender, text, metadata = body.get("sender"), body.get("message"), body.get("metadata") or {}
        if not isinstance(sender, str) or not sender.strip():
            raise ValueError("sender: a non-empty string is required")
        if not isinstance(text, str):
            raise ValueError("message: a string is required")
        if not isinstance(metadata, dict):
            raise ValueError("metadata: an object is required")
        text = with_language(text, answer_language("", metadata)) if self._is_trusted(request) else neutralise(text)
        return UserMessage(text, CollectingOutputChannel(), sender, input_channel=self.name(), metadata=metadata)

    def _is_trusted(self, request: Request) -> bool:
        given = request.headers.get(TRUSTED_HEADER, "").encode("utf-8", "surrogateescape")
        return bool(self._secret) and hmac.compare_digest(given, self._secret)


def _json_of(request: Request) -> Dict[Text, Any]:
    try:
        body = request.json
    except Exception:  # Sanic's own error would answer with a page
        raise ValueError("body: JSON is required") from None
    if not isinstance(body, dict):
        raise ValueError("body: a JSON object is required")
    return body


async def _answer(handle: Callable[[UserMessage], Awaitable[Any]], message: UserMessage) -> HTTPResponse:
    try:
        await handle(message)
    except ActionFailed as failure:
        _log.error("frontdesk.turn.failed", sender=message.sender_id, action=failure.action)
        return response.json({"error": "action_failed", "action": failure.action}, status=500)
    except Exception as error:  # the message of an error may quote the customer, so only its type and place are kept
        place = traceback.extract_tb(error.__traceback__)[-1]
        _log.error(
            "frontdesk.turn.failed",
            sender=message.sender_id,
            error=type(error).__name__,
            place=f"{place.filename}:{place.lineno}",
        )
        return response.json({"error": type(error).__name__}, status=500)
    return response.json(message.output_channel.messages)

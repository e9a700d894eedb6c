"""The way in: events are read here; everything else goes through Bolt, which answers what every Slack app must answer.

Bolt's chain takes longer than all else that a webhook does, and for an event there is nothing in it that we use:
requests come verified, and whose message it is the translation decides (inbound.py).
"""

import json
from collections.abc import Awaitable, Callable, Mapping
from logging import Logger
from typing import Any

import structlog
from slack_bolt import BoltResponse
from slack_bolt.async_app import AsyncApp
from slack_bolt.authorization import AuthorizeResult
from slack_bolt.middleware.async_middleware import AsyncMiddleware
from slack_bolt.request.async_request import AsyncBoltRequest
from slack_sdk.web.async_client import AsyncWebClient

from desk.errors import MalformedRequest
from desk.ports import WebhookRequest, WebhookResponse

_FOR_US = "frontdesk.for_us"
_log = structlog.get_logger()


class _Accept(AsyncMiddleware):
    """Ends Bolt's chain with 200 and marks the request. A class, because Bolt fills a function's arguments slowly."""

    async def async_process(
        self, *, req: AsyncBoltRequest, resp: BoltResponse, next: Callable[[], Awaitable[BoltResponse]]  # noqa: ARG002
    ) -> BoltResponse:
        req.context[_FOR_US] = True
        return BoltResponse(status=200)


class Ingress:
    """Reads events itself and all else with Bolt, without listeners: what gets past Bolt's own answers is for us.

    Bolt's signature check is off, because requests come here verified, by the time at which they were received.
    """

    def __init__(self, client: AsyncWebClient, logger: Logger) -> None:
        async def authorize(enterprise_id: str | None, team_id: str | None) -> AuthorizeResult:
            # Every request belongs to our one installation; asking Slack would make receiving wait for it.
            return AuthorizeResult(enterprise_id=enterprise_id, team_id=team_id, bot_token=client.token)

        self._bolt = AsyncApp(
            name="frontdesk", client=client, authorize=authorize, logger=logger, request_verification_enabled=False
        )
        self._bolt.middleware(_Accept())

    async def read(self, request: WebhookRequest) -> Mapping[str, Any] | WebhookResponse:
        """The payload of a verified request, or Bolt's answer to a handshake. Raises MalformedRequest."""
        try:
            text = request.body.decode()
            content = json.loads(text) if text.startswith("{") else {}
            if content.get("type") == "event_callback":
                return dict(content)
            inside = AsyncBoltRequest(body=text, headers=dict(request.headers))
        except Exception:  # Bolt digs into the payload unguarded, so a crafted one can raise nearly anything
            raise MalformedRequest("the body is not what Slack sends") from None
        answer = await self._bolt.async_dispatch(inside)
        if _FOR_US in inside.context:
            return inside.body
        if answer.status != 200:
            _log.warning("slack_request_not_understood", bolt_status=answer.status)
            raise MalformedRequest("the body is not what Slack sends")
        return WebhookResponse(200, answer.body.encode(), answer.first_headers()["content-type"])

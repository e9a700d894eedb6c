"""Slack as a channel of ours: Bolt takes requests in, Slack's Web API takes messages out."""

import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import timedelta
from urllib.parse import urlsplit

import aiohttp
import structlog
from slack_sdk.web.async_client import AsyncWebClient

from connectors.slack import files
from connectors.slack.failures import classify
from connectors.slack.inbound import translate
from connectors.slack.ingress import Ingress
from connectors.slack.outbound import to_wire
from connectors.slack.signature import verify
from desk.channels import CAPABILITIES, Capabilities, ReplyWindow
from desk.errors import DeskError, Invalid, NotFound, SendDeferred, SendInDoubt, SendRejected
from desk.messages import Address, Attachment, ChannelName, InboundMessage
from desk.ports import FetchedFile, WebhookAnswer, WebhookRequest, WebhookResponse
from desk.rendering import Bubble

_log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class SlackSettings:
    """One Slack app in one workspace.

    `account` names it in our addresses; it is a constant because it must be known before Slack is first reached.
    `previous_signing_secret` stays valid beside the new one while a secret is being changed. `api_base` ends in "/".
    `answer_timeout` bounds each call to it. Raises Invalid, naming the field and never its value, when one cannot work.
    """

    bot_token: str = field(repr=False)
    signing_secret: str = field(repr=False)
    api_base: str = "https://slack.com/api/"
    account: str = "slack"
    previous_signing_secret: str = field(default="", repr=False)
    answer_timeout: timedelta = timedelta(seconds=30)

    def __post_init__(self) -> None:
        for name in ("bot_token", "signing_secret"):
            if not getattr(self, name):
                raise Invalid(name, "it is empty")
        if not self.api_base.startswith(("https://", "http://")) or not self.api_base.endswith("/api/"):
            raise Invalid("api_base", "write the whole address up to /api/: https://slack.com/api/")


class Slack:
    """The Slack connector (see desk.ports.Channel). `open_file` reads a file of ours by its id, for sending."""

    def __init__(
        self, settings: SlackSettings, *, open_file: Callable[[str], Awaitable[FetchedFile]] | None = None
    ) -> None:
        self._settings = settings
        self._secrets = tuple(filter(None, (settings.signing_secret, settings.previous_signing_secret)))
        self._open_file = open_file
        self._session: aiohttp.ClientSession | None = None
        # Slack's libraries quote bodies, which are customers' words, in debug, warning and error lines.
        self._quiet = logging.getLogger("frontdesk.connectors.slack.library")
        self._quiet.setLevel(logging.CRITICAL)
        self._web = self._client()
        self._ingress = Ingress(self._web, self._quiet)

    @property
    def name(self) -> ChannelName:
        return ChannelName.SLACK

    @property
    def account(self) -> str:
        return self._settings.account

    @property
    def capabilities(self) -> Capabilities:
        return CAPABILITIES[ChannelName.SLACK]

    async def start(self) -> None:
        self._connections()

    async def stop(self) -> None:
        if self._session is not None:
            await self._session.close()
            self._session = None

    async def check(self) -> str:
        self._connections()
        try:
            answer = await self._web.auth_test()
            return f"{answer['team']} as @{answer['user']}"
        except Exception as error:
            raise classify(error) from None

    async def receive(self, request: WebhookRequest) -> WebhookAnswer:
        verify(request, self._secrets)
        content = await self._ingress.read(request)
        if isinstance(content, WebhookResponse):
            return WebhookAnswer(response=content, ignored="handshake")
        found = translate(content, self.account)
        if isinstance(found, InboundMessage):
            return WebhookAnswer(messages=(found,))
        if found in {"tokens_revoked", "app_uninstalled", "app_rate_limited"}:
            _log.warning("slack_account_event", slack_event=found, account=self.account)
        return WebhookAnswer(ignored=found)

    def window(self, message: InboundMessage) -> ReplyWindow | None:  # noqa: ARG002 - Slack has no windows
        return None

    async def send(self, address: Address, bubble: Bubble) -> str:
        self._connections()
        if not bubble.attachments:
            return await self._post(address, bubble)
        shared = await self._share(address, bubble)
        if not bubble.buttons:
            return shared
        try:
            return await self._post(address, bubble)
        except DeskError as error:
            raise SendInDoubt(f"the files arrived, the message did not: {error}") from None

    async def fetch(self, attachment: Attachment) -> FetchedFile:
        session = self._connections()
        url = await files.locate(self._web, attachment.remote)
        if not files.may_carry_token(url, self._settings.api_base):
            raise NotFound("the file does not lie with Slack")
        return await files.download(session, url, self._settings.bot_token, attachment)

    async def show_typing(self, address: Address) -> None:
        """Slack shows no typing for bots."""

    async def _post(self, address: Address, bubble: Bubble) -> str:
        try:
            answer = await self._web.chat_postMessage(
                channel=address.chat, thread_ts=address.thread or None, unfurl_links=False, unfurl_media=False,
                **to_wire(bubble),
            )
            return str(answer["ts"] or "")
        except Exception as error:
            raise classify(error) from None

    async def _share(self, address: Address, bubble: Bubble) -> str:
        """Send the files; the text goes above them unless buttons need a message of their own."""
        ours = [await self._opened(attachment) for attachment in bubble.attachments]
        comment = "" if bubble.buttons else to_wire(bubble)["text"]
        return await files.share(self._web, self._connections(), address, ours, comment)

    async def _opened(self, attachment: Attachment) -> FetchedFile:
        if self._open_file is None:
            raise SendRejected("no store to read the file from")
        try:
            return await self._open_file(attachment.file_id)
        except NotFound:
            raise SendRejected("the file is gone") from None
        except Exception:
            raise SendDeferred("the file cannot be read now", timedelta(seconds=30)) from None

    def _connections(self) -> aiohttp.ClientSession:
        """Our connections to Slack, opened on first use because they belong to the running event loop."""
        if self._session is None:
            # Idle connections are dropped before a server would: a request on a closing one looks like doubt.
            self._session = aiohttp.ClientSession(
                timeout=aiohttp.ClientTimeout(
                    total=self._settings.answer_timeout.total_seconds(), connect=10, sock_connect=5
                ),
                connector=aiohttp.TCPConnector(keepalive_timeout=4),
            )
            self._web.session = self._session
        return self._session

    def _client(self) -> AsyncWebClient:
        """Slack's client without its retries: they would send a message twice, and the outbox knows better."""
        client = AsyncWebClient(
            token=self._settings.bot_token, base_url=self._settings.api_base, retry_handlers=[], logger=self._quiet
        )
        if urlsplit(self._settings.api_base).scheme == "http":
            client.proxy = None  # a simulator nearby; the proxy of the environment is for reaching Slack
        return client

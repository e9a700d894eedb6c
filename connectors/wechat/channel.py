"""The WeChat Official Account as a channel of the desk."""

from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any

import httpx
import structlog

from connectors.wechat import xml
from connectors.wechat.api import WechatApi
from connectors.wechat.calls import quiet_url_logging
from connectors.wechat.download import Downloads
from connectors.wechat.gate import Gate, is_sealed
from connectors.wechat.inbound import Fields, Ignored, translate
from connectors.wechat.outbound import image_message, passive_text, text_message
from connectors.wechat.settings import WechatSettings
from connectors.wechat.token import AccessTokens
from desk.channels import CAPABILITIES, Capabilities, ReplyWindow
from desk.errors import DeskError, NotFound, SendDeferred, SendInDoubt, SendRejected
from desk.messages import Address, Attachment, AttachmentKind, ChannelName, EventName, InboundMessage
from desk.ports import FetchedFile, PassiveReply, WebhookAnswer, WebhookRequest, WebhookResponse
from desk.rendering import Bubble

_log = structlog.get_logger()

# WeChat hangs up after 5 s and asks three times; the rest is for the way back.
ANSWER_WITHIN = timedelta(seconds=4.5)
AFTER_MESSAGE = ReplyWindow("message", timedelta(hours=48), 5)
AFTER_EVENT = ReplyWindow("event", timedelta(minutes=1), 3)

_SUCCESS = WebhookResponse(body=b"success")  # stops the platform's repeats
_SUFFIXES = {"image/png": "png", "image/gif": "gif", "image/bmp": "bmp"}


class WechatChannel:
    """One Official Account. `open_file` reads files of ours that a message carries; `http` is for tests."""

    name = ChannelName.WECHAT

    def __init__(
        self,
        settings: WechatSettings,
        open_file: Callable[[str], Awaitable[FetchedFile]] | None = None,
        *,
        http: httpx.AsyncClient | None = None,
    ) -> None:
        quiet_url_logging()
        self._settings = settings
        self._open_file = open_file
        self._http = http or httpx.AsyncClient(timeout=settings.timeout.total_seconds())
        self._http.base_url = httpx.URL(settings.api_base)
        self._gate = Gate(settings)
        self._tokens = AccessTokens(self._http, settings)
        self._api = WechatApi(self._http, self._tokens)
        self._downloads = Downloads(self._http, self._tokens)

    @property
    def account(self) -> str:
        return self._settings.app_id

    @property
    def capabilities(self) -> Capabilities:
        return CAPABILITIES[ChannelName.WECHAT]

    async def start(self) -> None:
        """Nothing to open: the first call connects."""

    async def stop(self) -> None:
        await self._http.aclose()

    async def check(self) -> str:
        """Asking for a token proves the id, the secret and the IP allow-list at once, and changes nothing."""
        await self._tokens.renew()
        return f"Official Account {self.account}"

    async def receive(self, request: WebhookRequest) -> WebhookAnswer:
        if request.method == "GET":
            return WebhookAnswer(response=WebhookResponse(body=self._gate.echo(request)), ignored="url_check")
        fields = xml.parse(self._gate.open(request))
        found = translate(fields, self.account)
        if isinstance(found, Ignored):
            return WebhookAnswer(response=_SUCCESS, ignored=found.reason)
        return WebhookAnswer((found,), _SUCCESS, passive=self._passive(request, fields, found))

    def window(self, message: InboundMessage) -> ReplyWindow | None:
        if message.event is EventName.STOPPED:
            return None
        # A tap on an item of a menu message counts as a menu tap, not as a message.
        return AFTER_EVENT if message.event or message.choice else AFTER_MESSAGE

    async def send(self, address: Address, bubble: Bubble) -> str:
        """The text first, then the pictures: each is a message of its own to the platform."""
        pictures = [await self._upload(file) for file in bubble.attachments]
        messages = [text_message(address.chat, bubble.text)] if bubble.text else []
        messages += [image_message(address.chat, media_id) for media_id in pictures]
        if not messages:
            raise SendRejected("nothing to say")
        message_id = await self._api.send(messages[0])
        for message in messages[1:]:
            await self._send_rest(message)
        return message_id

    async def fetch(self, attachment: Attachment) -> FetchedFile:
        if not attachment.remote:
            raise NotFound("WeChat gives accounts no way to download this file")
        return await self._downloads.get(attachment.remote)

    async def show_typing(self, address: Address) -> None:
        try:
            await self._api.show_typing(address.chat)
        except DeskError as refusal:
            # Mostly that it is shown already, or that the customer left: neither matters.
            _log.debug("wechat typing not shown", account=self.account, reason=str(refusal))

    def _passive(self, request: WebhookRequest, fields: Fields, message: InboundMessage) -> PassiveReply | None:
        if message.event is EventName.STOPPED:
            return None
        user, account, at = message.address.chat, fields.get("ToUserName", ""), request.received_at

        def compose(text: str) -> WebhookResponse:
            if not text.strip():
                return _SUCCESS  # an empty answer would be shown as a failure of the account
            reply = passive_text(user, account, text, int(at.timestamp()))
            if is_sealed(request):
                reply = self._gate.seal(reply, at)
            return WebhookResponse(body=reply, media_type="application/xml; charset=utf-8")

        return PassiveReply(ANSWER_WITHIN, compose)

    async def _upload(self, attachment: Attachment) -> str:
        if self._open_file is None or attachment.kind is not AttachmentKind.IMAGE:
            raise SendRejected(f"cannot send a file of kind {attachment.kind} to WeChat")
        try:
            file = await self._open_file(attachment.file_id)
        except NotFound:
            raise SendRejected("the file to send is gone") from None
        except OSError as error:
            reason = f"the file to send cannot be read ({type(error).__name__})"
            raise SendDeferred(reason, timedelta(minutes=1)) from None
        # The platform judges a picture by the ending of its name.
        name = f"picture.{_SUFFIXES.get(file.media_type, 'jpg')}"
        return await self._api.upload_image(file.content, name, file.media_type)

    async def _send_rest(self, message: dict[str, Any]) -> None:
        try:
            await self._api.send(message)
        except DeskError as error:
            # What went before has arrived, so the whole may not be sent again.
            raise SendInDoubt(f"only the first part arrived: {error}") from None

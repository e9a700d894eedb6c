"""The door: nothing is parsed before WeChat's signature on it is proved."""

import re
import secrets
from datetime import datetime

from connectors.wechat import xml
from connectors.wechat.crypto import MessageCipher
from connectors.wechat.settings import WechatSettings
from connectors.wechat.signature import is_fresh, is_signed, sign
from desk.errors import BadSignature, MalformedRequest
from desk.ports import WebhookRequest

_ENCRYPT = re.compile(rb"<Encrypt>\s*(?:<!\[CDATA\[)?([A-Za-z0-9+/=]+)(?:\]\]>)?\s*</Encrypt>")


class Gate:
    """Opens requests that WeChat signed for this account, and seals our answers to them."""

    def __init__(self, settings: WechatSettings) -> None:
        self._settings = settings
        self._cipher = MessageCipher(settings.encoding_aes_key) if settings.encoding_aes_key else None

    def open(self, request: WebhookRequest) -> bytes:
        """The message's XML, decrypted where it came in safe mode. Raises BadSignature or MalformedRequest."""
        if is_sealed(request):
            found = _ENCRYPT.search(request.body)
            if found is None:
                raise BadSignature("WeChat safe mode without an encrypted message")
            return self._unseal(request, found[1].decode())
        if self._settings.require_safe_mode:
            raise BadSignature("plain WeChat message, but safe mode is required")
        self._require_signature(request, "signature")
        return request.body

    def echo(self, request: WebhookRequest) -> bytes:
        """What the URL check of the admin page wants back. Raises BadSignature or MalformedRequest."""
        echostr = request.query.get("echostr", "")
        if "msg_signature" in request.query:
            return self._unseal(request, echostr)
        self._require_signature(request, "signature")
        return echostr.encode("utf-8", "replace")

    def seal(self, message: bytes, at: datetime) -> bytes:
        """Our answer, encrypted and signed for WeChat. Only for accounts that have a key."""
        if self._cipher is None:
            raise ValueError("sealing needs an EncodingAESKey")
        encrypted = self._cipher.encrypt(message, self._settings.app_id)
        timestamp, nonce = int(at.timestamp()), secrets.token_hex(8)
        return xml.document({
            "Encrypt": encrypted,
            "MsgSignature": sign(self._settings.token, str(timestamp), nonce, encrypted),
            "TimeStamp": timestamp,
            "Nonce": nonce,
        })

    def _unseal(self, request: WebhookRequest, encrypted: str) -> bytes:
        if self._cipher is None:
            raise BadSignature("WeChat safe mode, but no EncodingAESKey is configured")
        self._require_signature(request, "msg_signature", encrypted)
        try:
            message, app_id = self._cipher.decrypt(encrypted)
        except ValueError:
            raise MalformedRequest("signed by WeChat, but not encrypted with our EncodingAESKey") from None
        if app_id != self._settings.app_id:
            raise BadSignature("WeChat message for another account")
        return message

    def _require_signature(self, request: WebhookRequest, name: str, *signed: str) -> None:
        query = request.query
        timestamp, nonce = query.get("timestamp", ""), query.get("nonce", "")
        if not is_signed(query.get(name, ""), self._settings.token, timestamp, nonce, *signed):
            raise BadSignature("WeChat request without our signature")
        if not is_fresh(timestamp, request.received_at):
            raise BadSignature("stale WeChat request")


def is_sealed(request: WebhookRequest) -> bool:
    """Whether a message came in safe mode, and so wants a sealed answer."""
    return request.query.get("encrypt_type") == "aes" or "msg_signature" in request.query

"""How the platform signs, encrypts and reads messages; written apart from any connector, so that both can err alone."""

import base64
import hashlib
import re
import secrets
from dataclasses import dataclass
from xml.etree.ElementTree import ParseError
from xml.sax.saxutils import escape

from cryptography.hazmat.primitives import padding
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from defusedxml.ElementTree import fromstring

# What people type reaches the platform without the characters that XML cannot carry.
_NOT_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


class Unreadable(Exception):
    """An answer that the platform cannot take."""


def sign(*parts: str) -> str:
    return hashlib.sha1("".join(sorted(parts)).encode()).hexdigest()


def to_xml(fields: dict[str, str]) -> str:
    """A message as the platform writes it."""
    parts = (f"<{name}>{escape(_NOT_XML.sub('', value))}</{name}>" for name, value in fields.items())
    return f"<xml>{''.join(parts)}</xml>"


def from_xml(text: bytes) -> dict[str, str]:
    """The fields of an answer. Raises Unreadable."""
    try:
        root = fromstring(text, forbid_dtd=True)
    except (ParseError, ValueError, LookupError):
        raise Unreadable("not XML") from None
    if root.tag != "xml":
        raise Unreadable("not a message")
    return {child.tag: child.text or "" for child in root}


@dataclass(frozen=True, slots=True)
class Post:
    """One delivery: what goes into the query and the body."""

    query: dict[str, str]
    body: bytes


class Envelope:
    """Plain mode, or safe mode when there is a key."""

    def __init__(self, app_id: str, token: str, encoding_aes_key: str) -> None:
        self._app_id = app_id
        self._token = token
        self._key = base64.b64decode(encoding_aes_key + "=") if encoding_aes_key else b""

    def wrap(self, fields: dict[str, str], now: int) -> Post:
        """Sign a message, encrypt it in safe mode."""
        timestamp, nonce, user = str(now), str(secrets.randbelow(10**10)), fields["FromUserName"]
        signature = sign(self._token, timestamp, nonce)
        query = {"signature": signature, "timestamp": timestamp, "nonce": nonce, "openid": user}
        text = to_xml(fields)
        if not self._key:
            return Post(query, text.encode())
        encrypted = self._encrypt(text.encode())
        query |= {"encrypt_type": "aes", "msg_signature": sign(self._token, timestamp, nonce, encrypted)}
        return Post(query, to_xml({"ToUserName": fields["ToUserName"], "Encrypt": encrypted}).encode())

    def echo(self, now: int) -> dict[str, str]:
        """The query of the URL check."""
        timestamp, nonce = str(now), str(secrets.randbelow(10**10))
        signature = sign(self._token, timestamp, nonce)
        return {"signature": signature, "timestamp": timestamp, "nonce": nonce, "echostr": secrets.token_hex(10)}

    def unwrap(self, body: bytes) -> dict[str, str]:
        """The fields of a passive reply, its signature checked in safe mode. Raises Unreadable."""
        fields = from_xml(body)
        if not self._key:
            return fields
        try:
            encrypted, given = fields["Encrypt"], fields["MsgSignature"]
            expected = sign(self._token, fields["TimeStamp"], fields["Nonce"], encrypted)
        except KeyError:
            raise Unreadable("not encrypted") from None
        if given != expected:
            raise Unreadable("wrong signature")
        return from_xml(self._decrypt(encrypted))

    def _encrypt(self, message: bytes) -> str:
        padder = padding.PKCS7(256).padder()
        plain = secrets.token_bytes(16) + len(message).to_bytes(4, "big") + message + self._app_id.encode()
        encryptor = self._cipher().encryptor()
        padded = padder.update(plain) + padder.finalize()
        return base64.b64encode(encryptor.update(padded) + encryptor.finalize()).decode()

    def _decrypt(self, encrypted: str) -> bytes:
        try:
            decryptor = self._cipher().decryptor()
            padded = decryptor.update(base64.b64decode(encrypted)) + decryptor.finalize()
            unpadder = padding.PKCS7(256).unpadder()
            plain = unpadder.update(padded) + unpadder.finalize()
        except ValueError:
            raise Unreadable("wrong encryption") from None
        end = 20 + int.from_bytes(plain[16:20], "big")
        if plain[end:] != self._app_id.encode():
            raise Unreadable("for another app id")
        return plain[20:end]

    def _cipher(self) -> Cipher[modes.CBC]:
        return Cipher(algorithms.AES(self._key), modes.CBC(self._key[:16]))

"""Column types of ours: times that are always UTC, and personal fields that are encrypted at rest."""

import base64
import hashlib
import hmac
import os
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from sqlalchemy import ColumnElement, DateTime, Dialect, Text, literal_column
from sqlalchemy.types import TypeDecorator

# ruff: noqa: ARG002 - SQLAlchemy gives every type the dialect


def one_of(column: ColumnElement[Any], *words: str) -> ColumnElement[bool]:
    """Whether a column holds one of these words of ours, which stand in the statement itself.

    A partial index serves only a statement that repeats its condition literally: SQLite does not look into parameters,
    and PostgreSQL not into those of a prepared statement. Never for words of others.
    """
    literal: list[ColumnElement[str]] = [literal_column(f"'{word}'") for word in words]
    return column == literal[0] if len(literal) == 1 else column.in_(literal)


class Instant(TypeDecorator[datetime]):
    """A moment. Naive times are refused on the way in; on the way out every time is aware and UTC."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a time without a zone")
        utc = value.astimezone(UTC)
        return utc.replace(tzinfo=None) if dialect.name == "sqlite" else utc

    def result_processor(self, dialect: Dialect, coltype: object) -> Callable[[Any], datetime | None] | None:
        # Reports read many moments: one call for each, instead of one of the driver's type and one of ours.
        return _written_moment if dialect.name == "sqlite" else _moment


def _written_moment(value: str | None) -> datetime | None:
    """As SQLite keeps it: UTC without a zone."""
    return None if value is None else datetime.fromisoformat(value + "+00:00")


def _moment(value: datetime | None) -> datetime | None:
    return None if value is None else value.astimezone(UTC)


class FieldCipher:
    """AES-256-GCM under a key derived from FRONTDESK_SECRET_KEY. Format: v1.<base64(nonce | ciphertext)>.

    `install` sets the key of this process before the first personal field is written or read.
    """

    _box: AESGCM | None = None
    _signing_key = b""

    @classmethod
    def install(cls, secret: str) -> None:
        derived = HKDF(hashes.SHA256(), 32, None, b"frontdesk personal fields v1").derive(secret.encode())
        cls._box = AESGCM(derived)
        cls._signing_key = HKDF(hashes.SHA256(), 32, None, b"frontdesk seals v1").derive(secret.encode())

    @classmethod
    def seal(cls, text: str) -> str:
        nonce = os.urandom(12)
        sealed = cls._ready().encrypt(nonce, text.encode(), None)
        return "v1." + base64.urlsafe_b64encode(nonce + sealed).decode()

    @classmethod
    def open(cls, stored: str) -> str:
        """Raises ValueError when the field was sealed under another key."""
        raw = base64.urlsafe_b64decode(stored.removeprefix("v1."))
        try:
            return cls._ready().decrypt(raw[:12], raw[12:], None).decode()
        except InvalidTag:
            raise ValueError("a personal field was encrypted with another FRONTDESK_SECRET_KEY") from None

    @classmethod
    def sign(cls, purpose: str, *parts: str) -> str:
        """HMAC-SHA-256 over the parts, in hex, under a key of its own; the same parts for another purpose differ."""
        cls._ready()
        signed = "\0".join((purpose, *parts)).encode()
        return hmac.new(cls._signing_key, signed, hashlib.sha256).hexdigest()

    @classmethod
    def _ready(cls) -> AESGCM:
        if cls._box is None:
            raise RuntimeError("FieldCipher.install was not called")
        return cls._box


class Personal(TypeDecorator[str]):
    """Personal text, encrypted at rest. It cannot be searched; empty stays empty."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:
        return FieldCipher.seal(value) if value else value

    def process_result_value(self, value: Any, dialect: Dialect) -> str | None:
        return FieldCipher.open(value) if value else value

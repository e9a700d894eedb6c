"""Safe mode's message encryption.

AES-256-CBC, the first 16 bytes of the key as IV, PKCS#7 padding to 32 bytes; inside: 16 random bytes, the length
(32 bits, big endian), the message, the receiver's app id. Source: "Message encryption and decryption" in the
Official Accounts documentation. CBC alone proves nothing, so decrypt only what msg_signature has proved.
"""

import base64
import os
import struct

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

KEY_LENGTH = 43
_BLOCK = 32
_HEAD = struct.Struct("!16sI")


def aes_key(encoding_aes_key: str) -> bytes:
    """The 32 key bytes behind an EncodingAESKey. Raises ValueError when it is none."""
    if len(encoding_aes_key) != KEY_LENGTH:
        raise ValueError("not an EncodingAESKey")
    return base64.b64decode(encoding_aes_key + "=", validate=True)


class MessageCipher:
    """Encrypts and decrypts the messages of one account."""

    def __init__(self, encoding_aes_key: str) -> None:
        key = aes_key(encoding_aes_key)
        self._cipher = Cipher(algorithms.AES(key), modes.CBC(key[:16]))

    def encrypt(self, message: bytes, app_id: str) -> str:
        """The message for this app id, Base64."""
        plain = _HEAD.pack(os.urandom(16), len(message)) + message + app_id.encode()
        fill = _BLOCK - len(plain) % _BLOCK
        encryptor = self._cipher.encryptor()
        return base64.b64encode(encryptor.update(plain + bytes([fill]) * fill) + encryptor.finalize()).decode()

    def decrypt(self, encrypted: str) -> tuple[bytes, str]:
        """The message and the app id it was meant for. Raises ValueError when it was not made with our key."""
        decryptor = self._cipher.decryptor()
        plain = decryptor.update(base64.b64decode(encrypted, validate=True)) + decryptor.finalize()
        fill = plain[-1] if plain else 0
        if not 1 <= fill <= _BLOCK:
            raise ValueError("wrong padding")
        plain = plain[:-fill]
        if len(plain) < _HEAD.size:
            raise ValueError("too short")
        _, length = _HEAD.unpack_from(plain)
        end = _HEAD.size + length
        if end > len(plain):
            raise ValueError("wrong length")
        return plain[_HEAD.size : end], plain[end:].decode()

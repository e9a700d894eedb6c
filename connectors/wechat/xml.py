"""WeChat's XML: flat messages in, replies out."""

import re
from collections.abc import Mapping
from xml.etree.ElementTree import ParseError

from defusedxml.ElementTree import fromstring

from desk.errors import MalformedRequest

# Characters that XML 1.0 cannot carry, even escaped; a reply holding one would be unreadable to WeChat.
_NOT_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def parse(body: bytes) -> dict[str, str]:
    """The fields of a message; nested lists are left out. Raises MalformedRequest.

    DTDs and entities are refused: no message has them, and attacks on XML parsers do.
    """
    try:
        root = fromstring(body, forbid_dtd=True)
    except (ParseError, ValueError, LookupError, RecursionError):
        raise MalformedRequest("the WeChat message is not XML") from None
    if root.tag != "xml":
        raise MalformedRequest("the XML is not a WeChat message")
    return {child.tag: child.text or "" for child in root if not len(child)}


def document(fields: Mapping[str, str | int]) -> bytes:
    """A message to WeChat: numbers bare, texts in CDATA."""
    parts = (f"<{name}>{v if isinstance(v, int) else _cdata(v)}</{name}>" for name, v in fields.items())
    return f"<xml>{''.join(parts)}</xml>".encode()


def _cdata(text: str) -> str:
    # "]]>" would end the section early and let a customer's words become elements.
    clean = _NOT_XML.sub("", text).replace("]]>", "]]]]><![CDATA[>")
    return f"<![CDATA[{clean}]]>"

"""What encoding a text file is in, when nobody says: UTF-8, UTF-16, GB18030 (mainland) or Big5 (Taiwan, Hong Kong)."""

import codecs

from knowledge_base.import_faults import BadImport, whole_file

# The commonest characters of either script; wrongly decoded Chinese is made of rare ones.
_COMMON = frozenset(
    "的一是不了人我在有他这这中大来上个国到说们为子和你地出道也时年得就那要下以生会自着去之过家学对可她里后小么心多天"
    "而能好都然没日于起还发成事只作当想看文无开手十用主行方又如前所本见经头面公同三已老从动两长问答请吗怎什几点费房退"
    "這來個國說們為時會過學對裡後麼沒於還發當無開見經頭從動兩長問請嗎幾點費訂員單號電話網路機場務處價錢間樓聯絡"
)


def decoded(content: bytes) -> str:
    """The text of a file. Raises BadImport when it is in none of these encodings."""
    if content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return _strictly(content, "utf-16")
    if text := _tried(content, "utf-8-sig"):
        if "\0" not in text:
            return text
    elif not content:
        return ""
    if content.count(b"\0") > len(content) // 10:  # UTF-16 without its mark: Latin letters and line ends have a zero
        low = sum(byte == 0 for byte in content[1::2]) >= sum(byte == 0 for byte in content[::2])
        return _strictly(content, "utf-16-le" if low else "utf-16-be")
    found = [text for encoding in ("gb18030", "big5hkscs") if (text := _tried(content, encoding))]
    if not found:
        raise _unreadable()
    return max(found, key=_plausible)


def _plausible(text: str) -> float:
    """The share of common characters among the Chinese ones; nothing in a private or unassigned place."""
    han = [char for char in text if "\u3400" <= char <= "\u9fff"]
    odd = sum("\ue000" <= char <= "\uf8ff" for char in text)
    return (sum(char in _COMMON for char in han) - odd) / max(1, len(han))


def _tried(content: bytes, encoding: str) -> str:
    try:
        return content.decode(encoding)
    except UnicodeDecodeError:
        return ""


def _strictly(content: bytes, encoding: str) -> str:
    text = _tried(content, encoding)
    if not text:
        raise _unreadable()
    return text


def _unreadable() -> BadImport:
    return whole_file("encoding")

"""Checked values out of JSON that python-telegram-bot passes through unchecked."""

_MOST = 2**53  # Telegram promises ids of at most 52 significant bits


def number(value: object) -> int:
    """A whole number a database can hold. Raises TypeError or ValueError."""
    if not isinstance(value, int) or isinstance(value, bool):
        raise TypeError("not a whole number")
    if abs(value) >= _MOST:
        raise ValueError("number out of range")
    return value


def words(value: object) -> str:
    """A text that every database stores: no NUL, no half surrogates; None is empty. Raises TypeError."""
    if value is None:
        return ""
    if not isinstance(value, str):
        raise TypeError("not a text")
    return value.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace").replace("\x00", "")

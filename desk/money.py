"""Amounts of money as people read them."""

_SIGNS = {"CNY": "¥", "TWD": "NT$", "SGD": "S$", "USD": "$", "EUR": "€", "GBP": "£", "HKD": "HK$", "JPY": "¥"}
NO_MINOR_UNITS = frozenset({"JPY", "KRW", "VND"})


def minor_units(currency: str) -> int:
    """How many minor units are one whole unit."""
    return 1 if currency in NO_MINOR_UNITS else 100


def write_money(amount: int, currency: str) -> str:
    """ "¥128.00": `amount` is in minor units (fen, cents) of `currency`."""
    sign = _SIGNS.get(currency, f"{currency} ")
    return f"{sign}{amount:,}" if currency in NO_MINOR_UNITS else f"{sign}{amount / 100:,.2f}"


def plain_money(amount: int, currency: str) -> str:
    """An amount as `read_money` reads it."""
    return str(amount) if currency in NO_MINOR_UNITS else f"{amount / 100:.2f}"


def read_money(written: str, currency: str) -> int:
    """ "128" or "128.50" in minor units. Raises ValueError."""
    whole, _, rest = written.strip().replace(",", "").partition(".")
    digits = 0 if currency in NO_MINOR_UNITS else 2
    if not whole.isascii() or not whole.isdigit() or len(whole) > 9 or len(rest) > digits or (rest and not (
        rest.isascii() and rest.isdigit()
    )):
        raise ValueError("not an amount of money")
    return int(whole + rest.ljust(digits, "0"))

"""Which of the customer's own orders a text means: by its number, the number's end, the newest one, or its title."""

import re
from collections.abc import Sequence

from bot.actions.turn import number_key
from desk.customers import Order

_SHORTEST_END = 4  # digits
_DIGITS = re.compile(r"\d+(?:[-－\s]\d+)*")
_HAN_PAIR = re.compile(r"(?=([\u3400-\u9fff]{2}))")
_LATIN_WORD = re.compile(r"[a-z]{4,}")
_NEWEST = re.compile(
    r"最近(?:的)?(?:一|那|这|這)?(?:次|单|單|笔|筆|个|個|张|張)|最新(?:的)?(?:一|那|这|這)?(?:单|單|笔|筆|个|個|张|張|订单|訂單|预订|預訂)"
    r"|上一?(?:单|單|笔|筆)|\b(?:latest|newest|most recent|last) (?:order|booking|reservation|purchase|stay|one)\b",
    re.IGNORECASE,
)


def order_in(text: str, orders: Sequence[Order]) -> Order | None:
    """The customer's own order whose whole number stands in the text, however it is spaced or cased."""
    plain = number_key(text)
    named = [order for order in orders if number_key(order.number) in plain]
    return max(named, key=lambda order: len(order.number), default=None)  # "A12" must not answer for "A123"


def orders_meant(text: str, orders: Sequence[Order]) -> list[Order]:
    """The own orders that a text about orders can mean: one where it is clear, several where it is not, none where
    nothing in it points to any. `orders` are the newest first."""
    named = order_in(text, orders)
    if named:
        return [named]
    ended = orders_ending(text, orders)
    if ended:
        return ended
    if _NEWEST.search(text) and orders:
        return [orders[0]]
    return _titled(text, orders)


def orders_ending(text: str, orders: Sequence[Order]) -> list[Order]:
    """The orders of whose numbers the text gives the last digits: "0412", "ending in 0412", "20261205-0412"."""
    runs = [number_key(run) for run in _DIGITS.findall(text)]
    ends = [run for run in runs if len(run) >= _SHORTEST_END]
    return [order for order in orders if any(number_key(order.number).endswith(end) for end in ends)]


def _titled(text: str, orders: Sequence[Order]) -> list[Order]:
    """The orders whose title shares a word with the text that not all titles share: "the Hangzhou booking"."""
    said = _words(text)
    titles = [_words(f"{order.title} {order.title_en}") for order in orders]
    telling = said.intersection(*[set[str]().union(*titles)]) - (set[str].intersection(*titles) if titles else set())
    found = [order for order, title in zip(orders, titles, strict=True) if title & telling]
    return found if len(found) < len(orders) else []


def _words(text: str) -> set[str]:
    return {*_HAN_PAIR.findall(text), *_LATIN_WORD.findall(text.lower())}

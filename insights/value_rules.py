"""What the business decides about counting its customers' value."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from desk.errors import Invalid

MOST_YEARS = 10


@dataclass(frozen=True, slots=True)
class ValueRules:
    """`currency`: what values are told in; empty: the one most orders are in. `rates`: how much of it one unit of
    another currency is worth; money in a currency without a rate is left out, and the report says so.

    `cuts`: the business's own limits for RFM scores instead of fifths, each four rising numbers: days since the last
    order (a customer within the first scores 5), orders, and money in whole units. `margin`, `discount` and `retention`
    are shares; `retention` is used while too few customers have a history.
    """

    currency: str = ""
    rates: Mapping[str, float] = field(default_factory=dict)
    margin: float = 0.3
    discount: float = 0.1
    years: int = 3
    retention: float = 0.5
    recency_cuts: tuple[float, ...] = ()
    frequency_cuts: tuple[float, ...] = ()
    money_cuts: tuple[float, ...] = ()


def rules_to_json(rules: ValueRules) -> dict[str, Any]:
    return {
        "currency": rules.currency, "rates": dict(rules.rates), "margin": rules.margin, "discount": rules.discount,
        "years": rules.years, "retention": rules.retention, "recency_cuts": list(rules.recency_cuts),
        "frequency_cuts": list(rules.frequency_cuts), "money_cuts": list(rules.money_cuts),
    }


def rules_from_json(data: Mapping[str, Any]) -> ValueRules:
    """Raises Invalid naming the field."""
    rates = data.get("rates") or {}
    if not isinstance(rates, Mapping):
        raise Invalid("rates", "give {currency: worth}")
    return ValueRules(
        currency=_currency(data.get("currency", ""), "currency", needed=False),
        rates={_currency(name, "rates"): _number(worth, "rates", 1e-6, 1e6) for name, worth in rates.items()},
        margin=_number(data.get("margin", 0.3), "margin", 0, 1),
        discount=_number(data.get("discount", 0.1), "discount", 0, 1),
        years=int(_number(data.get("years", 3), "years", 1, MOST_YEARS)),
        retention=_number(data.get("retention", 0.5), "retention", 0, 1),
        recency_cuts=_cuts(data.get("recency_cuts") or (), "recency_cuts"),
        frequency_cuts=_cuts(data.get("frequency_cuts") or (), "frequency_cuts"),
        money_cuts=_cuts(data.get("money_cuts") or (), "money_cuts"),
    )


def _currency(value: object, place: str, *, needed: bool = True) -> str:
    name = str(value).strip().upper()
    if (name or needed) and not (len(name) == 3 and name.isascii() and name.isalpha()):
        raise Invalid(place, "a currency is three letters, such as CNY")
    return name


def _number(value: object, place: str, least: float, most: float) -> float:
    try:
        number = float(str(value).strip())
    except ValueError:
        raise Invalid(place, f"a number from {least:g} to {most:g}") from None
    if not least <= number <= most:
        raise Invalid(place, f"a number from {least:g} to {most:g}")
    return number


def _cuts(values: Any, place: str) -> tuple[float, ...]:
    if not isinstance(values, Sequence) or isinstance(values, str):
        raise Invalid(place, "four rising numbers, or none")
    cuts = tuple(_number(value, place, 0, 1e12) for value in values)
    if cuts and (len(cuts) != 4 or list(cuts) != sorted(set(cuts))):
        raise Invalid(place, "four rising numbers, or none")
    return cuts

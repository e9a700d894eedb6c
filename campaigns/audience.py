"""Who is asked: rules over what we know of a customer, and the reasons to leave somebody out."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from desk.customer_value import AbcClass, Risk, Segment
from desk.errors import Invalid

MAX_DEPTH = 3
MAX_RULES = 30


class Join(StrEnum):
    ALL = "all"
    ANY = "any"


class Field(StrEnum):
    """What a rule may look at."""

    TIER = "tier"
    LANGUAGE = "language"
    CHANNEL = "channel"  # an address of the customer is on it
    LABEL = "label"  # on any of the customer's conversations
    POINTS = "points"
    ORDERS = "orders"  # how many
    ORDER_STATUS = "order_status"  # any order with it
    LAST_ORDER = "last_order"  # days ago
    LAST_CONTACT = "last_contact"  # days ago: when they last wrote
    CUSTOMER_SINCE = "customer_since"  # days ago
    OPEN_TICKETS = "open_tickets"  # how many
    SEGMENT = "segment"  # of recency, frequency and money, as last counted
    ABC = "abc"
    RISK = "risk"
    CHURN = "churn"  # likelihood in percent
    REVENUE = "revenue"  # so far, in whole units of the business's currency
    LIFETIME = "lifetime"  # value still to come, in whole units
    ANSWER = "answer"  # to a question of an earlier survey; `of` is "survey id.question id"


class Op(StrEnum):
    IS = "is"
    IS_NOT = "is_not"
    AT_LEAST = "at_least"
    AT_MOST = "at_most"
    WITHIN_DAYS = "within_days"
    BEFORE_DAYS = "before_days"  # longer ago than, or never


_WORDS = frozenset({Op.IS, Op.IS_NOT})
_AMOUNTS = frozenset({Op.IS, Op.AT_LEAST, Op.AT_MOST})
_MOMENTS = frozenset({Op.WITHIN_DAYS, Op.BEFORE_DAYS})
OPS: Mapping[Field, frozenset[Op]] = {
    Field.TIER: _WORDS, Field.LANGUAGE: _WORDS, Field.CHANNEL: _WORDS, Field.LABEL: _WORDS,
    Field.ORDER_STATUS: _WORDS,
    Field.SEGMENT: _WORDS, Field.ABC: _WORDS, Field.RISK: _WORDS,
    Field.CHURN: _AMOUNTS - {Op.IS}, Field.REVENUE: _AMOUNTS - {Op.IS}, Field.LIFETIME: _AMOUNTS - {Op.IS},
    Field.POINTS: _AMOUNTS, Field.ORDERS: _AMOUNTS, Field.OPEN_TICKETS: _AMOUNTS,
    Field.LAST_ORDER: _MOMENTS, Field.LAST_CONTACT: _MOMENTS, Field.CUSTOMER_SINCE: _MOMENTS,
    Field.ANSWER: frozenset({Op.IS, Op.IS_NOT, Op.AT_LEAST, Op.AT_MOST}),
}
VOCABULARY: Mapping[Field, tuple[str, ...]] = {
    Field.SEGMENT: tuple(Segment), Field.ABC: tuple(AbcClass), Field.RISK: tuple(Risk),
}
"""The only values that a rule over one of these fields may have."""


@dataclass(frozen=True, slots=True)
class Rule:
    """One condition. `value` is a whole number for amounts and days, otherwise a word."""

    field: Field
    op: Op
    value: str
    of: str = ""

    @property
    def number(self) -> int:
        return int(self.value)


@dataclass(frozen=True, slots=True)
class Audience:
    """Rules of which all, or any, must hold; without rules, everybody."""

    join: Join = Join.ALL
    rules: tuple["Rule | Audience", ...] = ()


EVERYBODY = Audience()


class Exclusion(StrEnum):
    """Why somebody of the audience is not asked; the first that applies counts."""

    STAFF = "staff"
    OPTED_OUT = "opted_out"
    NO_CONSENT = "no_consent"  # an opt-in is needed, and there is none
    OPEN_COMPLAINT = "open_complaint"
    ASKED_LATELY = "asked_lately"  # by any campaign
    UNREACHABLE = "unreachable"  # no channel of the campaign reaches them, ever


def audience_to_json(audience: Audience) -> dict[str, Any]:
    return {"join": audience.join.value, "rules": [
        audience_to_json(rule) if isinstance(rule, Audience) else
        {"field": rule.field.value, "op": rule.op.value, "value": rule.value, "of": rule.of}
        for rule in audience.rules
    ]}


def audience_from_json(data: object, place: str = "audience") -> Audience:
    """Read rules. Raises Invalid naming the place, as in `audience.rules.1.op`."""
    audience = _group(data, place, 1)
    if _count(audience) > MAX_RULES:
        raise Invalid(place, f"at most {MAX_RULES} rules")
    return audience


def _count(audience: Audience) -> int:
    return sum(_count(rule) if isinstance(rule, Audience) else 1 for rule in audience.rules)


def _group(data: object, place: str, depth: int) -> Audience:
    if not isinstance(data, Mapping) or not isinstance(data.get("rules", []), list):
        raise Invalid(place, "give {join, rules}")
    if depth > MAX_DEPTH:
        raise Invalid(place, f"rules are nested at most {MAX_DEPTH} deep")
    join = data.get("join", "all")
    if join not in set(Join):
        raise Invalid(f"{place}.join", "all or any")
    rules = tuple(_item(item, f"{place}.rules.{n}", depth) for n, item in enumerate(data.get("rules", [])))
    return Audience(Join(join), rules)


def _item(data: object, place: str, depth: int) -> "Rule | Audience":
    if isinstance(data, Mapping) and "rules" in data:
        return _group(data, place, depth + 1)
    if not isinstance(data, Mapping) or data.get("field") not in set(Field):
        raise Invalid(f"{place}.field", f"one of {', '.join(Field)}")
    field = Field(data["field"])
    op = data.get("op")
    if op not in OPS[field]:
        raise Invalid(f"{place}.op", f"for {field}: {', '.join(sorted(OPS[field]))}")
    rule = Rule(field, Op(op), str(data.get("value", "")).strip()[:120], str(data.get("of", "")).strip()[:100])
    _check_value(rule, place)
    return rule


def _check_value(rule: Rule, place: str) -> None:
    amount = rule.op in (_AMOUNTS | _MOMENTS) - {Op.IS} or OPS[rule.field] == _AMOUNTS
    if amount and not (rule.value.isdecimal() and len(rule.value) <= 9):
        raise Invalid(f"{place}.value", "a whole number")
    if not rule.value:
        raise Invalid(f"{place}.value", "give a value")
    if rule.field in VOCABULARY and rule.value not in VOCABULARY[rule.field]:
        raise Invalid(f"{place}.value", f"one of {', '.join(VOCABULARY[rule.field])}")
    if rule.field is Field.ANSWER and "." not in rule.of:
        raise Invalid(f"{place}.of", "name the survey and the question: survey.question")

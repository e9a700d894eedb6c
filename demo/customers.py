"""Two hundred guests of the demo hotels, and the three of them who live in the platform simulators."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from random import Random

from demo.business import DELUXE, HANGZHOU, SHANGHAI, SINGAPORE, STANDARD, SUITE, TAIPEI
from demo.names import email, names, phone
from demo.orders import (
    FRAGRANCE,
    GIFT_CARD,
    MAX_ORDERS,
    POINTS_PER_UNIT,
    Goods,
    Stay,
    draw_orders,
    shop_order,
    stay_order,
)
from desk.customers import Customer, Identity, Order
from desk.messages import Address, ChannelName, Language

COUNT = 200
_SEED = 20260101
_GUESTS = {Language.ZH_HANS: 110, Language.ZH_HANT: 45, Language.EN: 42}  # with the three below: COUNT
_DRAWN_SERIALS = range(1000, 10000)  # the three below have theirs under 1000
_NIGHTS_FOR = (("Platinum", 40), ("Gold", 15), ("Silver", 5), ("Blue", 0))
_BONUS = {"Blue": 1.0, "Silver": 1.1, "Gold": 1.25, "Platinum": 1.5}


@dataclass(frozen=True, slots=True)
class DemoPeople:
    """All that the demo knows of its customers, ready to be stored."""

    customers: tuple[Customer, ...]
    identities: tuple[Identity, ...]
    orders: tuple[Order, ...]


@dataclass(frozen=True, slots=True)
class Persona:
    """A person in the platform simulators: who they are there, and what they booked with us.

    `shopped` pairs goods with how many days ago they were bought. Serial numbers of orders start at `serial`.
    """

    customer_id: str
    name: str
    language: Language
    tier: str
    points: int
    phone: str
    email: str
    wechat: str
    telegram: str
    slack: str
    stays: tuple[Stay, ...]
    shopped: tuple[tuple[Goods, int], ...]
    serial: int


PERSONAS = (
    Persona(
        "demo-li", "李晓岚", Language.ZH_HANS, "Gold", 15_860, "+8619900009001", "li.xiaolan@example.com",
        wechat="o-demo-li", telegram="700001", slack="U0DEMOLI",
        stays=(
            Stay(SHANGHAI, DELUXE, arrives_in=8, nights=2, lead=20),
            Stay(TAIPEI, STANDARD, arrives_in=-12, nights=2, lead=30, cancelled=True),
            Stay(HANGZHOU, DELUXE, arrives_in=-41, nights=3, lead=16),
        ),
        shopped=((FRAGRANCE, 2),), serial=412,
    ),
    Persona(
        "demo-chen", "陳怡君", Language.ZH_HANT, "Silver", 6_240, "+886200000901", "chen.yichun@example.com",
        wechat="o-demo-chen", telegram="700002", slack="U0DEMOCHEN",
        stays=(
            Stay(SINGAPORE, DELUXE, arrives_in=21, nights=3, lead=35),
            Stay(SHANGHAI, STANDARD, arrives_in=-9, nights=1, lead=18, cancelled=True),
            Stay(TAIPEI, DELUXE, arrives_in=-65, nights=2, lead=9),
        ),
        shopped=((GIFT_CARD, 30),), serial=520,
    ),
    Persona(
        "demo-emma", "Emma Carter", Language.EN, "Platinum", 28_400, "+14155550101", "emma.carter@example.com",
        wechat="o-demo-emma", telegram="700003", slack="U0DEMOEMMA",
        stays=(
            Stay(HANGZHOU, SUITE, arrives_in=3, nights=2, lead=24),
            Stay(SHANGHAI, DELUXE, arrives_in=-1, nights=4, lead=28),
            Stay(TAIPEI, STANDARD, arrives_in=-20, nights=2, lead=25, cancelled=True),
            Stay(SINGAPORE, SUITE, arrives_in=-52, nights=4, lead=40),
        ),
        shopped=(), serial=631,
    ),
)


def people(today: date, accounts: Mapping[ChannelName, str]) -> DemoPeople:
    """The demo's customers as of `today`: the same people every time, their dates moving along with the day.

    `accounts` names our account on each channel; the three personas are known there, nobody else is.
    """
    drawn = _drawn_guests(today)
    personas = [(_persona_customer(persona, today), _persona_orders(persona, today)) for persona in PERSONAS]
    everybody = personas + drawn
    return DemoPeople(
        customers=tuple(customer for customer, _ in everybody),
        identities=tuple(_identities(accounts, today)),
        orders=tuple(order for _, orders in everybody for order in orders),
    )


def _persona_customer(persona: Persona, today: date) -> Customer:
    return Customer(
        persona.customer_id, persona.name, persona.language, persona.tier, persona.points, persona.phone,
        persona.email, consent=True, created_at=_morning(today, 800), is_demo=True,
    )


def _persona_orders(persona: Persona, today: date) -> list[Order]:
    stays = [
        stay_order(persona.customer_id, stay, today, persona.serial + n) for n, stay in enumerate(persona.stays)
    ]
    first_free = persona.serial + len(stays)
    bought = [
        shop_order(persona.customer_id, goods, days_ago, today, first_free + n)
        for n, (goods, days_ago) in enumerate(persona.shopped)
    ]
    return stays + bought


def _identities(accounts: Mapping[ChannelName, str], today: date) -> Iterable[Identity]:
    for persona in PERSONAS:
        known_as = {
            ChannelName.WECHAT: persona.wechat, ChannelName.TELEGRAM: persona.telegram,
            ChannelName.SLACK: persona.slack,  # direct messages are addressed by the person, not by their channel
        }
        for channel, user in known_as.items():
            if channel in accounts:
                address = Address(channel, accounts[channel], chat=user, user=user)
                yield Identity(address, persona.customer_id, persona.name, True, _morning(today, 3))


def _drawn_guests(today: date) -> list[tuple[Customer, list[Order]]]:
    rng = Random(_SEED)
    serials = rng.sample(_DRAWN_SERIALS, COUNT * MAX_ORDERS)
    guests: list[tuple[Customer, list[Order]]] = []
    for language, count in _GUESTS.items():
        for name in names(language, count, rng):
            number = len(guests) + 1
            customer_id = f"demo-{number:03}"
            own_serials = serials[(number - 1) * MAX_ORDERS : number * MAX_ORDERS]
            orders = draw_orders(customer_id, language, rng.betavariate(0.9, 1.2), today, own_serials, rng)
            tier = _tier(orders, today)
            guests.append((
                Customer(
                    customer_id, name.written, language, tier, _points(orders, tier, rng),
                    phone(language, number), email(name, number), consent=rng.random() < 0.7,
                    created_at=_joined(orders, today, rng), is_demo=True,
                ),
                orders,
            ))
    return guests


def _tier(orders: Sequence[Order], today: date) -> str:
    """What the nights slept within a year earn."""
    year_ago = (today - timedelta(days=365)).isoformat()
    nights = sum(
        (date.fromisoformat(order.ends_on) - date.fromisoformat(order.starts_on)).days
        for order in orders if order.status == "completed" and order.starts_on >= year_ago
    )
    return next(tier for tier, needed in _NIGHTS_FOR if nights >= needed)


def _points(orders: Sequence[Order], tier: str, rng: Random) -> int:
    """What the completed stays earned, less some redemptions of 2,000."""
    earned = round(_BONUS[tier] * sum(
        order.amount / 100 * POINTS_PER_UNIT[order.currency] for order in orders if order.status == "completed"
    ))
    return earned - 2000 * rng.randint(0, earned // 4000)


def _joined(orders: Sequence[Order], today: date, rng: Random) -> datetime:
    """Some days before the first order; those who never ordered joined within the last year."""
    days = rng.randint(1, 300)
    first = min((order.placed_at for order in orders), default=None)
    return first - timedelta(days=days) if first else _morning(today, days)


def _morning(today: date, days_ago: int) -> datetime:
    return datetime.combine(today - timedelta(days=days_ago), time(2), UTC)

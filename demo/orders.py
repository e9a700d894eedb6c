"""What demo customers booked and bought: always around today, so that the demo never looks stale."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from random import Random
from types import MappingProxyType

from demo.business import DELUXE, HANGZHOU, SHANGHAI, SINGAPORE, STANDARD, SUITE, TAIPEI, Hotel, RoomType
from desk.customers import Order
from desk.messages import Language

MAX_ORDERS = 6
POINTS_PER_UNIT: Mapping[str, float] = MappingProxyType({"CNY": 1, "TWD": 0.25, "SGD": 5})
"""Points earned for one whole unit of a currency, as the FAQ promises."""

_FAVOURITES: Mapping[Language, Sequence[Hotel]] = MappingProxyType({
    Language.ZH_HANS: (SHANGHAI, SHANGHAI, HANGZHOU, HANGZHOU, SINGAPORE),
    Language.ZH_HANT: (TAIPEI, TAIPEI, TAIPEI, SHANGHAI, SINGAPORE),
    Language.EN: (SINGAPORE, SINGAPORE, SHANGHAI, HANGZHOU, TAIPEI),
})


@dataclass(frozen=True, slots=True)
class Goods:
    """Something the group's shop sells; `price` in fen. A gift card travels by message, the rest by parcel."""

    name: str
    name_en: str
    price: int
    by_parcel: bool = True


GIFT_CARD = Goods("礼品卡 1,000 元", "Gift card CNY 1,000", 100_000, by_parcel=False)
FRAGRANCE = Goods("“海岸”香薰", "Coast room fragrance", 16_800)
GOODS = (
    GIFT_CARD, FRAGRANCE, Goods("礼品卡 500 元", "Gift card CNY 500", 50_000, by_parcel=False),
    Goods("羽绒枕", "Down pillow", 32_800), Goods("浴袍", "Bathrobe", 26_800),
)


@dataclass(frozen=True, slots=True)
class Stay:
    """A stay relative to today: `arrives_in` days (negative in the past), booked `lead` days before arrival."""

    hotel: Hotel
    room: RoomType
    arrives_in: int
    nights: int
    lead: int
    cancelled: bool = False

    @property
    def status(self) -> str:
        if self.cancelled:
            return "cancelled"
        if self.arrives_in > 0:
            return "confirmed"
        return "in_house" if self.arrives_in + self.nights > 0 else "completed"


def stay_order(customer_id: str, stay: Stay, today: date, serial: int) -> Order:
    """The order of a stay. Its number carries the day of arrival; a cancelled one was paid back in full."""
    arrival = today + timedelta(days=stay.arrives_in)
    title = f"{stay.hotel.name} {stay.room.name} {stay.nights} 晚"
    nights = "1 night" if stay.nights == 1 else f"{stay.nights} nights"
    title_en = f"{stay.hotel.name_en}, {stay.room.name_en}, {nights}"
    return Order(
        number=f"HL-{arrival:%Y%m%d}-{serial:04}",
        customer_id=customer_id,
        title=f"{title}（已全额退款）" if stay.cancelled else title,
        title_en=f"{title_en} (fully refunded)" if stay.cancelled else title_en,
        status=stay.status,
        amount=stay.hotel.nightly[stay.room] * stay.nights,
        currency=stay.hotel.currency,
        placed_at=_moment(arrival - timedelta(days=stay.lead), serial),
        starts_on=arrival.isoformat(),
        ends_on=(arrival + timedelta(days=stay.nights)).isoformat(),
    )


def shop_order(customer_id: str, goods: Goods, days_ago: int, today: date, serial: int) -> Order:
    """A purchase in the shop; parcels of the last three days are still on their way."""
    day = today - timedelta(days=days_ago)
    return Order(
        number=f"HL-{day:%Y%m%d}-{serial:04}",
        customer_id=customer_id,
        title=goods.name,
        title_en=goods.name_en,
        status="shipped" if goods.by_parcel and days_ago <= 3 else "delivered",
        amount=goods.price,
        currency="CNY",
        placed_at=_moment(day, serial),
    )


def draw_orders(
    customer_id: str, language: Language, keen: float, today: date, serials: Sequence[int], rng: Random
) -> list[Order]:
    """Between none and six orders; `keen` (0..1) is how often this person comes, and how recently.

    The draws do not look at `today`: another day moves the same history, it does not make another one.
    """
    wanted = min(MAX_ORDERS, max(0, round(rng.gauss(MAX_ORDERS * keen, 1.2))))
    orders: list[Order] = []
    arrives_in = rng.randint(-20, 60) if rng.random() < keen else -rng.randint(30, 500)
    for serial in serials[:wanted]:
        if rng.random() < 0.15:
            orders.append(shop_order(customer_id, rng.choice(GOODS), rng.randint(1, 300), today, serial))
            continue
        room = rng.choices((STANDARD, DELUXE, SUITE), (5, 4, 1 + round(2 * keen)))[0]
        nights = rng.randint(1 + round(3 * keen), 2 + round(10 * keen))
        # Booked yesterday at the latest: nothing lies in the future.
        lead = max(arrives_in, 0) + rng.randint(1, 40)
        stay = Stay(rng.choice(_FAVOURITES[language]), room, arrives_in, nights, lead, rng.random() < 0.12)
        orders.append(stay_order(customer_id, stay, today, serial))
        # Nobody sleeps in two rooms at once: the stay before ended before this one began.
        arrives_in -= rng.randint(12, 40) + round(150 * (1 - keen) * rng.random())
    return orders


def _moment(day: date, serial: int) -> datetime:
    """A time of that day, spread over it by the order's serial number; UTC."""
    return datetime.combine(day, time(serial % 24, serial % 60), UTC)

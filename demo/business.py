"""The demo business: an invented group of four hotels. Nothing here exists; addresses and numbers are made up."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from desk.hours import BusinessHours


@dataclass(frozen=True, slots=True)
class RoomType:
    """A kind of room; what it costs stands with the hotel, in its currency."""

    name: str
    name_en: str


STANDARD = RoomType("标准房", "Standard room")
DELUXE = RoomType("豪华房", "Deluxe room")
SUITE = RoomType("海岚套房", "Harbour Suite")


@dataclass(frozen=True, slots=True)
class Hotel:
    """One house of the group. `nightly` is the usual price of a night in minor units of `currency`, taxes included."""

    code: str
    name: str
    name_en: str
    address: str
    address_en: str
    zone: str
    currency: str
    nightly: Mapping[RoomType, int]


@dataclass(frozen=True, slots=True)
class Business:
    """Whom the bot speaks for. `hours` is when people answer; the assistant and the receptions never close."""

    name: str
    name_en: str
    website: str
    email: str
    phone: str
    hours: BusinessHours
    hotels: tuple[Hotel, ...]


def _prices(standard: int, deluxe: int, suite: int) -> Mapping[RoomType, int]:
    return MappingProxyType({STANDARD: standard * 100, DELUXE: deluxe * 100, SUITE: suite * 100})


SHANGHAI = Hotel(
    "SH", "海岚上海外滩酒店", "Harbour Light Shanghai Bund",
    "上海市黄浦区海岚路 18 号", "18 Hailan Road, Huangpu, Shanghai",
    "Asia/Shanghai", "CNY", _prices(980, 1180, 1980),
)
HANGZHOU = Hotel(
    "HZ", "海岚杭州西湖酒店", "Harbour Light Hangzhou West Lake",
    "杭州市西湖区灯塔巷 6 号", "6 Lighthouse Lane, Xihu, Hangzhou",
    "Asia/Shanghai", "CNY", _prices(880, 1080, 1780),
)
TAIPEI = Hotel(
    "TP", "海岚台北信义酒店", "Harbour Light Taipei Xinyi",
    "台北市信义区海光街 88 号", "88 Haiguang Street, Xinyi, Taipei",
    "Asia/Taipei", "TWD", _prices(4200, 5000, 8200),
)
SINGAPORE = Hotel(
    "SG", "海岚新加坡滨海酒店", "Harbour Light Singapore Marina",
    "新加坡海灯道 20 号", "20 Sea Lantern Drive, Singapore",
    "Asia/Singapore", "SGD", _prices(268, 308, 468),
)

BUSINESS = Business(
    name="海岚酒店集团",
    name_en="Harbour Light Hotels",
    website="https://harbourlight.example",
    email="care@harbourlight.example",
    phone="+86 21 5550 0100",
    hours=BusinessHours.parse("Mon-Fri 09:00-21:00, Sat-Sun 10:00-18:00", "Asia/Shanghai"),
    hotels=(SHANGHAI, HANGZHOU, TAIPEI, SINGAPORE),
)

TIERS: Mapping[str, str] = MappingProxyType({"Blue": "蓝卡", "Silver": "银卡", "Gold": "金卡", "Platinum": "白金卡"})
"""Tiers of the loyalty programme from low to high, as `Customer.tier` holds them, with their Chinese names."""

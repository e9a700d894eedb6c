"""The demo's customers: believable, consistent with what the FAQ promises, and never out of date."""

from collections import Counter
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise

import pytest

from demo.business import BUSINESS, TIERS
from demo.customers import DemoPeople, people
from desk.customers import Customer, Order
from desk.messages import ChannelName, Language

TODAY = date(2026, 11, 22)
ACCOUNTS = {ChannelName.WECHAT: "wx-demo", ChannelName.TELEGRAM: "1000", ChannelName.SLACK: "slack"}
STATUSES = {"confirmed", "in_house", "completed", "cancelled", "shipped", "delivered"}


@pytest.fixture(scope="module")
def demo() -> DemoPeople:
    return people(TODAY, ACCOUNTS)


def orders_of(demo: DemoPeople, customer: Customer) -> list[Order]:
    return [order for order in demo.orders if order.customer_id == customer.id]


def named(demo: DemoPeople, name: str) -> Customer:
    return next(customer for customer in demo.customers if customer.name == name)


def test_there_are_two_hundred_different_customers(demo: DemoPeople) -> None:
    assert len(demo.customers) == 200
    for word in ("id", "phone", "email"):
        assert len({getattr(customer, word) for customer in demo.customers}) == 200, word


def test_all_are_marked_as_demo_so_that_they_can_be_removed(demo: DemoPeople) -> None:
    assert all(customer.is_demo for customer in demo.customers)


def test_all_three_languages_and_all_tiers_occur(demo: DemoPeople) -> None:
    assert min(Counter(customer.language for customer in demo.customers).values()) >= 40
    assert {customer.language for customer in demo.customers} == set(Language)
    assert {customer.tier for customer in demo.customers} == set(TIERS)


def test_nobody_real_can_be_written_to_or_rung(demo: DemoPeople) -> None:
    nowhere = ("+861990000", "+8862000", "+141555501")
    assert all(customer.email.endswith("@example.com") for customer in demo.customers)
    assert all(customer.email.isascii() and " " not in customer.email for customer in demo.customers)
    assert all(customer.phone.startswith(nowhere) for customer in demo.customers)


def test_some_customers_do_not_want_campaigns(demo: DemoPeople) -> None:
    willing = sum(customer.consent for customer in demo.customers)
    assert 100 < willing < 180


def test_every_order_belongs_to_a_customer_and_has_its_own_number(demo: DemoPeople) -> None:
    ids = {customer.id for customer in demo.customers}
    assert all(order.customer_id in ids for order in demo.orders)
    assert len({order.number for order in demo.orders}) == len(demo.orders)


def test_nobody_has_more_than_six_orders_and_some_have_none(demo: DemoPeople) -> None:
    counts = Counter(order.customer_id for order in demo.orders)
    assert max(counts.values()) <= 6
    assert len(counts) < len(demo.customers)


def test_every_kind_of_order_occurs_with_titles_in_both_languages(demo: DemoPeople) -> None:
    assert {order.status for order in demo.orders} == STATUSES
    assert all(order.title and order.title_en.isascii() for order in demo.orders)
    assert {order.currency for order in demo.orders} == {hotel.currency for hotel in BUSINESS.hotels}


def test_an_order_number_carries_the_day_it_is_about(demo: DemoPeople) -> None:
    for order in demo.orders:
        day = order.starts_on or order.placed_at.date().isoformat()
        prefix, stamp, serial = order.number.split("-")
        assert (prefix, stamp) == ("HL", day.replace("-", ""))
        assert len(serial) == 4 and serial.isdigit()


@pytest.mark.parametrize("today", [date(2026, 1, 1), TODAY, date(2028, 2, 29)])
def test_orders_say_what_is_true_today(today: date) -> None:
    now = datetime.combine(today, datetime.min.time(), UTC)
    for order in people(today, ACCOUNTS).orders:
        assert order.placed_at < now, order
        assert order.amount > 0
        if order.status == "confirmed":
            assert order.starts_on > today.isoformat()
        elif order.status == "in_house":
            assert order.starts_on <= today.isoformat() < order.ends_on
        elif order.status == "completed":
            assert order.ends_on <= today.isoformat()
        elif order.status in ("shipped", "delivered"):
            assert order.starts_on == order.ends_on == ""


def test_nobody_sleeps_in_two_rooms_at_once(demo: DemoPeople) -> None:
    for customer in demo.customers:
        stays = sorted((o.starts_on, o.ends_on) for o in orders_of(demo, customer) if o.starts_on)
        assert all(earlier[1] <= later[0] for earlier, later in pairwise(stays)), customer.id


def test_customers_joined_before_they_ordered(demo: DemoPeople) -> None:
    joined = {customer.id: customer.created_at for customer in demo.customers}
    assert all(joined[order.customer_id] <= order.placed_at for order in demo.orders)


def test_the_same_day_gives_the_same_people(demo: DemoPeople) -> None:
    assert people(TODAY, ACCOUNTS) == demo


def test_another_day_moves_the_same_history_along(demo: DemoPeople) -> None:
    later = people(TODAY + timedelta(days=100), ACCOUNTS)
    assert [customer.name for customer in later.customers] == [customer.name for customer in demo.customers]
    assert [order.status for order in later.orders] == [order.status for order in demo.orders]
    moved = {b.placed_at - a.placed_at for a, b in zip(demo.orders, later.orders, strict=True)}
    assert moved == {timedelta(days=100)}


@pytest.mark.parametrize(
    ("name", "language", "addresses"),
    [
        ("李晓岚", Language.ZH_HANS, {"o-demo-li", "700001", "U0DEMOLI"}),
        ("陳怡君", Language.ZH_HANT, {"o-demo-chen", "700002", "U0DEMOCHEN"}),
        ("Emma Carter", Language.EN, {"o-demo-emma", "700003", "U0DEMOEMMA"}),
    ],
)
def test_the_people_of_the_simulators_are_known_on_every_platform(
    demo: DemoPeople, name: str, language: Language, addresses: set[str]
) -> None:
    customer = named(demo, name)
    known = [identity for identity in demo.identities if identity.customer_id == customer.id]
    assert customer.language is language
    assert customer.consent
    assert {identity.address.user for identity in known} == addresses
    assert all(identity.address.chat == identity.address.user for identity in known)
    assert {identity.address.channel: identity.address.account for identity in known} == ACCOUNTS


@pytest.mark.parametrize("name", ["李晓岚", "陳怡君", "Emma Carter"])
def test_the_people_of_the_simulators_have_something_to_ask_about(demo: DemoPeople, name: str) -> None:
    customer = named(demo, name)
    statuses = {order.status for order in orders_of(demo, customer)}
    assert {"confirmed", "completed", "cancelled"} <= statuses
    assert customer.points > 0


def test_the_next_stay_of_li_has_the_number_of_its_day(demo: DemoPeople) -> None:
    upcoming = [order for order in orders_of(demo, named(demo, "李晓岚")) if order.status == "confirmed"]
    assert [order.number for order in upcoming] == ["HL-20261130-0412"]


def test_a_channel_that_is_not_connected_has_no_addresses() -> None:
    only_wechat = people(TODAY, {ChannelName.WECHAT: "wx-demo"})
    assert {identity.address.channel for identity in only_wechat.identities} == {ChannelName.WECHAT}
    assert len(only_wechat.identities) == 3

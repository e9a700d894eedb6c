"""Values are counted from the orders in the database, kept for each customer, and counted again when it is time."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from campaigns.audience import audience_from_json
from campaigns.campaigns import Plan
from crm_store.store import SqlStore, SqlTransaction
from desk.customer_value import AbcClass, Risk, Segment
from desk.customers import Customer, Order
from desk.errors import Invalid
from insights.value import appraise
from insights.value_report import Worth, by_class, by_segment, whole
from insights.value_rules import ValueRules

SHANGHAI = ZoneInfo("Asia/Shanghai")
NOW = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)  # 10:00 in Shanghai
LIMITS = ValueRules(recency_cuts=(30, 90, 180, 360), frequency_cuts=(2, 3, 5, 8), money_cuts=(500, 1000, 3000, 8000))


def customer(name: str) -> Customer:
    return Customer(name, name.title(), None, "", 0, "", "", True, NOW - timedelta(days=900))


def order(number: str, name: str, days_ago: float, amount: int, status: str = "completed") -> Order:
    return Order(number, name, "A stay", status, amount, "CNY", NOW - timedelta(days=days_ago))


def fill(tx: SqlTransaction) -> None:
    """Ann comes each month, Bob came each month and has stopped, Cai just came; Dan only ever cancelled."""
    tx.values.save_rules(LIMITS, NOW)
    for name in ("ann", "bob", "cai", "dan", "eva"):
        tx.customers.add(customer(name))
    tx.orders.put_all([order(f"A{n}", "ann", 10 + 30 * n, 90_000) for n in range(10)])
    tx.orders.put_all([order(f"B{n}", "bob", 300 + 30 * n, 80_000) for n in range(10)])
    tx.orders.put_all([order("C1", "cai", 2, 30_000), order("D1", "dan", 5, 500_000, "cancelled"),
                       order("C2", "cai", -3, 1_000)])  # placed tomorrow: not yet


def count(tx: SqlTransaction, now: datetime = NOW) -> None:
    rules = tx.values.begin(now, SHANGHAI)
    assert rules is not None
    values, basis = appraise(tx.values.sums(now), tx.values.retained(now), rules, now)
    tx.values.put_all(values)
    tx.values.finish(now, basis)


async def test_every_customer_who_ordered_has_a_value(store: SqlStore) -> None:
    await store.transact(fill)
    await store.transact(count)

    def look(tx: SqlTransaction) -> None:
        ann, bob, cai = (tx.values.find(name) for name in ("ann", "bob", "cai"))
        assert ann and bob and cai
        assert (tx.values.find("dan"), tx.values.find("eva")) == (None, None)
        assert (ann.orders, ann.revenue, ann.segment, ann.risk) == (10, 900_000, Segment.CHAMPIONS, Risk.LOW)
        assert (bob.segment, bob.abc, bob.risk) == (Segment.CANT_LOSE, AbcClass.A, Risk.HIGH)
        assert (cai.segment, cai.orders, cai.revenue) == (Segment.NEW, 1, 30_000)
        assert (ann.counted_at, ann.last_order_at) == (NOW, NOW - timedelta(days=10))
        assert [each.id for each in tx.values.list_customers(Worth(risk=Risk.LOW))] == ["ann", "cai"]
        assert [each.id for each in tx.values.list_customers(Worth(risk=Risk.LOW), after="ann")] == ["cai"]
        assert tx.values.count(Worth(Segment.CANT_LOSE, AbcClass.A)) == 1

    await store.read(look)


async def test_the_report_adds_up_to_all_customers_and_all_revenue(store: SqlStore) -> None:
    await store.transact(fill)
    await store.transact(count)
    sums = await store.read(lambda tx: tx.value_reports.sums())
    total = whole(sums)
    assert (total.customers, total.revenue, total.share) == (3, 1_730_000, 1.0)
    assert by_segment(sums)[Segment.CHAMPIONS].customers == 1
    assert by_class(sums)[AbcClass.C].revenue == 30_000
    assert sum((await store.read(lambda tx: tx.value_reports.grid())).values()) == 3


async def test_who_is_valuable_and_may_be_leaving_is_on_the_care_list(store: SqlStore) -> None:
    await store.transact(fill)
    await store.transact(count)
    (bob,) = await store.read(lambda tx: tx.value_reports.care(10))
    assert (bob.name, bob.value.customer_id, bob.open_complaints, bob.last_contact_at) == ("Bob", "bob", 0, None)


async def test_values_are_counted_once_a_day_and_whenever_somebody_asks(store: SqlStore) -> None:
    assert await store.read(lambda tx: tx.values.is_due(NOW, SHANGHAI))
    await store.transact(count)
    night = datetime(2026, 11, 23, 18, 59, tzinfo=UTC)  # 02:59 of the next day in Shanghai
    assert not await store.read(lambda tx: tx.values.is_due(night, SHANGHAI))
    assert await store.read(lambda tx: tx.values.is_due(night + timedelta(minutes=1), SHANGHAI))
    await store.transact(lambda tx: tx.values.save_rules(ValueRules(margin=0.6), NOW + timedelta(minutes=1)))
    assert await store.read(lambda tx: tx.values.is_due(NOW + timedelta(minutes=1), SHANGHAI))


async def test_only_one_worker_counts_and_one_that_died_is_followed_by_another(store: SqlStore) -> None:
    assert await store.transact(lambda tx: tx.values.begin(NOW, SHANGHAI)) is not None
    assert await store.transact(lambda tx: tx.values.begin(NOW, SHANGHAI)) is None
    later = NOW + timedelta(minutes=11)
    assert await store.transact(lambda tx: tx.values.begin(later, SHANGHAI)) is not None


async def test_who_has_no_order_any_more_has_no_value_after_the_next_counting(store: SqlStore) -> None:
    await store.transact(fill)
    await store.transact(count)
    later = NOW + timedelta(days=1)

    def cancel(tx: SqlTransaction) -> None:
        tx.orders.put_all([order("C1", "cai", 2, 30_000, "cancelled"), order("C2", "cai", -3, 1_000, "cancelled")])
        count(tx, later)

    await store.transact(cancel)
    assert await store.read(lambda tx: tx.values.find("cai")) is None
    assert await store.read(lambda tx: tx.values.count(Worth())) == 2


async def test_a_merged_profile_takes_its_value_along_at_the_next_counting(store: SqlStore) -> None:
    await store.transact(fill)
    await store.transact(count)
    await store.transact(lambda tx: tx.customers.merge("ann", "bob"))
    assert await store.read(lambda tx: tx.values.count(Worth())) == 2
    await store.transact(lambda tx: count(tx, NOW + timedelta(days=1)))
    both = await store.read(lambda tx: tx.values.find("ann"))
    assert both is not None
    assert (both.orders, both.revenue) == (20, 1_700_000)


async def test_retention_is_counted_from_two_years_of_orders(store: SqlStore) -> None:
    def years(tx: SqlTransaction) -> None:
        for name in ("ann", "bob", "cai"):
            tx.customers.add(customer(name))
        tx.orders.put_all([
            order("A1", "ann", 400, 1), order("A2", "ann", 100, 1),  # came back
            order("B1", "bob", 500, 1),  # did not
            order("C1", "cai", 800, 1), order("C2", "cai", 10, 1),  # was no customer of that year
        ])

    await store.transact(years)
    found = await store.read(lambda tx: tx.values.retained(NOW))
    assert (found.customers, found.returned) == (2, 1)


@pytest.mark.parametrize(("rule", "who"), [
    ({"field": "segment", "op": "is", "value": "champions"}, ["ann"]),
    ({"field": "segment", "op": "is_not", "value": "champions"}, ["bob", "cai", "dan", "eva"]),
    ({"field": "abc", "op": "is", "value": "c"}, ["cai"]),
    ({"field": "risk", "op": "is", "value": "high"}, ["bob"]),
    ({"field": "churn", "op": "at_least", "value": "40"}, ["bob"]),
    ({"field": "churn", "op": "at_most", "value": "39"}, ["ann", "cai"]),
    ({"field": "revenue", "op": "at_least", "value": "8000"}, ["ann", "bob"]),
    ({"field": "lifetime", "op": "at_most", "value": "100"}, ["bob"]),
])
async def test_an_audience_may_be_chosen_by_value(store: SqlStore, rule: dict[str, str], who: list[str]) -> None:
    await store.transact(fill)
    await store.transact(count)
    plan = Plan("-", audience=audience_from_json({"rules": [rule]}))
    found = await store.read(lambda tx: tx.audiences.slice("", plan, "", 10, NOW))
    assert [each.id for each in found] == who


def test_a_segment_that_does_not_exist_is_refused_by_its_place() -> None:
    with pytest.raises(Invalid) as refused:
        audience_from_json({"rules": [{"field": "segment", "op": "is", "value": "vip"}]})
    assert refused.value.field == "audience.rules.0.value"

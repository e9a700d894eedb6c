"""What search is told beside the articles, on both databases."""

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from crm_store.store import SqlStore
from desk.errors import Invalid, NotFound
from desk.faq_tuning import (
    Calibration,
    CalibrationCurve,
    ConfirmedPair,
    CurvePoint,
    Cuts,
    GlossaryTerm,
    LearnedModel,
    Measuring,
    PairSource,
)

NOW = datetime(2026, 3, 1, 9, tzinfo=UTC)


def model(number: int, *, active: bool = True) -> LearnedModel:
    return LearnedModel("", NOW + timedelta(hours=number), 30, 6, 0.5, 0.6, active=active, accepted=active)


async def test_every_change_that_search_must_know_raises_the_revision(store):
    def change(tx):
        seen = [tx.faq_tuning.revision()]
        term = tx.faq_tuning.put_term(GlossaryTerm("", ("花呗", " huabei ")), NOW)
        seen.append(tx.faq_tuning.revision())
        tx.faq_tuning.set_calibration(Calibration(1.2, -0.1, Cuts(0.6, 0.2)), NOW)
        seen.append(tx.faq_tuning.revision())
        tx.faq_tuning.remove_term(term.id)
        seen.append(tx.faq_tuning.revision())
        return term, seen

    term, seen = await store.transact(change)
    assert term.names == ("花呗", "huabei")
    assert seen == sorted(set(seen))
    assert await store.read(lambda tx: tx.faq_tuning.calibration()) == Calibration(1.2, -0.1, Cuts(0.6, 0.2))


async def test_one_name_stands_for_one_thing_only(store):
    await store.transact(lambda tx: tx.faq_tuning.put_term(GlossaryTerm("a", ("花呗", "Huabei")), NOW))
    with pytest.raises(Invalid):
        await store.transact(lambda tx: tx.faq_tuning.put_term(GlossaryTerm("b", ("huabei",)), NOW))


@pytest.mark.parametrize("cuts", [Cuts(0.3, 0.5), Cuts(1.2, 0.5), Cuts(0.5, 0.0)])
async def test_cuts_out_of_order_are_refused(store, cuts):
    with pytest.raises(Invalid):
        await store.transact(lambda tx: tx.faq_tuning.set_calibration(Calibration(cuts=cuts), NOW))


async def test_one_confirmation_is_counted_once_and_can_be_taken_out(store):
    pair = ConfirmedPair("钱退给我", "refund", PairSource.CUSTOMER, NOW)
    added = await store.transact(lambda tx: [tx.faq_tuning.add_pair(pair, "answer:1") for _ in range(2)])
    assert added == [True, False]
    [kept] = await store.read(lambda tx: tx.faq_tuning.list_pairs())
    assert (kept.question, kept.article_id, kept.source) == ("钱退给我", "refund", PairSource.CUSTOMER)
    await store.transact(lambda tx: tx.faq_tuning.remove_pair(kept.id, NOW))
    with pytest.raises(NotFound):
        await store.transact(lambda tx: tx.faq_tuning.remove_pair(kept.id, NOW))


async def test_a_new_model_takes_the_old_ones_place_and_one_click_brings_it_back(store):
    first = await store.transact(lambda tx: tx.faq_tuning.add_model(model(1), b"first"))
    second = await store.transact(lambda tx: tx.faq_tuning.add_model(model(2), b"second"))
    worse = await store.transact(lambda tx: tx.faq_tuning.add_model(model(3, active=False), b"worse"))
    assert await store.read(lambda tx: tx.faq_tuning.active()) == (second.id, b"second")
    assert [each.id for each in await store.read(lambda tx: tx.faq_tuning.list_models())] == [
        worse.id, second.id, first.id,
    ]  # fmt: skip
    await store.transact(lambda tx: tx.faq_tuning.activate(first.id))
    assert await store.read(lambda tx: tx.faq_tuning.active()) == (first.id, b"first")
    await store.transact(lambda tx: tx.faq_tuning.activate(""))
    assert await store.read(lambda tx: tx.faq_tuning.active()) == ("", None)


async def test_old_models_keep_their_figures_only(store):
    models = [await store.transact(lambda tx, n=n: tx.faq_tuning.add_model(model(n), b"words")) for n in range(12)]
    with pytest.raises(Invalid):
        await store.transact(lambda tx: tx.faq_tuning.activate(models[0].id))
    await store.transact(lambda tx: tx.faq_tuning.activate(models[5].id))


async def test_what_was_measured_stays_until_it_is_measured_again(store):
    point = CurvePoint(0.5, 0.8, 0.1, 0.05, 0.9)
    curve = CalibrationCurve(
        (point,), 40, 20, 0.9, Calibration(1.2, -0.3, Cuts(0.42, 0.13)), Cuts(0.5, 0.15), Calibration(), (point, point)
    )
    assert await store.transact(lambda tx: tx.faq_measuring.begin(NOW))
    await store.transact(lambda tx: tx.faq_measuring.end(curve, 0.25, NOW))
    kept = await store.read(lambda tx: tx.faq_measuring.state(NOW))
    assert kept == Measuring(curve=curve, outside_share=0.25, measured_at=NOW)
    assert await store.transact(lambda tx: tx.faq_measuring.begin(NOW))
    await store.transact(lambda tx: tx.faq_measuring.end(None, 0.25, NOW))
    assert (await store.read(lambda tx: tx.faq_measuring.state(NOW))) == replace(kept, broke_off=True)


async def test_of_many_who_begin_to_measure_at_once_one_does(store: SqlStore) -> None:
    for now in (NOW, NOW + timedelta(hours=1)):  # the second time the first is taken for lost
        begun = await asyncio.gather(
            *(store.transact(lambda tx, now=now: tx.faq_measuring.begin(now)) for _ in range(8))
        )
        assert sum(begun) == 1

"""Refitting search from confirmed pairs: gather, learn in a thread, keep the result, serve it if it is not worse."""

import asyncio
from collections.abc import Sequence
from datetime import timedelta

import structlog

from crm_store.store import SqlTransaction
from desk.errors import Conflict
from desk.faq_tuning import ConfirmedPair, LearnedModel
from knowledge_base.embedding import BundledEncoder
from knowledge_base.learning import FEWEST
from wiring.services import Services

EVERY = timedelta(hours=6)  # at most this often by itself
log = structlog.get_logger()


async def refit(services: Services) -> LearnedModel | None:
    """Learn from all confirmed pairs now. None where there are too few, or another model than the bundled one serves.

    The refit is kept with its figures in any case and becomes the active one where it was not worse on kept-back pairs.
    Raises Conflict while another one runs.
    """
    pairs = await begin_refit(services)
    return await finish_refit(services, pairs) if pairs is not None else None


async def begin_refit(services: Services) -> Sequence[ConfirmedPair] | None:
    """Note that a refit runs, for every process to see; the pairs it learns from. None and Conflict as for `refit`."""
    if not isinstance(services.encoder, BundledEncoder):
        return None
    now = services.clock.now()

    def begin(tx: SqlTransaction) -> Sequence[ConfirmedPair] | None:
        tx.faq_tuning.gather(now)
        pairs = tx.faq_tuning.list_pairs()
        if len(pairs) < FEWEST:
            return None
        if not tx.faq_tuning.begin_refit(now):
            raise Conflict("search is learning already")
        return pairs

    return await services.store.transact(begin)


async def finish_refit(services: Services, pairs: Sequence[ConfirmedPair]) -> LearnedModel | None:
    """What `begin_refit` began."""
    broke_off = True
    try:
        model = await _learn(services, pairs)
        broke_off = False
    finally:
        await services.store.transact(lambda tx: tx.faq_tuning.end_refit(broke_off=broke_off))
    return model


async def finish_refit_unattended(services: Services, pairs: Sequence[ConfirmedPair]) -> None:
    """As `finish_refit`, where nobody waits: what goes wrong is in the log and on the page. Never raises."""
    try:
        await finish_refit(services, pairs)
    except Exception as error:
        log.error("faq_refit_failed", error=type(error).__name__)


async def _learn(services: Services, pairs: Sequence[ConfirmedPair]) -> LearnedModel | None:
    now = services.clock.now()
    await services.faq.refresh()
    lesson = await services.faq.learn(pairs)
    if lesson is None:
        return None
    model = LearnedModel("", now, lesson.pairs, lesson.kept_back, lesson.before, lesson.after,
                         active=lesson.accepted, accepted=lesson.accepted)
    log.info("faq_refitted", pairs=lesson.pairs, before=lesson.before, after=lesson.after, accepted=lesson.accepted)
    return await services.store.transact(lambda tx: tx.faq_tuning.add_model(model, lesson.content))


async def refit_when_due(services: Services) -> LearnedModel | None:
    """As `refit`, where enough was confirmed since the last one and that is some hours ago. Never raises."""
    now = services.clock.now()

    def is_due(tx: SqlTransaction) -> bool:
        tx.faq_tuning.gather(now)
        last = tx.faq_tuning.last_refit()
        return (last is None or now - last >= EVERY) and tx.faq_tuning.count_pairs(last) >= FEWEST

    try:
        return await refit(services) if await services.store.transact(is_due) else None
    except Conflict:
        return None  # somebody else asked for it
    except Exception as error:
        log.error("faq_refit_failed", error=type(error).__name__)
        return None


async def refit_now_and_then(services: Services) -> None:
    """Until cancelled: take over every minute what was confirmed, and refit when that is due."""
    while True:
        await asyncio.sleep(60)
        await refit_when_due(services)

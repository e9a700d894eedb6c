"""Refitting search from confirmed pairs: gather, learn in a thread, keep the result, serve it if it is not worse."""

import asyncio
from datetime import timedelta

import structlog

from crm_store.store import SqlTransaction
from desk.faq_tuning import LearnedModel
from knowledge_base.embedding import BundledEncoder
from knowledge_base.learning import FEWEST
from wiring.services import Services

EVERY = timedelta(hours=6)  # at most this often by itself
log = structlog.get_logger()


async def refit(services: Services) -> LearnedModel | None:
    """Learn from all confirmed pairs now. None where there are too few, or another model than the bundled one serves.

    The refit is kept with its figures in any case and becomes the active one where it was not worse on kept-back pairs.
    """
    if not isinstance(services.encoder, BundledEncoder):
        return None
    now = services.clock.now()
    pairs = await services.store.transact(lambda tx: (tx.faq_tuning.gather(now), tx.faq_tuning.list_pairs())[1])
    if len(pairs) < FEWEST:
        return None
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
    except Exception as error:
        log.error("faq_refit_failed", error=type(error).__name__)
        return None


async def refit_now_and_then(services: Services) -> None:
    """Until cancelled: take over every minute what was confirmed, and refit when that is due."""
    while True:
        await asyncio.sleep(60)
        await refit_when_due(services)

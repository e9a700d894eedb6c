"""Counting customers' value: add their orders up, score them beside the event loop, keep the result in small steps."""

import asyncio
from functools import partial

import structlog

from insights.value import Basis, appraise
from wiring.services import Services

AT_ONCE = 500
"""Values kept in one transaction: nobody's message waits long behind it."""
log = structlog.get_logger()


async def count_values(services: Services) -> Basis | None:
    """Count everybody, if it is due and no other worker does. A worker that dies over it is followed by another."""
    now, zone = services.clock.now(), services.calendar.hours.zone
    rules = await services.store.transact(lambda tx: tx.values.begin(now, zone))
    if rules is None:
        return None
    sums, retained = await services.store.read(lambda tx: (tx.values.sums(now), tx.values.retained(now)))
    values, basis = await asyncio.to_thread(appraise, sums, retained, rules, now)
    for first in range(0, len(values), AT_ONCE):
        some = values[first : first + AT_ONCE]
        await services.store.transact(partial(lambda tx, some: tx.values.put_all(some), some=some))
    await services.store.transact(lambda tx: tx.values.finish(now, basis))
    log.info("values_counted", customers=len(values), unpriced=sum(basis.unpriced.values()))
    return basis

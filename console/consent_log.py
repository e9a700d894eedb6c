"""Recording a consent by hand, and the whole log as a file."""

import csv
import io
from collections.abc import AsyncIterator

from campaigns.campaigns import Purpose
from console.exports import harmless
from crm_store.store import SqlTransaction
from desk.agents import Agent
from desk.errors import Invalid
from wiring.services import Services

HEADING = ("time", "customer", "purpose", "allowed", "channel", "words")


async def record(
    services: Services, agent: Agent, customer_id: str, purpose: Purpose | None, allowed: bool, words: str
) -> dict[Purpose, bool | None]:
    """Staff note what a customer said elsewhere, with the words as proof. Raises Invalid or NotFound."""
    said, now = words.replace("\x00", "").strip(), services.clock.now()
    if not said:
        raise Invalid("words", "write what the customer said: it is the proof")

    def write(tx: SqlTransaction) -> dict[Purpose, bool | None]:
        tx.customers.get(customer_id)
        tx.consents.record(customer_id, purpose, allowed, said, "console", now, None)
        tx.audit.record(agent, "consent.recorded", f"customer:{customer_id}", now, purpose=purpose or "all",
                        allowed=allowed)
        return tx.consents.of(customer_id)

    return await services.store.transact(write)


async def export(services: Services, agent: Agent) -> AsyncIterator[str]:
    """The log as CSV in pieces, oldest first; what customers said never becomes a formula."""
    now = services.clock.now()
    await services.store.transact(lambda tx: tx.audit.record(agent, "consents.exported", "consents:log", now))
    yield "\ufeff" + _lines([HEADING])
    after = 0
    while True:
        last = after
        proofs = await services.store.read(lambda tx, last=last: tx.consents.slice_log(last))  # type: ignore[misc]
        if not proofs:
            return
        yield _lines([
            (proof.at.isoformat(), proof.customer_id, proof.purpose or "all", "yes" if proof.allowed else "no",
             proof.channel, proof.words) for proof in proofs
        ])
        after = proofs[-1].id


def _lines(rows: list[tuple[str, ...]]) -> str:
    written = io.StringIO()
    csv.writer(written).writerows([harmless(cell) for cell in row] for row in rows)
    return written.getvalue()

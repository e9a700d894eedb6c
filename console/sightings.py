"""Who saw what of a customer: noted in the audit log, once for a person, a thing and a quarter of an hour."""

from datetime import timedelta

from desk.agents import Agent
from wiring.services import Services

SEEN_AGAIN = timedelta(minutes=15)


async def note_view(services: Services, agent: Agent, subject: str) -> None:
    """`agent` is shown `subject` ("customer:7"). Reading comes first: most views are repeats and cost no write."""
    now, action = services.clock.now(), f"{subject.split(':', 1)[0]}.viewed"
    known = await services.store.read(
        lambda tx: tx.audit.was_recorded(agent.id, action, subject, now - SEEN_AGAIN)
    )
    if not known:
        await services.store.transact(lambda tx: tx.audit.record(agent, action, subject, now))

"""The demo's past: stored once, without a message going out, and taken out with the demo."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from campaigns.campaigns import CampaignState, Plan
from campaigns.templates import NPS
from crm_store.store import SqlStore, SqlTransaction
from demo.customers import PERSONAS
from demo.past import Stage, draw_past
from demo.survey import AGO, INDICATORS, NAME, draw_replies
from desk.customers import Customer
from desk.faq import FaqArticle
from desk.messages import ChannelName
from desk.ports import Clock
from insights.periods import Preset, named
from insights.programme import Cycle, ImprovementPlan, ProgrammeIndicator, Source
from insights.service import satisfied
from insights.tickets import promises_kept
from knowledge_base.script import to_script


async def load_past(
    store: SqlStore, clock: Clock, customers: Sequence[Customer], articles: Sequence[FaqArticle],
    staff: Sequence[str], accounts: dict[ChannelName, str],
) -> int:
    """Half a year of conversations, cases and answers; returns how many conversations. Where there is a past of the
    demo's already, it stays. The people in the simulators have none: their phones begin empty."""
    now = clock.now()
    played = {persona.customer_id for persona in PERSONAS}
    guests = [customer for customer in customers if customer.id not in played]

    def load(tx: SqlTransaction) -> int:
        if tx.past.is_there():
            return 0
        agents = [found[0].id for email in staff if (found := tx.agents.find_by_email(email))]
        past = draw_past(Stage(guests, articles, agents, accounts, to_script), now)
        tx.past.put(past)
        _survey(tx, guests, agents[0], now)
        _programme(tx, agents[0], now)
        return len(past.talks)

    return await store.transact(load)


def _survey(tx: SqlTransaction, guests: Sequence[Customer], owner: str, now: datetime) -> None:
    began = now - AGO
    survey = tx.surveys.add(NAME, NPS, owner, began)
    survey = tx.surveys.publish(survey.id, owner, began)
    campaign = replace(
        tx.campaigns.add(NAME, Plan(survey.id), owner, began), state=CampaignState.FINISHED, version=survey.version,
        started_at=began, finished_at=began + timedelta(days=9), wave=1, planned=True,
    )
    tx.campaigns.save(campaign)
    tx.past.put_replies(campaign, "nps", draw_replies(guests, to_script, now))


def _programme(tx: SqlTransaction, owner: str, now: datetime) -> None:
    zone = tx.calendar.hours().zone
    last = named(Preset.LAST_MONTH, now, zone)
    for name, source, target, plan in INDICATORS:
        made = tx.programme.add(ProgrammeIndicator(
            "", name, Source(source), target, Cycle.MONTH, owner, now - timedelta(days=80)
        ))
        if plan:
            cause, action, days = plan
            hits = satisfied(tx.reports.rated(last)) if made.source is Source.CSAT else promises_kept(
                tx.ticket_reports.promises(last))
            tx.programme.add_plan(ImprovementPlan(
                "", made.id, last.first, hits[0] / max(1, hits[1]), target, hits[1], cause, action, owner,
                (now + timedelta(days=days)).date(), last.end,
            ))

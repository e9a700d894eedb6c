"""A campaign with answers in the store, as if it had been asked last week: for pages that show results."""

from dataclasses import replace
from datetime import timedelta
from random import Random

from sqlalchemy import insert

from campaigns.campaigns import CampaignState, Plan
from campaigns.templates import NPS
from crm_store.campaign_rows import recipients, survey_answers
from crm_store.rows import customers
from crm_store.store import SqlTransaction
from desk.tickets import TicketKind
from wiring.services import Services

PRAISE = ("The staff were friendly", "Friendly staff!", "the staff was so friendly", "Great breakfast", "早餐很丰富",
          "早餐很豐富")
BLAME = ("The room was dirty", "dirty room", "Room was very dirty", "等了太久", "等太久了", "wifi did not work")


async def campaign_with_answers(services: Services, owner_id: str, *, people: int = 60, happy: float = 0.6) -> str:
    """Returns the campaign's id."""
    return await services.store.transact(lambda tx: _fill(tx, owner_id, people, happy, services.clock.now()))


def _fill(tx: SqlTransaction, owner_id: str, people: int, happy: float, now) -> str:
    rng, week = Random(people), now - timedelta(days=7)
    known = tx.surveys.list_page()
    survey = known[0] if known else tx.surveys.add("How likely?", NPS, owner_id, week)
    if not known:
        survey = tx.surveys.publish(survey.id, owner_id, week)
    campaign = tx.campaigns.add(f"Autumn guests {len(tx.campaigns.list_page()) + 1}", Plan(survey.id), owner_id, week)
    tx.campaigns.save(replace(campaign, state=CampaignState.RUNNING, version=1, started_at=week, wave=1, planned=True))
    tickets = [tx.tickets.open(kind=TicketKind.COMPLAINT, customer_id=_customer(tx, f"{campaign.id}-x", now),
                               conversation_id="", subject="Dirty room", detail="…", now=now)]
    for number in range(people):
        asked = week + timedelta(hours=number)
        answers = rng.random() < 0.75
        mark = rng.choice((9, 10)) if rng.random() < happy else rng.choice((0, 3, 5, 7, 8))
        ticket = tickets[0].id if answers and mark <= 3 else ""
        row = tx.connection.execute(insert(recipients).values(
            campaign_id=campaign.id, customer_id=_customer(tx, f"{campaign.id}-{number}", now), survey_id=survey.id,
            version=1, stage="finished" if answers else "asked", language=rng.choice(("en", "zh-Hans", "zh-Hant")),
            channel=rng.choice(("wechat", "telegram", "webchat")), asked_at=asked, created_at=asked, ticket_id=ticket,
            answered_at=asked + timedelta(minutes=9) if answers else None,
            finished_at=asked + timedelta(minutes=12) if answers else None,
        ).returning(recipients.c.id)).scalar_one()
        if not answers:
            continue
        given = {"recipient_id": row, "campaign_id": campaign.id, "survey_id": survey.id, "version": 1,
                 "answered_at": asked + timedelta(minutes=9), "options": []}
        said = rng.choice(PRAISE if mark >= 9 else BLAME)
        tx.connection.execute(insert(survey_answers), [
            {**given, "question_id": "nps", "kind": "nps", "number": mark, "text": str(mark)},
            {**given, "question_id": "good" if mark >= 9 else "improve", "kind": "text", "number": None, "text": said},
        ])
    return campaign.id


def _customer(tx: SqlTransaction, name: str, now) -> str:
    tx.connection.execute(insert(customers).values(id=name, created_at=now, tier="Gold" if len(name) % 2 else ""))
    return name

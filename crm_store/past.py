"""A past that is stored in bulk, and taken out again."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import timedelta
from typing import Any

from sqlalchemy import Connection, String, Table, delete, func, insert, or_, select

from campaigns.campaigns import Campaign
from campaigns.recipients import Stage
from campaigns.surveys import QuestionKind
from crm_store.campaign_rows import (
    campaign_lists,
    campaigns,
    recipients,
    survey_answers,
    survey_versions,
    surveys,
)
from crm_store.conversations import conversation_row
from crm_store.counters import next_value
from crm_store.faq_rows import faq_answers
from crm_store.inbox_rows import conversation_events
from crm_store.level_rows import sla_clocks
from crm_store.programme_rows import improvement_plans, programme_indicators
from crm_store.remedy_rows import compensations, improvements
from crm_store.rows import conversations, gaps, messages, metadata, ratings, tickets
from crm_store.ticket_rows import ticket_events
from crm_store.tickets import ticket_row
from crm_store.topic_rows import conversation_topics
from desk.past import MARK, Past, PastCase, PastPromise, PastReply, PastTalk
from desk.sla import Outcome, Subject

_BATCH = 2000
_REFERS = ("conversation_id", "ticket_id", "matter_id", "target")
"""Columns by which rows belong to a conversation or a ticket."""


class PastStore:
    def __init__(self, connection: Connection) -> None:
        self._db = connection

    def is_there(self) -> bool:
        marked = conversations.c.id.startswith(MARK)
        return self._db.execute(select(conversations.c.id).where(marked).limit(1)).one_or_none() is not None

    def put(self, past: Past) -> None:
        """Store it. Nothing is announced, queued or timed."""
        talks, cases = past.talks, past.cases
        self._put(conversations, (conversation_row(talk.conversation) for talk in talks))
        self._put(messages, _sorted(row for talk in talks for row in _messages(talk)))
        self._put(conversation_events, _sorted(row for talk in talks for row in _events(talk)))
        self._put(conversation_topics, (row for talk in talks for row in _topics(talk)))
        self._put(faq_answers, (row for talk in talks for row in _answers(talk)))
        self._put(gaps, (row for talk in talks for row in _gaps(talk)))
        self._put(ratings, (row for talk in talks for row in _rating(talk)))
        numbered = [{**ticket_row(case.ticket), "number": f"T-{1000 + next_value(self._db, 'ticket')}"}
                    for case in cases]
        self._put(tickets, numbered)
        self._put(ticket_events, _sorted(row for case in cases for row in _history(case)))
        self._put(compensations, (row for case in cases for row in _compensations(case)))
        self._put(improvements, (row for case in cases for row in _improvement(case)))
        self._put(sla_clocks, _sorted([
            *(_clock(Subject.CONVERSATION, talk.conversation.id, promise, talk.conversation.agent_id,
                     talk.conversation.address.channel) for talk in talks for promise in talk.promises),
            *(_clock(Subject.TICKET, case.ticket.id, promise, case.ticket.owner_id)
              for case in cases for promise in case.promises),
        ], "started_at"))

    def put_replies(self, campaign: Campaign, scale: str, replies: Sequence[PastReply]) -> None:
        """What became of a campaign whose survey asks one scale (`scale` is its question's id) and a word about it."""
        for reply in replies:
            answered = reply.asked_at + timedelta(minutes=17) if reply.mark is not None else None
            row = self._db.execute(insert(recipients).values(
                campaign_id=campaign.id, customer_id=reply.customer_id, survey_id=campaign.plan.survey_id,
                version=campaign.version, stage=Stage.FINISHED if answered else Stage.EXPIRED,
                language=reply.language, channel=reply.channel, asked_at=reply.asked_at, created_at=reply.asked_at,
                answered_at=answered, finished_at=answered,
            ).returning(recipients.c.id)).scalar_one()
            given = {"recipient_id": row, "campaign_id": campaign.id, "survey_id": campaign.plan.survey_id,
                     "version": campaign.version, "answered_at": answered, "options": []}
            if answered:
                self._db.execute(insert(survey_answers), [
                    {**given, "question_id": scale, "kind": QuestionKind.NPS, "number": reply.mark,
                     "text": str(reply.mark)},
                    {**given, "question_id": reply.question, "kind": QuestionKind.TEXT, "number": None,
                     "text": reply.text},
                ])

    def remove_programme(self, owners: Sequence[str]) -> None:
        """Take out the campaigns, surveys and indicators of these accounts."""
        campaign = select(campaigns.c.id).where(campaigns.c.owner_id.in_(owners))
        survey = select(surveys.c.id).where(surveys.c.owner_id.in_(owners), surveys.c.id.not_in(
            select(campaigns.c.survey_id).where(campaigns.c.owner_id.not_in(owners))
        ))
        indicator = select(programme_indicators.c.id).where(programme_indicators.c.owner_id.in_(owners))
        for table, which in (
            (survey_answers, survey_answers.c.campaign_id.in_(campaign)),
            (recipients, recipients.c.campaign_id.in_(campaign)),
            (campaign_lists, campaign_lists.c.campaign_id.in_(campaign)),
            (campaigns, campaigns.c.owner_id.in_(owners)),
            (survey_versions, survey_versions.c.survey_id.in_(survey)), (surveys, surveys.c.id.in_(survey)),
            (improvement_plans, improvement_plans.c.indicator_id.in_(indicator)),
            (programme_indicators, programme_indicators.c.owner_id.in_(owners)),
        ):
            self._db.execute(delete(table).where(which))

    def remove(self) -> int:
        """Take out what `put` stored, with all that came to it since; returns how many conversations."""
        found = self._db.scalar(
            select(func.count()).select_from(conversations).where(conversations.c.id.startswith(MARK))
        ) or 0
        for table in reversed(metadata.sorted_tables):
            of = [column.startswith(MARK) for column in table.c
                  if column.name in _REFERS and isinstance(column.type, String)]
            if table in (conversations, tickets):
                of.append(table.c.id.startswith(MARK))
            if of:
                self._db.execute(delete(table).where(or_(*of)))
        return found

    def _put(self, table: Table, rows: Iterable[dict[str, Any]]) -> None:
        left = list(rows)
        for start in range(0, len(left), _BATCH):
            self._db.execute(insert(table), left[start:start + _BATCH])


def _sorted(rows: Iterable[dict[str, Any]], by: str = "") -> list[dict[str, Any]]:
    """In the order in which they happened, as row ids count."""
    return sorted(rows, key=lambda row: row[by] if by else row.get("at") or row["created_at"])


def _messages(talk: PastTalk) -> Iterator[dict[str, Any]]:
    for said in talk.messages:
        yield {"conversation_id": talk.conversation.id, "author": said.author, "agent_id": said.agent_id,
               "text": said.text, "buttons": [], "attachments": [], "created_at": said.at}


def _events(talk: PastTalk) -> Iterator[dict[str, Any]]:
    for event in talk.events:
        yield {"conversation_id": talk.conversation.id, "kind": event.kind, "at": event.at, "team_id": event.team_id,
               "agent_id": event.agent_id, "to_agent_id": event.to_agent_id, "reason": event.reason,
               "seconds": event.seconds, "details": dict(event.details)}


def _topics(talk: PastTalk) -> Iterator[dict[str, Any]]:
    for topic in dict.fromkeys(talk.topics):
        yield {"conversation_id": talk.conversation.id, "topic": topic, "at": talk.conversation.opened_at}


def _answers(talk: PastTalk) -> Iterator[dict[str, Any]]:
    it = talk.conversation
    for number, given in enumerate(talk.answers):
        yield {"source_key": f"{it.id}!{number}", "article_id": given.article_id, "question": given.question,
               "language": it.language, "score": 0.9, "conversation_id": it.id, "customer_id": it.customer_id,
               "channel": it.address.channel, "helpful": given.helpful, "at": given.at}


def _gaps(talk: PastTalk) -> Iterator[dict[str, Any]]:
    it = talk.conversation
    for number, (at, question) in enumerate(talk.unanswered):
        yield {"question": question, "language": it.language, "conversation_id": it.id, "created_at": at,
               "customer_id": it.customer_id, "source_key": f"{it.id}?{number}", "best_score": 0.2}


def _rating(talk: PastTalk) -> Iterator[dict[str, Any]]:
    it, given = talk.conversation, talk.rating
    if given is not None:
        yield {"conversation_id": it.id, "customer_id": it.customer_id, "address": it.address.key,
               "agent_id": it.agent_id, "state": given.state, "score": given.score, "comment": given.comment,
               "asked_at": given.asked_at, "answered_at": given.answered_at}


def _history(case: PastCase) -> Iterator[dict[str, Any]]:
    for event in case.history:
        yield {"ticket_id": case.ticket.id, "at": event.at, "happened": event.happened, "by": event.by,
               "agent_id": event.agent_id, "field": event.field, "before": event.before, "after": event.after,
               "text": event.text}


def _compensations(case: PastCase) -> Iterator[dict[str, Any]]:
    for each in case.compensations:
        yield {"id": each.id, "ticket_id": case.ticket.id, "remedy": each.remedy, "amount": each.amount,
               "unit": each.unit, "note": each.note, "stage": each.stage, "proposed_by": each.proposed_by,
               "proposed_at": each.proposed_at, "decided_by": each.decided_by, "decided_at": each.decided_at,
               "reason": each.reason, "carried_out_by": each.carried_out_by, "carried_out_at": each.carried_out_at,
               "key": each.id}


def _improvement(case: PastCase) -> Iterator[dict[str, Any]]:
    it = case.ticket
    if case.improvement and it.cause_id and it.owner_id:
        yield {"cause_id": it.cause_id, "ticket_id": it.id, "text": case.improvement, "made_by": it.owner_id,
               "made_at": it.updated_at}


def _clock(
    subject: Subject, matter_id: str, promise: PastPromise, agent_id: str | None, channel: str = ""
) -> dict[str, Any]:
    late = promise.took > promise.target
    over = promise.stopped_at is not None
    missed_at = promise.stopped_at or promise.started_at + timedelta(seconds=promise.target)
    return {
        "subject": subject, "matter_id": matter_id, "metric": promise.metric, "policy_id": "past",
        "policy_name": "", "kind": "", "priority": "normal", "channel": channel, "tier": "",
        "target_seconds": promise.target, "started_at": promise.started_at, "running_since": None, "due_at": None,
        "spent_seconds": promise.took, "wall_seconds": promise.took, "warned_at": None,
        "breached_at": missed_at if late else None, "stopped_at": promise.stopped_at,
        "outcome": (Outcome.MISSED if late else Outcome.MET) if over else Outcome.RUNNING,
        "agent_id": agent_id,
    }

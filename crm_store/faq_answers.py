"""FAQ answers that customers got, and what became of them."""

from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, bindparam, case, func, select, update

from crm_store.dialect import add_one
from crm_store.faq_rows import faq_answers
from desk.conversations import Conversation
from desk.faq_misses import ArticleUse, Asked, GivenAnswer

_LAST = (  # built once: it is asked in many turns
    select(faq_answers).where(faq_answers.c.conversation_id == bindparam("of"))
    .order_by(faq_answers.c.id.desc()).limit(1)
)


class FaqAnswers:
    def __init__(self, connection: Connection) -> None:
        self._db = connection

    def add(
        self, *, source_key: str, article_id: str, question: str, language: str, score: float,
        conversation: Conversation, now: datetime, chosen: bool = False,
    ) -> int | None:
        """Keep an answer. None when `source_key` is there already."""
        return add_one(self._db, faq_answers, {
            "source_key": source_key, "article_id": article_id[:80], "question": question[:2000], "language": language,
            "score": score, "conversation_id": conversation.id, "customer_id": conversation.customer_id,
            "channel": conversation.address.channel.value, "at": now, "chosen": chosen,
        }, faq_answers.c.source_key)

    def find(self, answer_id: int) -> GivenAnswer | None:
        row = self._db.execute(select(faq_answers).where(faq_answers.c.id == answer_id)).one_or_none()
        return _given(row) if row else None

    def find_last(self, conversation_id: str) -> GivenAnswer | None:
        row = self._db.execute(_LAST, {"of": conversation_id}).one_or_none()
        return _given(row) if row else None

    def settle(
        self, answer_id: int, *, helpful: bool | None = None, reason: str = "", handed_over: bool | None = None,
        rephrased: bool | None = None,
    ) -> None:
        """Write down what became of an answer; what is not given stays as it was."""
        known = {"helpful": helpful, "reason": reason or None, "handed_over": handed_over, "rephrased": rephrased}
        values = {name: value for name, value in known.items() if value is not None}
        if values:
            self._db.execute(update(faq_answers).where(faq_answers.c.id == answer_id).values(values))

    def use_of_articles(self, start: datetime, end: datetime) -> list[ArticleUse]:
        """Per article, most given first."""
        failed = faq_answers.c.handed_over | faq_answers.c.rephrased | func.coalesce(~faq_answers.c.helpful, False)
        rows = self._db.execute(
            select(
                faq_answers.c.article_id, func.count().label("views"),
                _sum(faq_answers.c.helpful.is_(True)).label("helpful"),
                _sum(faq_answers.c.helpful.is_(False)).label("unhelpful"),
                _sum(faq_answers.c.handed_over).label("handed_over"), _sum(faq_answers.c.rephrased).label("rephrased"),
                _sum(failed).label("failed"),
            )
            .where(faq_answers.c.at >= start, faq_answers.c.at < end)
            .group_by(faq_answers.c.article_id).order_by(func.count().desc(), faq_answers.c.article_id)
        )
        return [ArticleUse(*row) for row in rows]

    def list_between(self, start: datetime, end: datetime) -> list[Asked]:
        """What was asked and answered, for counting per day and per week."""
        rows = self._db.execute(
            select(faq_answers.c.at, faq_answers.c.language, faq_answers.c.question, faq_answers.c.article_id)
            .where(faq_answers.c.at >= start, faq_answers.c.at < end)
        )
        return [Asked(*row) for row in rows]

    def reasons(self, start: datetime, end: datetime) -> dict[str, int]:
        """Why answers did not help, where customers said so."""
        rows = self._db.execute(
            select(faq_answers.c.reason, func.count())
            .where(faq_answers.c.at >= start, faq_answers.c.at < end, faq_answers.c.reason != "")
            .group_by(faq_answers.c.reason)
        )
        return {row[0]: row[1] for row in rows}

    def last_given(self) -> dict[str, datetime]:
        """When each article was given last."""
        rows = self._db.execute(select(faq_answers.c.article_id, func.max(faq_answers.c.at)).group_by(
            faq_answers.c.article_id))
        return {row[0]: row[1] for row in rows}


def _sum(condition: Any) -> Any:
    return func.coalesce(func.sum(case((condition, 1), else_=0)), 0)


def _given(row: Row[Any]) -> GivenAnswer:
    return GivenAnswer(row.id, row.article_id, row.question, row.language, row.score, row.conversation_id, row.at,
                       row.helpful, row.handed_over, row.rephrased)

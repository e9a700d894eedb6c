"""What customers asked in vain, grouped, and what admins decide about it: a draft, new phrasings, nothing."""

import asyncio
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from uuid import uuid4

from crm_store.article_history import FaqAction
from crm_store.gaps import GapState
from crm_store.store import SqlTransaction
from desk import faq_turns
from desk.agents import Agent
from desk.errors import Invalid
from desk.faq import ArticleStatus, Extras, FaqArticle, FaqMatch, Verdict
from desk.faq_answers import MOST_PHRASINGS, answer_message
from desk.faq_drafts import Gap, draft, phrasings
from desk.faq_misses import GapKind
from desk.faq_tuning import ConfirmedPair, PairSource
from desk.messages import Language, OutboundMessage
from knowledge_base.clusters import cluster
from knowledge_base.taiwan import for_reader
from wiring.services import Services

LOOK_BACK = timedelta(days=60)
TREND = timedelta(days=7)
TELL_WITHIN = timedelta(days=7)
"""Who asked longer ago has found another way; platforms with windows allow less."""
TO_THE_POINT = 0.3
"""From this cosine on, a reply is about the question. Tried on the demo's conversations and 16 pairs written for it: of
replies to something else none reached it, of answers 13."""
LOOKED_UP = 30
"""Groups for which the nearest article is looked up: those on the first page."""


@dataclass(frozen=True, slots=True)
class GapGroup:
    """Gaps that ask the same thing, named by the most typical. `near` is an article that may answer them already,
    `pending` the id of one that is being written for the same question."""

    question: str
    gaps: tuple[Gap, ...]
    recent: int  # in the last seven days
    before: int  # in the seven days before these
    near: FaqMatch | None = None
    is_answered: bool = False  # search would give `near` now; else it is only the closest there is
    pending: str = ""

    @property
    def ids(self) -> str:
        return ",".join(str(gap.id) for gap in self.gaps)

    @property
    def customers(self) -> int:
        return len({gap.customer_id for gap in self.gaps})

    @property
    def is_worded(self) -> bool:
        """Whether an article has this very question: then its answer needs work, not a further phrasing."""
        return self.near is not None and self.near.score >= 0.99

    @property
    def kinds(self) -> list[tuple[GapKind, int]]:
        return Counter(gap.kind for gap in self.gaps).most_common()

    @property
    def languages(self) -> list[Language]:
        return [language for language in Language if any(gap.language is language for gap in self.gaps)]

    @property
    def newest(self) -> Gap:
        return max(self.gaps, key=lambda gap: gap.id)


async def list_groups(services: Services, *, dismissed: bool = False, look_up: int = LOOKED_UP) -> list[GapGroup]:
    """Groups of open (or dismissed) gaps, by customers affected, then by trend.

    What resembles a dismissed question stays dismissed, and what resembles one that a draft was made of leads to that
    draft: the same gap does not come back.
    """
    now = services.clock.now()

    def read(tx: SqlTransaction) -> tuple[list[Gap], list[Gap], list[Gap]]:
        since = now - LOOK_BACK
        return tx.gaps.list_open(since), tx.gaps.list_dismissed(since), tx.gaps.list_pending(since)

    still_open, set_aside, written = await services.store.read(read)
    known, is_aside = [*still_open, *set_aside, *written], {gap.id for gap in set_aside}
    being_written = {gap.id: gap.article_id for gap in written}
    questions = [gap.question for gap in known]
    found = await asyncio.to_thread(cluster, questions, await services.faq.embed(questions)) if known else []
    together = [([known[n] for n in each.members], known[each.typical].question) for each in found]
    groups = [
        _group(gaps, typical, being_written, now) for gaps, typical in together
        if any(gap.id in is_aside for gap in gaps) == dismissed and any(gap.id not in being_written for gap in gaps)
    ]
    groups.sort(key=lambda group: (-group.customers, group.before - group.recent, -group.newest.id))
    return [await _with_near(services, group) if n < look_up else group for n, group in enumerate(groups)]


def _group(
    together: Sequence[Gap], typical: str, being_written: Mapping[int, str], now: datetime
) -> GapGroup:
    gaps = [gap for gap in together if gap.id not in being_written]
    pending = next((being_written[gap.id] for gap in together if gap.id in being_written), "")
    recent = sum(now - gap.asked_at <= TREND for gap in gaps)
    before = sum(TREND < now - gap.asked_at <= 2 * TREND for gap in gaps)
    return GapGroup(typical, tuple(gaps), recent, before, pending=pending)


async def _with_near(services: Services, group: GapGroup) -> GapGroup:
    result = await services.faq.search(group.question, None, 1)
    near = result.matches[0] if result.matches and result.verdict is not Verdict.REFUSE else None
    return replace(group, near=near, is_answered=result.verdict is Verdict.ANSWER)


async def make_draft(services: Services, ids: Sequence[int], agent: Agent) -> FaqArticle:
    """One draft out of these gaps, with an answer proposed from what agents replied to them. Raises Invalid."""
    now = services.clock.now()

    def read(tx: SqlTransaction) -> tuple[list[Gap], Mapping[str, list[str]]]:
        found = tx.gaps.list_ids(ids)
        return found, tx.gaps.replies(found)

    gaps, said = await services.store.read(read)
    if not gaps:
        raise Invalid("gaps", "choose the questions to make an article of")
    article = draft(uuid4().hex, gaps, _most_common(gaps), await _to_the_point(services, gaps, said), agent.email)

    def write(tx: SqlTransaction) -> FaqArticle:
        made = tx.articles.save(article, 0, now, by=agent.id)
        tx.gaps.set_state([gap.id for gap in gaps], GapState.DRAFTED, made.id)
        tx.audit.record(agent, "faq.drafted", f"article:{made.id}", now, gaps=len(gaps))
        return made

    return await services.store.transact(write)


async def _to_the_point(
    services: Services, gaps: Sequence[Gap], said: Mapping[str, list[str]]
) -> Mapping[str, list[str]]:
    """The replies that are about the question: people talk of other things in a conversation as well, and such a reply
    would carry one customer's affairs into the FAQ. Without vectors nobody can tell, and all of them stay."""
    questions = {gap.conversation_id: gap.question for gap in gaps}
    pairs = [(talk, reply) for talk, replies in said.items() for reply in replies]
    if not pairs:
        return {}
    asked = await services.faq.embed([questions[talk] for talk, _ in pairs])
    answered = await services.faq.embed([reply for _, reply in pairs])
    kept: dict[str, list[str]] = {}
    for (talk, reply), question, answer in zip(pairs, asked, answered, strict=True):
        if not question.any() or not answer.any() or float(question @ answer) >= TO_THE_POINT:
            kept.setdefault(talk, []).append(reply)
    return kept


async def add_to_article(services: Services, ids: Sequence[int], article_id: str, agent: Agent) -> FaqArticle:
    """Give an article that answers these gaps already their questions as phrasings. Raises NotFound, Invalid."""
    now = services.clock.now()

    def write(tx: SqlTransaction) -> FaqArticle:
        gaps, article = tx.gaps.list_ids(ids), tx.articles.get(article_id)
        if not gaps:
            raise Invalid("gaps", "choose the questions to add")
        known = {one.text.casefold() for one in article.phrasings}
        new = [one for one in phrasings(gaps, _most_common(gaps)) if one.text.casefold() not in known]
        new = new[: max(0, MOST_PHRASINGS - len(article.phrasings))]
        grown = replace(article, phrasings=(*article.phrasings, *new))
        saved = tx.articles.save(grown, article.version, now, by=agent.id, action=FaqAction.EDITED)
        tx.gaps.set_state([gap.id for gap in gaps], GapState.DRAFTED, article_id)
        for gap in gaps if new else ():  # a merge is a confirmation that search learns from
            pair = ConfirmedPair(gap.question, article_id, PairSource.ADMIN, now, gap.customer_id)
            tx.faq_tuning.add_pair(pair, f"gap:{gap.id}:{article_id}")
        tx.audit.record(agent, "faq.joined", f"article:{article_id}", now, gaps=len(gaps))
        return saved

    return await services.store.transact(write)


async def decide(services: Services, ids: Sequence[int], state: GapState, agent: Agent) -> int:
    """Set gaps aside, or take them up again; returns how many."""
    now = services.clock.now()

    def write(tx: SqlTransaction) -> int:
        count = tx.gaps.set_state(ids, state)
        tx.audit.record(agent, f"faq.gaps-{state}", f"gaps:{count}", now)
        return count

    return await services.store.transact(write)


async def answered_since(services: Services) -> list[tuple[FaqArticle, int]]:
    """Published articles that answer what was asked in vain, with how many customers may be told."""
    now = services.clock.now()

    def read(tx: SqlTransaction) -> list[tuple[FaqArticle, int]]:
        counts = [(name, len(tx.gaps.list_askers(name, now - TELL_WITHIN, now)))
                  for name, _ in tx.gaps.list_answered(now - TELL_WITHIN)]
        return [(tx.articles.get(name), count) for name, count in counts if count]

    return await services.store.read(read)


async def count_askers(services: Services, article: FaqArticle) -> int:
    """How many asked what this article answers by now, in vain, and may be told."""
    now = services.clock.now()
    if article.status is not ArticleStatus.PUBLISHED:
        return 0
    return await services.store.read(lambda tx: len(tx.gaps.list_askers(article.id, now - TELL_WITHIN, now)))


async def tell_askers(services: Services, article_id: str, agent: Agent) -> int:
    """Give the answer to those who asked in vain and may be told, each once. Returns how many. Raises Invalid."""
    now = services.clock.now()

    def tell(tx: SqlTransaction) -> int:
        article = tx.articles.get(article_id)
        if article.status is not ArticleStatus.PUBLISHED:
            raise Invalid("article", "publish the article first")
        told = 0
        for asker in tx.gaps.list_askers(article_id, now - TELL_WITHIN, now):
            answer = _answer_in(article, asker.gap.language)
            told += answer is not None and faq_turns.tell_asker(tx, asker, answer, now)
        tx.audit.record(agent, "faq.told", f"article:{article_id}", now, customers=told)
        return told

    return await services.store.transact(tell)


def _answer_in(article: FaqArticle, language: Language) -> OutboundMessage | None:
    """The answer in this language, or in the other Chinese script turned over; None where there is none."""
    wanted: tuple[Language | None, ...] = (language, None)
    if language.is_chinese:
        wanted = (language, Language.ZH_HANS, Language.ZH_HANT, None)
    for each in wanted:
        if text := article.answers.get(each, ""):
            return answer_message(for_reader(text, language), article.extras.get(each, Extras()), language)
    return None


def _most_common(gaps: Sequence[Gap]) -> str:
    counted = Counter(" ".join(gap.question.split()) for gap in gaps)
    return max(counted, key=lambda text: (counted[text], -len(text)))

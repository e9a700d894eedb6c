"""What the pages and the REST API do with articles: save, edit many at once, look for near-duplicates."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from enum import StrEnum
from zoneinfo import ZoneInfo

from console.words import Words
from crm_store.article_history import FaqAction
from crm_store.articles import ArticleChange, ArticleFilter
from crm_store.store import SqlTransaction
from desk.agents import Agent
from desk.errors import Conflict, Invalid
from desk.faq import ArticleStatus, FaqArticle, Phrasing
from desk.faq_answers import Problem, problems
from desk.faq_fields import with_languages
from desk.messages import Language
from knowledge_base.normalise import normalise, skeleton
from knowledge_base.script import detect_language
from wiring.faq_changes import carry_out, removal
from wiring.services import Services

MOST_COMPARED = 40
"""New phrasings looked up for near-duplicates in one save."""


@dataclass(frozen=True, slots=True)
class Nearby:
    """A phrasing that nearly is one of another article; `score` is how near search finds it, 1 for the same words."""

    phrasing: str
    article_id: str
    question: str
    score: float


class BulkAction(StrEnum):
    """What can be done to many articles at once."""

    STATUS = "status"
    CATEGORY = "category"
    ADD_TAG = "add_tag"
    REMOVE_TAG = "remove_tag"
    OWNER = "owner"
    REVIEW_BY = "review_by"
    REMOVE = "remove"


class HasProblems(Invalid):
    """An article that cannot be kept as it is; `problems` says why, for pages to say it in their language."""

    def __init__(self, article: FaqArticle, found: Sequence[Problem]) -> None:
        words = Words(Language.EN, ZoneInfo("UTC"), datetime.now(UTC))
        first = found[0]
        super().__init__(first.field, f"{article.title[:60]}: {words(f'faq.problem.{first.code}', value=first.value)}")
        self.article = article
        self.problems = tuple(found)


async def save(
    services: Services, article: FaqArticle, expected_version: int | None, agent: Agent,
    action: FaqAction = FaqAction.EDITED, note: str = "",
) -> FaqArticle:
    """Check and store one article. Raises HasProblems, Conflict."""
    if found := problems(article):
        raise HasProblems(article, found)
    now = services.clock.now()

    def write(tx: SqlTransaction) -> FaqArticle:
        kept = tx.articles.save(article, expected_version, now, by=agent.id, action=action, note=note)
        tx.audit.record(agent, f"faq.{action}", f"article:{kept.id}", now, version=kept.version)
        return kept

    return await services.store.transact(write)


async def remove(services: Services, article_id: str, agent: Agent, expected_version: int | None = None) -> int:
    """Remove an article; returns the change that undoing takes back. Raises NotFound, Conflict."""
    now = services.clock.now()

    def write(tx: SqlTransaction) -> int:
        found = tx.articles.get(article_id)
        if expected_version is not None and found.version != expected_version:
            raise Conflict("this article was changed by somebody else meanwhile; load it again")
        tx.audit.record(agent, "faq.removed", f"article:{article_id}", now, version=found.version)
        return tx.articles.remove(article_id, now, by=agent.id)

    return await services.store.transact(write)


async def add_phrasings(
    services: Services, article: FaqArticle, new: Sequence[Phrasing], agent: Agent
) -> FaqArticle:
    """The article with further ways to ask; those it has already add nothing. Raises HasProblems, Conflict."""
    known = {normalise(one.text) for one in article.phrasings}
    fresh = {normalise(one.text): one for one in new if normalise(one.text) not in known}
    grown = replace(article, phrasings=(*article.phrasings, *fresh.values()))
    return await save(services, grown, article.version, agent)


async def restore(services: Services, article_id: str, version: int, agent: Agent) -> FaqArticle:
    """Make an earlier version the present one, by a change like any other. Raises NotFound."""
    old = await services.store.read(lambda tx: tx.articles.history.get(article_id, version))
    article = replace(old.article, id=article_id)
    if problems(article):  # it was kept under older rules: as a draft it may come back all the same
        article = replace(article, status=ArticleStatus.DRAFT)
    return await save(services, article, None, agent, FaqAction.RESTORED, str(version))


async def undo(services: Services, revision: int, agent: Agent) -> tuple[int, int]:
    """Take a change back: (restored, left alone since they changed again). Raises NotFound, Conflict when undone."""
    now = services.clock.now()

    def record(tx: SqlTransaction, _: ArticleChange) -> None:
        if tx.articles.history.get_change(revision).undone:
            raise Conflict("this was undone already")
        tx.articles.history.mark_undone(revision)
        tx.audit.record(agent, "faq.undone", f"faq-change:{revision}", now)

    _, change = await carry_out(services.store, lambda tx: tx.articles.plan_undo(revision), now, by=agent.id,
                                action=FaqAction.UNDONE, record=record)
    restored = len(change.rows) + len(change.gone)
    return restored, change.asked - restored


async def edit_many(
    services: Services, ids: Sequence[str], action: BulkAction, value: str, agent: Agent
) -> int:
    """Do one thing to many articles, in one revision that can be undone; returns it. Raises HasProblems, Invalid, and
    Conflict where somebody keeps editing the same ones."""
    value, now = value.strip(), services.clock.now()

    def plan(tx: SqlTransaction) -> ArticleChange:
        changed = [edited(article, action, value) for article in tx.articles.list_ids(ids)]
        for article in changed:
            if wrong := problems(article):
                raise HasProblems(article, wrong)
        return tx.articles.plan_edit(changed)

    def record(tx: SqlTransaction, change: ArticleChange) -> None:
        tx.audit.record(agent, "faq.bulk", f"articles:{change.asked}", now, what=action.value, value=value)

    removes = action is BulkAction.REMOVE
    revision, _ = await carry_out(
        services.store, removal(ids) if removes else plan, now, by=agent.id, record=record,
        action=FaqAction.REMOVED if removes else FaqAction.BULK, note="" if removes else f"{action}: {value}",
    )
    return revision


def edited(article: FaqArticle, action: BulkAction, value: str) -> FaqArticle:
    """The article after one bulk edit. Raises Invalid for a value that is none."""
    match action:
        case BulkAction.STATUS:
            if value not in tuple(ArticleStatus):
                raise Invalid("value", f"a status is one of {', '.join(ArticleStatus)}")
            return replace(article, status=ArticleStatus(value))
        case BulkAction.CATEGORY:
            return replace(article, category="/".join(part.strip() for part in value.split("/") if part.strip()))
        case BulkAction.ADD_TAG:
            return replace(article, tags=tuple(dict.fromkeys((*article.tags, *((value,) if value else ())))))
        case BulkAction.REMOVE_TAG:
            return replace(article, tags=tuple(tag for tag in article.tags if tag != value))
        case BulkAction.OWNER:
            return replace(article, owner=value.lower())
        case BulkAction.REVIEW_BY:
            return replace(article, review_by=_day(value))
        case BulkAction.REMOVE:
            return article


async def find_nearby(services: Services, article: FaqArticle, before: FaqArticle | None) -> list[Nearby]:
    """Phrasings, new in this edit, that are nearly those of another article: the same words in any article,
    or what search takes for the same question among the published ones."""
    known = {normalise(one.text) for one in before.phrasings} if before else set()
    new = [one for one in article.phrasings if normalise(one.text) not in known][:MOST_COMPARED]
    found: list[Nearby] = []
    for phrasing in new:
        same = await _worded_alike(services, phrasing.text, article.id)
        if same is not None:
            found.append(same)
            continue
        near = await services.faq.similar(phrasing.text, but=article.id, limit=1)
        found += [Nearby(phrasing.text, each.article_id, each.question, each.similarity) for each in near]
    return found


async def _worded_alike(services: Services, text: str, own: str) -> Nearby | None:
    wanted = skeleton(normalise(text))
    others = await services.store.read(lambda tx: tx.articles.list_page(limit=20, which=ArticleFilter(text=text)))
    for other in others:
        for phrasing in other.phrasings:
            if other.id != own and skeleton(normalise(phrasing.text)) == wanted:
                return Nearby(text, other.id, phrasing.text, 1.0)
    return None


class Coverage(StrEnum):
    """What an article has in one language."""

    WHOLE = "whole"
    CONVERTED = "converted"  # traditional Chinese made from the simplified text, which nobody has edited
    ANSWER_ONLY = "answer_only"
    QUESTIONS_ONLY = "questions_only"
    MISSING = "missing"


def coverage(article: FaqArticle) -> dict[Language, Coverage]:
    """What the article has in each language; texts whose language is not known count where they seem to belong."""
    settled = with_languages(article, detect_language)
    found: dict[Language, Coverage] = {}
    for language in Language:
        asked = any(one.language is language for one in settled.phrasings)
        answered = bool(settled.answers.get(language, "").strip())
        if not answered and language is Language.ZH_HANT and settled.answers.get(Language.ZH_HANS):
            found[language] = Coverage.CONVERTED
        elif asked and answered:
            found[language] = Coverage.WHOLE
        elif asked or answered:
            found[language] = Coverage.ANSWER_ONLY if answered else Coverage.QUESTIONS_ONLY
        else:
            found[language] = Coverage.MISSING
    return found


def _day(value: str) -> date | None:
    try:
        return date.fromisoformat(value) if value else None
    except ValueError:
        raise Invalid("value", "a day is written like 2026-12-31") from None

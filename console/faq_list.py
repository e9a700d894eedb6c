"""The list of FAQ articles: tree, filters, editing many at once, taking a change back, and trying the search."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Annotated

import structlog
from fastapi import APIRouter, Depends, Form, Request
from starlette.responses import Response

from console import faq_desk, reading
from console.access import Desk, Staff, needs, signed_in
from console.faq_categories import names_of_categories
from console.faq_desk import BulkAction, Coverage, HasProblems, coverage, edit_many
from console.pages import PageRoute, render, see_other, words_for
from console.reporting import PageAddress
from crm_store.articles import ArticleFilter
from crm_store.store import SqlTransaction
from desk.channels import CAPABILITIES
from desk.errors import Invalid
from desk.faq import ArticleStatus, Extras, FaqArticle, FaqResult, Verdict
from desk.faq_feedback import with_feedback
from desk.faq_replies import look_up, reply_to
from desk.messages import ChannelName, Language
from desk.permissions import Permission
from desk.rendering import Bubble
from desk.rendering import render as bubbles_of
from knowledge_base.script import detect_language
from knowledge_base.taiwan import for_reader
from wiring.services import Services, today

HERE = "/console/faq"
PAGE = 50
SEARCH_PATIENCE = 8.0
"""Seconds; the first search of a process loads the model, and the page is useful without it."""
TRIED = 5
_log = structlog.get_logger()
router = APIRouter(prefix=HERE, route_class=PageRoute, include_in_schema=False, dependencies=[Depends(signed_in)])


@dataclass(slots=True)
class Branch:
    """A category of the tree; `count` includes what lies below."""

    path: str
    name: str
    count: int = 0
    below: list["Branch"] = field(default_factory=list)


def tree(counts: Mapping[str, int]) -> list[Branch]:
    """Categories like "booking/changes" as branches, in the order of their names."""
    top = Branch("", "")
    for path, count in sorted(counts.items()):
        here = top
        for name in (path.split("/") if path else ()):
            found = next((each for each in here.below if each.name == name), None)
            if found is None:
                found = Branch(f"{here.path}/{name}" if here.path else name, name)
                here.below.append(found)
            found.count += count
            here = found
    return top.below


@router.get("")
async def show_list(request: Request, services: Desk, staff: Staff) -> Response:
    """The articles, above them those that this agent is asked to read again."""
    return await _list(request, services, staff)


async def _list(
    request: Request, services: Services, staff: Staff, *, status: int = 200, problem: str = ""
) -> Response:
    asked = _asked(request)
    overdue, which = asked["overdue"] == "1", _filter(services, asked)
    did, words = request.query_params.get("did", ""), words_for(request)

    def read(tx: SqlTransaction) -> dict[str, object]:
        found, count = _articles(tx, which, asked["missing"], asked["after"])
        return {
            "articles": found, "article_count": count, "total": tx.articles.count(),
            "tree": tree(tx.articles.count_by("category")), "tags": tx.articles.tags(),
            "owners": sorted(filter(None, tx.articles.count_by("owner"))), "copies": set(tx.faq_copies.list_ids()),
            "category_of": names_of_categories(tx, words), "category_names": tx.conversation_topics.category_names(),
            "did": tx.articles.history.find_change(int(did)) if did.isdigit() else None,
            "reviews": tx.faq_reviews.list_due(staff.agent.id), **reading.frame(tx),
        }

    found = await services.store.read(read)
    shown: Sequence[FaqArticle] = found["articles"]  # type: ignore[assignment]
    return render(request, "faq_list.html", {
        "asked": asked, "overdue": overdue, "statuses": tuple(ArticleStatus), "bulk_actions": tuple(BulkAction),
        "languages_shown": tuple(Language), "page_length": PAGE, "address": PageAddress(request), "problem": problem,
        "coverage": {article.id: coverage(article) for article in shown}, "here": HERE, **found,
    }, status=status)


def _asked(request: Request) -> dict[str, str]:
    return {name: request.query_params.get(name, "").strip()[:200]
            for name in ("q", "category", "status", "tag", "owner", "missing", "after", "overdue")}


def _filter(services: Services, asked: Mapping[str, str]) -> ArticleFilter:
    return ArticleFilter(
        asked["q"], asked["category"], asked["status"] if asked["status"] in tuple(ArticleStatus) else "",
        asked["tag"], asked["owner"],
        today(services.clock, services.settings) if asked["overdue"] == "1" else None,
    )


def _all_matching(tx: SqlTransaction, which: ArticleFilter, missing: str) -> list[FaqArticle]:
    found = tx.articles.list_page(limit=1_000_000, which=which)
    if missing not in tuple(Language):
        return found
    return [article for article in found
            if coverage(article)[Language(missing)] not in (Coverage.WHOLE, Coverage.CONVERTED)]


def _articles(
    tx: SqlTransaction, which: ArticleFilter, missing: str, after: str
) -> tuple[list[FaqArticle], int]:
    """One page, and how many there are in all. What is missing is known only by reading each article."""
    if missing not in tuple(Language):
        return tx.articles.list_page(after, PAGE, which), tx.articles.count(which)
    lacking = _all_matching(tx, which, missing)
    return [article for article in lacking if article.id > after][:PAGE], len(lacking)


@router.post("/bulk", dependencies=[needs(Permission.LEAD)])
async def edit_chosen(
    request: Request, services: Desk, staff: Staff, action: Annotated[BulkAction, Form()],
    ids: Annotated[list[str], Form()] = [], value: Annotated[str, Form()] = "", status: Annotated[str, Form()] = "",  # noqa: B006 - FastAPI reads it, nobody writes it
    everything: Annotated[bool, Form()] = False,
) -> Response:
    """The chosen articles of the page, or `everything` that the list's filters match."""
    wanted = status if action is BulkAction.STATUS else value
    if everything:
        asked = _asked(request)
        which = _filter(services, asked)
        found = await services.store.read(lambda tx: _all_matching(tx, which, asked["missing"]))
        ids = [article.id for article in found]
    if not ids:
        return await _list(request, services, staff, status=422, problem="faq.bulk.none")
    try:
        revision = await edit_many(services, ids, action, wanted, staff.agent)
    except HasProblems as error:
        return await _list(request, services, staff, status=422, problem=f"faq.problem.{error.problems[0].code}")
    except Invalid:
        return await _list(request, services, staff, status=422, problem="faq.bulk.value")
    return see_other(request, PageAddress(request)(did=revision).replace("/bulk?", "?"))


@router.post("/undo", dependencies=[needs(Permission.LEAD)])
async def undo(request: Request, services: Desk, staff: Staff, revision: Annotated[int, Form()]) -> Response:
    _, kept = await faq_desk.undo(services, revision, staff.agent)
    return see_other(request, f"{HERE}?said={'faq_undone_partly' if kept else 'faq_undone'}")


@router.get("/try")
async def try_search(
    request: Request, services: Desk, q: str = "", language: str = ""
) -> Response:
    query = q.strip()[:500]
    wanted = Language(language) if language in tuple(Language) else None
    result, failed = await search_safely(services, query, wanted) if query else (None, False)
    ids = [match.article_id for match in result.matches] if result else []

    def read(tx: SqlTransaction) -> dict[str, object]:
        found = {article.id: article for article in tx.articles.list_ids(ids)}
        return {"found": found, "category_of": names_of_categories(tx, words_for(request)), **reading.frame(tx)}

    values = await services.store.read(read)
    read_as = result.read_as if result else ""  # "tuikuan" is Chinese
    asker = wanted or detect_language(read_as or query) or Language.ZH_HANS
    return render(request, "faq_try.html", {
        "query": query, "language": language, "result": result, "failed": failed, "channels": tuple(ChannelName),
        "status": services.faq.status(),
        "previews": _gets(result, values["found"], asker) if result else {}, "here": HERE, **values,  # type: ignore[arg-type]
    })


def _gets(
    result: FaqResult, found: Mapping[str, FaqArticle], language: Language
) -> dict[ChannelName, tuple[Bubble, ...]]:
    """What a customer of this language would get, as each channel shows it."""
    best = result.matches[0] if result.matches else None
    article = found.get(best.article_id) if best else None
    extras = article.extras.get(best.answer_language, Extras()) if article and best else Extras()
    message, is_answer = reply_to(result, extras, language, for_reader), result.verdict is Verdict.ANSWER
    return {
        channel: bubbles_of([with_feedback(message, 0, language, can) if is_answer else message], can)
        for channel, can in CAPABILITIES.items()
    }


async def search_safely(
    services: Services, query: str, language: Language | None
) -> tuple[FaqResult | None, bool]:
    """What search says, and whether it failed: a broken index must not take the page away."""
    try:
        async with asyncio.timeout(SEARCH_PATIENCE):
            return await look_up(services.faq, query, language, TRIED), False
    except Exception as error:
        _log.error("faq_search_failed", error=type(error).__name__)
        return None, True

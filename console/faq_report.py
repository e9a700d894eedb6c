"""The FAQ's report: what it covers, which articles help, what nobody uses, what is asked most."""

from collections.abc import Mapping, Sequence
from urllib.parse import quote

from fastapi import APIRouter, Depends, Request
from starlette.responses import Response

from console import reading
from console.access import Desk, signed_in
from console.faq_list import HERE
from console.figures import Cell, Chart, ChartKind, Column, Figure, Link, Share, Table, Unit
from console.pages import PageRoute, words_for
from console.reporting import period_of, respond
from console.words import Words
from crm_store.store import SqlTransaction
from desk.faq_misses import ArticleUse
from insights.faq import DayCoverage, Neglected, TopQuestion, coverage, neglected, top_questions
from wiring.services import today

router = APIRouter(prefix=f"{HERE}/report", route_class=PageRoute, include_in_schema=False,
                   dependencies=[Depends(signed_in)])
Titles = Mapping[str, str]


@router.get("")
async def show_report(request: Request, services: Desk) -> Response:
    asked, day = period_of(request), today(services.clock, services.settings)
    period, t = asked.period, words_for(request)

    def read(tx: SqlTransaction) -> tuple[list[Figure], dict[str, object]]:
        answered = tx.faq_answers.list_between(period.start, period.end)
        gaps = tx.gaps.list_between(period.start, period.end)
        days, articles = coverage(answered, gaps, period), tx.articles.list_all()
        use = tx.faq_answers.use_of_articles(period.start, period.end)
        titles = {article.id: article.title_in(t.language)[:80] for article in articles}
        last = tx.faq_answers.last_given()
        figures = [
            _indicators(use, days, t),
            _coverage(days, t),
            _articles(use, titles, t),
            _reasons(tx.faq_answers.reasons(period.start, period.end), t),
            _top(top_questions(answered, gaps, period), titles, t),
            _neglected(neglected(articles, last, period.start, day), t),
        ]
        return figures, reading.frame(tx)

    figures, frame = await services.store.read(read)
    return respond(request, "faq_report.html", figures, asked, frame, name="faq")


def _indicators(use: Sequence[ArticleUse], days: Sequence[DayCoverage], t: Words) -> Figure:
    given, missed = sum(day.answered for day in days), sum(day.unanswered for day in days)
    rated = sum(one.helpful + one.unhelpful for one in use)
    shares: list[tuple[str, int, int]] = [
        ("covered", given, given + missed), ("solved", sum(one.views - one.failed for one in use), given),
        ("helpful", sum(one.helpful for one in use), rated),
        ("handed_over", sum(one.handed_over for one in use), given),
        ("rephrased", sum(one.rephrased for one in use), given),
    ]
    rows: list[tuple[Cell, ...]] = [
        (t("faq.report.asked"), Share(given + missed, Unit.COUNT)), (t("faq.report.given"), Share(given, Unit.COUNT)),
    ]
    rows += [
        (t(f"faq.report.{name}"), Share(part / whole if whole else None, Unit.SHARE)) for name, part, whole in shares
    ]
    columns = (Column(t("faq.report.indicator")), Column(t("faq.report.value"), Unit.NUMBER))
    return Figure("indicators", t("faq.report.indicators"), Table(columns, tuple(rows) if given + missed else ()), None,
                  t("faq.report.indicators.about"))


def _coverage(days: Sequence[DayCoverage], t: Words) -> Figure:
    columns = (
        Column(t("reports.day"), Unit.DAY), Column(t("faq.report.given"), Unit.COUNT),
        Column(t("faq.report.unanswered"), Unit.COUNT), Column(t("faq.report.covered"), Unit.SHARE),
    )
    rows = tuple((day.day, day.answered, day.unanswered, day.share) for day in days)
    is_empty = not any(day.answered or day.unanswered for day in days)
    return Figure("coverage", t("faq.report.coverage"), Table(columns, () if is_empty else rows),
                  Chart(ChartKind.STACKED, (1, 2)), t("faq.report.coverage.about"))


def _articles(use: Sequence[ArticleUse], titles: Titles, t: Words) -> Figure:
    columns = (
        Column(t("faq.question")), Column(t("faq.report.views"), Unit.COUNT),
        Column(t("faq.report.solved"), Unit.SHARE, t("faq.report.solved.hint")),
        Column(t("faq.report.yes"), Unit.COUNT), Column(t("faq.report.no"), Unit.COUNT),
        Column(t("faq.report.persons"), Unit.COUNT), Column(t("faq.report.again"), Unit.COUNT),
    )
    rows = tuple(
        (_link(one.article_id, titles), one.views, one.solved, one.helpful, one.unhelpful, one.handed_over,
         one.rephrased)
        for one in use
    )
    return Figure("articles", t("faq.report.articles"), Table(columns, rows), None, t("faq.report.articles.about"))


def _reasons(reasons: Mapping[str, int], t: Words) -> Figure:
    columns = (Column(t("faq.report.reason")), Column(t("faq.report.times"), Unit.COUNT))
    rows = tuple((t(f"faq.report.reason.{name}"), count) for name, count in sorted(reasons.items()))
    return Figure("reasons", t("faq.report.reasons"), Table(columns, rows), Chart(ChartKind.ROWS, (1,)),
                  t("faq.report.reasons.about"))


def _top(found: Sequence[TopQuestion], titles: Titles, t: Words) -> Figure:
    columns = (
        Column(t("faq.question")), Column(t("faq.report.week"), Unit.DAY), Column(t("faq.language")),
        Column(t("faq.report.times"), Unit.COUNT), Column(t("faq.report.answered_by")),
    )
    rows = tuple(
        (one.question[:120], one.week, t(f"language.{one.language}"), one.times,
         _link(one.article_id, titles) if one.article_id else t("faq.report.nothing"))
        for one in found
    )
    return Figure("top", t("faq.report.top"), Table(columns, rows), None, t("faq.report.top.about"))


def _neglected(found: Sequence[Neglected], t: Words) -> Figure:
    columns = (
        Column(t("faq.question")), Column(t("faq.report.why")), Column(t("faq.report.due"), Unit.DAY),
        Column(t("faq.report.last"), Unit.MOMENT), Column(t("faq.field.owner")),
    )
    rows = tuple(
        (_link(one.article.id, {one.article.id: one.article.title_in(t.language)[:80]}),
         t(f"faq.report.why.{one.why}"), one.due, one.last_given, one.article.owner)
        for one in found
    )
    return Figure("neglected", t("faq.report.neglected"), Table(columns, rows), None, t("faq.report.neglected.about"))


def _link(article_id: str, titles: Titles) -> Cell:
    """An article's title leads to it; one that is gone is named by its id."""
    if article_id not in titles:
        return article_id
    return Link(titles[article_id], f"{HERE}/article?id={quote(article_id, safe='')}")

"""What search is told beside the articles: glossary, confirmed pairs, what was learned, and where it cuts."""

from typing import Annotated, Self

from fastapi import APIRouter, BackgroundTasks, Depends, Query, Response
from pydantic import BaseModel, Field

from console.access import Desk, any_agent, needs
from console.rest.conversations import Limit
from console.rest.problems import ApiRoute
from console.rest.shapes import Moment, Page, cut
from crm_store.store import SqlTransaction
from desk.agents import Agent, Role
from desk.errors import Invalid, NotFound
from desk.faq_tuning import (
    USUAL_OUTSIDE,
    Calibration,
    CalibrationCurve,
    ConfirmedPair,
    Cuts,
    GlossaryTerm,
    LearnedModel,
    Measuring,
    PairSource,
)
from desk.permissions import Permission
from wiring.learning import refit
from wiring.measuring import begin_measuring, finish_measuring_unattended
from wiring.services import Services

CURVE = "/api/v1/faq/curve"
router = APIRouter(route_class=ApiRoute, prefix="/faq", tags=["faq"])
lead, inspect = needs(Permission.LEAD), needs(Permission.INSPECT)


class TermBody(BaseModel):
    """One thing under all its names, in any language; the first is the preferred one."""

    names: Annotated[list[str], Field(min_length=1, max_length=30)]
    note: str = Field("", max_length=500)


class TermOut(TermBody):
    id: str

    @classmethod
    def of(cls, term: GlossaryTerm) -> Self:
        return cls(id=term.id, names=list(term.names), note=term.note)


class PairBody(BaseModel):
    """A question, and the article that was confirmed to answer it."""

    question: str = Field(min_length=1, max_length=1000)
    article: str


class PairOut(PairBody):
    id: str
    source: PairSource
    at: Moment

    @classmethod
    def of(cls, pair: ConfirmedPair) -> Self:
        return cls(id=pair.id, question=pair.question, article=pair.article_id, source=pair.source, at=pair.at)


class ModelOut(BaseModel):
    """One refit. `before`, `after`: shares of kept-back questions whose article came first, without and with it."""

    id: str
    created_at: Moment
    pairs: int
    kept_back: int
    before: float
    after: float
    accepted: bool
    active: bool

    @classmethod
    def of(cls, model: LearnedModel) -> Self:
        return cls(
            id=model.id, created_at=model.created_at, pairs=model.pairs, kept_back=model.kept_back,
            before=model.before, after=model.after, accepted=model.accepted, active=model.active,
        )


class CalibrationBody(BaseModel):
    """`answer` and `offer` are probabilities; both left out: the shipped cuts serve."""

    slope: float = 1.0
    shift: float = 0.0
    answer: float | None = Field(None, gt=0, le=1)
    offer: float | None = Field(None, gt=0, le=1)

    @classmethod
    def of(cls, calibration: Calibration) -> Self:
        cuts = calibration.cuts
        return cls(slope=calibration.slope, shift=calibration.shift, answer=cuts.answer if cuts else None,
                   offer=cuts.offer if cuts else None)


class PointOut(BaseModel):
    """What would happen if answers were given from `cut` on."""

    cut: float
    right: float
    wrong: float
    false_answers: float
    precision: float


class CurveOut(BaseModel):
    """Cross-validation over the base's own phrasings and known misses."""

    asked: int
    outside: int
    auroc: float
    answers_from: float
    offers_from: float
    suggested: CalibrationBody
    points: list[PointOut]

    @classmethod
    def of(cls, curve: CalibrationCurve) -> Self:
        return cls(
            asked=curve.asked, outside=curve.outside, auroc=curve.auroc, answers_from=curve.current.answer,
            offers_from=curve.current.offer, suggested=CalibrationBody.of(curve.suggested),
            points=[PointOut(cut=point.cut, right=point.right, wrong=point.wrong, false_answers=point.false_answers,
                             precision=point.precision) for point in curve.points],
        )


class MeasuringOut(BaseModel):
    """`began_at` and `done` (a share, 0 to 1) are those of the measuring that runs: null and 0 while none does. `curve`
    is what the last one found at `measured_at`, null before the first; `outside` is the share of questions without an
    article that it expected. `broke_off`: the last one ended without a curve, and an older one stands here."""

    began_at: Moment | None
    done: float
    broke_off: bool
    measured_at: Moment | None
    outside: float
    curve: CurveOut | None

    @classmethod
    def of(cls, state: Measuring) -> Self:
        return cls(
            began_at=state.began_at, done=state.done, broke_off=state.broke_off, measured_at=state.measured_at,
            outside=state.outside_share, curve=CurveOut.of(state.curve) if state.curve else None,
        )


class SimilarOut(BaseModel):
    article: str
    question: str
    similarity: float


@router.get("/similar")
async def list_similar(services: Desk, q: Annotated[str, Query(max_length=1000)], but: str = "") -> list[SimilarOut]:
    """Phrasings of published articles (other than `but`) that ask nearly the same."""
    found = await services.faq.similar(q, but=but)
    return [SimilarOut(article=each.article_id, question=each.question, similarity=each.similarity) for each in found]


@router.get("/glossary")
async def list_glossary(services: Desk) -> list[TermOut]:
    return [TermOut.of(term) for term in await services.store.read(lambda tx: tx.faq_tuning.list_glossary())]


@router.post("/glossary", status_code=201, dependencies=[lead])
async def add_term(services: Desk, body: TermBody) -> TermOut:
    """Live in every process within a second. 422 when a name stands in another term."""
    term, now = GlossaryTerm("", tuple(body.names), body.note), services.clock.now()
    return TermOut.of(await services.store.transact(lambda tx: tx.faq_tuning.put_term(term, now)))


@router.put("/glossary/{term_id}", dependencies=[lead])
async def change_term(services: Desk, term_id: str, body: TermBody) -> TermOut:
    now = services.clock.now()
    if term_id not in {term.id for term in await services.store.read(lambda tx: tx.faq_tuning.list_glossary())}:
        raise NotFound("no such term")
    term = GlossaryTerm(term_id, tuple(body.names), body.note)
    return TermOut.of(await services.store.transact(lambda tx: tx.faq_tuning.put_term(term, now)))


@router.delete("/glossary/{term_id}", status_code=204, dependencies=[lead])
async def remove_term(services: Desk, term_id: str) -> None:
    await services.store.transact(lambda tx: tx.faq_tuning.remove_term(term_id))


@router.get("/pairs", dependencies=[inspect])
async def list_pairs(services: Desk, cursor: str = "", limit: Limit = 50) -> Page[PairOut]:
    """The newest first."""
    before = int(cursor) if cursor.isdecimal() else None
    found = await services.store.read(lambda tx: tx.faq_tuning.list_pairs(limit + 1, before))
    items, more = cut(found, limit)
    return Page(items=[PairOut.of(pair) for pair in items], next=items[-1].id if more else None)


@router.post("/pairs", status_code=201, dependencies=[needs(Permission.SERVE)])
async def confirm_pair(services: Desk, agent: Annotated[Agent, Depends(any_agent)], body: PairBody) -> None:
    """Say that an article answers a question. The same pair by the same person counts once."""
    source = PairSource.ADMIN if agent.role is Role.ADMIN else PairSource.AGENT
    pair = ConfirmedPair(body.question, body.article, source, services.clock.now())
    key = f"agent:{agent.id}:{body.article}:{body.question}"

    def keep(tx: SqlTransaction) -> None:
        tx.articles.get(body.article)
        tx.faq_tuning.add_pair(pair, key)

    await services.store.transact(keep)


@router.delete("/pairs/{pair_id}", status_code=204, dependencies=[lead])
async def remove_pair(services: Desk, pair_id: str) -> None:
    """It serves and teaches no longer. It can be restored for a day."""
    now = services.clock.now()
    await services.store.transact(lambda tx: tx.faq_tuning.remove_pair(pair_id, now))


@router.post("/pairs/{pair_id}/restore", status_code=204, dependencies=[lead])
async def restore_pair(services: Desk, pair_id: str) -> None:
    """Bring back what was removed less than a day ago."""
    now = services.clock.now()
    await services.store.transact(lambda tx: tx.faq_tuning.restore_pair(pair_id, now))


@router.get("/models", dependencies=[inspect])
async def list_models(services: Desk) -> list[ModelOut]:
    """What was learned, the newest first; with none active the shipped words serve."""
    return [ModelOut.of(model) for model in await services.store.read(lambda tx: tx.faq_tuning.list_models())]


@router.post("/models", status_code=201, dependencies=[lead])
async def learn(services: Desk) -> ModelOut:
    """Refit from all confirmed pairs now, in seconds. 422 where there are fewer than 20, 409 while it runs already."""
    model = await refit(services)
    if model is None:
        raise Invalid("pairs", "There are too few confirmed pairs to learn from: it takes 20.")
    return ModelOut.of(model)


@router.post("/models/{model_id}/activate", status_code=204, dependencies=[lead])
async def activate_model(services: Desk, model_id: str) -> None:
    """Serve this one; "shipped" stands for the words as shipped."""
    chosen = "" if model_id == "shipped" else model_id
    await services.store.transact(lambda tx: tx.faq_tuning.activate(chosen))


@router.get("/curve", dependencies=[inspect])
async def get_curve(services: Desk) -> MeasuringOut:
    """The last curve, and how far the measuring of a new one is, which `POST` begins."""
    return await _measuring(services)


@router.post("/curve", status_code=202, dependencies=[lead], responses={
    202: {"headers": {"Location": {"description": "Where to follow it", "schema": {"type": "string"}}}},
})
async def measure_curve(
    services: Desk, background: BackgroundTasks, response: Response,
    outside: Annotated[float, Query(ge=0, le=0.95)] = round(USUAL_OUTSIDE, 2),
) -> MeasuringOut:
    """Ask held-back phrasings and known misses, in the background: it takes seconds, a minute for thousands of
    articles. `GET` follows it. `outside` is the share of customers' questions expected to have no article: the more,
    the higher the suggested cut. 409 while one is measured already."""
    await begin_measuring(services)
    background.add_task(finish_measuring_unattended, services, outside)
    response.headers["Location"] = CURVE
    return await _measuring(services)


async def _measuring(services: Services) -> MeasuringOut:
    now = services.clock.now()
    return MeasuringOut.of(await services.store.read(lambda tx: tx.faq_measuring.state(now)))


@router.get("/calibration")
async def get_calibration(services: Desk) -> CalibrationBody:
    return CalibrationBody.of(await services.store.read(lambda tx: tx.faq_tuning.calibration()))


@router.put("/calibration", dependencies=[lead])
async def set_calibration(services: Desk, body: CalibrationBody) -> CalibrationBody:
    """Live in every process within a second. 422 for cuts out of order."""
    if (body.answer is None) != (body.offer is None):
        raise Invalid("cuts", "Give both cuts or none.")
    cuts = Cuts(body.answer, body.offer) if body.answer is not None and body.offer is not None else None
    calibration, now = Calibration(body.slope, body.shift, cuts), services.clock.now()
    await services.store.transact(lambda tx: tx.faq_tuning.set_calibration(calibration, now))
    return body

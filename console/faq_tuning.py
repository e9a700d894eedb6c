"""How search decides, for the business to set: the cuts on a measured curve, the glossary, and what was learned."""

import json
from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Annotated
from urllib.parse import urlencode

from fastapi import APIRouter, Depends, Form, Request
from starlette.background import BackgroundTask
from starlette.responses import Response

from console import reading
from console.access import Desk, Staff, needs, signed_in
from console.faq_list import HERE
from console.figures import Chart, ChartKind, Column, Figure, Table, Unit
from console.pages import PageRoute, see_other, words_for
from console.reporting import respond
from console.words import Words
from crm_store.store import SqlTransaction
from desk.errors import Conflict, Invalid, NotFound
from desk.faq_tuning import Calibration, CalibrationCurve, ConfirmedPair, CurvePoint, Cuts, GlossaryTerm, Measuring
from desk.permissions import Permission
from knowledge_base.embedding import BundledEncoder
from knowledge_base.fusion import SHIPPED_CUTS
from knowledge_base.learning import FEWEST
from wiring.learning import begin_refit, finish_refit_unattended
from wiring.measuring import begin_measuring, finish_measuring_unattended
from wiring.services import Services

TUNING = f"{HERE}/tuning"
SHIPPED = "shipped"
_PAIRS_SHOWN = 20
_USUAL_PERCENT, _MOST_PERCENT = "33", 95
router = APIRouter(prefix=TUNING, route_class=PageRoute, include_in_schema=False, dependencies=[Depends(signed_in)])


@router.get("")
async def show_tuning(request: Request, services: Desk, before: str = "", term: str = "") -> Response:
    """Confirmed pairs are listed from the one `before` on; `term` is the one being changed."""
    return await _page(request, services, before=before, term=term)


@router.post("/measure", dependencies=[needs(Permission.LEAD)])
async def measure(request: Request, services: Desk, outside: Annotated[str, Form()] = _USUAL_PERCENT) -> Response:
    """It goes on after the answer; the page follows it. `outside`: how many questions in a hundred no article answers;
    what is no such number counts as the usual one."""
    percent = outside if outside.isdecimal() and int(outside) <= _MOST_PERCENT else _USUAL_PERCENT
    answer = see_other(request, f"{TUNING}#cuts")
    with suppress(Conflict):  # it runs already, and the page shows it
        await begin_measuring(services)
        answer.background = BackgroundTask(finish_measuring_unattended, services, int(percent) / 100)
    return answer


async def _page(
    request: Request, services: Services, *, status: int = 200, problem: str = "",
    wrong: Mapping[str, str] | None = None, before: str = "", term: str = "",
) -> Response:
    """`problem` is a text's key, shown in the section it begins with; `wrong` is what was written there."""
    now = services.clock.now()

    def read(tx: SqlTransaction) -> tuple[Calibration, Measuring, dict[str, object]]:
        pairs = tx.faq_tuning.list_pairs(_PAIRS_SHOWN + 1, int(before) if before.isdecimal() else None)
        changed = _term(tx, term)
        return tx.faq_tuning.calibration(), tx.faq_measuring.state(now), {
            "pairs": pairs[:_PAIRS_SHOWN], "more_pairs": len(pairs) > _PAIRS_SHOWN, "titles": _titles(tx, pairs),
            "pair_count": tx.faq_tuning.count_pairs(), "glossary": tx.faq_tuning.list_glossary(),
            "models": tx.faq_tuning.list_models(20),
            "refit_began": tx.faq_tuning.refit_began(now), "refit_broke_off": tx.faq_tuning.refit_broke_off(),
            "term": {"term": changed.id if changed else "", "names": "; ".join(changed.names) if changed else "",
                     "note": changed.note if changed else ""},
            **reading.frame(tx),
        }

    calibration, measuring, values = await services.store.read(read)
    cuts = calibration.cuts or SHIPPED_CUTS
    curve = measuring.curve
    points = curve.points_under(calibration) if curve else ()
    figures = [_curve(curve, points, words_for(request))] if curve and points else []
    answer = respond(request, "faq_tuning.html", figures, None, {
        "status": services.faq.status(), "here": HERE, "problem": problem, "wrong": wrong or {}, "fewest": FEWEST,
        "learns": isinstance(services.encoder, BundledEncoder), "before": before, "cuts": cuts, "shipped": SHIPPED_CUTS,
        "calibration": calibration, "measuring": measuring, "curve": curve,
        "outside": f"{100 * measuring.outside_share:.0f}", "is_taken": curve and calibration == curve.suggested,
        "points": _points(points) if points else "", "effect": _effect(points, cuts) if points else {},
        "given": dict(request.query_params), **values,
    }, name="faq-tuning")
    answer.status_code = status
    return answer


def _titles(tx: SqlTransaction, pairs: list[ConfirmedPair]) -> dict[str, str]:
    """What the articles of these pairs are called; those that are gone are missing."""
    found = (tx.articles.find(article) for article in {pair.article_id for pair in pairs})
    return {article.id: article.title for article in found if article is not None}


def _points(points: Sequence[CurvePoint]) -> str:
    """The curve for the page's script: cut, right, wrong, given though no article answers."""
    return json.dumps([[each.cut, each.right, each.wrong, each.false_answers] for each in points])


def _effect(points: Sequence[CurvePoint], cuts: Cuts) -> dict[str, str]:
    """What these cuts would bring, of 100 questions of each kind (faq_tuning.js does the same while they are moved)."""

    def at(cut: float) -> CurvePoint:
        return min(points, key=lambda point: abs(point.cut - cut))

    answer, offer = at(cuts.answer), at(cuts.offer)
    shares = {
        "right": answer.right, "wrong": answer.wrong,
        "offered": offer.right + offer.wrong - answer.right - answer.wrong, "unknown": 1 - offer.right - offer.wrong,
        "false": answer.false_answers, "asked": offer.false_answers - answer.false_answers,
        "silent": 1 - offer.false_answers,
    }
    return {name: f"{100 * share:.0f}" for name, share in shares.items()}


def _done(request: Request, done: str, section: str, **undo: object) -> Response:
    """To the page's section, which says what was done and offers to take it back with these values."""
    return see_other(request, f"{TUNING}?{urlencode({'done': done, **undo})}#{section}")


def _said(request: Request, said: str, section: str, **more: object) -> Response:
    return see_other(request, f"{TUNING}?{urlencode({'said': said, **more})}#{section}")


@router.post("/cuts", dependencies=[needs(Permission.LEAD)])
async def set_cuts(
    request: Request, services: Desk, staff: Staff, answer: Annotated[str, Form()] = "",
    offer: Annotated[str, Form()] = "", slope: Annotated[float, Form()] = 1.0, shift: Annotated[float, Form()] = 0.0,
) -> Response:
    """Both left empty: the shipped cuts serve."""
    written, now = {"answer": answer, "offer": offer}, services.clock.now()

    def write(tx: SqlTransaction) -> Calibration:
        before = tx.faq_tuning.calibration()
        tx.faq_tuning.set_calibration(Calibration(slope, shift, cuts), now)
        tx.audit.record(staff.agent, "faq.cuts", "faq-search", now, answer=answer, offer=offer)
        return before

    try:
        cuts = Cuts(float(answer), float(offer)) if answer or offer else None
        before = await services.store.transact(write)
    except (ValueError, Invalid):
        return await _page(request, services, status=422, problem="faq.tuning.cuts.wrong", wrong=written)
    was = {"was_answer": before.cuts.answer, "was_offer": before.cuts.offer} if before.cuts else {"was_answer": ""}
    return _done(request, "faq_cuts", "cuts", slope=before.slope, shift=before.shift, **was)


@router.post("/glossary", dependencies=[needs(Permission.LEAD)])
async def put_term(
    request: Request, services: Desk, staff: Staff, names: Annotated[str, Form()] = "",
    note: Annotated[str, Form()] = "", term: Annotated[str, Form()] = "",
) -> Response:
    """Names of one thing, separated by semicolons or line ends; with `term` in place of those it has."""
    found = tuple(dict.fromkeys(name.strip() for name in names.replace("；", ";").replace("\n", ";").split(";")
                                if name.strip()))
    now, wrong = services.clock.now(), {"names": names, "note": note, "term": term}
    if len(found) < 2:
        return await _page(request, services, status=422, problem="faq.tuning.names.two", wrong=wrong)

    def write(tx: SqlTransaction) -> GlossaryTerm | None:
        before = _term(tx, term)
        saved = tx.faq_tuning.put_term(GlossaryTerm(term, found, note.strip()), now)
        tx.audit.record(staff.agent, "faq.term_saved", f"faq-term:{saved.id}", now)
        return before

    try:
        before = await services.store.transact(write)
    except Invalid:
        return await _page(request, services, status=422, problem="faq.tuning.names.taken", wrong=wrong)
    if before is None:
        return _said(request, "faq_term", "glossary")
    names_before = "; ".join(before.names)
    return _done(request, "faq_term_changed", "glossary", was_term=term, was_names=names_before, was_note=before.note)


def _term(tx: SqlTransaction, term_id: str) -> GlossaryTerm | None:
    return next((each for each in tx.faq_tuning.list_glossary() if each.id == term_id), None)


@router.post("/glossary/remove", dependencies=[needs(Permission.LEAD)])
async def remove_term(request: Request, services: Desk, staff: Staff, term: Annotated[str, Form()]) -> Response:
    now = services.clock.now()

    def write(tx: SqlTransaction) -> GlossaryTerm:
        found = _term(tx, term)
        tx.faq_tuning.remove_term(term)
        if found is None:
            raise NotFound("no such term")
        tx.audit.record(staff.agent, "faq.term_removed", f"faq-term:{term}", now)
        return found

    gone = await services.store.transact(write)
    return _done(request, "faq_term_removed", "glossary", was_names="; ".join(gone.names), was_note=gone.note)


@router.post("/pairs/remove", dependencies=[needs(Permission.LEAD)])
async def remove_pair(
    request: Request, services: Desk, staff: Staff, pair: Annotated[str, Form()], before: Annotated[str, Form()] = ""
) -> Response:
    """It serves no longer from now on, nor teaches."""
    now = services.clock.now()

    def write(tx: SqlTransaction) -> None:
        tx.faq_tuning.remove_pair(pair, now)
        tx.audit.record(staff.agent, "faq.pair_removed", f"faq-pair:{pair}", now)

    await services.store.transact(write)
    return _done(request, "faq_pair_removed", "pairs", was_pair=pair, before=before)


@router.post("/pairs/restore", dependencies=[needs(Permission.LEAD)])
async def restore_pair(
    request: Request, services: Desk, staff: Staff, pair: Annotated[str, Form()], before: Annotated[str, Form()] = ""
) -> Response:
    """It serves and teaches again."""
    now = services.clock.now()

    def write(tx: SqlTransaction) -> None:
        tx.faq_tuning.restore_pair(pair, now)
        tx.audit.record(staff.agent, "faq.pair_restored", f"faq-pair:{pair}", now)

    await services.store.transact(write)
    return _said(request, "faq_pair_restored", "pairs", before=before)


@router.post("/learn", dependencies=[needs(Permission.LEAD)])
async def learn(request: Request, services: Desk) -> Response:
    """It goes on after the answer; the page follows it."""
    try:
        pairs = await begin_refit(services)
    except Conflict:
        return _said(request, "faq_learns", "learned")
    if pairs is None:
        return await _page(request, services, status=422, problem="faq.tuning.few_pairs")
    answer = _said(request, "faq_learns", "learned")
    answer.background = BackgroundTask(finish_refit_unattended, services, pairs)
    return answer


@router.post("/activate", dependencies=[needs(Permission.LEAD)])
async def activate(request: Request, services: Desk, staff: Staff, model: Annotated[str, Form()]) -> Response:
    """Serve another learned model, or the words as shipped."""
    now = services.clock.now()

    def write(tx: SqlTransaction) -> str:
        before, _ = tx.faq_tuning.active()
        tx.faq_tuning.activate("" if model == SHIPPED else model)
        tx.audit.record(staff.agent, "faq.model", f"faq-model:{model}", now)
        return before

    return _done(request, "faq_switched", "learned", was_model=await services.store.transact(write) or SHIPPED)


def _curve(curve: CalibrationCurve, points: Sequence[CurvePoint], t: Words) -> Figure:
    names = ("cut", "right", "wrong", "false", "precision")
    columns = (Column(t("faq.tuning.cut")), *(Column(t(f"faq.tuning.{name}"), Unit.SHARE) for name in names[1:]))
    rows = tuple(
        (f"{100 * point.cut:.0f} %", point.right, point.wrong, point.false_answers, point.precision)
        for point in points
    )
    about = t("faq.tuning.curve.about", asked=curve.asked, outside=curve.outside, auroc=round(100 * curve.auroc))
    return Figure("curve", t("faq.tuning.curve"), Table(columns, rows), Chart(ChartKind.LINE, (1, 2, 3)), about)

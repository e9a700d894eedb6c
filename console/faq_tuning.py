"""How search decides, for the business to set: the cuts on a measured curve, the glossary, and what was learned."""

from typing import Annotated

from fastapi import APIRouter, Depends, Form, Request
from starlette.responses import Response

from console import reading
from console.access import Desk, Staff, needs, signed_in
from console.faq_list import HERE
from console.figures import Chart, ChartKind, Column, Figure, Table, Unit
from console.pages import PageRoute, see_other, words_for
from console.reporting import respond
from console.words import Words
from crm_store.store import SqlTransaction
from desk.errors import Invalid
from desk.faq_tuning import Calibration, CalibrationCurve, Cuts, GlossaryTerm
from desk.permissions import Permission
from wiring.learning import refit
from wiring.services import Services

TUNING = f"{HERE}/tuning"
SHIPPED = "shipped"
_PAIRS_SHOWN = 20
_USUAL_PERCENT, _MOST_PERCENT = "33", 95
router = APIRouter(prefix=TUNING, route_class=PageRoute, include_in_schema=False, dependencies=[Depends(signed_in)])


@router.get("")
async def show_tuning(
    request: Request, services: Desk, measure: str = "", outside: str = _USUAL_PERCENT, before: str = ""
) -> Response:
    """With `measure=1` the curve is asked for, which takes seconds; `outside` is how many questions in a hundred no
    article answers. Confirmed pairs are listed from the one `before` on."""
    percent = outside if outside.isdecimal() and int(outside) <= _MOST_PERCENT else _USUAL_PERCENT
    curve = await services.faq.curve(int(percent) / 100) if measure == "1" else None
    return await _page(request, services, curve=curve, outside=percent, before=before)


async def _page(
    request: Request, services: Services, *, status: int = 200, curve: CalibrationCurve | None = None,
    problem: str = "", written: str = "", outside: str = _USUAL_PERCENT, before: str = "",
) -> Response:
    def read(tx: SqlTransaction) -> dict[str, object]:
        pairs = tx.faq_tuning.list_pairs(_PAIRS_SHOWN + 1, int(before) if before.isdecimal() else None)
        return {
            "pairs": pairs[:_PAIRS_SHOWN], "more_pairs": len(pairs) > _PAIRS_SHOWN,
            "glossary": tx.faq_tuning.list_glossary(), "models": tx.faq_tuning.list_models(20),
            "pair_count": tx.faq_tuning.count_pairs(), "calibration": tx.faq_tuning.calibration(),
            **reading.frame(tx),
        }

    values = await services.store.read(read)
    figures = [_curve(curve, words_for(request))] if curve is not None else []
    answer = respond(request, "faq_tuning.html", figures, None, {
        "curve": curve, "status": services.faq.status(), "here": HERE, "problem": problem, "written": written,
        "outside": outside, **values,
    }, name="faq-tuning")
    answer.status_code = status
    return answer


@router.post("/cuts", dependencies=[needs(Permission.LEAD)])
async def set_cuts(
    request: Request, services: Desk, staff: Staff, answer: Annotated[str, Form()] = "",
    offer: Annotated[str, Form()] = "", slope: Annotated[float, Form()] = 1.0, shift: Annotated[float, Form()] = 0.0,
) -> Response:
    """Both left empty: the shipped cuts serve."""
    try:
        cuts = Cuts(float(answer), float(offer)) if answer or offer else None
    except ValueError:
        return await _page(request, services, status=422, problem="faq.tuning.cuts.wrong")
    now = services.clock.now()

    def write(tx: SqlTransaction) -> None:
        tx.faq_tuning.set_calibration(Calibration(slope, shift, cuts), now)
        tx.audit.record(staff.agent, "faq.cuts", "faq-search", now, answer=answer, offer=offer)

    try:
        await services.store.transact(write)
    except Invalid:
        return await _page(request, services, status=422, problem="faq.tuning.cuts.wrong")
    return see_other(request, f"{TUNING}?said=faq_cuts")


@router.post("/glossary", dependencies=[needs(Permission.LEAD)])
async def put_term(
    request: Request, services: Desk, names: Annotated[str, Form()] = "", note: Annotated[str, Form()] = ""
) -> Response:
    """Names of one thing, separated by semicolons or line ends."""
    found = tuple(dict.fromkeys(name.strip() for name in names.replace("；", ";").replace("\n", ";").split(";")
                                if name.strip()))
    now = services.clock.now()
    if len(found) < 2:
        return await _page(request, services, status=422, problem="faq.tuning.names.two", written=names)
    try:
        await services.store.transact(lambda tx: tx.faq_tuning.put_term(GlossaryTerm("", found, note.strip()), now))
    except Invalid:
        return await _page(request, services, status=422, problem="faq.tuning.names.taken", written=names)
    return see_other(request, f"{TUNING}?said=faq_term")


@router.post("/glossary/remove", dependencies=[needs(Permission.LEAD)])
async def remove_term(request: Request, services: Desk, term: Annotated[str, Form()]) -> Response:
    await services.store.transact(lambda tx: tx.faq_tuning.remove_term(term))
    return see_other(request, f"{TUNING}?said=faq_term_removed")


@router.post("/pairs/remove", dependencies=[needs(Permission.LEAD)])
async def remove_pair(request: Request, services: Desk, staff: Staff, pair: Annotated[str, Form()]) -> Response:
    """It serves no longer from now on, nor teaches."""
    now = services.clock.now()

    def write(tx: SqlTransaction) -> None:
        tx.faq_tuning.remove_pair(pair)
        tx.audit.record(staff.agent, "faq.pair_removed", f"faq-pair:{pair}", now)

    await services.store.transact(write)
    return see_other(request, f"{TUNING}?said=faq_pair_removed")


@router.post("/learn", dependencies=[needs(Permission.LEAD)])
async def learn(request: Request, services: Desk) -> Response:
    if await refit(services) is None:
        return await _page(request, services, status=422, problem="faq.tuning.few_pairs")
    return see_other(request, f"{TUNING}?said=faq_learned")


@router.post("/activate", dependencies=[needs(Permission.LEAD)])
async def activate(request: Request, services: Desk, staff: Staff, model: Annotated[str, Form()]) -> Response:
    """Serve another learned model, or the words as shipped."""
    now = services.clock.now()

    def write(tx: SqlTransaction) -> None:
        tx.faq_tuning.activate("" if model == SHIPPED else model)
        tx.audit.record(staff.agent, "faq.model", f"faq-model:{model}", now)

    await services.store.transact(write)
    return see_other(request, f"{TUNING}?said=faq_switched")


def _curve(curve: CalibrationCurve, t: Words) -> Figure:
    names = ("cut", "right", "wrong", "false", "precision")
    columns = (Column(t("faq.tuning.cut")), *(Column(t(f"faq.tuning.{name}"), Unit.SHARE) for name in names[1:]))
    rows = tuple(
        (f"{point.cut:.2f}", point.right, point.wrong, point.false_answers, point.precision) for point in curve.points
    )
    about = t("faq.tuning.curve.about", asked=curve.asked, outside=curve.outside, auroc=f"{curve.auroc:.2f}")
    return Figure("curve", t("faq.tuning.curve"), Table(columns, rows), Chart(ChartKind.LINE, (1, 2, 3)), about)

"""Articles out of and into the FAQ as files: export, dry run, import with progress, cancelling."""

import asyncio
from urllib.parse import quote

from fastapi import APIRouter, Depends, Request
from starlette.datastructures import UploadFile
from starlette.responses import Response

from console import reading
from console.access import Desk, Staff, needs, signed_in
from console.faq_categories import names_of_categories
from console.faq_list import HERE
from console.pages import PageRoute, render, see_other, words_for
from crm_store.articles import ArticleFilter
from crm_store.store import SqlTransaction
from desk.faq import ArticleStatus, FaqArticle
from desk.faq_fields import FieldChange
from desk.permissions import Permission
from knowledge_base.exchange import Format, render_articles
from knowledge_base.import_faults import BadImport
from wiring.services import Services

LARGEST = 20_000_000  # bytes
MEDIA = {
    Format.CSV: "text/csv; charset=utf-8", Format.JSON: "application/json", Format.YAML: "application/yaml",
    Format.XLSX: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
router = APIRouter(prefix=f"{HERE}/exchange", route_class=PageRoute, include_in_schema=False,
                   dependencies=[Depends(signed_in)])


@router.get("")
async def show_exchange(request: Request, services: Desk) -> Response:
    return await _page(request, services)


@router.get("/export")
async def export(services: Desk, format: Format, category: str = "", status: str = "") -> Response:
    """Every article, or those of a category or a status, as a file that imports as it is."""
    name, content = await exported(services, format, category, status)
    return Response(content, media_type=MEDIA[format],
                    headers={"Content-Disposition": f"attachment; filename*=UTF-8''{quote(name)}"})


async def exported(services: Services, form: Format, category: str, status: str) -> tuple[str, bytes]:
    """A file's name and content."""
    which = ArticleFilter(category=category, status=status if status in tuple(ArticleStatus) else "")

    def read(tx: SqlTransaction) -> list[FaqArticle]:
        if not (which.category or which.status):
            return tx.articles.list_all()
        return tx.articles.list_page(limit=1_000_000, which=which)

    articles = await services.store.read(read)
    content = await asyncio.to_thread(render_articles, articles, form)
    return f"faq-{services.clock.now():%Y-%m-%d}.{form}", content


@router.post("", dependencies=[needs(Permission.LEAD)])
async def upload(request: Request, services: Desk, staff: Staff) -> Response:
    form = await request.form()
    file = form.get("file")
    if not isinstance(file, UploadFile) or not file.filename:
        return await _page(request, services, status=422, problem="faq.import.choose")
    content = await file.read(LARGEST + 1)
    if len(content) > LARGEST:
        return await _page(request, services, status=422, problem="faq.import.large")
    try:
        started = await services.faq_imports.start(file.filename, content, staff.agent.id)
    except BadImport:
        return await _page(request, services, status=422, problem="faq.import.ending")
    return see_other(request, f"{HERE}/exchange/imports/{started}")


@router.get("/imports/{import_id}")
async def show_import(request: Request, services: Desk, import_id: str) -> Response:
    found = await services.faq_imports.get(import_id)
    frame = await services.store.read(reading.frame)
    planned = found.plan.changes if found.plan else ()
    changes = [(each, [FieldChange(*one) for one in each.fields]) for each in planned]
    return render(request, "faq_import.html", {"job": found, "changes": changes, "here": HERE, **frame})


@router.post("/imports/{import_id}/apply", dependencies=[needs(Permission.LEAD)])
async def apply(request: Request, services: Desk, import_id: str) -> Response:
    await services.faq_imports.apply(import_id)
    return see_other(request, f"{HERE}/exchange/imports/{import_id}")


@router.post("/imports/{import_id}/cancel", dependencies=[needs(Permission.LEAD)])
async def cancel(request: Request, services: Desk, import_id: str) -> Response:
    await services.faq_imports.cancel(import_id)
    return see_other(request, f"{HERE}/exchange/imports/{import_id}")


async def _page(request: Request, services: Services, *, status: int = 200, problem: str = "") -> Response:
    imports = await services.faq_imports.list_newest()

    def read(tx: SqlTransaction) -> dict[str, object]:
        return {"total": tx.articles.count(), "categories": sorted(filter(None, tx.articles.count_by("category"))),
                "category_of": names_of_categories(tx, words_for(request)),
                "names": reading.agent_names(tx), **reading.frame(tx)}

    values = await services.store.read(read)
    return render(request, "faq_exchange.html", {
        "imports": imports, "problem": problem, "formats": tuple(Format), "statuses": tuple(ArticleStatus),
        "here": HERE, **values,
    }, status=status)

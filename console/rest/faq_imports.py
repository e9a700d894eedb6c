"""FAQ files in and out: a dry run first, then the import, followed and cancelled by its id."""

from typing import Annotated, Self

from fastapi import APIRouter, Depends, Query, Request
from pydantic import BaseModel
from starlette.responses import Response

from console.access import Caller, Desk, supervisor
from console.faq_exchange import LARGEST, MEDIA, exported
from console.rest.problems import ApiRoute
from console.rest.shapes import Moment, Page
from desk.errors import Invalid
from desk.faq_imports import FaqImport, Fault, ImportState
from knowledge_base.exchange import Format
from knowledge_base.import_faults import BadImport

router = APIRouter(route_class=ApiRoute, prefix="/faq", tags=["faq"])


class FaultOut(BaseModel):
    """`row` as a spreadsheet counts it, 0 for the file as a whole; `code` names the kind of fault."""

    row: int
    column: str
    code: str
    message: str

    @classmethod
    def of(cls, fault: Fault) -> Self:
        return cls(row=fault.row, column=fault.column, code=fault.code or fault.message, message=fault.message)


class FieldOut(BaseModel):
    name: str
    before: str
    after: str


class ChangedOut(BaseModel):
    article: str
    title: str
    kind: str
    fields: list[FieldOut]


class ImportOut(BaseModel):
    """`changes` are the first of what it changes (or would change); `revision` undoes it once it is done. `drafts` new
    ones have no answer and come in as drafts; nothing is read from the columns `ignored`; `warnings` name
    what is left out of rows."""

    id: str
    name: str
    state: ImportState
    done: int
    total: int
    added: int
    changed: int
    same: int
    drafts: int
    ignored: list[str]
    warnings: list[FaultOut]
    faults: list[FaultOut]
    changes: list[ChangedOut]
    revision: int | None
    made_at: Moment

    @classmethod
    def of(cls, job: FaqImport) -> Self:
        plan = job.plan
        return cls(
            id=job.id, name=job.name, state=job.state, done=job.done, total=job.total, revision=job.revision,
            added=plan.added if plan else 0, changed=plan.changed if plan else 0, same=plan.same if plan else 0,
            drafts=plan.drafts if plan else 0, ignored=list(plan.ignored) if plan else [],
            warnings=[FaultOut.of(one) for one in (plan.warnings if plan else ())],
            faults=[FaultOut.of(one) for one in job.faults],
            changes=[
                ChangedOut(article=one.article_id, title=one.title, kind=one.kind, fields=[
                    FieldOut(name=name, before=before, after=after) for name, before, after in one.fields
                ])
                for one in (plan.changes if plan else ())
            ],
            made_at=job.made_at,
        )


@router.get("/imports")
async def list_imports(services: Desk) -> Page[ImportOut]:
    """The newest twenty."""
    return Page(items=[ImportOut.of(job) for job in await services.faq_imports.list_newest()])


@router.post("/imports", status_code=202, dependencies=[Depends(supervisor)])
async def check_file(
    request: Request, services: Desk, caller: Caller, name: Annotated[str, Query(min_length=1, max_length=200)]
) -> ImportOut:
    """The file is the body, its `name` says the format (.csv .xlsx .json .yaml). It is checked in the background;
    nothing changes before `apply`. Needs a supervisor."""
    content = await request.body()
    if len(content) > LARGEST:
        raise Invalid("file", f"the file is larger than {LARGEST // 1_000_000} MB: split it")
    try:
        started = await services.faq_imports.start(name, content, caller.id)
    except BadImport as error:
        raise Invalid("name", error.errors[0].message) from None
    return ImportOut.of(await services.faq_imports.get(started))


@router.get("/imports/{import_id}")
async def get_import(services: Desk, import_id: str) -> ImportOut:
    return ImportOut.of(await services.faq_imports.get(import_id))


@router.post("/imports/{import_id}/apply", status_code=202, dependencies=[Depends(supervisor)])
async def apply_import(services: Desk, import_id: str) -> ImportOut:
    """Carry out what was checked: all of it or nothing. 409 unless its state is `ready`. Needs a supervisor."""
    await services.faq_imports.get(import_id)
    await services.faq_imports.apply(import_id)
    return ImportOut.of(await services.faq_imports.get(import_id))


@router.post("/imports/{import_id}/cancel", status_code=202, dependencies=[Depends(supervisor)])
async def cancel_import(services: Desk, import_id: str) -> ImportOut:
    """Nothing will have changed, unless it is done already. Needs a supervisor."""
    await services.faq_imports.get(import_id)
    await services.faq_imports.cancel(import_id)
    return ImportOut.of(await services.faq_imports.get(import_id))


@router.get("/export", response_class=Response, responses={
    200: {"description": "The file", "content": {media_type: {} for media_type in MEDIA.values()}},
})
async def export(
    services: Desk, format: Format = Format.JSON, category: str = "", status: str = ""
) -> Response:
    """Every article, or those of a category or status, as a file that imports as it is."""
    _, content = await exported(services, format, category, status)
    return Response(content, media_type=MEDIA[format])

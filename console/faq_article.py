"""One FAQ article: its form with tabs per language, live preview, conflicts and near-duplicates, history."""

from collections.abc import Mapping, Sequence
from typing import Annotated, Any
from urllib.parse import quote
from uuid import uuid4

from fastapi import APIRouter, Depends, Form, Request
from starlette.datastructures import FormData, UploadFile
from starlette.responses import Response

from console import faq_gap_desk, reading
from console.access import Desk, Staff, needs, signed_in
from console.faq_copies import find_copy, keep_copy
from console.faq_desk import coverage, find_nearby, remove, restore, save
from console.faq_list import HERE
from console.pages import PageRoute, render, see_other
from crm_store.store import SqlTransaction
from desk.agents import Agent
from desk.attachments import accept_picture
from desk.channels import CAPABILITIES
from desk.errors import Conflict, Invalid, NotFound
from desk.faq import ArticleStatus, Extras, FaqArticle, Wish
from desk.faq_answers import WISH_TITLES, answer_message, problems
from desk.faq_feedback import with_feedback
from desk.faq_fields import (
    LANGUAGES,
    PER_LANGUAGE,
    PLAIN,
    Merge,
    differences,
    from_fields,
    language_key,
    merge,
    to_fields,
    with_languages,
)
from desk.messages import ChannelName, Language
from desk.permissions import Permission
from desk.ports import FetchedFile
from desk.rendering import render as bubbles_of
from desk.wording import text_in
from knowledge_base.script import detect_language
from wiring.services import Services

_NAMES = [*PLAIN, *(f"{name}.{language_key(language)}" for language in LANGUAGES for name in PER_LANGUAGE)]
router = APIRouter(prefix=HERE, route_class=PageRoute, include_in_schema=False, dependencies=[Depends(signed_in)])
Fields = Mapping[str, str]


@router.get("/article")
async def show_article(request: Request, services: Desk, staff: Staff, id: str = "") -> Response:
    """The form of an article, or an empty one for a new article. Who was asked to read it again is asked no longer."""
    if not id:
        fresh = {"status": ArticleStatus.DRAFT.value, "category": request.query_params.get("category", "")}
        return await _form(request, services, None, fresh)
    article = await services.store.read(lambda tx: tx.articles.get(id))
    now = services.clock.now()
    await services.store.transact(lambda tx: tx.faq_reviews.see(staff.agent.id, now, id))
    fields, copy = to_fields(with_languages(article, detect_language)), await find_copy(services, id)
    if copy is not None and request.query_params.get("copy") == "1":
        return await _form(request, services, article, copy.fields, copy=copy, is_copy=True,
                           changes=differences(fields, copy.fields), version=copy.base)
    return await _form(request, services, article, fields, copy=copy,
                       askers=await faq_gap_desk.count_askers(services, article))


@router.post("/article", dependencies=[needs(Permission.LEAD)])
async def save_article(request: Request, services: Desk, staff: Staff) -> Response:
    """Store what was written; whatever stands in the way is shown beside it, and nothing written is lost.

    `working` keeps it beside the article; `number` is the working copy that was read, which ends with being published.
    """
    form = await request.form()
    number = str(form.get("number", ""))
    beside: dict[str, Any] = {"is_copy": number.isdigit(), "copy": await find_copy(services, str(form.get("id", "")))}
    article_id, version = str(form.get("id", "")), str(form.get("version", ""))
    fields, refused = await _fields(services, form)
    current = await services.store.read(lambda tx: tx.articles.find(article_id)) if article_id else None
    if article_id and current is None:  # removed meanwhile: what was written can still become a new one
        return await _form(request, services, None, fields, status=409, removed=True, refused=refused)
    if refused:
        return await _form(request, services, current, fields, status=422, refused=refused, **beside, version=version)
    read_version = int(version) if version.isdigit() else 0
    working = form.get("working") == "1" and current is not None
    if current is not None and current.version != read_version and not working:
        return await _conflict(request, services, current, read_version, fields, beside)
    again = {**beside, "version": version}
    try:
        written = from_fields(article_id or uuid4().hex, fields)
    except Invalid as error:
        return await _form(request, services, current, fields, status=422, invalid=error, **again)
    if found := problems(written):
        return await _form(request, services, current, fields, status=422, problems=found, **again)
    if working and current is not None:
        expected = int(number) if number.isdigit() else 0
        return await _keep_beside(request, services, current, written, fields, read_version, expected, staff.agent)
    if form.get("anyway") != "1":
        before = with_languages(current, detect_language) if current else None
        if nearby := await find_nearby(services, written, before):
            return await _form(request, services, current, fields, status=409, nearby=nearby, **again)
    try:
        kept = await save(services, written, read_version, staff.agent, note="working copy" if number else "")
    except Conflict:
        newer = await services.store.read(lambda tx: tx.articles.get(article_id))
        return await _conflict(request, services, newer, read_version, fields, beside)
    if number:
        await services.store.transact(lambda tx: tx.faq_copies.remove(article_id))
    shown = quote(str(form.get("shown", "")), safe="")
    return see_other(request, f"{HERE}/article?id={quote(kept.id, safe='')}&language={shown}&said=faq_saved")


async def _keep_beside(
    request: Request, services: Services, article: FaqArticle, written: FaqArticle, fields: Fields, base: int,
    expected: int, agent: Agent,
) -> Response:
    """Save the working copy; if somebody else saved it meanwhile, show both."""
    try:
        await keep_copy(services, written, fields, base, expected, agent)
    except Conflict:
        theirs = await find_copy(services, article.id)
        merged = merge({}, theirs.fields if theirs else {}, fields)
        return await _form(request, services, article, merged.fields, status=409, merged=merged, copy=theirs,
                           is_copy=theirs is not None, who=theirs.agent if theirs else "", version=base)
    return see_other(request, f"{HERE}/article?id={quote(article.id, safe='')}&copy=1&said=faq_copy_saved")


async def _conflict(
    request: Request, services: Services, current: FaqArticle, read_version: int, ours: Fields,
    beside: Mapping[str, Any],
) -> Response:
    """Somebody else saved meanwhile: what only one side changed is merged, the rest is shown side by side."""
    theirs = to_fields(with_languages(current, detect_language))

    def read(tx: SqlTransaction) -> tuple[FaqArticle, str]:
        newest = tx.articles.history.get(current.id, current.version)
        return tx.articles.history.get(current.id, read_version).article, newest.change.agent

    try:
        base, who = await services.store.read(read)
        merged = merge(to_fields(with_languages(base, detect_language)), theirs, ours)
    except NotFound:
        merged, who = merge({}, theirs, ours), ""
    return await _form(request, services, current, merged.fields, status=409, merged=merged, who=who, **beside)


async def _form(
    request: Request, services: Services, article: FaqArticle | None, fields: Fields, *, status: int = 200,
    merged: Merge | None = None, **values: object,
) -> Response:
    def read(tx: SqlTransaction) -> dict[str, object]:
        return {
            "categories": sorted(filter(None, tx.articles.count_by("category"))), "tags": tx.articles.tags(),
            "staff": [agent.email for agent in tx.agents.list_all() if agent.active], **reading.frame(tx),
        }

    found = await services.store.read(read)
    first = next((each for each in Language if fields.get(f"answer.{each}") or fields.get(f"phrasings.{each}")), None)
    written = await request.form() if request.method == "POST" else {}
    wanted = str(written.get("shown", "") or request.query_params.get("language", ""))
    shown = Language(wanted) if wanted in tuple(Language) else first or Language.ZH_HANS
    extra = {
        "problems": (), "invalid": None, "nearby": (), "who": "", "copy": None, "is_copy": False, "changes": (),
        "removed": False, "refused": (), "askers": 0,
        "version": article.version if article else "", **values,
    }
    return render(request, "faq_article.html", {
        "article": article, "fields": fields, "merged": merged, "statuses": tuple(ArticleStatus), "wishes": tuple(Wish),
        "titles": WISH_TITLES, "text_in": text_in, "coverage": coverage(article) if article else {},
        "shown": shown.value, "channels": tuple(ChannelName), "previews": _previews(fields, shown), "here": HERE,
        **extra, **found,
    }, status=status)


@router.post("/preview")
async def show_preview(request: Request, services: Desk) -> Response:  # noqa: ARG001 - one signature for all routes
    """What each channel would show of the answer as it is written just now."""
    form = await request.form()
    fields = {name: "\n".join(str(value) for value in form.getlist(name) if isinstance(value, str)) for name in _NAMES}
    shown = str(form.get("shown", ""))
    language = Language(shown) if shown in tuple(Language) else Language.ZH_HANS
    values = {"previews": _previews(fields, language), "channels": tuple(ChannelName)}
    return render(request, "_faq_preview.html", values)


@router.post("/picture", dependencies=[needs(Permission.LEAD)])
async def add_pictures(request: Request, services: Desk) -> Response:
    """Pictures just chosen, stored so that the preview can show them; they become the article's when it is saved."""
    form = await request.form()
    fields: dict[str, str] = {}
    refused = await _store_pictures(services, form, fields)
    chosen = [(language, fields.get(f"pictures.{language}", "").split("\n")[1:]) for language in Language]
    return render(request, "_faq_pictures.html", {"chosen": chosen, "refused": refused})


def _previews(fields: Fields, language: Language) -> dict[ChannelName, object] | Invalid:
    """The bubbles of each channel; or what cannot be read yet."""
    text = fields.get(f"answer.{language}", "").strip()
    try:
        extras = from_fields("preview", fields).extras.get(language, Extras())
    except Invalid as error:
        return error
    if not text and not extras:
        return {}
    message = answer_message(text, extras, language)
    return {
        channel: bubbles_of([with_feedback(message, 0, language, can)], can) for channel, can in CAPABILITIES.items()
    }


@router.post("/remove", dependencies=[needs(Permission.LEAD)])
async def remove_article(request: Request, services: Desk, staff: Staff, id: Annotated[str, Form()]) -> Response:
    revision = await remove(services, id, staff.agent)
    return see_other(request, f"{HERE}?did={revision}")


@router.get("/history")
async def show_history(request: Request, services: Desk, id: str) -> Response:
    def read(tx: SqlTransaction) -> dict[str, object]:
        versions = tx.articles.history.list_of(id)
        if not versions:
            raise NotFound("no such article")
        return {"versions": versions, "current": tx.articles.find(id), **reading.frame(tx)}

    found = await services.store.read(read)
    versions: Sequence[object] = found["versions"]  # type: ignore[assignment]
    texts = [to_fields(each.article) for each in versions]  # type: ignore[attr-defined]
    changes = [differences(texts[n + 1] if n + 1 < len(texts) else {}, text) for n, text in enumerate(texts)]
    return render(request, "faq_history.html", {"changes": changes, "id": id, "here": HERE, **found})


@router.post("/restore", dependencies=[needs(Permission.LEAD)])
async def restore_version(
    request: Request, services: Desk, staff: Staff, id: Annotated[str, Form()], version: Annotated[int, Form()]
) -> Response:
    await restore(services, id, version, staff.agent)
    return see_other(request, f"{HERE}/article?id={quote(id, safe='')}&said=faq_restored")


async def _fields(services: Services, form: FormData) -> tuple[dict[str, str], list[tuple[str, Invalid]]]:
    """The form's texts, and files that are no pictures for every channel. Pictures that came along are stored, so that
    they are there when the form is shown again."""
    fields = {name: "\n".join(str(value) for value in form.getlist(name) if isinstance(value, str)) for name in _NAMES}
    refused = await _store_pictures(services, form, fields)
    kept = {name: text.replace("\r\n", "\n").strip() for name, text in fields.items() if text.strip()}
    return kept, refused


async def _store_pictures(services: Services, form: FormData, fields: dict[str, str]) -> list[tuple[str, Invalid]]:
    """Keep the files of the form and add them to the pictures of their language; which are none."""
    refused: list[tuple[str, Invalid]] = []
    for language in Language:
        for upload in form.getlist(f"upload.{language}"):
            if not isinstance(upload, UploadFile) or not upload.filename:
                continue
            content = await upload.read()
            try:
                picture = accept_picture(upload.filename, content)
            except Invalid as error:
                refused.append((upload.filename[:80], error))
                continue
            file = FetchedFile(content, picture.media_type, picture.name)
            stored = await services.uploads.keep(file, services.clock.now(), on_trial=True)
            line = f"\n{stored.id} | {picture.name.replace('|', ' ')[:80]}"
            fields[f"pictures.{language}"] = fields.get(f"pictures.{language}", "") + line
    return refused

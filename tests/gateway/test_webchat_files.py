"""Files of the web chat's visitors: taken whole and once, looked into, bounded, and seen by nobody else."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from desk.attachments import MOST_FILES
from desk.conversations import Author
from desk.messages import AttachmentKind
from gateway.webchat_files import MOST_BYTES, UPLOADS
from tests.fakes.running_gateway import VISITOR, Gateway, running_gateway

OTHER = VISITOR[::-1]
PNG = b"\x89PNG\r\n\x1a\n" + bytes(60)
PDF = b"%PDF-1.7\n" + b"x" * 60
HEIC, HEIF, MOV, MP4 = (b"\0\0\0\x18ftyp" + brand + bytes(60) for brand in (b"heic", b"mif1", b"qt  ", b"isom"))


@pytest.fixture
async def gateway(tmp_path) -> AsyncIterator[Gateway]:
    async with running_gateway(tmp_path) as running:
        yield running


class Page:
    """The visitor's page, as far as it sends files."""

    def __init__(self, gateway: Gateway, visitor: str = VISITOR, **headers: str) -> None:
        self._http = httpx.AsyncClient(
            base_url=gateway.url, trust_env=False, timeout=30,
            headers={"Cookie": f"frontdesk_visitor={visitor}", "Origin": gateway.url} | headers,
        )

    async def sends(
        self, *files: tuple[str, bytes], id: str = "a", text: str = "", kind: str = "image/png"
    ) -> httpx.Response:
        parts: list[Any] = [("files", (name, content, kind)) for name, content in files]
        return await self._http.post("/chat/files", data={"id": id, "text": text}, files=parts)

    async def sends_raw(self, **request: Any) -> httpx.Response:
        return await self._http.post("/chat/files", **request)

    async def opens(self, file_id: str) -> httpx.Response:
        return await self._http.get(f"/files/{file_id}")


async def kept(gateway: Gateway) -> list[str]:
    """What lies in the folder of files."""
    folder = gateway.services.settings.home / "uploads"
    return [each.name for each in folder.iterdir()] if folder.exists() else []


async def answered(gateway: Gateway) -> None:
    async with asyncio.timeout(10):
        while not any(m.author is Author.BOT for m in await gateway.history()):  # noqa: ASYNC110
            await asyncio.sleep(0.02)


async def test_pictures_and_files_arrive_as_one_message_with_the_text_and_are_answered(gateway):
    answer = await Page(gateway).sends(("leak.png", PNG), ("bill.pdf", PDF), text="房间漏水")
    assert answer.status_code == 201
    await answered(gateway)
    (message,) = [m for m in await gateway.history() if m.author is Author.CUSTOMER]
    assert message.text == "房间漏水"
    assert [(a.name, a.kind, a.media_type, a.size) for a in message.attachments] == [
        ("leak.png", AttachmentKind.IMAGE, "image/png", len(PNG)),
        ("bill.pdf", AttachmentKind.FILE, "application/pdf", len(PDF)),
    ]
    opened = await Page(gateway).opens(message.attachments[0].file_id)
    assert opened.content == PNG
    assert opened.headers["content-type"] == "image/png"


async def test_what_a_phone_makes_is_taken_as_a_file_that_is_downloaded_and_never_shown(gateway):
    page, made = Page(gateway), (("IMG_0412.HEIC", HEIC), ("IMG_0413.heif", HEIF), ("IMG_0414.MOV", MOV))
    assert (await page.sends(*made)).status_code == 201
    await answered(gateway)
    (message,) = [m for m in await gateway.history() if m.author is Author.CUSTOMER]
    assert [(a.name, a.kind, a.media_type) for a in message.attachments] == [
        ("IMG_0412.HEIC", AttachmentKind.FILE, "image/heic"), ("IMG_0413.heif", AttachmentKind.FILE, "image/heif"),
        ("IMG_0414.MOV", AttachmentKind.FILE, "video/quicktime"),
    ]
    for attachment, (_, content) in zip(message.attachments, made, strict=True):
        opened = await page.opens(attachment.file_id)
        assert opened.content == content
        assert opened.headers["content-type"] == "application/octet-stream"
        assert opened.headers["content-disposition"].startswith("attachment;")


async def test_an_upload_sent_again_after_its_answer_was_lost_is_stored_once(gateway):
    page = Page(gateway)
    for _ in range(2):
        assert (await page.sends(("leak.png", PNG), text="look")).status_code == 201
    await answered(gateway)
    assert await gateway.said() == ["look"]
    assert len(await kept(gateway)) == 1


WRONG = [
    ("run.exe", b"MZ" + bytes(50), "image/png", "file.type", 415),
    ("page.html", b"<script>alert(1)</script>", "image/png", "file.type", 415),
    ("drawing.svg", b"<svg xmlns='http://www.w3.org/2000/svg'/>", "image/svg+xml", "file.type", 415),
    ("photo.png", b"<html><script>1</script></html>", "image/png", "file.content", 415),
    ("photo.jpg", b"MZ" + bytes(50), "image/jpeg", "file.content", 415),
    ("notes.txt", PNG, "text/plain", "file.content", 415),
    ("photo.heic", PNG, "image/heic", "file.content", 415),
    ("photo.heic", MP4, "image/heic", "file.content", 415),
    ("film.mov", b"<html><script>1</script></html>", "video/quicktime", "file.content", 415),
    ("film.mp4", HEIC, "video/mp4", "file.content", 415),
    ("empty.png", b"", "image/png", "file.empty", 422),
    ("x" * 130 + ".png", PNG, "image/png", "file.name", 422),
]


async def test_what_a_file_is_counts_and_not_what_it_is_called(gateway):
    page = Page(gateway)
    for name, content, kind, code, status in WRONG:
        answer = await page.sends(("good.png", PNG), (name, content), kind=kind)
        assert (answer.status_code, answer.json()["code"]) == (status, code)
        assert answer.json()["file"] == name[:120], "the page says which file it was"
    assert await gateway.said() == []
    assert await kept(gateway) == [], "the good one beside it is not kept either: the message was not taken"
    assert (await page.sends(("../../etc/secret.png", PNG))).status_code == 201
    await answered(gateway)
    (message,) = [m for m in await gateway.history() if m.author is Author.CUSTOMER]
    assert message.attachments[0].name == "secret.png", "a name that points elsewhere is only a name"


async def test_too_large_too_many_and_nothing_are_refused_with_the_reason(gateway):
    page = Page(gateway)
    half = PNG + bytes(MOST_BYTES // 2)
    large = await page.sends(("one.png", half), ("two.png", half))
    assert (large.status_code, large.json()["code"]) == (413, "file.size")
    larger = await page.sends(("vast.png", PNG + bytes(MOST_BYTES + 200_000)))
    assert (larger.status_code, larger.json()["code"]) == (413, "file.size")
    many = await page.sends(*[(f"{n}.png", PNG) for n in range(MOST_FILES + 1)])
    assert (many.status_code, many.json()["code"]) == (422, "file.count")
    assert (await page.sends(text="no file")).json()["code"] == "not_understood"
    assert await kept(gateway) == []


MALFORMED: list[dict[str, Any]] = [
    {"content": b"not a form", "headers": {"Content-Type": "multipart/form-data; boundary=x"}},
    {"content": b"{}", "headers": {"Content-Type": "application/json"}},
    {"content": b"", "headers": {"Content-Type": "multipart/form-data"}},
    {"data": {"id": "../x"}, "files": [("files", ("a.png", PNG, "image/png"))]},
    {"data": {"id": "a", "text": "长" * 8001}, "files": [("files", ("a.png", PNG, "image/png"))]},
    {"data": {f"f{n}": "x" for n in range(50)}, "files": [("files", ("a.png", PNG, "image/png"))]},
]


async def test_a_malformed_upload_is_refused_and_leaves_nothing_behind(gateway):
    page = Page(gateway)
    for request in MALFORMED:
        answer = await page.sends_raw(**request)
        assert (answer.status_code, answer.json()["code"]) == (422, "not_understood")
    for headers in ({"Origin": "https://elsewhere.example"}, {"Cookie": ""}, {"Cookie": "frontdesk_visitor=../../x"}):
        answer = await Page(gateway, **headers).sends(("leak.png", PNG))
        assert answer.status_code == 403, "only our own page sends for a visitor"
    assert await kept(gateway) == []
    assert (await page.sends(("leak.png", PNG))).status_code == 201


async def test_of_a_hundred_uploads_a_few_are_taken_and_the_others_are_told_when_to_come_back(gateway):
    page = Page(gateway)
    statuses = [(await page.sends((f"{n}.png", PNG), id=f"m{n}")) for n in range(100)]
    refused = [answer for answer in statuses if answer.status_code != 201]
    assert len(statuses) - len(refused) == UPLOADS
    assert {(answer.status_code, answer.json()["code"]) for answer in refused} == {(429, "too_fast")}
    assert all(0 < answer.json()["wait"] <= 600 for answer in refused)
    assert len(await kept(gateway)) == UPLOADS
    assert (await Page(gateway, OTHER).sends(("b.png", PNG))).status_code == 201, "another visitor is not held up"


async def test_one_visitor_sends_one_upload_at_a_time_and_the_others_are_asked_to_come_again(gateway):
    page = Page(gateway)
    several = await asyncio.gather(*(page.sends((f"{n}.png", PNG + bytes(2**21)), id=f"m{n}") for n in range(6)))
    assert {(answer.status_code, answer.json()["code"]) for answer in several} <= {(201, "stored"), (503, "try_again")}
    assert len(await kept(gateway)) == sum(answer.status_code == 201 for answer in several) > 0

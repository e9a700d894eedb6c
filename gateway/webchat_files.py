"""POST /chat/files: pictures and files of the web chat's visitors.

One upload is one message: its files, and a text that may be empty. The page makes the message's id; the same upload
again, after an answer was lost, is stored once.
"""

import asyncio
import shutil
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from math import ceil
from typing import Any

import structlog
from starlette.datastructures import FormData, UploadFile
from starlette.exceptions import HTTPException
from starlette.formparsers import MultiPartException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response
from starlette.types import Message, Receive

from crm_store.database import DatabaseDown
from desk.attachments import LARGEST, MOST_FILES, accept
from desk.errors import DeskError, Invalid
from desk.messages import Attachment, ChannelName
from desk.ports import FetchedFile
from gateway.health import MIN_FREE_SHARE
from gateway.intake import Intake
from gateway.webchat_visitors import Pace, comes_from_our_page, visitor_of
from wiring.services import Services

MOST_BYTES = LARGEST
"""Of one message: all of its files together."""
_AROUND_FILES = 64 * 1024
"""Bytes of an upload that are no file's: the text, the fields' names, the boundaries."""
UPLOADS, IN_SECONDS = 20, 600
"""How many uploads of one visitor are taken in how long."""
AT_ONCE = 8
"""Uploads that one process reads at the same time, one of each visitor: each may hold MOST_BYTES in memory."""
STALLED_SECONDS = 20
_STATUS = {"too_fast": 429, "try_again": 503, "file.size": 413, "file.type": 415, "file.content": 415}
log = structlog.get_logger()


class _Refused(Exception):
    """Why an upload is not taken: a code for the page, the file it is about, seconds until another try is welcome."""

    def __init__(self, code: str, file: str = "", wait: float = 0) -> None:
        super().__init__(code)
        self.code = code
        self.file = file
        self.wait = wait


@dataclass(frozen=True, slots=True)
class _Sent:
    """An upload as it came: the form's fields (`id`, `text`) and its files."""

    fields: Mapping[str, Any]
    files: tuple[FetchedFile, ...]


class FileIntake:
    """Takes uploads, within bounds that no visitor can move."""

    def __init__(self, services: Services, intake: Intake) -> None:
        self._services = services
        self._intake = intake
        self._pace = Pace(UPLOADS, IN_SECONDS)
        self._under_way: set[str] = set()

    async def receive(self, request: Request) -> Response:
        """201 once the message is stored. Everything else is {"code", "file", "wait"}, as the page's words name it."""
        visitor = visitor_of(request)
        if not visitor or not comes_from_our_page(request, self._services.settings.base_url):
            return JSONResponse({"code": "not_understood"}, 403)
        try:
            await self._take(visitor, request)
        except ClientDisconnect:
            return Response(status_code=400)  # cancelled: nobody is there to read it
        except _Refused as refused:
            body = {"code": refused.code, "file": refused.file, "wait": ceil(refused.wait)}
            return JSONResponse(body, _STATUS.get(refused.code, 422))
        return JSONResponse({"code": "stored"}, 201)

    async def _take(self, visitor: str, request: Request) -> None:
        if refused := self._refusal(visitor):
            await _Body(request.receive).read_away()
            raise refused
        self._under_way.add(visitor)
        try:
            await self._store(visitor, await _read(request))
        except DatabaseDown:
            raise _Refused("try_again", wait=5) from None
        finally:
            self._under_way.discard(visitor)

    async def _store(self, visitor: str, sent: _Sent) -> None:
        services, now = self._services, self._services.clock.now()
        try:
            message = services.channels.webchat.parse_files(visitor, sent.fields, (), now)
            if await services.store.read(lambda tx: tx.inbound.has(message)):
                return
            kept = await self._keep(sent.files)
            message = services.channels.webchat.parse_files(visitor, sent.fields, kept, now)
        except _Refused:
            raise
        except DeskError:
            raise _Refused("not_understood") from None
        try:
            await self._intake.accept([message])
        except DatabaseDown:
            for each in kept:
                await services.uploads.remove(each.file_id)
            raise

    async def _keep(self, files: tuple[FetchedFile, ...]) -> tuple[Attachment, ...]:
        """Look at all of them, then keep them."""
        accepted = []
        for file in files:
            try:
                accepted.append(accept(ChannelName.WEBCHAT, file.name, file.content))
            except Invalid as wrong:
                raise _Refused(wrong.field, file.name[:120]) from None
        return await self._services.uploads.keep_all(files, accepted, self._services.clock.now())

    def _refusal(self, visitor: str) -> _Refused | None:
        """Why no upload of this visitor is taken now; None where it is, which then counts."""
        if len(self._under_way) >= AT_ONCE or visitor in self._under_way or self._is_full():
            return _Refused("try_again", wait=5)
        wait = self._pace.wait(visitor, asyncio.get_running_loop().time())
        return _Refused("too_fast", wait=wait) if wait else None

    def _is_full(self) -> bool:
        disk = shutil.disk_usage(self._services.settings.home)
        return disk.free < disk.total * MIN_FREE_SHARE


async def _read(request: Request) -> _Sent:
    """Read an upload, no further than it may be large."""
    body = _Body(request.receive)
    try:
        form = Request(request.scope, body.receive).form(
            max_files=MOST_FILES, max_fields=2, max_part_size=_AROUND_FILES
        )
        async with form as parts:
            return await _sent(parts)
    except TimeoutError:
        raise _Refused("try_again") from None
    except (MultiPartException, HTTPException) as error:
        await body.read_away()
        told = str(getattr(error, "detail", "") or error)
        raise _Refused("file.count" if "files" in told else "not_understood") from None
    except _Refused:
        await body.read_away()
        raise


async def _sent(form: FormData) -> _Sent:
    chosen = [one for one in form.getlist("files") if isinstance(one, UploadFile)]
    files = tuple([FetchedFile(await one.read(), "", one.filename or "") for one in chosen])
    if not files:
        raise _Refused("not_understood")
    if sum(len(file.content) for file in files) > MOST_BYTES:
        raise _Refused("file.size")
    return _Sent({name: value for name, value in form.items() if isinstance(value, str)}, files)


class _Body:
    """A request's body, read within bounds of size and patience."""

    def __init__(self, receive: Receive) -> None:
        self._receive = receive
        self._taken = 0
        self._most = MOST_BYTES + _AROUND_FILES
        self._is_read = False

    async def receive(self) -> Message:
        """The next part. Raises _Refused beyond what an upload may be, TimeoutError where nothing comes."""
        message = await asyncio.wait_for(self._receive(), STALLED_SECONDS)
        self._taken += len(message.get("body", b""))
        self._is_read = not message.get("more_body", False)
        if self._taken > self._most:
            raise _Refused("file.size")
        return message

    async def read_away(self) -> None:
        """Read what is left, within reason, and keep none of it: a browser hears no answer while it still sends."""
        self._most *= 2
        with suppress(_Refused, TimeoutError):
            while not self._is_read:
                await self.receive()

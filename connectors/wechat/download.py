"""Files that customers sent. Source: "Get temporary media"."""

import asyncio
import re
from typing import Any

import httpx

from connectors.wechat.calls import failure, read_json, refused_status
from connectors.wechat.token import AccessTokens
from connectors.wechat.verdicts import token_refused, verdict
from desk.errors import NotFound, SendDeferred
from desk.ports import FetchedFile

MAX_BYTES = 20 * 1024 * 1024
_TIME_LIMIT = 60.0  # seconds for a whole file
_NAME = re.compile(r'filename="?([^";/\\]+)')


class Downloads:
    """Reads temporary media, which the platform keeps for three days."""

    def __init__(self, http: httpx.AsyncClient, tokens: AccessTokens, max_bytes: int = MAX_BYTES) -> None:
        self._http = http
        self._tokens = tokens
        self._max_bytes = max_bytes

    async def get(self, media_id: str) -> FetchedFile:
        """The file. Raises SendDeferred (try later) or NotFound (gone or too large)."""
        token = await self._tokens.get()
        file = await self._get(media_id, token)
        answer = _json_in(file)
        if token_refused(answer):
            file = await self._get(media_id, await self._tokens.get(refused=token))
            answer = _json_in(file)
        if isinstance(url := answer.get("video_url"), str):
            return await self._read(url, follow_redirects=True)  # of the platform's file servers, without our token
        wrong = verdict(answer)
        if isinstance(wrong, SendDeferred):
            raise wrong
        if wrong is not None:
            raise NotFound(str(wrong))
        return file

    async def _get(self, media_id: str, token: str) -> FetchedFile:
        return await self._read("/cgi-bin/media/get", params={"access_token": token, "media_id": media_id})

    async def _read(self, url: str, **request: Any) -> FetchedFile:
        try:
            async with asyncio.timeout(_TIME_LIMIT), self._http.stream("GET", url, **request) as response:
                wrong = refused_status(response, repeatable=True)
                if isinstance(wrong, SendDeferred):
                    raise wrong
                if wrong is not None:
                    raise NotFound(str(wrong))
                return await self._keep(response)
        except (httpx.HTTPError, httpx.InvalidURL, RuntimeError, TimeoutError) as error:
            raise failure(error, repeatable=True) from None

    async def _keep(self, response: httpx.Response) -> FetchedFile:
        content = bytearray()
        async for chunk in response.aiter_bytes():
            content += chunk
            if len(content) > self._max_bytes:
                raise NotFound("the file is larger than we take")
        media_type = response.headers.get("content-type", "").partition(";")[0].strip()
        name = _NAME.search(response.headers.get("content-disposition", ""))
        return FetchedFile(bytes(content), media_type or "application/octet-stream", name[1] if name else "")


def _json_in(file: FetchedFile) -> dict[str, Any]:
    # Refusals and the addresses of videos come as JSON in place of the file.
    is_answer = file.media_type in ("application/json", "text/plain")
    return (read_json(file.content) or {}) if is_answer else {}

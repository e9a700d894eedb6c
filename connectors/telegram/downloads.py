"""Files customers sent: fetched by us, because their address contains the bot's token."""

import asyncio
import mimetypes
from http import HTTPStatus
from pathlib import PurePosixPath
from urllib.parse import quote

import aiohttp
from telegram.ext import ExtBot
from yarl import URL

from connectors.telegram.failures import fetch_failure
from connectors.telegram.settings import TelegramSettings
from desk.errors import DeskError, NotFound
from desk.messages import Attachment
from desk.ports import FetchedFile

SIZE_LIMIT = 20 * 1024 * 1024  # bytes; the Bot API serves no more


async def download(
    attachment: Attachment, bot: ExtBot[None], http: aiohttp.ClientSession, settings: TelegramSettings
) -> FetchedFile:
    """The file behind `attachment.remote`. Raises NotFound or SendDeferred, never with the file's address."""
    if (attachment.size or 0) > SIZE_LIMIT:
        raise NotFound("This file is too large to fetch")
    try:
        async with asyncio.timeout(settings.transfer_timeout):
            file = await bot.get_file(attachment.remote)
            path = (file.file_path or "").removeprefix(f"{settings.file_url}{settings.bot_token}/")
            content = await _read(f"{settings.file_url}{settings.bot_token}/{quote(path)}", http)
    except DeskError:
        raise
    except Exception as error:
        raise fetch_failure(error) from None
    guessed = mimetypes.guess_type(path)[0] or "application/octet-stream"
    return FetchedFile(content, attachment.media_type or guessed, attachment.name or PurePosixPath(path).name)


async def _read(url: str, http: aiohttp.ClientSession) -> bytes:
    content = bytearray()
    async with http.get(URL(url, encoded=True), allow_redirects=False) as response:
        if response.status == HTTPStatus.NOT_FOUND:
            raise NotFound("Telegram no longer has this file")
        if response.status != HTTPStatus.OK:
            raise aiohttp.ClientError(f"HTTP {response.status}")
        async for chunk in response.content.iter_any():
            content += chunk
            if len(content) > SIZE_LIMIT:
                raise NotFound("This file is too large to fetch")
    return bytes(content)

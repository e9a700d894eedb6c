"""Files to and from Slack: https://docs.slack.dev/messaging/working-with-files"""

from collections.abc import Sequence
from datetime import timedelta
from urllib.parse import urlsplit

import aiohttp
from slack_sdk.web.async_client import AsyncWebClient

from connectors.slack.failures import classify, retry_after
from desk.errors import NotFound, SendDeferred, SendInDoubt
from desk.messages import Address, Attachment
from desk.ports import FetchedFile

MAX_BYTES = 20 * 1024 * 1024
_LATER = timedelta(seconds=30)


def may_carry_token(url: str, api_base: str) -> bool:
    """Whether our token may be sent to this address: Slack's own hosts by HTTPS, or the configured API host."""
    try:
        target, base = urlsplit(url), urlsplit(api_base)
        host = target.hostname or ""
        same_server = (target.scheme, host, target.port) == (base.scheme, base.hostname, base.port)
        plain_https = target.scheme == "https" and target.port in (None, 443)
    except ValueError:
        return False
    if target.username or target.password:
        return False
    return same_server or (plain_https and (host == "slack.com" or host.endswith(".slack.com")))


async def locate(web: AsyncWebClient, remote: str) -> str:
    """The download address: `remote` itself, or, where only a file id is known, what Slack says about that file."""
    if "://" in remote:
        return remote
    try:
        answer = await web.files_info(file=remote)
        return str(answer["file"].get("url_private") or "")
    except Exception as error:
        failure = classify(error)
    if isinstance(failure, SendInDoubt):
        raise SendDeferred("Slack did not say where the file is", _LATER)
    if isinstance(failure, SendDeferred):
        raise failure
    raise NotFound("Slack does not know the file")


async def download(session: aiohttp.ClientSession, url: str, token: str, attachment: Attachment) -> FetchedFile:
    """Read at most 20 MB. Raises SendDeferred or NotFound; neither names the address."""
    try:
        async with session.get(
            url, headers={"Authorization": f"Bearer {token}"}, allow_redirects=False,
            timeout=aiohttp.ClientTimeout(total=60, connect=10, sock_read=20),
        ) as response:
            if response.status == 429 or response.status >= 500:
                raise SendDeferred("Slack does not hand out the file now", retry_after(response.headers))
            # Without the right to read files Slack answers with its sign-in page, or sends us there.
            is_page = response.content_type == "text/html" and attachment.media_type != "text/html"
            if response.status != 200 or is_page:
                raise NotFound("Slack does not give us the file")
            content = await _read_capped(response)
            return FetchedFile(content, attachment.media_type or response.content_type, attachment.name)
    except (aiohttp.ClientError, TimeoutError, OSError):
        raise SendDeferred("the download broke off", _LATER) from None


async def _read_capped(response: aiohttp.ClientResponse) -> bytes:
    content = bytearray()
    async for chunk in response.content.iter_chunked(64 * 1024):
        content += chunk
        if len(content) > MAX_BYTES:
            raise NotFound("the file is larger than 20 MB")
    return bytes(content)


async def share(
    web: AsyncWebClient, session: aiohttp.ClientSession, address: Address, files: Sequence[FetchedFile], comment: str
) -> str:
    """Put files into a conversation, with `comment` (mrkdwn) above them; return the first file's id.

    Raises the errors of sending. Until the last call nobody sees anything, so what fails before it is only deferred.
    """
    try:
        uploaded = [await _upload(web, session, file) for file in files]
        chat = await _conversation(web, address.chat)
    except Exception as error:
        failure = classify(error)
        if isinstance(failure, SendInDoubt):
            raise SendDeferred("the upload broke off", _LATER) from None
        raise failure from None
    try:
        await web.files_completeUploadExternal(
            files=uploaded, channel_id=chat, thread_ts=address.thread or None, initial_comment=comment or None
        )
    except Exception as error:
        raise classify(error) from None
    return str(uploaded[0]["id"])


async def _upload(web: AsyncWebClient, session: aiohttp.ClientSession, file: FetchedFile) -> dict[str, str | None]:
    name = file.name or "file"
    place = await web.files_getUploadURLExternal(filename=name, length=len(file.content))
    async with session.post(str(place["upload_url"]), data=file.content) as response:
        response.raise_for_status()
    return {"id": str(place["file_id"]), "title": name}


async def _conversation(web: AsyncWebClient, chat: str) -> str:
    """Files can be shared only into a conversation; a person's is opened (or found) first."""
    if chat[:1] not in {"U", "W"}:
        return chat
    answer = await web.conversations_open(users=chat)
    return str(answer["channel"]["id"])

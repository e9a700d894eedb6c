"""The customer-service API as we use it. Source: "Customer service messages", "Typing status", "Temporary media"."""

from collections.abc import Mapping
from typing import Any

import httpx

from connectors.wechat.calls import ask, unanswered
from connectors.wechat.token import AccessTokens
from connectors.wechat.verdicts import token_refused, verdict


class WechatApi:
    """Calls with the account's access token; one that is refused is replaced once and the call repeated once.

    Every method raises SendDeferred, SendRejected, WindowClosed or SendInDoubt.
    """

    def __init__(self, http: httpx.AsyncClient, tokens: AccessTokens) -> None:
        self._http = http
        self._tokens = tokens

    async def send(self, message: Mapping[str, Any]) -> str:
        """Send a customer-service message; its id where the platform gives one, else ""."""
        answer = await self._call("/cgi-bin/message/custom/send", repeatable=False, body=message)
        if "errcode" not in answer:
            raise unanswered("no errcode", repeatable=False)
        return str(answer.get("msgid", ""))

    async def show_typing(self, user: str) -> None:
        """Show "the other side is typing", for about 15 seconds or until a message comes."""
        body = {"touser": user, "command": "Typing"}
        await self._call("/cgi-bin/message/custom/typing", repeatable=True, body=body)

    async def upload_image(self, content: bytes, name: str, media_type: str) -> str:
        """Store a picture at the platform for three days; return its media id."""
        files = {"media": (name, content, media_type)}
        answer = await self._call("/cgi-bin/media/upload", repeatable=True, params={"type": "image"}, files=files)
        media_id = answer.get("media_id")
        if not isinstance(media_id, str):
            raise unanswered("no media id", repeatable=True)
        return media_id

    async def _call(
        self, path: str, *, repeatable: bool, params: Mapping[str, str] | None = None, **request: Any
    ) -> dict[str, Any]:
        async def once(token: str) -> dict[str, Any]:
            query = {"access_token": token, **(params or {})}
            return await ask(self._http, path, repeatable=repeatable, params=query, **request)

        token = await self._tokens.get()
        answer = await once(token)
        if token_refused(answer):
            answer = await once(await self._tokens.get(refused=token))
        wrong = verdict(answer)
        if wrong is not None:
            raise wrong
        return answer

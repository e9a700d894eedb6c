"""The access token: asked for once however many calls need it.

Source: stable_token. Repeated calls return the same token; after a change the old and the new one both work for
five minutes, which is why the token may be renewed early and used by others meanwhile.
"""

import asyncio
import time
from collections.abc import Callable
from datetime import timedelta

import httpx

from connectors.wechat.calls import ask
from connectors.wechat.settings import WechatSettings
from connectors.wechat.verdicts import verdict
from desk.errors import DeskError, SendDeferred, SendRejected

_MINUTE = timedelta(minutes=1)
_RENEW_BEFORE = 300.0  # seconds
_FORCED_APART = 75 * 60.0  # the platform forces a new token at most 20 times a day


class AccessTokens:
    """The account's current access token. `monotonic` counts seconds."""

    def __init__(
        self, http: httpx.AsyncClient, settings: WechatSettings, monotonic: Callable[[], float] = time.monotonic
    ) -> None:
        self._http = http
        self._settings = settings
        self._monotonic = monotonic
        self._value = ""
        self._renew_at = 0.0
        self._forced_at = -_FORCED_APART
        self._renewal: asyncio.Task[str] | None = None

    async def get(self, refused: str = "") -> str:
        """A token that works, as far as we know; `refused` is one that just did not. Raises SendDeferred."""
        if self._value and self._value != refused and self._monotonic() < self._renew_at:
            return self._value
        return await self.renew(refused)

    async def renew(self, refused: str = "") -> str:
        """Ask the platform now, once for all who wait. Raises SendDeferred."""
        if self._renewal is None:
            self._renewal = asyncio.create_task(self._fetch(refused))
            self._renewal.add_done_callback(self._renewed)
        # A caller who is cancelled must not take the token from the others.
        return await asyncio.shield(self._renewal)

    def _renewed(self, renewal: asyncio.Task[str]) -> None:
        self._renewal = None
        if not renewal.cancelled():
            renewal.exception()  # read, so that asyncio does not complain when nobody waits any more

    async def _fetch(self, refused: str) -> str:
        token = await self._ask(force=False)
        now = self._monotonic()
        if token == refused and now - self._forced_at >= _FORCED_APART:
            self._forced_at = now
            token = await self._ask(force=True)
        return token

    async def _ask(self, *, force: bool) -> str:
        body = {
            "grant_type": "client_credential",
            "appid": self._settings.app_id,
            "secret": self._settings.app_secret,
            "force_refresh": force,
        }
        try:
            answer = await ask(self._http, "/cgi-bin/stable_token", repeatable=True, body=body)
        except SendRejected as refusal:
            raise _wait(refusal) from None
        token, lifetime = answer.get("access_token"), answer.get("expires_in")
        if not (isinstance(token, str) and token and isinstance(lifetime, int)):
            raise _wait(verdict(answer))
        self._value = token
        # Lifetimes below ten minutes, which only simulators give, are used to their half.
        self._renew_at = self._monotonic() + max(lifetime - _RENEW_BEFORE, lifetime / 2)
        return token


def _wait(wrong: DeskError | None) -> SendDeferred:
    # Without a token no message left, and what is wrong (a secret, an allow-list) can be put right by people.
    if isinstance(wrong, SendDeferred):
        return wrong
    return SendDeferred(str(wrong or "WeChat gave no access token"), _MINUTE, whole_channel=True)

"""The people who serve, through the REST API; what it does not tell is read from the console's pages."""

import asyncio
import re
import secrets
from typing import Any

import httpx

from tests.journeys.house import STAFF, House
from tests.journeys.phones import Phone, until

Json = dict[str, Any]


class Agent:
    """One member of the demo's staff with a bearer token."""

    def __init__(self, house: House, http: httpx.AsyncClient, who: str) -> None:
        self._house = house
        self._http = http
        self._who = who
        self._headers = {"Authorization": f"Bearer {house.tokens[who]}"}
        self._identities: dict[str, list[Json]] = {}

    async def call(self, method: str, path: str, **request: Any) -> httpx.Response:
        return await self._http.request(method, f"{self._house.url}/api/v1{path}", headers=self._headers, **request)

    async def as_stranger(self, path: str, headers: dict[str, str]) -> httpx.Response:
        """The same address without our token."""
        return await self._http.get(f"{self._house.url}/api/v1{path}", headers=headers)

    async def get(self, path: str, **params: Any) -> Json:
        answer = await self.call("GET", path, params=params)
        assert answer.status_code == 200, f"{path}: {answer.status_code} {answer.text}"
        found: Json = answer.json()
        return found

    async def finds(self, phone: Phone) -> Json:
        """The newest conversation with this customer on this channel, with its messages."""
        found = await until(lambda: self._search(phone), lambda item: item is not None,
                            failing=f"no conversation with {phone.user}")
        assert found is not None
        return await self.get(f"/conversations/{found['id']}")

    async def waits_for(self, phone: Phone, holder: str) -> Json:
        """The conversation, once it is held by `holder` (bot, queue, agent or nobody)."""
        found = await until(lambda: self._search(phone), lambda item: item is not None and item["holder"] == holder,
                            failing=f"the conversation of {phone.user} never went to {holder}")
        assert found is not None
        return await self.get(f"/conversations/{found['id']}")

    async def claims(self, conversation: Json) -> httpx.Response:
        return await self._act(conversation, "claim")

    async def releases(self, conversation: Json) -> httpx.Response:
        return await self._act(conversation, "release")

    async def closes(self, conversation: Json) -> httpx.Response:
        return await self._act(conversation, "close")

    async def writes(self, conversation: Json, text: str, key: str = "") -> httpx.Response:
        body = {"text": text, "key": key or secrets.token_hex(8)}
        return await self.call("POST", f"/conversations/{conversation['id']}/messages", json=body)

    async def serves(self, phone: Phone) -> Json:
        """Takes the conversation of this customer."""
        conversation = await self.finds(phone)
        taken = await self.claims(conversation)
        assert taken.status_code == 200, taken.text
        return conversation

    async def customer_behind(self, phone: Phone) -> Json:
        conversation = await self.finds(phone)
        return await self.get(f"/customers/{conversation['customer']}")

    async def tickets_of(self, phone: Phone, kind: str = "complaint") -> list[Json]:
        conversation = await self.finds(phone)
        tickets = (await self.get("/tickets", kind=kind, limit=200))["items"]
        return [ticket for ticket in tickets if ticket["conversation"] == conversation["id"]]

    async def reads_card(self, phone: Phone) -> str:
        """The customer's page in the console, as text."""
        customer = await self.customer_behind(phone)
        page = await self.opens(f"/console/customers/{customer['id']}/card")
        assert page.status_code == 200, page.text
        return re.sub(r"<[^>]+>", " ", page.text)

    async def opens(self, path: str) -> httpx.Response:
        """A page or file that only those who are signed in to the console see."""
        async with httpx.AsyncClient(base_url=self._house.url, trust_env=False, timeout=20) as browser:
            form = {"email": STAFF[self._who], "password": self._house.password_of(self._who)}
            signed_in = await browser.post("/console/sign-in", data=form)
            assert signed_in.status_code == 303, signed_in.text
            return await browser.get(path)

    async def _act(self, conversation: Json, verb: str) -> httpx.Response:
        return await self.call("POST", f"/conversations/{conversation['id']}/{verb}")

    async def _search(self, phone: Phone) -> Json | None:
        newest = (await self.get("/conversations", limit=200))["items"]
        on_channel = [item for item in newest if item["channel"] == phone.channel]
        unknown = {item["customer"] for item in on_channel} - set(self._identities)
        await asyncio.gather(*(self._learn(customer) for customer in unknown))
        for item in on_channel:
            if any(identity["user"] == phone.user for identity in self._identities[item["customer"]]
                   if identity["channel"] == phone.channel):
                return dict(item)
        return None

    async def _learn(self, customer: str) -> None:
        self._identities[customer] = (await self.get(f"/customers/{customer}"))["identities"]


def said_by(conversation: Json, author: str) -> list[str]:
    return [message["text"] for message in conversation["messages"] if message["author"] == author]

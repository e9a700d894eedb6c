"""Journeys through the whole product: the real command, the platforms' simulators, real staff accounts.

Customers act on the simulators' control paths and in the web chat, agents through the REST API; nothing reaches
inside the product.
"""

from collections.abc import AsyncIterator, Generator, Iterator
from pathlib import Path
from secrets import randbelow, token_hex
from typing import Any, TypeVar

import httpx
import pytest

from demo.customers import PERSONAS
from tests.journeys.house import House, furnish, trained_model
from tests.journeys.phones import Phone, SimulatedPhone, SlackPhone, TelegramPhone, WebPhone, WechatPhone
from tests.journeys.staff import Agent

HERE = Path(__file__).parent
P = TypeVar("P", bound=SimulatedPhone)
KNOWN = {user for persona in PERSONAS for user in (persona.wechat, persona.telegram, persona.slack)}
CHANNELS = ("wechat", "telegram", "slack", "webchat")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if HERE in item.path.parents:
            for mark in (pytest.mark.rasa, pytest.mark.slow, pytest.mark.timeout(300)):
                item.add_marker(mark)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, Any, Any]:
    """A journey that failed shows what the product logged."""
    report = yield
    house = getattr(item, "funcargs", {}).get("house")
    if report.failed and isinstance(house, House):
        report.sections.append(("frontdesk up", house.log[-6000:]))
    return report


@pytest.fixture(scope="session")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """One running Frontdesk for all journeys."""
    home = tmp_path_factory.mktemp("house")
    furnish(home, trained_model())
    house = House(home)
    try:
        house.open()
        yield house
    finally:
        house.shut()


@pytest.fixture
async def http() -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(trust_env=False, timeout=30) as client:
        yield client


class Customers:
    """Makes people with phones: strangers, or the demo's own by their id on the platform."""

    def __init__(self, house: House, http: httpx.AsyncClient) -> None:
        self._house = house
        self._http = http
        self._open: list[WebPhone] = []

    async def wechat(self, user: str = "") -> WechatPhone:
        return await self._joined(WechatPhone(self._house, self._http, user or f"o-{token_hex(8)}"))

    async def telegram(self, user: str = "") -> TelegramPhone:
        return await self._joined(TelegramPhone(self._house, self._http, user or str(10**9 + randbelow(10**9))))

    async def slack(self, user: str = "") -> SlackPhone:
        return await self._joined(SlackPhone(self._house, self._http, user or f"U{token_hex(5).upper()}"))

    async def webchat(self, locale: str = "") -> WebPhone:
        async with httpx.AsyncClient(trust_env=False, timeout=30) as browser:
            phone = await WebPhone(self._house, browser, "").opens(locale)
        self._open.append(phone)
        return phone

    async def on(self, channel: str) -> Phone:
        """A stranger on this channel."""
        phone: Phone = await getattr(self, channel)()
        return phone

    async def leave(self) -> None:
        for phone in self._open:
            await phone.closes()

    async def _joined(self, phone: P) -> P:
        if phone.user not in KNOWN:
            await phone.joins(f"Guest {phone.user[-4:]}")
        return phone


@pytest.fixture
async def customers(house: House, http: httpx.AsyncClient) -> AsyncIterator[Customers]:
    customers = Customers(house, http)
    yield customers
    await customers.leave()


@pytest.fixture
def grace(house: House, http: httpx.AsyncClient) -> Agent:
    """An agent who serves in English."""
    return Agent(house, http, "grace")


@pytest.fixture
def lin(house: House, http: httpx.AsyncClient) -> Agent:
    """An agent who serves in Chinese."""
    return Agent(house, http, "lin")


@pytest.fixture
def zhou(house: House, http: httpx.AsyncClient) -> Agent:
    """The supervisor."""
    return Agent(house, http, "zhou")

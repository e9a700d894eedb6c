"""The console in Chromium, served by uvicorn on the real store."""

import asyncio
import os
import shutil
import struct
import zlib
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
import pytest_asyncio
import uvicorn
from playwright.async_api import Browser as Chromium
from playwright.async_api import Page, async_playwright, expect

from console.app import Console
from desk.agents import Agent
from knowledge_base.service import LiveFaq
from tests.conftest import free_port, skip_or_fail
from tests.console.life import PASSWORD, Life
from wiring.faq_imports import FaqImports
from wiring.services import Services, StoredArticles, build_services
from wiring.settings import load_settings

HERE = Path(__file__).parent
AXE = HERE / "vendor" / "axe.min.js"
AXE_RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa"]
expect.set_options(timeout=5000)
in_one_loop = pytest_asyncio.fixture(loop_scope="session")
"""Instead of pytest.fixture, for what awaits."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """All in one event loop, which is that of the one Chromium they share."""
    for item in items:
        if HERE in item.path.parents:
            item.add_marker(pytest.mark.asyncio(loop_scope="session"), append=False)


@dataclass
class Site:
    """A running console: its address, and the life around it."""

    url: str
    services: Services
    life: Life


@in_one_loop
async def site(tmp_path: Path, migrated_sqlite: Path) -> AsyncIterator[Site]:
    shutil.copy(migrated_sqlite, tmp_path / "frontdesk.db")
    services = build_services(load_settings(
        None, home=tmp_path, secret_key="a key for tests", hours="Mon-Sun 00:00-23:59", rasa_url="http://127.0.0.1:9",
    ))
    # Words alone: loading the model takes longer than all of these tests.
    services = replace(
        services, faq=LiveFaq(StoredArticles(services.store), None),
        faq_imports=FaqImports(services.store, services.uploads, services.clock),
    )
    services.signals.bind()
    port = free_port()
    server = uvicorn.Server(uvicorn.Config(
        Console(services), port=port, log_level="warning", timeout_graceful_shutdown=1, ws="none",
    ))
    serving = asyncio.create_task(server.serve())
    while not server.started:  # noqa: ASYNC110 - uvicorn offers nothing to wait for
        await asyncio.sleep(0.02)
    yield Site(f"http://127.0.0.1:{port}", services, Life(services))
    server.should_exit = True
    await serving
    await services.close()


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def running_chromium() -> AsyncIterator[Chromium]:
    """Starting it takes as long as a short test."""
    path = shutil.which(os.environ.get("CHROMIUM") or "chromium")
    if path is None:
        skip_or_fail("no Chromium (set CHROMIUM to its path)")
    async with async_playwright() as driver:
        browser = await driver.chromium.launch(executable_path=path, args=["--no-sandbox"])
        yield browser
        await browser.close()


@in_one_loop
async def chromium(running_chromium: Chromium) -> AsyncIterator[Chromium]:
    """Chromium, in which nothing of other tests is open or remembered."""
    yield running_chromium
    for context in running_chromium.contexts:
        await context.close()


OpenDesk = Callable[..., Awaitable[Page]]


@in_one_loop
async def open_desk(site: Site, chromium: Chromium) -> AsyncIterator[OpenDesk]:
    """Opens the console as this agent in a browser of its own; fails on any error of a script or of the CSP."""
    faults: list[str] = []

    async def open_as(agent: Agent, path: str = "/console/inbox", **options: object) -> Page:
        context = await chromium.new_context(**{"viewport": {"width": 1280, "height": 800}, **options})
        page = await context.new_page()
        page.on("pageerror", lambda error: faults.append(str(error)))
        page.on("console", lambda said: _note(said.type, said.text, faults))
        await page.goto(f"{site.url}/console/sign-in?next={path}")
        await page.fill("#email", agent.email)
        await page.fill("#password", PASSWORD)
        await page.click("button.main")
        await page.wait_for_url(f"**{path.split('?')[0]}*")
        return page

    yield open_as
    assert faults == []


def _note(kind: str, text: str, faults: list[str]) -> None:
    # The browser itself reports answers like 409, which the page handles, and the stream's end when it closes.
    expected = ("Failed to load resource", "net::ERR", "Response Status Error Code 503",
                "Response Status Error Code 403")
    if kind == "error" and not any(part in text for part in expected):
        faults.append(text)


def png(width: int, height: int) -> bytes:
    """A blue picture."""
    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    pixels = (b"\0" + b"\x30\x80\xc0" * width) * height
    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(pixels)) + chunk(b"IEND", b"")


async def axe_violations(page: Page) -> list[str]:
    """What axe finds against WCAG 2.1 A and AA, one line each."""
    await page.evaluate(AXE.read_text(encoding="utf-8"))
    found = await page.evaluate("rules => axe.run({runOnly: rules})", AXE_RULES)
    return [
        f"{rule['id']}: {node['html'][:160]} {node['failureSummary'][:200]}"
        for rule in found["violations"] for node in rule["nodes"]
    ]

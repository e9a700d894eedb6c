"""The console on a real SQLite store, asked over ASGI."""

import shutil
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import httpx
import pytest

from console.app import Console
from knowledge_base.service import LiveFaq
from tests.console.life import Browser, Life
from wiring.faq_imports import FaqImports
from wiring.services import Services, StoredArticles, build_services
from wiring.settings import load_settings

NOBODY_LISTENS = "http://127.0.0.1:9"


@pytest.fixture
async def services(tmp_path: Path, migrated_sqlite: Path) -> AsyncIterator[Services]:
    shutil.copy(migrated_sqlite, tmp_path / "frontdesk.db")
    built = build_services(load_settings(
        None, home=tmp_path, secret_key="a key for tests", hours="Mon-Sun 00:00-23:59", rasa_url=NOBODY_LISTENS,
    ))
    # Words alone: loading the model takes longer than all of these tests.
    built = replace(
        built, faq=LiveFaq(StoredArticles(built.store), None),
        faq_imports=FaqImports(built.store, built.uploads, built.clock),
    )
    built.signals.bind()
    yield built
    await built.close()


@pytest.fixture
def life(services: Services) -> Life:
    return Life(services)


@pytest.fixture
async def http(services: Services) -> AsyncIterator[httpx.AsyncClient]:
    transport = httpx.ASGITransport(Console(services))
    async with httpx.AsyncClient(transport=transport, base_url="http://desk.test") as client:
        yield client


@pytest.fixture
def browser(http: httpx.AsyncClient) -> Browser:
    return Browser(http)

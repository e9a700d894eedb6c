"""The pages customers and the curious see: the web chat, and the playground's phones, in Chromium."""

from collections.abc import AsyncIterator

import pytest
from playwright.async_api import Browser as Chromium
from playwright.async_api import Page, expect

from tests.browser.conftest import axe_violations, in_one_loop
from tests.browser.test_console import ATTACKS
from tests.gateway.conftest import Play, Stage, play

pytestmark = pytest.mark.browser
__all__ = ["play"]


@in_one_loop
async def house(play: Play) -> AsyncIterator[Stage]:
    """The gateway with its simulators, the playground switched on, and an assistant that repeats what it hears."""
    async with play(demo=True) as running:
        yield running


async def visit(chromium: Chromium, stage: Stage, path: str, **options: object) -> Page:
    context = await chromium.new_context(**{"viewport": {"width": 1280, "height": 800}, "locale": "en-GB", **options})
    page = await context.new_page()
    await page.goto(f"http://127.0.0.1:{stage.port}{path}")
    return page


async def says(page: Page, text: str) -> None:
    await page.fill("#text", text)
    await page.keyboard.press("Enter")


async def test_a_visitor_is_answered_and_finds_the_conversation_again_after_a_reload(
    house: Stage, chromium: Chromium
) -> None:
    page = await visit(chromium, house, "/chat")
    await says(page, "When is breakfast?")
    await expect(page.locator("#log")).to_contain_text("Answer to When is breakfast?")
    await expect(page.locator("#text")).to_have_value("")
    await page.reload()
    await expect(page.locator("#log")).to_contain_text("Answer to When is breakfast?")
    assert (await page.locator("#log").inner_text()).count("When is breakfast?") == 2, "asked once, answered once"


async def test_what_was_written_while_the_line_was_down_arrives_once(house: Stage, chromium: Chromium) -> None:
    page = await visit(chromium, house, "/chat")
    await says(page, "first")
    await expect(page.locator("#log")).to_contain_text("Answer to first")
    connected = await page.locator("#state").inner_text()
    await page.context.set_offline(True)
    await expect(page.locator("#state")).not_to_have_text(connected)
    await says(page, "written in a tunnel")
    await page.context.set_offline(False)
    await expect(page.locator("#state")).to_have_text(connected, timeout=15_000)
    await page.reload()
    await expect(page.locator("#log")).to_contain_text("Answer to written in a tunnel", timeout=15_000)
    history = await house.history()
    assert [message.text for message in history].count("written in a tunnel") == 1


async def test_a_draft_survives_a_reload(house: Stage, chromium: Chromium) -> None:
    page = await visit(chromium, house, "/chat")
    await page.fill("#text", "I was about to say")
    await page.reload()
    await expect(page.locator("#text")).to_have_value("I was about to say")


async def test_nothing_anybody_writes_runs_in_the_visitors_browser(house: Stage, chromium: Chromium) -> None:
    page = await visit(chromium, house, "/chat")
    for attack in ATTACKS:
        await says(page, attack)
        await expect(page.locator("#log")).to_contain_text("Answer to " + attack.split("\n")[0][:40])
    assert await page.title() == "Chat with us"
    assert await page.locator("#log script, #log iframe, #log img, #log svg").count() == 0


@pytest.mark.parametrize(
    ("language", "title"), [("zh-Hans", "在线客服"), ("zh-Hant", "線上客服"), ("en", "Chat with us")]
)
async def test_the_chat_speaks_three_languages(house: Stage, chromium: Chromium, language: str, title: str) -> None:
    page = await visit(chromium, house, f"/chat?lang={language}")
    await expect(page.locator("h1")).to_have_text(title)
    assert await page.locator("html").get_attribute("lang") == language


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("path", ["/chat", "/playground"])
async def test_the_pages_meet_wcag_and_fit_a_phone(house: Stage, chromium: Chromium, path: str, scheme: str) -> None:
    page = await visit(chromium, house, path, color_scheme=scheme, bypass_csp=True)
    assert await axe_violations(page) == []
    narrow = await visit(chromium, house, path, viewport={"width": 360, "height": 740})
    wide = await narrow.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth")
    assert not wide


async def test_what_is_typed_on_a_phone_of_the_playground_comes_back_through_the_platform(
    house: Stage, chromium: Chromium
) -> None:
    page = await visit(chromium, house, "/playground")
    for platform in ("wechat", "telegram", "slack"):
        phone = page.locator(f".phone.{platform}")
        await phone.locator(".text").fill(f"hello from {platform}")
        await phone.locator(".send").click()
        await expect(phone.locator(".log")).to_contain_text(f"Answer to hello from {platform}", timeout=10_000)
    said = [message.text for message in await house.history()]
    assert said.count("hello from telegram") == said.count("Answer to hello from telegram") == 1

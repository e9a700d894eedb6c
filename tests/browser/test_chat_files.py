"""Pictures and files in the web chat, in Chromium: chosen, pasted, dropped, sent, cancelled, refused and sent again."""

import asyncio
from collections.abc import AsyncIterator

import pytest
from playwright.async_api import Browser as Chromium
from playwright.async_api import FilePayload, Page, Route, expect

from desk.conversations import Author
from desk.messages import Attachment
from tests.browser.conftest import axe_violations, in_one_loop, png
from tests.browser.test_customer_pages import visit
from tests.gateway.conftest import Play, Stage, play

pytestmark = pytest.mark.browser
__all__ = ["play"]


PICTURE = FilePayload(name="leak.png", mimeType="image/png", buffer=png(8, 8))
BILL = FilePayload(name="账单.pdf", mimeType="application/pdf", buffer=b"%PDF-1.7\n" + b"x" * 5000)
FORGED = FilePayload(name="photo.png", mimeType="image/png", buffer=b"<html><script>alert(1)</script>")
DROP = """([type, name]) => {
  const carried = new DataTransfer();
  carried.items.add(new File(["%PDF-1.7 and so on"], name, { type: "application/pdf" }));
  const at = document.querySelector("#text");
  if (type === "paste") at.dispatchEvent(new ClipboardEvent("paste", { clipboardData: carried, bubbles: true }));
  else at.dispatchEvent(new DragEvent(type, { dataTransfer: carried, bubbles: true, cancelable: true }));
}"""


@in_one_loop
async def house(play: Play) -> AsyncIterator[Stage]:
    async with play() as running:
        yield running


async def sent(house: Stage) -> list[tuple[str, tuple[Attachment, ...]]]:
    """What visitors sent, as the desk has it."""
    return [(m.text, m.attachments) for m in await house.history() if m.author is Author.CUSTOMER]


async def chat(chromium: Chromium, house: Stage, **options: object) -> Page:
    page = await visit(chromium, house, "/chat", **options)
    await expect(page.locator("#state")).to_have_class("online")
    return page


async def test_a_picture_and_a_file_go_with_the_words_and_are_there_after_a_reload(
    house: Stage, chromium: Chromium
) -> None:
    page = await chat(chromium, house)
    await page.set_input_files("#files", [PICTURE, BILL])
    await expect(page.locator("#tray li")).to_have_count(2)
    await page.fill("#text", "My room is leaking")
    await page.keyboard.press("Enter")
    await expect(page.locator("#log")).to_contain_text("Answer to My room is leaking")
    await expect(page.locator("#tray")).to_be_hidden()
    for _ in range(2):
        picture = page.locator(".message.customer img.picture")
        await expect(picture).to_have_attribute("alt", "leak.png")
        await page.wait_for_function("document.querySelector('img.picture').naturalWidth === 8")
        await expect(page.locator(".message.customer a", has_text="账单.pdf")).to_have_count(1)
        assert await page.locator(".message.customer").count() == 1
        await page.reload()
    ((text, files),) = await sent(house)
    assert text == "My room is leaking"
    assert [file.name for file in files] == ["leak.png", "账单.pdf"]


async def test_files_are_pasted_dropped_and_taken_out_again_by_key(house: Stage, chromium: Chromium) -> None:
    page = await chat(chromium, house)
    await page.evaluate(DROP, ["dragover", "map.pdf"])
    await expect(page.locator("#drop")).to_be_visible()
    await page.evaluate(DROP, ["drop", "map.pdf"])
    await expect(page.locator("#drop")).to_be_hidden()
    await page.evaluate(DROP, ["paste", "bill.pdf"])
    await expect(page.locator("#tray .name")).to_have_text(["map.pdf", "bill.pdf"])
    await page.get_by_role("button", name="Remove map.pdf").press("Enter")
    await expect(page.locator("#tray .name")).to_have_text(["bill.pdf"])
    await page.get_by_role("button", name="Send").press("Enter")
    await expect(page.locator(".message.customer a", has_text="bill.pdf")).to_have_count(1)
    ((text, files),) = await sent(house)
    assert (text, [file.name for file in files]) == ("", ["bill.pdf"])


async def test_what_cannot_be_sent_is_said_where_it_was_chosen_and_no_word_is_lost(
    house: Stage, chromium: Chromium
) -> None:
    page = await chat(chromium, house)
    await page.fill("#text", "Look at this")
    trouble = page.get_by_role("alert")
    await page.set_input_files("#files", [FilePayload(name="run.exe", mimeType="image/png", buffer=b"MZ")])
    await expect(trouble).to_contain_text("“run.exe” cannot be sent")
    vast = FilePayload(name="vast.pdf", mimeType="application/pdf", buffer=b"%PDF-" + bytes(21 * 2**20))
    await page.set_input_files("#files", [vast])
    await expect(trouble).to_contain_text("at most 20 MB")
    await page.set_input_files("#files", [PICTURE] * 6)
    await expect(trouble).to_contain_text("At most 5 files")
    for _ in range(5):
        await page.locator("#tray button").first.click()
    await page.set_input_files("#files", [FORGED])
    await page.click("#send")
    await expect(trouble).to_contain_text("“photo.png” is not what its name says")
    assert await axe_violations(page) == []
    await page.get_by_role("button", name="Remove", exact=True).click()
    await expect(page.locator("#text")).to_have_value("Look at this")
    assert await sent(house) == []


async def test_an_upload_shows_how_far_it_is_and_is_cancelled_without_a_trace(
    house: Stage, chromium: Chromium
) -> None:
    page = await chat(chromium, house, viewport={"width": 360, "height": 740}, bypass_csp=True)
    held = asyncio.Event()

    async def hold(route: Route) -> None:
        await held.wait()
        await route.abort()

    await page.route("**/chat/files", hold)
    await page.set_input_files("#files", [PICTURE])
    await page.fill("#text", "My room is leaking")
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("progressbar", name="leak.png")).to_be_visible()
    assert await axe_violations(page) == []
    wide = await page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth")
    assert not wide
    await page.get_by_role("button", name="Cancel").click()
    held.set()
    await expect(page.locator("#tray .name")).to_have_text(["leak.png"])
    await expect(page.locator("#text")).to_have_value("My room is leaking")
    await expect(page.get_by_role("status").filter(has_text="Cancelled")).to_have_count(1)
    assert await sent(house) == []


async def test_an_upload_that_broke_off_goes_again_by_itself_and_arrives_once(
    house: Stage, chromium: Chromium
) -> None:
    page = await chat(chromium, house)
    attempts = 0

    async def lose(route: Route) -> None:
        nonlocal attempts
        attempts += 1
        if attempts == 1:
            await route.fetch()  # it arrives, and only the answer is lost
            await route.abort()
        else:
            await route.continue_()

    await page.route("**/chat/files", lose)
    await page.set_input_files("#files", [PICTURE])
    await page.fill("#text", "once")
    await page.keyboard.press("Enter")
    await expect(page.locator("#log")).to_contain_text("Answer to once")
    async with asyncio.timeout(15):
        while attempts < 2:  # noqa: ASYNC110 - the page waits a few seconds
            await asyncio.sleep(0.1)
    await expect(page.locator(".message.customer")).to_have_count(1)
    assert [text for text, _ in await sent(house)] == ["once"]

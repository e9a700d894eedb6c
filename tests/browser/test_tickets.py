"""Tickets and service levels in the browser, as staff work them."""

import pytest
from playwright.async_api import expect

from desk.agents import Role
from tests.browser.conftest import OpenDesk, Site, axe_violations
from tests.console.life import complaint

pytestmark = pytest.mark.browser


async def test_a_complaint_is_worked_on_its_page_and_the_customer_has_the_last_word(site: Site, open_desk: OpenDesk):
    lin = await site.life.hires("Lin")
    talk = await site.life.writes("The room was dirty", effects=[
        complaint("The room was dirty", "HZ-412", "A refund of one night", "+86 199 0000 9001"),
    ])
    page = await open_desk(lin, "/console/tickets?kind=complaint")
    await page.get_by_role("link", name="T-1001").click()
    for detail in ("The room was dirty", "HZ-412", "A refund of one night", "+86 199 0000 9001"):
        await expect(page.locator("main .work")).to_contain_text(detail)
    await page.get_by_role("button", name="Take it").click()
    await expect(page.locator("#owner")).to_have_value(lin.id)
    for press, step in (("Acknowledge", "Acknowledged"), ("Investigate", "Investigating")):
        await page.get_by_role("button", name=press, exact=True).click()
        await expect(page.locator("[aria-current=step]")).to_have_text(step)
    await page.get_by_role("button", name="Propose a remedy").click()
    await expect(page.get_by_role("alert").filter(has_text="words for the customer")).to_be_visible()
    await page.get_by_label("Words for the customer").fill("We refund the night.")
    await page.get_by_role("button", name="Propose a remedy").click()
    await page.get_by_role("button", name="Approve the remedy").click()
    await page.get_by_role("button", name="Done: ask the customer").click()
    await expect(page.locator("#timeline")).to_contain_text("Is it settled for you?")
    await site.life.writes("Yes, it is settled")
    await expect(page.locator("#timeline")).to_contain_text("it is settled")  # live, without a reload
    await page.reload()
    await expect(page.locator("[aria-current=step]")).to_have_text("Customer accepted")
    await page.get_by_role("link", name="Open the conversation").click()
    await expect(page.locator("#history")).to_contain_text("T-1001 is closed")
    assert talk in page.url


async def test_a_supervisor_opens_a_ticket_by_hand_merges_and_splits_by_keyboard(site: Site, open_desk: OpenDesk):
    talk = await site.life.writes("hello")
    await site.life.books(await site.life.customer_of(talk), "HZ-412", "Suite")
    page = await open_desk(await site.life.hires("Wu", Role.SUPERVISOR), "/console/tickets/new")
    await page.get_by_label("For which customer?").fill("hz-412")
    await page.keyboard.press("Enter")
    await page.get_by_label("Subject").fill("Lost umbrella")
    await page.get_by_label("Subject").press("Enter")
    await expect(page.locator("h1")).to_have_text("Ticket T-1001")
    await page.get_by_role("button", name="Split").press("Enter")
    await page.locator("#split-subject").fill("And a hat")
    await page.locator("#split-subject").press("Enter")
    await expect(page.locator("h1")).to_have_text("Ticket T-1002")
    await page.get_by_role("button", name="Merge").press("Enter")
    await page.get_by_label("Continue as ticket number").fill("T-1001")
    await page.get_by_label("Continue as ticket number").press("Enter")
    await expect(page.locator("h1")).to_have_text("Ticket T-1001")
    await expect(page.locator(".toast")).to_have_text("Merged: go on here.")


@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_no_page_of_tickets_breaks_the_accessibility_rules(site: Site, open_desk: OpenDesk, scheme: str):
    await site.life.writes("broken", effects=[complaint("The lamp is broken", "HZ-1", "A new one", "me")])
    ticket = (await site.services.store.read(lambda tx: tx.tickets.list_page()))[0]
    page = await open_desk(await site.life.hires("Ada", Role.ADMIN), "/console/tickets", color_scheme=scheme)
    for path in ("/console/tickets", f"/console/tickets/{ticket.id}", "/console/tickets/new",
                 f"/console/tickets/new?customer={ticket.customer_id}", "/console/settings/calendar"):
        await page.goto(site.url + path)
        assert await axe_violations(page) == [], path

"""A walk over every page of the console: read by machine for accessibility, and measured for what sticks out."""

from dataclasses import dataclass
from datetime import timedelta

import pytest
from fastapi.routing import iter_route_contexts
from playwright.async_api import Page

from benchmarks.history import fill
from console import people_desk, webhooks_desk
from console.app import framework
from crm_store.store import SqlTransaction
from desk.agents import Agent, Role
from desk.effects import FaqAnswered, NoteGap
from desk.faq import FaqArticle, Phrasing
from desk.faq_tuning import USUAL_OUTSIDE
from desk.messages import Language
from desk.webhooks import EVENTS
from insights.programme import Cycle, ProgrammeIndicator, Source
from tests.browser.conftest import OpenDesk, Site, axe_violations
from tests.console.asked import campaign_with_answers
from tests.console.life import complaint
from wiring.measuring import begin_measuring, finish_measuring_unattended

pytestmark = pytest.mark.browser

NO_PAGES = {
    "/console", "/console/", "/console/{path:path}", "/console/static/{path:path}", "/console/events", "/console/bell",
    "/console/tickets/bell", "/console/wallboard/events", "/console/inbox/list",
    "/console/customers/{customer_id}/card",
    "/console/conversations/{conversation_id}/live", "/console/conversations/{conversation_id}/viewers",
    "/console/conversations/{conversation_id}/suggestions", "/console/settings/audit/export",
    "/console/consents/export", "/console/faq/exchange/export", "/console/faq/exchange/imports/{import_id}",
    "/console/sign-in", "/console/sign-in/code", "/console/link/{token}", "/console/faq/history",
}
"""Addresses that answer with a part of a page, a stream, a file, or to nobody who is signed in."""
ALSO = ("/console/inbox?view=all", "/console/tickets?view=all", "/console/faq/article?id=pool",
        "/console/faq/history?id=pool", "/console/faq/try?q=When+does+the+pool+open",
        "/console/settings/audit?check=1", "/console/reports/satisfaction?by=topic", "/console/faq/no-such-page")
WIDTHS = (1280, 390)


@dataclass
class Ground:
    """Something to see on every page: the addresses, with the ids that stand in them."""

    site: Site
    boss: Agent
    ids: dict[str, str]

    @property
    def pages(self) -> list[str]:
        routes = iter_route_contexts(framework().routes)
        paths = {each.path for each in routes if "GET" in (each.methods or ()) and each.path.startswith("/console")}
        return [path.format(**self.ids) for path in sorted(paths - NO_PAGES)] + list(ALSO)


async def ground(site: Site, locale: str) -> Ground:
    """A desk at work, with an account that may see everything in this language."""
    life, services = site.life, site.services
    boss = await life.hires("Boss", Role.ADMIN, locale=locale)
    await services.store.transact(lambda tx: fill(tx.connection, 200, life.now()))
    talk = await life.asks_for_a_person("房间的空调一整晚都在响，前台说没有空房可换 I could not sleep", effects=[
        complaint("空调一整晚都在响 The air conditioning was loud", "HL-20261103-0412", "refund", "13800138000"),
        FaqAnswered("pool", "When does the pool open?", "en"), NoteGap("Is there a golf course?", "en"),
    ])
    campaign = await campaign_with_answers(services, boss.id)
    hook = await webhooks_desk.add(services, boss, "https://example.com/hook", "CRM", EVENTS)
    await people_desk.add_token(services, boss, boss, "report", Role.AUDITOR, 30)

    def write(tx: SqlTransaction) -> dict[str, str]:
        now = life.now()
        tx.articles.put_all([FaqArticle(
            "pool", (Phrasing("When does the pool open?", Language.EN), Phrasing("泳池几点开放", Language.ZH_HANS)),
            {Language.EN: "At seven.", Language.ZH_HANS: "早上七点。"}, category="leisure",
        )], now)
        tx.programme.add(ProgrammeIndicator("", "Happy guests", Source.CSAT, 0.99, Cycle.MONTH, boss.id,
                                            now - timedelta(days=60)))
        ticket = next(each for each in tx.tickets.list_page() if each.kind == "complaint" and each.step)
        other = next(each for each in tx.customers.list_page() if each.id != ticket.customer_id)
        tx.merges.merge(ticket.customer_id, other.id, boss.id, now)
        survey = tx.surveys.list_page()[0]
        return {"ticket_id": ticket.id, "survey_id": survey.id, "customer_id": ticket.customer_id}

    found = await services.store.transact(write)
    await begin_measuring(services)
    await finish_measuring_unattended(services, USUAL_OUTSIDE)
    policy = (await services.store.read(lambda tx: tx.levels.policies()))
    return Ground(site, boss, {
        **found, "conversation_id": talk, "campaign_id": campaign, "webhook_id": hook.id, "agent_id": boss.id,
        "policy_id": policy[0].id if policy else "new",
    })


async def sticks_out(page: Page) -> list[str]:
    """Widths at which the page is wider than its window, and by what."""
    found = []
    for width in WIDTHS:
        await page.set_viewport_size({"width": width, "height": 800})
        if wide := await page.evaluate(_WIDEST):
            found.append(f"{width} px: {wide}")
    await page.set_viewport_size({"width": WIDTHS[0], "height": 800})
    return found


_WIDEST = """() => {
  if (document.documentElement.scrollWidth <= innerWidth) return "";
  const all = [...document.querySelectorAll("body *")];
  const out = all.filter(one => one.getBoundingClientRect().right > innerWidth + 1);
  const last = out[out.length - 1];
  return last ? last.outerHTML.slice(0, 160) : "something";
}"""


@pytest.mark.parametrize(("locale", "scheme", "reads"), [
    ("zh-Hans", "light", True), ("en", "dark", True), ("zh-Hant", "light", False),
])
async def test_every_page_can_be_read_by_everybody_and_fits_its_window(
    site: Site, open_desk: OpenDesk, locale: str, scheme: str, reads: bool
) -> None:
    found = await ground(site, locale)
    page = await open_desk(found.boss, "/console/inbox", color_scheme=scheme)
    faults: list[str] = []
    for path in found.pages:
        answer = await page.goto(site.url + path, wait_until="domcontentloaded")
        if answer is None or answer.status not in (200, 404):
            faults.append(f"{path}: {answer.status if answer else 'no answer'}")
            continue
        if reads:
            faults += [f"{path}: {each}" for each in await axe_violations(page)]
        faults += [f"{path}: {each}" for each in await sticks_out(page)]
    await page.goto(f"{site.url}/console/settings/security")
    await page.locator("form[action$='/second-step'] button").click()
    await page.wait_for_selector("#second-step svg, #second-step img")
    faults += [*await axe_violations(page), *await sticks_out(page)]
    assert faults == []
    assert len(found.pages) > 50

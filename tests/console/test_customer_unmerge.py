"""An administrator takes a merge back that was a mistake, and sees before what either profile gets."""

from dataclasses import replace

import httpx

from crm_store.store import SqlTransaction
from desk.agents import Role
from desk.tickets import TicketKind
from tests.console.life import Browser, Life
from tests.console.test_customer_merge import two_profiles
from tests.console.test_rest import caller
from wiring.services import Services


async def merged(services: Services, life: Life, browser: Browser) -> tuple[str, str]:
    first, second = await two_profiles(services, life)
    await browser.sign_in(await life.hires("Boss", Role.ADMIN))
    await browser.press(f"/console/customers/{first}/merge", other=second, sure="yes")
    return first, second


def join_tickets(tx: SqlTransaction, customer_id: str, *, joined: bool) -> None:
    """A ticket about each of the customer's conversations; one of them goes on as the other, or not any more."""
    one, other = (
        tx.tickets.open(kind=TicketKind.REQUEST, customer_id=customer_id, conversation_id=talk.id, subject="x",
                        detail="", now=talk.opened_at, source_key=f"test:{talk.id}")
        for talk in tx.conversations.list_of_customer(customer_id)
    )
    tx.tickets.save(replace(one, merged_into=other.id if joined else None))


async def test_the_page_shows_both_profiles_and_once_sure_they_are_two_again(
    services: Services, life: Life, browser: Browser, http: httpx.AsyncClient
) -> None:
    first, second = await merged(services, life, browser)
    assert f"/console/customers/{first}/merge/undo" in (await http.get(f"/console/customers/{first}")).text
    page = (await http.get(f"/console/customers/{first}/merge/undo")).text
    assert "Boss merged two profiles" in page and "Emma Chen" in page and "+65 8123" in page
    unsure = await browser.press(f"/console/customers/{first}/merge/undo")
    assert unsure.status_code == 422 and "Tick the box first" in unsure.text
    done = await browser.press(f"/console/customers/{first}/merge/undo", sure="yes")
    assert done.headers["location"] == f"/console/customers/{first}?said=unmerged"
    assert "SG-1" in (await http.get(f"/console/customers/{second}")).text
    page = (await http.get(f"/console/customers/{first}")).text
    assert "SG-1" not in page and "merge/undo" not in page
    assert (await http.get(f"/console/customers/{first}/merge/undo")).status_code == 404


async def test_only_administrators_undo_and_the_api_says_why_it_cannot_be(
    services: Services, life: Life, browser: Browser, http: httpx.AsyncClient
) -> None:
    first, second = await merged(services, life, browser)
    boss, lin = await caller(http, life, "Chief", Role.ADMIN), await caller(http, life, "Lin", Role.SUPERVISOR)
    assert (await lin("POST", f"/customers/{first}/merge/undo")).status_code == 403
    await services.store.transact(lambda tx: join_tickets(tx, first, joined=True))
    refused = await boss("POST", f"/customers/{first}/merge/undo")
    assert refused.status_code == 409 and "tickets" in refused.json()["detail"]
    assert "cannot be taken apart" in (await http.get(f"/console/customers/{first}/merge/undo")).text
    await services.store.transact(lambda tx: join_tickets(tx, first, joined=False))
    back = await boss("POST", f"/customers/{first}/merge/undo")
    assert (back.status_code, back.json()["id"], back.json()["points"]) == (200, second, 40)
    assert (await boss("POST", f"/customers/{first}/merge/undo")).status_code == 404
    assert [entry["action"] for entry in (await boss("GET", "/audit?action=customer.unmerged")).json()["items"]] == [
        "customer.unmerged"]

"""Files on tickets: the customer's photo stands with the complaint, staff add theirs to a note."""

import httpx
import pytest

from desk.agents import Agent, Role
from desk.messages import Attachment, AttachmentKind
from desk.ports import FetchedFile
from tests.console.life import Browser, Life, complaint
from wiring.services import Services

PNG = b"\x89PNG\r\n\x1a\n" + b"0" * 40
KEY = "a-key-of-the-form"


@pytest.fixture
async def ticket(life: Life, services: Services) -> str:
    """A complaint with a photo that came right before it."""
    talk = await life.writes("look at this", answer="I see")
    stored = await services.uploads.keep(FetchedFile(PNG, "image/png", "bath.png"), life.now())
    photo = Attachment(AttachmentKind.IMAGE, "bath.png", "image/png", len(PNG), file_id=stored.id)
    key = (await services.store.read(lambda tx: tx.messages.list_of([talk])))[0].source
    await services.store.transact(lambda tx: tx.messages.set_attachments(key, [photo]))
    await life.writes("The bath is dirty", effects=[complaint("The bath is dirty")])
    return (await services.store.read(lambda tx: tx.tickets.list_page()))[0].id


@pytest.fixture
async def lin(life: Life) -> Agent:
    return await life.hires("Lin")


async def test_the_photo_that_came_with_a_complaint_stands_on_its_ticket(
    http: httpx.AsyncClient, browser: Browser, ticket: str, lin: Agent
) -> None:
    await browser.sign_in(lin)
    page = (await http.get(f"/console/tickets/{ticket}")).text
    assert 'alt="bath.png"' in page
    address = page.split('<img src="/files/', 1)[1].split('"', 1)[0]
    assert (await http.get(f"/files/{address}")).content == PNG


async def test_staff_add_files_to_a_note_once_and_over_rest(
    http: httpx.AsyncClient, browser: Browser, life: Life, ticket: str, lin: Agent
) -> None:
    await browser.sign_in(lin)
    form = {"csrf": await browser.csrf(), "to": "staff", "text": "", "key": KEY}
    for _ in range(2):
        sent = await http.post(f"/console/tickets/{ticket}/write", data=form,
                               files={"files": ("plan.pdf", b"%PDF-1.7 plan", "application/pdf")})
        assert sent.status_code == 303
    head = {"Authorization": f"Bearer {await life.token_of(lin)}"}
    address = f"/api/v1/tickets/{ticket}/files"
    added = await http.post(address, headers=head, data={"text": "and a list", "key": f"{KEY}-2"},
                            files={"files": ("list.csv", b"room,day", "text/csv")})
    found = (await http.get(address, headers=head)).json()["items"]
    assert added.status_code == 201 and added.json()["items"] == found
    assert [(file["name"], file["by"]) for file in found] == [
        ("bath.png", "customer"), ("plan.pdf", "agent"), ("list.csv", "agent"),
    ]
    assert "plan.pdf" in (await http.get(f"/console/tickets/{ticket}")).text


@pytest.mark.parametrize(("name", "content", "to", "says"), [
    ("run.exe", b"MZ", "staff", "Files of this kind are not taken"),
    ("photo.png", b"no picture", "staff", "The file is not what its name says"),
    ("empty.txt", b"", "staff", "That file is empty"),
    ("large.txt", b"x" * (20 * 2**20 + 1), "staff", "at most 20 MB"),
    ("plan.pdf", b"%PDF-1.7", "customer", "Files go with a note"),
])
async def test_what_is_not_taken_is_said_at_the_form_and_what_was_written_stays(
    http: httpx.AsyncClient, browser: Browser, services: Services, ticket: str, lin: Agent, name: str, content: bytes,
    to: str, says: str,
) -> None:
    await browser.sign_in(lin)
    answer = await http.post(
        f"/console/tickets/{ticket}/write", files={"files": (name, content, "application/octet-stream")},
        data={"csrf": await browser.csrf(), "to": to, "text": "my note", "key": KEY},
    )
    assert answer.status_code == 422 and says in answer.text and ">my note</textarea>" in answer.text
    kept = await services.store.read(lambda tx: tx.ticket_files.list_of(ticket))
    assert [file.attachment.name for file in kept] == ["bath.png"]


async def test_erasing_a_customer_takes_the_files_of_their_tickets_along(
    http: httpx.AsyncClient, life: Life, services: Services, ticket: str, lin: Agent
) -> None:
    head = {"Authorization": f"Bearer {await life.token_of(await life.hires('Boss', Role.ADMIN))}"}
    added = await http.post(f"/api/v1/tickets/{ticket}/files", headers=head, data={"key": KEY},
                            files={"files": ("plan.pdf", b"%PDF-1.7 plan", "application/pdf")})
    urls = [file["url"] for file in added.json()["items"]]
    customer = (await services.store.read(lambda tx: tx.tickets.get(ticket))).customer_id
    gone = await http.post(f"/api/v1/customers/{customer}/erase", headers=head, json={"confirm": True})
    assert gone.status_code == 200, gone.text
    assert [(await http.get(url)).status_code for url in urls] == [404, 404]

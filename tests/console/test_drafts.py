"""What an agent is writing is kept, and what was sent does not come back to be sent twice."""

import httpx
import pytest

from tests.console.life import Browser, Life


async def written(http: httpx.AsyncClient, talk: str) -> str:
    """What stands in the form when the page is opened."""
    page = (await http.get(f"/console/conversations/{talk}?view=mine")).text
    return page.split('id="text"', 1)[1].split(">", 1)[1].split("</textarea>", 1)[0]


@pytest.mark.parametrize("kind", ["reply", "note"])
async def test_a_draft_that_arrives_after_its_reply_was_sent_is_not_brought_back(
    life: Life, browser: Browser, http: httpx.AsyncClient, kind: str
) -> None:
    talk = await life.writes("hi", user="a")
    await browser.sign_in(await life.hires("Lin"))
    await browser.press(f"/console/conversations/{talk}/claim")
    draft = f"/console/conversations/{talk}/draft"
    await browser.press(draft, text="Room 5 is", key="form-0001")
    assert await written(http, talk) == "Room 5 is"
    said = {"text": "Room 5 is free", "key": "form-0001", "kind": kind}
    assert (await browser.press(f"/console/conversations/{talk}/reply", **said)).status_code == 303
    await browser.press(draft, text="Room 5 is free", key="form-0001")  # told late, as on a busy line
    assert await written(http, talk) == ""
    await browser.press(draft, text="And room 6", key="form-0002")
    assert await written(http, talk) == "And room 6"

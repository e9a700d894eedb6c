from dataclasses import replace

import httpx

from console.app import Console
from crm_store.database import DatabaseDown
from desk.agents import Agent, Role
from desk.conversations import DeliveryStatus
from desk.effects import NoteGap
from tests.console.life import Life

PROBLEM = "application/problem+json"
ARTICLE = {"id": "wifi", "phrasings": [{"text": "How do I get wifi?", "language": "en"}],
           "answers": [{"text": "Ask at the desk.", "language": "en"}]}


class Caller:
    """A program that talks to the REST API as one agent."""

    def __init__(self, http: httpx.AsyncClient, agent: Agent, token: str) -> None:
        self.agent = agent
        self._http = http
        self._headers = {"Authorization": f"Bearer {token}"}

    async def __call__(self, method: str, path: str, **options: object) -> httpx.Response:
        return await self._http.request(method, f"/api/v1{path}", headers=self._headers, **options)


async def caller(http: httpx.AsyncClient, life: Life, name: str = "Lin", role: Role = Role.AGENT) -> Caller:
    agent = await life.hires(name, role)
    await life.staff_is_present(agent)
    return Caller(http, agent, await life.token_of(agent))


async def every_operation(http: httpx.AsyncClient) -> list[tuple[str, str]]:
    schema = (await http.get("/api/openapi.json")).json()
    return [(method.upper(), path) for path, methods in schema["paths"].items() for method in methods]


async def test_without_a_token_every_route_of_the_schema_answers_401(http: httpx.AsyncClient):
    operations = await every_operation(http)
    assert len(operations) >= 24
    for method, path in operations:
        for headers in ({}, {"Authorization": "Bearer nobody-has-this"}):
            answer = await http.request(method, path, headers=headers)
            assert (answer.status_code, answer.headers["content-type"]) == (401, PROBLEM), (method, path)


async def test_only_the_rest_api_is_in_the_schema(http: httpx.AsyncClient):
    assert all(path.startswith("/api/v1/") for _, path in await every_operation(http))


async def test_a_conversation_is_claimed_answered_and_closed_by_calls(http: httpx.AsyncClient, life: Life):
    call = await caller(http, life)
    talk = await life.asks_for_a_person("Help me")
    waiting = (await call("GET", "/conversations?holder=queue")).json()
    assert [item["id"] for item in waiting["items"]] == [talk] and waiting["next"] is None
    assert (await call("POST", f"/conversations/{talk}/claim")).json()["agent"] == call.agent.id
    said = await call("POST", f"/conversations/{talk}/messages", json={"text": "Here I am", "key": "key-0001"})
    assert said.status_code == 202
    assert (await call("POST", f"/conversations/{talk}/close")).json()["holder"] == "nobody"
    whole = (await call("GET", f"/conversations/{talk}")).json()
    assert whole["messages"][0]["text"] == "Help me"
    assert "Here I am" in [item["text"] for item in whole["messages"]]
    assert whole["closed_at"].endswith("Z")


async def test_the_same_key_again_says_nothing_twice(http: httpx.AsyncClient, life: Life):
    call = await caller(http, life)
    talk = await life.asks_for_a_person()
    await call("POST", f"/conversations/{talk}/claim")
    for _ in range(3):
        await call("POST", f"/conversations/{talk}/messages", json={"text": "Once", "key": "key-0001"})
    assert await life.agent_says(talk) == ["Once"]


async def test_whoever_comes_second_is_told_who_was_first(http: httpx.AsyncClient, life: Life):
    lin, wu = await caller(http, life, "Lin"), await caller(http, life, "Wu")
    talk = await life.asks_for_a_person()
    await lin("POST", f"/conversations/{talk}/claim")
    answer = await wu("POST", f"/conversations/{talk}/claim")
    assert (answer.status_code, answer.headers["content-type"]) == (409, PROBLEM)
    assert answer.json() == {"type": "about:blank", "title": "Conflict", "status": 409,
                             "detail": "Lin has this conversation"}


async def test_a_conversation_is_transferred_to_a_colleague_who_then_has_it(http: httpx.AsyncClient, life: Life):
    lin, wu = await caller(http, life, "Lin"), await caller(http, life, "Wu")
    talk = await life.asks_for_a_person()
    await lin("POST", f"/conversations/{talk}/claim")
    moved = await lin("POST", f"/conversations/{talk}/transfer", json={"agent": wu.agent.id})
    assert moved.json()["agent"] == wu.agent.id
    assert (await lin("POST", f"/conversations/{talk}/transfer", json={"agent": lin.agent.id})).status_code == 409
    assert (await wu("POST", f"/conversations/{talk}/transfer", json={"agent": "ghost"})).status_code == 404


async def test_lists_are_walked_page_by_page_without_a_gap(http: httpx.AsyncClient, life: Life):
    call = await caller(http, life)
    made = [await life.writes("hi", user=f"u{number}", name=f"U{number}") for number in range(5)]
    seen, cursor = [], ""
    while cursor is not None:
        page = (await call("GET", f"/conversations?limit=2&cursor={cursor}")).json()
        seen += [item["id"] for item in page["items"]]
        cursor = page["next"]
    assert seen == made[::-1]


async def test_two_profiles_of_one_person_become_one(http: httpx.AsyncClient, life: Life):
    call = await caller(http, life, role=Role.SUPERVISOR)
    first = await life.customer_of(await life.writes("hi", user="a", name="Emma"))
    second = await life.customer_of(await life.writes("hi", user="b", name="Emma C."))
    await life.books(second, "SG-1", "Suite")
    merged = (await call("POST", f"/customers/{first}/merge", json={"other": second})).json()
    assert len(merged["identities"]) == 2 and [order["number"] for order in merged["orders"]] == ["SG-1"]
    assert (await call("GET", f"/customers/{second}")).status_code == 404
    assert (await call("POST", f"/customers/{first}/merge", json={"other": first})).status_code == 422
    assert [item["number"] for item in (await call("GET", f"/customers/{first}/orders")).json()["items"]] == ["SG-1"]


async def test_an_article_is_written_found_changed_and_removed(http: httpx.AsyncClient, life: Life, services):
    call = await caller(http, life, role=Role.ADMIN)
    assert (await call("POST", "/faq/articles", json=ARTICLE)).status_code == 201
    assert (await call("POST", "/faq/articles", json=ARTICLE)).status_code == 409
    await services.faq.refresh()
    found = (await call("GET", "/faq/search?q=How do I get wifi?&language=en")).json()
    assert found["items"][0]["article"] == "wifi" and found["items"][0]["answer"] == "Ask at the desk."
    changed = await call("PUT", "/faq/articles/wifi", json={**ARTICLE, "category": "net", "version": 1})
    assert (changed.json()["version"], changed.json()["category"]) == (2, "net")
    assert (await call("PUT", "/faq/articles/wifi", json={**ARTICLE, "version": 1})).status_code == 409
    assert (await call("DELETE", "/faq/articles/wifi?version=1")).status_code == 409
    assert (await call("DELETE", "/faq/articles/wifi?version=2")).status_code == 204
    assert (await call("GET", "/faq/articles/wifi")).status_code == 404


async def test_a_dead_message_is_listed_and_sent_again_once(http: httpx.AsyncClient, life: Life):
    call = await caller(http, life)
    talk = await life.writes("hi")
    number = await life.delivery_ends(talk, DeliveryStatus.DEAD, "blocked")
    (delivery,) = (await call("GET", "/deliveries")).json()["items"]
    assert (delivery["id"], delivery["error"]) == (str(number), "blocked")
    assert (await call("POST", f"/deliveries/{number}/send-again")).status_code == 202
    assert (await call("POST", f"/deliveries/{number}/send-again")).status_code == 409


async def test_bad_input_names_the_field(http: httpx.AsyncClient, life: Life):
    call = await caller(http, life)
    talk = await life.asks_for_a_person()
    answer = await call("POST", f"/conversations/{talk}/messages", json={"text": "hi", "key": "x"})
    assert (answer.status_code, answer.json()["field"]) == (422, "key")


async def test_an_unknown_path_is_a_problem_too(http: httpx.AsyncClient, life: Life):
    call = await caller(http, life)
    answer = await call("GET", "/nonsense")
    assert (answer.status_code, answer.headers["content-type"]) == (404, PROBLEM)


class BrokenStore:
    """A database that is away."""

    async def read(self, work):
        raise DatabaseDown("away")

    transact = read


async def test_while_the_database_is_away_callers_are_told_to_come_back(services):
    transport = httpx.ASGITransport(Console(replace(services, store=BrokenStore())))
    async with httpx.AsyncClient(transport=transport, base_url="http://desk.test") as http:
        answer = await http.get("/api/v1/agents", headers={"Authorization": "Bearer x"})
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "2")


async def test_articles_are_edited_together_and_the_change_is_undone(http: httpx.AsyncClient, life: Life):
    call = await caller(http, life, role=Role.ADMIN)
    await call("POST", "/faq/articles", json=ARTICLE)
    change = (await call("POST", "/faq/articles/bulk", json={"ids": ["wifi"], "action": "status",
                                                             "value": "archived"})).json()
    assert (change["action"], change["articles"], change["agent"] != "") == ("bulk", 1, True)
    assert (await call("GET", "/faq/articles?status=archived")).json()["items"][0]["id"] == "wifi"
    assert (await call("POST", f"/faq/changes/{change['revision']}/undo")).json() == {"restored": 1, "kept": 0}
    assert (await call("POST", f"/faq/changes/{change['revision']}/undo")).status_code == 409
    asked = {"questions": [{"text": "wlan password", "language": "en"}]}
    await call("POST", "/faq/articles/wifi/questions", json=asked)
    assert "wlan password" in (await call("GET", "/faq/articles/wifi/questions")).text
    versions = (await call("GET", "/faq/articles/wifi/versions")).json()["items"]
    assert [item["change"]["action"] for item in versions] == ["edited", "undone", "bulk", "created"]
    assert (await call("POST", "/faq/articles/wifi/versions/1/restore")).json()["version"] == 5


async def test_gaps_are_listed_in_groups_and_become_a_draft(http: httpx.AsyncClient, life: Life):
    call = await caller(http, life, role=Role.ADMIN)
    await life.writes("Do you rent boats?", effects=[NoteGap("Do you rent boats?", "en")])
    (group,) = (await call("GET", "/faq/gaps/groups")).json()["items"]
    assert (group["question"], group["customers"], group["kinds"]) == ("Do you rent boats?", 1, {"refused": 1})
    made = await call("POST", "/faq/gaps/draft", json={"gaps": group["gaps"]})
    assert (made.status_code, made.json()["status"]) == (201, "draft")
    assert (await call("GET", "/faq/gaps/groups")).json()["items"] == []
    (gap,) = (await call("GET", "/faq/gaps")).json()["items"]
    assert (gap["state"], gap["kind"]) == ("drafted", "refused")
    assert (await call("POST", "/faq/gaps/draft", json={"gaps": ["x"]})).status_code == 422

"""No form works from elsewhere, every answer carries its security headers, and calls with nonsense never break us."""

from dataclasses import replace
from urllib.parse import quote

import httpx
import pytest

from console.app import Console
from desk.agents import Role
from tests.console.life import Browser, Life
from tests.console.test_permissions import ENDLESS, PUBLIC, Route, routes, routes_of  # noqa: F401 - a fixture
from tests.console.test_rest import caller

UNSAFE = {"POST", "PUT", "PATCH", "DELETE"}
NONSENSE = ["", "x" * 500, "\x00", "../../etc/passwd", "-1", "9" * 40, "𠮷🙂‮", "' OR 1=1 --", "%00", "{}"]


def fields_of(described: dict, shapes: dict) -> list[str]:
    """The names of what a call's body may hold."""
    content = described["requestBody"]["content"].get("application/json", {})
    name = content.get("schema", {}).get("$ref", "").rsplit("/", 1)[-1]
    return list(shapes.get(name, {}).get("properties", {}))


def filled(path: str, value: str = "1") -> str:
    """The path with something in its places."""
    for place in {part for part in path.split("/") if part.startswith("{")}:
        path = path.replace(place, value)
    return path


async def test_no_form_of_any_page_works_without_the_sessions_token_or_from_another_site(
    http: httpx.AsyncClient, life: Life, routes: list[Route]  # noqa: F811
):
    browser = Browser(http)
    await browser.sign_in(await life.hires("Boss", Role.ADMIN))
    csrf = await browser.csrf()
    forms = [each for each in routes if each.path.startswith("/console") and each.method in UNSAFE]
    assert len(forms) > 40
    for form in forms:
        path = filled(form.path)
        for headers, fields in (
            ({}, {}), ({"X-CSRF": "guessed"}, {}), ({}, {"csrf": "guessed"}),
            ({"X-CSRF": csrf, "Sec-Fetch-Site": "cross-site"}, {}),
            ({"Origin": "https://evil.example"}, {"csrf": csrf}),
        ):
            answer = await http.request(form.method, path, headers=headers, data=fields)
            assert answer.status_code == 403, (form, headers, fields)
    assert (await http.get("/console/inbox")).status_code == 200, "still signed in"


@pytest.mark.parametrize("path", ["/console/sign-in", "/console/sign-in/code", "/console/link/x"])
async def test_nor_does_a_form_for_strangers(http: httpx.AsyncClient, path: str):
    assert (await http.post(path, headers={"Sec-Fetch-Site": "cross-site"})).status_code == 403


async def test_every_page_and_every_call_carries_its_security_headers(
    services, http: httpx.AsyncClient, life: Life, routes: list[Route]  # noqa: F811
):
    browser = Browser(http)
    await browser.sign_in(await life.hires("Boss", Role.ADMIN))
    pages = [each.path for each in routes if each.method == "GET" and each.path not in ENDLESS]
    for path in [*pages, "/console/sign-in", "/console/link/x", "/console/nowhere", "/files/none", "/api/v1/nowhere"]:
        headers = (await http.get(filled(path))).headers
        assert headers["x-content-type-options"] == "nosniff", path
        policy = headers["content-security-policy"]
        assert "default-src 'none'" in policy and "unsafe" not in policy, path
        if path.startswith("/console"):
            assert "frame-ancestors 'none'" in policy and headers["x-frame-options"] == "DENY", path
            assert headers["referrer-policy"] == "same-origin" and headers["cache-control"] == "no-store", path


async def test_over_https_browsers_are_told_to_stay_there(services):
    public = replace(services, settings=services.settings.model_copy(update={"public_url": "https://desk.example"}))
    transport = httpx.ASGITransport(Console(public))
    async with httpx.AsyncClient(transport=transport, base_url="https://desk.example") as http:
        assert "max-age=" in (await http.get("/console/sign-in")).headers["strict-transport-security"]


async def test_every_call_is_described_with_its_answer_and_its_errors(http: httpx.AsyncClient):
    paths = (await http.get("/api/openapi.json")).json()["paths"]
    lacking = []
    for path, methods in paths.items():
        for method, call in methods.items():
            good = [answer for status, answer in call["responses"].items() if status.startswith("2")]
            is_answered = all("content" in answer for answer in good) or {"202", "204"} & call["responses"].keys()
            errors = {"401", "403", "404", "409", "422", "503"} <= call["responses"].keys()
            if not (call.get("summary") and call.get("tags") and good and is_answered and errors):
                lacking.append(f"{method.upper()} {path}")
    assert lacking == []


async def test_calls_with_nonsense_are_refused_in_words_and_never_break(http: httpx.AsyncClient, life: Life):
    call = await caller(http, life, "Boss", Role.ADMIN)
    schema = (await http.get("/api/openapi.json")).json()
    paths, shapes = schema["paths"], schema["components"]["schemas"]
    broken = []
    for path, methods in paths.items():
        for method, described in methods.items():
            names = [each["name"] for each in described.get("parameters", []) if each["in"] == "query"]
            for value in NONSENSE:
                place = filled(path.removeprefix("/api/v1"), quote(value, safe="") or "1")
                fields = fields_of(described, shapes) if "requestBody" in described else []
                body = {"json": dict.fromkeys(fields, value)} if "requestBody" in described else {}
                try:
                    answer = await call(method.upper(), place, params=dict.fromkeys(names, value), **body)
                except Exception as error:  # what the server would answer with 500
                    broken.append(f"{method} {path} {value[:20]!r}: {error!r}"[:200])
                else:
                    assert answer.status_code < 500, (method, path, value, answer.text)
    assert broken == []

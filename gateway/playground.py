"""The playground (demo only): the platforms' phones beside each other, in front of their simulators.

The page never talks to the gateway's own flow: what is typed goes to a simulator, which calls our real webhook, and
what it shows came through the real send call.
"""

import httpx
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.routing import BaseRoute, Mount, Route
from starlette.staticfiles import StaticFiles

from demo.customers import PERSONAS
from gateway.webchat import FOLDER, SECURITY_HEADERS, templates
from gateway.webchat_words import ACTIONS, GROUPS, SUGGESTIONS, choose_language, words_for_playground
from wiring.services import Services

PLATFORMS = ("wechat", "telegram", "slack")
_CONTROLS = {"users", "send", "click", "event", "messages"}
_PICTURES = {"image/png", "image/jpeg", "image/gif", "image/webp"}


def playground_routes(services: Services) -> list[BaseRoute]:
    """GET /playground, and its way to the simulators' controls and pictures."""
    simulators = httpx.AsyncClient(
        base_url=f"http://127.0.0.1:{services.settings.simulators_port}", timeout=20, trust_env=False
    )

    async def page(request: Request) -> Response:
        language = choose_language(request.query_params.get("lang", ""), request.headers.get("accept-language", ""))
        html = templates.get_template("playground.html").render(
            words=words_for_playground(language), language=language.value, platforms=PLATFORMS, actions=ACTIONS,
            groups=GROUPS, suggestions=SUGGESTIONS, people=_people(),
        )
        return HTMLResponse(html, headers=SECURITY_HEADERS)

    async def control(request: Request) -> Response:
        platform, verb = request.path_params["platform"], request.path_params["verb"]
        if platform not in PLATFORMS or verb not in _CONTROLS:
            return JSONResponse({"error": "no such control"}, 404)
        if request.headers.get("sec-fetch-site", "same-origin") not in ("same-origin", "none"):
            return JSONResponse({"error": "only from the playground"}, 403)
        try:
            answer = await simulators.request(
                request.method, f"/sim/{platform}/{verb}", params=dict(request.query_params),
                content=await request.body(), headers={"content-type": "application/json"},
            )
        except httpx.HTTPError:
            return JSONResponse({"error": "the simulator does not answer"}, 502)
        return Response(answer.content, answer.status_code, media_type="application/json")

    async def picture(request: Request) -> Response:
        platform, place, name = (request.path_params[part] for part in ("platform", "place", "name"))
        if platform not in PLATFORMS or place not in ("files", "media"):
            return Response(status_code=404)
        try:
            answer = await simulators.get(f"/sim/{platform}/{place}/{name}")
        except httpx.HTTPError:
            return Response(status_code=502)
        kind = answer.headers.get("content-type", "")
        if answer.status_code != httpx.codes.OK or kind not in _PICTURES:
            return Response(status_code=404)
        return Response(answer.content, media_type=kind, headers=SECURITY_HEADERS)

    return [
        Route("/playground", page),
        Route("/playground/sim/{platform}/{verb}", control, methods=["GET", "POST"]),
        Route("/playground/sim/{platform}/{place}/{name}", picture),
        Mount("/playground/static", StaticFiles(directory=FOLDER / "static")),
    ]


def _people() -> dict[str, list[dict[str, str]]]:
    """The demo's people as each simulator knows them, with the language they write in."""
    return {
        platform: [
            {"id": getattr(persona, platform), "name": persona.name, "language": persona.language.value}
            for persona in PERSONAS
        ]
        for platform in PLATFORMS
    }

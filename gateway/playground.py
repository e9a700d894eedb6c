"""The playground (demo only): the platforms' phones beside each other, in front of their simulators.

The page never talks to the gateway's own flow: what is typed goes to a simulator, which calls our real webhook, and
what it shows came through the real send call.
"""

import httpx
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.routing import BaseRoute, Mount, Route
from starlette.staticfiles import StaticFiles

from gateway.webchat import FOLDER, SECURITY_HEADERS, templates
from wiring.services import Services

PLATFORMS = ("wechat", "telegram", "slack")
_CONTROLS = {"users", "send", "click", "event", "messages", "fault"}


def playground_routes(services: Services) -> list[BaseRoute]:
    """GET /playground, and its way to the simulators' controls."""
    simulators = httpx.AsyncClient(
        base_url=f"http://127.0.0.1:{services.settings.simulators_port}", timeout=20, trust_env=False
    )

    async def page(_: Request) -> Response:
        html = templates.get_template("playground.html").render(platforms=PLATFORMS)
        return HTMLResponse(html, headers=SECURITY_HEADERS)

    async def control(request: Request) -> Response:
        platform, verb = request.path_params["platform"], request.path_params["verb"]
        if platform not in PLATFORMS or verb not in _CONTROLS:
            return JSONResponse({"error": "no such control"}, 404)
        try:
            answer = await simulators.request(
                request.method, f"/sim/{platform}/{verb}", params=dict(request.query_params),
                content=await request.body(), headers={"content-type": "application/json"},
            )
        except httpx.HTTPError:
            return JSONResponse({"error": "the simulator does not answer"}, 502)
        return Response(answer.content, answer.status_code, media_type=answer.headers.get("content-type"))

    return [
        Route("/playground", page),
        Route("/playground/sim/{platform}/{verb}", control, methods=["GET", "POST", "DELETE"]),
        Mount("/playground/static", StaticFiles(directory=FOLDER / "static")),
    ]

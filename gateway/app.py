"""The gateway's web application: webhooks, web chat, console, REST, health."""

from collections.abc import Mapping

from fastapi import FastAPI
from starlette.types import ASGIApp, Receive, Scope, Send

from console.app import Console
from gateway.health import Health
from gateway.intake import Intake
from gateway.metrics import Metrics
from gateway.playground import playground_routes
from gateway.webchat import webchat_routes
from gateway.webhooks import build_webhooks
from wiring.services import Services


class Front:
    """What listens on FRONTDESK_PORT: webhooks are let through at once, all else goes to the web framework."""

    def __init__(self, webhooks: Mapping[str, ASGIApp], framework: FastAPI) -> None:
        self._webhooks = webhooks
        self.framework = framework

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        webhook = self._webhooks.get(scope["path"]) if scope["type"] == "http" else None
        await (webhook or self.framework)(scope, receive, send)


def build_app(services: Services, metrics: Metrics) -> Front:
    """Everything that listens on FRONTDESK_PORT; starts nothing by itself."""
    app = FastAPI(openapi_url=None, docs_url=None, redoc_url=None)
    intake = Intake(services.store, services.clock)
    app.router.routes.extend(webchat_routes(services, intake))
    app.router.routes.extend(Health(services, metrics).routes())
    if services.settings.demo:
        app.router.routes.extend(playground_routes(services))
    app.mount("/", Console(services))
    return Front(build_webhooks(services, intake, metrics), app)

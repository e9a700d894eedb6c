"""The gateway's web application: webhooks, web chat, console, REST, health."""

from fastapi import FastAPI

from console.app import routers
from gateway.health import Health
from gateway.intake import Intake
from gateway.metrics import Metrics
from gateway.playground import playground_routes
from gateway.webchat import webchat_routes
from gateway.webhooks import webhook_routes
from wiring.services import Services


def build_app(services: Services, metrics: Metrics) -> FastAPI:
    """Everything that listens on FRONTDESK_PORT; starts nothing by itself."""
    app = FastAPI(title="Frontdesk", version="1", openapi_url="/api/openapi.json", docs_url=None, redoc_url=None)
    intake = Intake(services.store, services.clock)
    app.router.routes.extend(webhook_routes(services, intake, metrics))
    app.router.routes.extend(webchat_routes(services, intake))
    app.router.routes.extend(Health(services, metrics).routes())
    if services.settings.demo:
        app.router.routes.extend(playground_routes(services))
    for router in routers(services):
        app.include_router(router)
    return app

"""The console: pages, files and REST, over the services of one process."""

from functools import cache

from fastapi import FastAPI
from starlette.types import Receive, Scope, Send

from console import (
    api,
    audit,
    calendar,
    campaigns,
    canned,
    cases,
    consents,
    conversation_buttons,
    customer_merge,
    customer_unmerge,
    customers,
    faq_article,
    faq_categories,
    faq_copies,
    faq_exchange,
    faq_gaps,
    faq_list,
    faq_report,
    faq_reviews,
    faq_tuning,
    files,
    inbox,
    levels,
    live,
    own_security,
    people,
    programme,
    remedies,
    reports,
    results,
    saved_filters,
    settings,
    sign_in,
    staffing,
    surveys,
    ticket,
    tickets,
    value_report,
    wallboard,
    webhooks,
)
from console.live_follower import Follower
from wiring.services import Services

_PARTS = (
    sign_in,
    customer_merge,
    customer_unmerge,
    customers,
    inbox,
    saved_filters,
    conversation_buttons,
    canned,
    staffing,
    cases,
    tickets,
    ticket,
    faq_list,
    faq_report,
    faq_reviews,
    faq_tuning,
    faq_categories,
    faq_article,
    faq_copies,
    faq_exchange,
    faq_gaps,
    calendar,
    surveys,
    campaigns,
    consents,
    levels,
    remedies,
    programme,
    reports,
    value_report,
    results,
    wallboard,
    settings,
    own_security,
    people,
    audit,
    webhooks,
    live,
    files,
    api,
)


class Console:
    """Everything this package serves: /console (pages and assets), /files and /api/v1, which alone is in the schema."""

    def __init__(self, services: Services) -> None:
        self._state = {"services": services, "follower": Follower(services)}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        scope["state"] = {**scope.get("state", {}), **self._state}
        await framework()(scope, receive, send)


@cache
def framework() -> FastAPI:
    """The routes, which find the services they work on in the request: preparing them takes a second, so that is done
    once for all consoles of a process."""
    app = FastAPI(title="Frontdesk", version="1", openapi_url="/api/openapi.json", docs_url=None, redoc_url=None)
    for part in _PARTS:
        app.include_router(part.router)
    return app

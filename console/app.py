"""The console as the gateway takes it in."""

from fastapi import APIRouter, Depends, FastAPI

from console import (
    api,
    audit,
    calendar,
    campaigns,
    canned,
    cases,
    consents,
    conversation_buttons,
    customers,
    faq_article,
    faq_exchange,
    faq_gaps,
    faq_list,
    faq_report,
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
from console.access import provide
from wiring.services import Services


def routers(services: Services) -> list[APIRouter]:
    """Everything this package serves: /console (pages and assets), /files and /api/v1, which alone is in the schema."""
    parts = (
        sign_in,
        customers,
        inbox,
        conversation_buttons,
        canned,
        staffing,
        cases,
        tickets,
        ticket,
        faq_list,
        faq_report,
        faq_tuning,
        faq_article,
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
    return [_with_services(part.router, services) for part in parts]


def build_console(services: Services) -> FastAPI:
    """The console alone, as its tests run it; the gateway includes `routers` in its own application."""
    app = FastAPI(title="Frontdesk", openapi_url="/api/openapi.json", docs_url=None, redoc_url=None)
    for router in routers(services):
        app.include_router(router)
    return app


def _with_services(router: APIRouter, services: Services) -> APIRouter:
    outer = APIRouter(dependencies=[Depends(provide(services))])
    outer.include_router(router)
    return outer

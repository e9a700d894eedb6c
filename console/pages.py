"""How a page is made: the template, the security headers, and what an error looks like."""

from collections.abc import Callable, Coroutine, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit

from fastapi import Request
from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.responses import HTMLResponse, RedirectResponse, Response

from console import navigation
from console.access import Forbidden, NotSignedIn, SecondStepMissing, services_of
from console.browser_names import browser_name
from console.words import Words, language_of
from crm_store.agents import Session
from crm_store.database import DatabaseDown
from desk.errors import Conflict, Invalid, NotFound
from desk.messages import Language
from desk.permissions import Permission, may

CSP = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "font-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
SECURITY_HEADERS = {
    "Content-Security-Policy": CSP,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "X-Frame-Options": "DENY",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=()",
}
HOME = "/console/inbox"
HTTPS_FOR = 365 * 24 * 3600
"""Seconds for which browsers then use nothing but https."""
SECOND_STEP_PAGE = "/console/settings/security"
THEMES = ("system", "light", "dark")
THEME_COOKIE = "frontdesk_theme"
STATIC = Path(__file__).with_name("static")
_PROBLEMS: dict[type[Exception], tuple[int, str]] = {
    Forbidden: (403, "forbidden"),
    NotFound: (404, "not_found"),
    Conflict: (409, "conflict"),
    Invalid: (422, "invalid"),
    RequestValidationError: (422, "invalid"),
    DatabaseDown: (503, "down"),
}
_templates = Environment(
    loader=FileSystemLoader(Path(__file__).with_name("templates")), autoescape=True, undefined=StrictUndefined,
    trim_blocks=True, lstrip_blocks=True,
)
_templates.globals["asset_version"] = max(int(file.stat().st_mtime) for file in STATIC.rglob("*") if file.is_file())
_templates.filters["browser"] = browser_name
_templates.globals["themes"] = THEMES
_templates.globals["languages"] = ((Language.ZH_HANS, "简体"), (Language.ZH_HANT, "繁體"), (Language.EN, "English"))


class PageRoute(APIRoute):
    """A route of the console: every answer carries the security headers, every error is a page."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        handle = super().get_route_handler()

        async def handle_page(request: Request) -> Response:
            try:
                response = await handle(request)
            except NotSignedIn:
                response = _to_sign_in(request)
            except SecondStepMissing:
                response = see_other(request, SECOND_STEP_PAGE)
            except tuple(_PROBLEMS) as error:
                response = _problem_page(request, error)
            for name, value in SECURITY_HEADERS.items():
                response.headers.setdefault(name, value)
            response.headers.setdefault("Cache-Control", "no-store")
            if services_of(request).settings.base_url.startswith("https://"):
                response.headers.setdefault("Strict-Transport-Security", f"max-age={HTTPS_FOR}")
            return response

        return handle_page


def is_htmx(request: Request) -> bool:
    """Whether a script of our page asks for a part, as opposed to a browser that goes to a page."""
    return request.headers.get("hx-request") == "true"


def words_for(request: Request) -> Words:
    """The words in the language of who is asking."""
    services = services_of(request)
    session: Session | None = getattr(request.state, "session", None)
    wanted = session.agent.locale if session else request.headers.get("accept-language", "")
    return Words(language_of(wanted), services.calendar.hours.zone, services.clock.now())


def render(request: Request, template: str, values: Mapping[str, object], *, status: int = 200) -> HTMLResponse:
    """Fill in a template; it knows the words (`t`), the session, the frame and what the caller gives it.

    `?said=<key>` shows the text `said.<key>` once, as a toast: where a form's answer leads says what was done.
    """
    session: Session | None = getattr(request.state, "session", None)
    words, path = words_for(request), request.url.path
    said = f"said.{request.query_params.get('said', '')}"
    frame: dict[str, object] = {
        "t": words, "session": session, "me": session.agent if session else None, "path": path,
        "theme": _theme(request), "said": said if words.has(said) else "",
    }
    if session:
        role = session.agent.role
        frame["may"] = lambda permission: may(role, Permission(permission))
        frame |= {"rail": navigation.rail(role, path), "settings_groups": navigation.settings(role, path)}
    return HTMLResponse(_templates.get_template(template).render(frame | dict(values)), status)


def see_other(request: Request, address: str) -> Response:
    """Go to another page, also when a script asked."""
    if is_htmx(request):
        return Response(status_code=204, headers={"HX-Redirect": address})
    return RedirectResponse(address, 303)


def own_path(path: str) -> str:
    """A path of the console, never an address elsewhere."""
    return path if path.startswith("/console/") and "\\" not in path else HOME


def where_from(request: Request) -> str:
    """The page whose form was sent."""
    came_from = urlsplit(request.headers.get("referer", ""))
    return own_path(f"{came_from.path}?{came_from.query}" if came_from.query else came_from.path)


def _theme(request: Request) -> str:
    wanted = request.cookies.get(THEME_COOKIE, "")
    return wanted if wanted in THEMES else THEMES[0]


def _to_sign_in(request: Request) -> Response:
    if request.headers.get("accept", "") == "text/event-stream":  # a stream cannot be redirected to a page
        return Response("event: signed-out\ndata: \n\n", media_type="text/event-stream")
    back = request.headers.get("hx-current-url", "") if is_htmx(request) else request.url.path
    if request.method not in ("GET", "HEAD") or not back.startswith("/console/"):
        return see_other(request, "/console/sign-in")
    return see_other(request, f"/console/sign-in?next={quote(back)}")


def _problem_page(request: Request, error: Exception) -> Response:
    status, name = next(found for kind, found in _PROBLEMS.items() if isinstance(error, kind))
    return render(request, "problem.html", {"name": name}, status=status)

"""The playground (demo only): the three platforms' phones beside each other, in front of their simulators."""

import httpx
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.routing import BaseRoute, Mount, Route
from starlette.staticfiles import StaticFiles

from gateway.webchat import CSP, FOLDER, _templates
from gateway.webchat_words import choose_language
from wiring.services import Services

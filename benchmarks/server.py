"""The gateway as it is measured: `python -m benchmarks.server [work]`, set up by FRONTDESK_* variables.

Beside the product's own addresses there is /empty, a handler of the same framework in the same server that reads the
body and answers "ok": the most that any handler could reach here. `work` also answers the messages. Telegram's limit
of 30 sends a second is lifted, because what is measured is us.
"""

import sys
from dataclasses import replace

import uvloop
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from desk.channels import CAPABILITIES
from desk.messages import ChannelName
from gateway import runtime
from knowledge_base.service import LiveFaq
from wiring.logging import configure_logging
from wiring.services import StoredArticles, build_services
from wiring.settings import load_settings


async def empty(request: Request) -> Response:
    await request.body()
    return PlainTextResponse("ok")


def main() -> None:
    configure_logging("ERROR", plain=True)
    telegram = CAPABILITIES[ChannelName.TELEGRAM]
    CAPABILITIES[ChannelName.TELEGRAM] = replace(telegram, rate=5000, burst=5000)
    services = build_services(load_settings(env_file=None))
    # Vectors would only add their own start-up time: both sides of each comparison ask the same FAQ.
    services = replace(services, faq=LiveFaq(StoredArticles(services.store), None))
    running = _WithEmpty(services, serve=True, work="work" in sys.argv[1:])
    running.prepare()
    uvloop.run(running.run())


class _WithEmpty(runtime.Runtime):
    def _servers(self) -> list[runtime.uvicorn.Server]:
        servers = super()._servers()
        servers[0].config.app.framework.router.routes.insert(0, Route("/empty", empty, methods=["POST"]))
        return servers


if __name__ == "__main__":
    main()

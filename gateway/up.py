"""`frontdesk up`: the whole product on one machine, in one process group."""

import asyncio
import secrets
import time
from dataclasses import dataclass

from console.passwords import hash_password
from demo.past import DAYS
from desk.agents import Role
from desk.errors import BotFailed, BotUnavailable, Invalid
from gateway.children import Child, rasa_child, simulators_child
from gateway.demo_data import Loaded, demo_environment, introduce_personas, load_demo
from gateway.jobs import line
from gateway.priority import give_way
from gateway.runtime import CannotStart, Runtime, check_port, keep_for_good, until_stopped
from wiring.services import Services, build_services
from wiring.settings import Settings, SettingsError, load_settings

ASSISTANT_WITHIN = 90.0


async def up(settings: Settings) -> None:
    """Start everything, say where it is, run until told to stop. Raises CannotStart."""
    started = time.monotonic()
    if settings.demo:
        settings = load_settings(**{**settings.model_dump(exclude_unset=True), **demo_environment(settings)})
    services = build_services(settings)
    runtime = Runtime(services, serve=True, work=True)
    _step("Database")
    runtime.prepare()
    children = _children(settings)
    news = await _first_start(services)
    _step("Assistant, workers and gateway")
    indexing = asyncio.create_task(services.faq.refresh())  # the longest part of a start: beside everything else
    try:
        for child in children:
            await child.start()
        if settings.demo:
            await introduce_personas(settings)
        give_way()
        async with runtime.running():
            await _until_assistant_answers(services)
            await _until_faq_is_indexed(services, indexing)
            keep_for_good()
            _welcome(settings, news, time.monotonic() - started)
            await until_stopped()
            line("Stopping ...")
    finally:
        await asyncio.gather(*(child.stop() for child in children))
    line("Stopped.")


@dataclass(frozen=True, slots=True)
class News:
    """What the first start made, to be shown once."""

    admin_password: str
    demo: Loaded | None


async def _first_start(services: Services) -> News:
    demo = None
    if services.settings.demo:
        demo = await load_demo(services.store, services.clock)
        if demo:
            _step(f"Demo business: {demo.articles} articles, {demo.customers} customers, "
                  f"{demo.conversations} conversations of the last {DAYS} days")
    return News(await _ensure_admin(services), demo)


async def _ensure_admin(services: Services) -> str:
    """Make the first admin; returns the password if it was generated."""
    settings = services.settings
    has_admin = await services.store.read(
        lambda tx: any(agent.role is Role.ADMIN and agent.active for agent in tx.agents.list_all())
    )
    if has_admin:
        return ""
    given = settings.admin_password.get_secret_value()
    password = given or secrets.token_urlsafe(12)
    try:
        hashed = hash_password(password)
    except Invalid as error:
        raise SettingsError(f"FRONTDESK_ADMIN_PASSWORD: {error}") from None
    await services.store.transact(
        lambda tx: tx.agents.add(email=settings.admin_email, name="Admin", role=Role.ADMIN, password_hash=hashed,
                                 now=services.clock.now())
    )
    return "" if given else password


def _children(settings: Settings) -> list[Child]:
    children: list[Child] = []
    if settings.rasa_url.startswith(("http://127.0.0.1:", "http://localhost:")):
        check_port("127.0.0.1", int(settings.rasa_url.rstrip("/").rsplit(":", 1)[-1]), "FRONTDESK_RASA_URL")
        children.append(rasa_child(settings))
    if settings.demo:
        check_port("127.0.0.1", settings.simulators_port, "FRONTDESK_SIMULATORS_PORT")
        children.append(simulators_child(settings))
    return children


async def _until_assistant_answers(services: Services) -> None:
    deadline = time.monotonic() + ASSISTANT_WITHIN
    while True:
        try:
            await services.bot.check()
            return
        except (BotUnavailable, BotFailed):
            if time.monotonic() > deadline:
                logs = services.settings.home / "logs" / "assistant.log"
                raise CannotStart(f"The assistant did not start within {ASSISTANT_WITHIN:.0f} s; see {logs}") from None
            await asyncio.sleep(0.25)


async def _until_faq_is_indexed(services: Services, indexing: asyncio.Task[bool]) -> None:
    """The first time every phrasing is embedded; later starts read the vectors from HOME."""
    if services.faq.status().revision is None:
        _step("FAQ index (the first time this takes up to a minute)")
    await indexing


def _step(text: str) -> None:
    line(f"· {text}")


def _welcome(settings: Settings, news: News, seconds: float) -> None:
    base = settings.base_url
    line(f"\nFrontdesk is ready ({seconds:.0f} s).\n")
    if settings.demo:
        line(f"  Playground  {base}/playground   write as a customer on WeChat, Telegram and Slack")
    line(f"  Web chat    {base}/chat")
    line(f"  Console     {base}/console      staff sign in here")
    line(f"  API         {base}/api/openapi.json")
    line(f"  Health      {base}/health/full\n")
    if news.admin_password:
        line(f"  Admin (shown once): {settings.admin_email}  {news.admin_password}")
    for email, password in (news.demo.passwords if news.demo else {}).items():
        line(f"  Demo staff (shown once): {email}  {password}")
    line("\nCtrl-C stops everything.")

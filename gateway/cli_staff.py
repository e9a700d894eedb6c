"""`frontdesk agents`, `deliveries`: people, and messages that need a person's decision."""

import getpass
import secrets
import sys
from datetime import datetime
from typing import Annotated

import typer

from console import people_desk
from console.passwords import hash_password
from crm_store.store import SqlTransaction
from desk.agents import Role, is_email
from desk.audit import COMMAND_LINE
from desk.errors import Conflict, Invalid
from desk.outbox import resend
from gateway.jobs import fail, line, with_services
from wiring.services import Services

agents = typer.Typer(no_args_is_help=True, help="Staff accounts.")
deliveries = typer.Typer(no_args_is_help=True, help="Messages that are in doubt or could not be sent.")
SHORTEST_PASSWORD = 10


@agents.command("add")
def add_agent(
    email: str,
    role: Annotated[Role, typer.Option(help="What they may do.")] = Role.AGENT,
    name: Annotated[str, typer.Option(help="The name customers see.")] = "",
) -> None:
    """Add a member of staff. The password is read from the terminal, or generated and shown once."""
    email = email.strip().lower()
    if not is_email(email):
        raise Invalid("email", "write an e-mail address")
    given = getpass.getpass("Password (empty: generate one): ") if sys.stdin.isatty() else ""
    if given and len(given) < SHORTEST_PASSWORD:
        fail(f"A password needs {SHORTEST_PASSWORD} characters or more.")
    password = given or secrets.token_urlsafe(12)

    async def add(services: Services) -> None:
        hashed = hash_password(password)
        try:
            await services.store.transact(lambda tx: _add(tx, email, name, role, hashed, services.clock.now()))
        except Conflict as conflict:
            fail(f"{conflict}.")
        line(f"Added {email} as {role.value}." + ("" if given else f" Password (shown once): {password}"))

    with_services(add)


def _add(tx: SqlTransaction, email: str, name: str, role: Role, hashed: str, now: datetime) -> None:
    made = tx.agents.add(email=email, name=name or email.split("@", 1)[0], role=role, password_hash=hashed, now=now)
    tx.audit.record(COMMAND_LINE, "account.added", f"agent:{made.id}", now, role=role)


@agents.command("list")
def list_agents() -> None:
    """Everybody who may sign in."""

    async def show(services: Services) -> None:
        for agent in await services.store.read(lambda tx: tx.agents.list_all()):
            line(f"{agent.email:40} {agent.role.value:12} {agent.name}{'' if agent.active else '  (closed)'}")

    with_services(show)


@agents.command("invite")
def invite_agent(
    email: str,
    role: Annotated[Role, typer.Option(help="What they may do.")] = Role.AGENT,
    name: Annotated[str, typer.Option(help="The name customers see.")] = "",
) -> None:
    """Add a member of staff and print the link by which they choose a password (once, within 7 days)."""

    async def invite(services: Services) -> None:
        try:
            _, link = await people_desk.invite(services, COMMAND_LINE, email, name, role)
        except (Conflict, Invalid) as wrong:
            fail(f"{wrong}.")
        line(link)

    with_services(invite)


@agents.command("reset-link")
def reset_link(email: str) -> None:
    """Print a link by which somebody chooses a new password (once, within 24 hours)."""

    async def make(services: Services) -> None:
        try:
            line(await people_desk.make_link(services, COMMAND_LINE, await _id_of(services, email)))
        except Conflict as wrong:
            fail(f"{wrong}.")

    with_services(make)


@agents.command("deactivate")
def deactivate_agent(email: str) -> None:
    """Sign somebody out for good; `reactivate` lets them in again."""
    _set_active(email, active=False)


@agents.command("reactivate")
def reactivate_agent(email: str) -> None:
    """Let somebody in again who was deactivated."""
    _set_active(email, active=True)


def _set_active(email: str, *, active: bool) -> None:
    async def change(services: Services) -> None:
        try:
            await people_desk.set_active(services, COMMAND_LINE, await _id_of(services, email), active)
        except Conflict as wrong:
            fail(f"{wrong}.")
        line("Reactivated." if active else "Deactivated.")

    with_services(change)


async def _id_of(services: Services, email: str) -> str:
    found = await services.store.read(lambda tx: tx.agents.find_by_email(email))
    if found is None:
        fail(f"Nobody has the address {email}.")
    return found[0].id


@deliveries.command("list")
def list_deliveries() -> None:
    """Messages in doubt (they may have arrived) and dead ones, newest first."""

    async def show(services: Services) -> None:
        troubled = await services.store.read(lambda tx: tx.outbound.list_troubled())
        for item in troubled:
            where = f"{item.address.channel.value:9} {item.created_at:%Y-%m-%d %H:%M}"
            line(f"{item.id}  {item.status.value:9} {where}  {item.error}")
        if not troubled:
            line("None: every message arrived or is on its way.")

    with_services(show)


@deliveries.command("send-again")
def send_again(delivery: int) -> None:
    """Send a message once more that was in doubt or dead."""

    async def again(services: Services) -> None:
        if not await services.store.transact(lambda tx: resend(tx, delivery, services.clock.now())):
            fail("That message is neither in doubt nor dead.")
        line("Queued.")

    with_services(again)

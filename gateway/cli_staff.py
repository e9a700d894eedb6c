"""`frontdesk agents`, `tokens`, `deliveries`: people, their API tokens, and messages that need a person's decision."""

import getpass
import secrets
import sys
from typing import Annotated

import typer

from console.passwords import hash_password
from desk.agents import Role
from desk.errors import Conflict
from desk.outbox import resend
from gateway.jobs import fail, line, with_services
from wiring.services import Services

agents = typer.Typer(no_args_is_help=True, help="Staff accounts.")
tokens = typer.Typer(no_args_is_help=True, help="API tokens.")
deliveries = typer.Typer(no_args_is_help=True, help="Messages that are in doubt or could not be sent.")
SHORTEST_PASSWORD = 10


@agents.command("add")
def add_agent(
    email: str,
    role: Annotated[Role, typer.Option(help="What they may do.")] = Role.AGENT,
    name: Annotated[str, typer.Option(help="The name customers see.")] = "",
) -> None:
    """Add a member of staff. The password is read from the terminal, or generated and shown once."""
    given = getpass.getpass("Password (empty: generate one): ") if sys.stdin.isatty() else ""
    if given and len(given) < SHORTEST_PASSWORD:
        fail(f"A password needs {SHORTEST_PASSWORD} characters or more.")
    password = given or secrets.token_urlsafe(12)

    async def add(services: Services) -> None:
        hashed = hash_password(password)
        try:
            await services.store.transact(
                lambda tx: tx.agents.add(email=email, name=name or email.split("@", 1)[0], role=role,
                                         password_hash=hashed, now=services.clock.now())
            )
        except Conflict as conflict:
            fail(f"{conflict}.")
        line(f"Added {email} as {role.value}." + ("" if given else f" Password (shown once): {password}"))

    with_services(add)


@agents.command("list")
def list_agents() -> None:
    """Everybody who may sign in."""

    async def show(services: Services) -> None:
        for agent in await services.store.read(lambda tx: tx.agents.list_all()):
            line(f"{agent.email:40} {agent.role.value:12} {agent.name}{'' if agent.active else '  (closed)'}")

    with_services(show)


@tokens.command("add")
def add_token(email: str, name: Annotated[str, typer.Option(help="What it is for.")] = "api") -> None:
    """Make an API token that acts as this member of staff; it is shown once."""
    token = f"fd_{secrets.token_urlsafe(32)}"

    async def add(services: Services) -> None:
        found = await services.store.read(lambda tx: tx.agents.find_by_email(email))
        if found is None:
            fail(f"Nobody has the address {email}.")
        await services.store.transact(lambda tx: tx.keys.add_token(found[0].id, token, name, services.clock.now()))
        line(token)

    with_services(add)


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

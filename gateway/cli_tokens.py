"""`frontdesk tokens`: API tokens of people and services."""

from typing import Annotated

import typer

from console import people_desk
from crm_store.store import SqlTransaction
from desk.agents import Agent, Role
from desk.audit import COMMAND_LINE
from desk.errors import Conflict, Invalid, NotFound
from gateway.jobs import fail, line, with_services
from wiring.services import Services

tokens = typer.Typer(no_args_is_help=True, help="API tokens.")


@tokens.command("add")
def add_token(
    email: str,
    name: Annotated[str, typer.Option(help="What it is for.")] = "api",
    role: Annotated[Role | None, typer.Option(help="At most what this role may; auditor: only read.")] = None,
    days: Annotated[int, typer.Option(help="How long it lives; 0: until it is revoked.")] = 0,
) -> None:
    """Make an API token that acts as this account; it is shown once."""

    async def add(services: Services) -> None:
        agent = await _account(services, email)
        try:
            token, _ = await people_desk.add_token(services, COMMAND_LINE, agent, name, role, days)
        except Invalid as wrong:
            fail(f"{wrong}.")
        line(token)

    with_services(add)


@tokens.command("add-service")
def add_service(
    name: str, role: Annotated[Role, typer.Option(help="What it may do.")] = Role.AGENT,
    days: Annotated[int, typer.Option(help="How long its token lives; 0: until it is revoked.")] = 0,
) -> None:
    """Make an account for a program, which cannot sign in, and its first token; it is shown once."""

    async def add(services: Services) -> None:
        try:
            service = await people_desk.add_service(services, COMMAND_LINE, name, role)
            token, _ = await people_desk.add_token(services, COMMAND_LINE, service, name, None, days)
        except (Conflict, Invalid) as wrong:
            fail(f"{wrong}.")
        line(f"Added {service.email} as {role.value}.")
        line(token)

    with_services(add)


@tokens.command("list")
def list_tokens() -> None:
    """Every token by its id, never the token itself."""

    async def show(services: Services) -> None:
        def read(tx: SqlTransaction) -> list[tuple[str, str]]:
            names = {agent.id: agent.email for agent in tx.agents.list_all()}
            return [
                (names.get(each.agent_id, ""), f"{each.id}  {each.role or 'as account':12} {each.name}"
                 + (f"  until {each.expires_at:%Y-%m-%d}" if each.expires_at else ""))
                for each in tx.keys.list_tokens()
            ]

        for owner, what in await services.store.read(read):
            line(f"{owner:40} {what}")

    with_services(show)


@tokens.command("revoke")
def revoke_token(token: Annotated[str, typer.Argument(help="Its id, as `tokens list` shows it.")]) -> None:
    """Make a token stop working."""

    async def revoke(services: Services) -> None:
        try:
            await people_desk.revoke_token(services, COMMAND_LINE, token)
        except NotFound:
            fail(f"There is no token {token}.")
        line("Revoked.")

    with_services(revoke)


async def _account(services: Services, email: str) -> Agent:
    found = await services.store.read(lambda tx: tx.agents.find_by_email(email))
    if found is None:
        fail(f"Nobody has the address {email}.")
    return found[0]

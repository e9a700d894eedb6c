"""What every command of the command line needs: services for one job, and words for the person."""

import asyncio
import sys
from collections.abc import Awaitable, Callable
from typing import NoReturn, TypeVar

import typer

from crm_store import schema
from wiring.logging import configure_logging
from wiring.services import Services, build_services
from wiring.settings import load_settings

T = TypeVar("T")


def line(text: str) -> None:
    typer.echo(text)


def fail(text: str) -> NoReturn:
    """Say why, on standard error, and end with code 1."""
    typer.echo(text, err=True)
    sys.exit(1)


def with_services(job: Callable[[Services], Awaitable[T]]) -> T:
    """Run one job over the migrated store, then close everything."""
    settings = load_settings()
    configure_logging("WARNING", plain=True)
    services = build_services(settings)
    schema.upgrade(services.database)

    async def run() -> T:
        services.signals.bind()
        try:
            return await job(services)
        finally:
            await services.close()

    return asyncio.run(run())

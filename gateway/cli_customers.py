"""`frontdesk customers`: hand over, or erase, everything that is kept of one."""

from pathlib import Path
from typing import Annotated

import typer

from console import customers_desk
from desk.audit import COMMAND_LINE
from desk.errors import NotFound
from gateway.jobs import fail, line, with_services
from wiring.services import Services

customers = typer.Typer(no_args_is_help=True, help="Customers' data.")


@customers.command("export")
def export_customer(
    customer: str, to: Annotated[Path | None, typer.Option(help="The zip file; default CUSTOMER.zip.")] = None
) -> None:
    """Write all that is kept of a customer into a zip: JSON, CSV, and the files of their conversations."""
    file = to or Path(f"{customer}.zip")

    async def export(services: Services) -> None:
        try:
            content = await customers_desk.export(services, COMMAND_LINE, customer)
        except NotFound:
            fail(f"There is no customer {customer}.")
        file.write_bytes(content)
        line(f"Wrote {file}.")

    with_services(export)


@customers.command("erase")
def erase_customer(
    customer: str, yes: Annotated[bool, typer.Option("--yes", help="Really erase; without it, only count.")] = False
) -> None:
    """Erase everything of a customer for good; without --yes, only say what would go."""

    async def erase(services: Services) -> None:
        try:
            erased = await (customers_desk.erase(services, COMMAND_LINE, customer) if yes
                            else customers_desk.preview_erasure(services, customer))
        except NotFound:
            fail(f"There is no customer {customer}.")
        for name, count in erased.rows.items():
            line(f"{count:8} {name}")
        line(f"{erased.files:8} files in uploads")
        if yes:
            line("Erased. Backups made before still hold it."
                 + ("" if erased.assistant_events is not None else " The assistant's own database was out of reach."))
        else:
            line("Nothing was erased. Add --yes to erase it for good.")

    with_services(erase)

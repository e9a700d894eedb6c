"""`frontdesk audit`: is the log of who did what as it was written?"""

from typing import Annotated

import typer

from console.audit import verify
from gateway.jobs import fail, line, with_services
from wiring.services import Services

audit = typer.Typer(no_args_is_help=True, help="The audit log.")


@audit.command("verify")
def verify_log(
    anchor: Annotated[str, typer.Option(help='An entry that was noted elsewhere, as "NUMBER SEAL".')] = "",
) -> None:
    """Check every entry's seal; ends with code 1 when something was altered, deleted or reordered."""

    async def check(services: Services) -> None:
        found = await verify(services)
        faults = list(found.faults)
        if anchor:
            number, _, seal = anchor.strip().partition(" ")
            kept = await services.store.read(lambda tx: tx.audit.seal_of(int(number) if number.isdigit() else 0))
            if not seal or kept != seal.strip():
                faults.append(f"entry {number} is not the one that was anchored")
        if faults:
            fail("\n".join(["The audit log was tampered with:", *(f"  {fault}" for fault in faults)]))
        line(f"Intact: {found.entries} entries.")
        if found.entries:
            line(f"Newest (keep it as an anchor): {found.entries} {found.newest}")

    with_services(check)

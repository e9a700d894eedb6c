"""`frontdesk backup` and `frontdesk restore`."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from crm_store.dumps import CannotDump
from gateway import backups
from gateway.jobs import fail, line
from gateway.runtime import only_instance
from wiring.settings import load_settings


def backup(
    file: Path,
    with_key: Annotated[bool, typer.Option(help="Put the secret key in, too. Whoever has the file reads all.")] = False,
) -> None:
    """Write everything into one file, while Frontdesk runs: database, uploads, the assistant's half-told forms."""
    settings = load_settings()
    if not file.absolute().parent.is_dir():
        fail(f"There is no folder {file.absolute().parent}.")
    try:
        made = backups.back_up(settings, file, datetime.now(UTC), with_key=with_key)
    except (CannotDump, OSError) as error:
        fail(f"{error}")
    line(f"Wrote {file}: {len(made.parts)} parts, {sum(part.size for part in made.parts):,} bytes.")
    if with_key:
        line("The secret key is in it: whoever has this file can read everything. Keep it as you keep a password.")
    else:
        line("The secret key is NOT in it. Keep FRONTDESK_SECRET_KEY (or HOME/secret.key) apart: without it names, "
             "phone numbers and e-mail addresses in this file cannot be read, and it cannot be restored.")


def restore(
    file: Path,
    force: Annotated[bool, typer.Option(help="Replace the data that is there.")] = False,
) -> None:
    """Bring back what `backup` wrote. Stop Frontdesk first. All is checked before anything changes."""
    settings = load_settings()
    lock = only_instance(settings.home) if settings.is_embedded and settings.home.is_dir() else None
    try:
        made = backups.restore(settings, file, force=force)
    except CannotDump as error:
        fail(f"{error}")
    finally:
        if lock is not None:
            lock.close()
    line(f"Restored what was there at {made.made_at}. `frontdesk audit verify` checks the audit log.")

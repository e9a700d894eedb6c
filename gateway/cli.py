"""`frontdesk`: the command line."""

import sys
from typing import Annotated

import typer
import uvloop

from crm_store.schema import CannotOpen
from desk.errors import DeskError
from gateway import cli_audit, cli_backup, cli_campaigns, cli_customers, cli_faq, cli_staff, cli_tokens
from gateway.jobs import fail, line, with_services
from gateway.runtime import CannotStart, Runtime
from gateway.up import up as start_everything
from wiring.logging import configure_logging
from wiring.services import Services, build_services
from wiring.settings import SettingsError, load_settings

app = typer.Typer(no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False,
                  help="Frontdesk: customer service on WeChat, Telegram, Slack and web chat.")
demo = typer.Typer(no_args_is_help=True, help="The demo business.")
telegram = typer.Typer(no_args_is_help=True, help="Telegram's webhook, or polling for development.")
app.add_typer(demo, name="demo")
app.add_typer(telegram, name="telegram")
app.add_typer(cli_faq.app, name="faq")
app.add_typer(cli_campaigns.app, name="campaigns")
app.add_typer(cli_audit.audit, name="audit")
app.add_typer(cli_customers.customers, name="customers")
app.add_typer(cli_staff.agents, name="agents")
app.add_typer(cli_tokens.tokens, name="tokens")
app.add_typer(cli_staff.deliveries, name="deliveries")
app.command()(cli_backup.backup)
app.command()(cli_backup.restore)


def main() -> None:
    """Entry point; what a person can mend is said in one sentence, without a traceback."""
    try:
        app()
    except (SettingsError, CannotStart, CannotOpen) as error:
        fail(str(error))
    except DeskError as error:
        fail(f"{str(error).rstrip('.')}.")


@app.command()
def up() -> None:
    """Run everything in one process group: gateway, workers, actions, assistant and, in the demo, simulators."""
    settings = load_settings()
    configure_logging(settings.log_level, plain=sys.stderr.isatty())
    uvloop.run(start_everything(settings))


@app.command()
def serve() -> None:
    """Run the gateway, the console and the action server (PostgreSQL; several may run)."""
    _run_role(serve=True, work=False)


@app.command()
def worker() -> None:
    """Run turns, deliveries and timers (PostgreSQL; several may run)."""
    _run_role(serve=False, work=True)


@app.command()
def migrate() -> None:
    """Bring the database schema to the newest version."""
    services = build_services(load_settings())
    Runtime(services, serve=False, work=False).prepare()
    line("The database is at the newest version.")
    services.database.close()


@app.command()
def doctor() -> None:
    """Check settings, database, assistant, FAQ and channels, and say what to do."""
    from gateway.doctor import examine

    healthy = with_services(examine)
    raise typer.Exit(0 if healthy else 1)


@demo.command("load")
def demo_load(
    again: Annotated[bool, typer.Option(help="Load it beside data that is there already.")] = False,
) -> None:
    """Load the demo business, if the store is empty."""
    from gateway.demo_data import load_anyway, load_demo

    async def load(services: Services) -> None:
        loaded = await (load_anyway if again else load_demo)(services.store, services.clock)
        if loaded is None:
            fail("There is data already. Add --again to load the demo business beside it.")
        line(f"Loaded {loaded.articles} articles, {loaded.customers} customers, {loaded.conversations} conversations "
             f"of the past and {len(loaded.passwords)} staff:")
        for email, password in loaded.passwords.items():
            line(f"  {email}  {password}")

    with_services(load)


@demo.command("remove")
def demo_remove() -> None:
    """Take the demo business and its past out; customers who wrote to you stay."""
    from gateway.demo_data import unload_demo

    async def remove(services: Services) -> None:
        articles, customers, staff = await unload_demo(services.store, services.clock)
        line(f"Removed {articles} articles and {customers} customers; {staff} staff accounts are closed.")

    with_services(remove)


@telegram.command("set-webhook")
def telegram_set_webhook() -> None:
    """Tell Telegram to deliver to FRONTDESK_PUBLIC_URL."""
    from gateway.telegram_commands import set_webhook

    with_services(set_webhook)


@telegram.command("poll")
def telegram_poll() -> None:
    """Fetch updates instead of receiving them (development only; needs no public address)."""
    from gateway.telegram_commands import poll

    with_services(poll)


def _run_role(*, serve: bool, work: bool) -> None:
    settings = load_settings()
    configure_logging(settings.log_level, plain=sys.stderr.isatty())
    if settings.is_embedded:
        raise CannotStart(
            "serve and worker are separate processes: they need PostgreSQL (set FRONTDESK_DATABASE_URL). "
            "On one machine with SQLite, run `frontdesk up`."
        )

    async def run() -> None:
        runtime = Runtime(build_services(settings), serve=serve, work=work)
        runtime.prepare()
        await runtime.run()

    uvloop.run(run())

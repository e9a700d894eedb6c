"""`frontdesk campaigns`: what runs, and starting or pausing it without the console."""

import typer

from campaigns.campaigns import CampaignState
from console import campaign_desk
from crm_store.store import SqlTransaction
from desk.agents import Agent
from desk.errors import Conflict, NotFound
from gateway.jobs import fail, line, with_services
from wiring.services import Services

app = typer.Typer(no_args_is_help=True, help="Survey campaigns.")


@app.command("list")
def list_campaigns() -> None:
    """Every campaign, newest first, with how far it is."""

    async def show(services: Services) -> None:
        def read(tx: SqlTransaction) -> list[str]:
            return [
                f"{item.id}  {item.state.value:9}  {item.name}  "
                + ", ".join(f"{state.value} {many}" for state, many in tx.recipient_views.count_states(item.id).items())
                for item in tx.campaigns.list_page(limit=500)
            ]

        lines = await services.store.read(read)
        for each in lines or ["There is no campaign yet."]:
            line(each)

    with_services(show)


@app.command("start")
def start(campaign: str, by: str = typer.Option(help="E-mail address of who starts it, for the audit log.")) -> None:
    """Start a draft, or resume a paused campaign."""

    async def go(services: Services) -> None:
        who = await _who(services, by)
        try:
            found = await services.store.read(lambda tx: tx.campaigns.get(campaign))
            if found.state is CampaignState.PAUSED:
                moved = await campaign_desk.change_campaign(services, who, campaign, CampaignState.RUNNING)
            else:
                moved = await campaign_desk.start_campaign(services, who, campaign)
        except (Conflict, NotFound) as error:
            fail(f"{error}.")
        line(f"{moved.name}: {moved.state.value}.")

    with_services(go)


@app.command("pause")
def pause(campaign: str, by: str = typer.Option(help="E-mail address of who pauses it, for the audit log.")) -> None:
    """Pause a running campaign: nothing more leaves."""

    async def hold(services: Services) -> None:
        who = await _who(services, by)
        try:
            moved = await campaign_desk.change_campaign(services, who, campaign, CampaignState.PAUSED)
        except (Conflict, NotFound) as error:
            fail(f"{error}.")
        line(f"{moved.name}: {moved.state.value}.")

    with_services(hold)


async def _who(services: Services, email: str) -> Agent:
    found = await services.store.read(lambda tx: tx.agents.find_by_email(email))
    if found is None:
        fail(f"Nobody has the address {email}.")
    return found[0]

"""How fast campaigns may send on the accounts that are switched on."""

from campaigns.planner import limit_of
from campaigns.running import Lanes
from crm_store.limits import channel_key
from crm_store.store import SqlTransaction
from desk.messages import Address
from wiring.services import Services


def lanes_of(services: Services, tx: SqlTransaction) -> Lanes:
    """The accounts, with the pace that holds for each: what was chosen, at most the share that campaigns may take."""
    chosen = tx.campaigns.chosen_rates()
    rates = {}
    for channel in services.channels:
        account = channel_key(Address(channel.name, channel.account, "", ""))
        rates[account] = limit_of(channel.capabilities.rate, chosen.get(account))
    return Lanes(rates)

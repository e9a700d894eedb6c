"""Where customers can be reached, with what the platforms allow at this moment."""

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import Connection, func, select

from campaigns.planner import Reach
from crm_store.limits import channel_key
from crm_store.queue_rows import reply_windows
from crm_store.rows import identities
from desk.channels import CAPABILITIES
from desk.messages import Address


class Reaches:
    def __init__(self, connection: Connection) -> None:
        self._db = connection

    def of(self, customer_ids: Collection[str], accounts: Collection[str], now: datetime) -> dict[str, list[Reach]]:
        """Every private address of these customers; `accounts` are those of ours that are switched on."""
        if not customer_ids:
            return {}
        rows = self._db.execute(
            select(identities.c.address, identities.c.customer_id, identities.c.reachable, identities.c.last_seen_at)
            .where(identities.c.customer_id.in_(list(customer_ids)))
        ).all()
        addresses = {row.address: Address.from_key(row.address) for row in rows}
        windowed = [key for key, address in addresses.items() if CAPABILITIES[address.channel].windowed]
        windows = self._windows(windowed, now)
        found: dict[str, list[Reach]] = {}
        for row in rows:
            address = addresses[row.address]
            if not _is_private(address):
                continue  # a survey in a group or a thread would be read by others
            until, left = windows.get(row.address, (None, 0))
            found.setdefault(row.customer_id, []).append(Reach(
                address, row.last_seen_at, row.reachable, channel_key(address) in accounts,
                CAPABILITIES[address.channel].windowed, until, left,
            ))
        return found

    def _windows(self, addresses: Collection[str], now: datetime) -> dict[str, tuple[datetime, int]]:
        """Until when each is open, and how many messages are left."""
        if not addresses:
            return {}
        rows = self._db.execute(
            select(reply_windows.c.address, func.max(reply_windows.c.open_until), func.sum(reply_windows.c.sends_left))
            .where(reply_windows.c.address.in_(list(addresses)), reply_windows.c.open_until > now)
            .group_by(reply_windows.c.address)
        )
        return {row[0]: (row[1], int(row[2])) for row in rows}


def _is_private(address: Address) -> bool:
    """Whether only the customer reads what is sent there."""
    return not address.thread and address.chat == address.user

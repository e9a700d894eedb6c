"""What the platforms allow: sends per second of an account (token buckets) and reply windows of a customer."""

from datetime import datetime, timedelta

from sqlalchemy import Connection, bindparam, delete, select, update

from crm_store.dialect import add_missing, put
from crm_store.queue_rows import buckets, reply_windows
from desk.channels import ReplyWindow
from desk.messages import Address


def channel_key(address: Address) -> str:
    """The unit that rate limits apply to: one account on one platform."""
    return f"{address.channel.value}:{address.account}"


# Built once: every send runs them.
_LOCKED = select(buckets).where(buckets.c.channel == bindparam("of")).with_for_update()
_BLOCKED = select(buckets.c.blocked_until).where(buckets.c.channel == bindparam("of"))
_TAKE = (
    update(buckets).where(buckets.c.channel == bindparam("of"))
    .values(tokens=bindparam("left"), updated_at=bindparam("now"))
)


class Buckets:
    """Token buckets shared by every process: taken in the transaction that claims."""

    def __init__(self, connection: Connection) -> None:
        self._db = connection
        self._filled: dict[str, float] = {}

    def available(self, channel: str, rate: float, burst: int, now: datetime) -> int:
        """How many messages may leave now: what was left, and what the time since has refilled (`rate` a second, at
        most `burst`). Whoever asks for the same channel waits until this transaction ends."""
        row = self._db.execute(_LOCKED, {"of": channel}).one_or_none()
        if row is None:
            add_missing(self._db, buckets, [{"channel": channel, "tokens": burst, "updated_at": now}],
                        buckets.c.channel)
            row = self._db.execute(_LOCKED, {"of": channel}).one()  # another process may have been faster
        if row.blocked_until is not None and row.blocked_until > now:
            return 0
        passed = max(0.0, (now - row.updated_at) / timedelta(seconds=1))
        self._filled[channel] = min(float(burst), row.tokens + passed * rate)
        return int(self._filled[channel])

    def take(self, channel: str, count: int, now: datetime) -> None:
        """Use some of what `available` found in this transaction; using none changes nothing."""
        if count:
            self._db.execute(_TAKE, {"of": channel, "left": self._filled[channel] - count, "now": now})

    def block(self, channel: str, until: datetime) -> None:
        self._db.execute(
            update(buckets).where(buckets.c.channel == channel).values(blocked_until=until, tokens=0)
        )

    def blocked_until(self, channel: str) -> datetime | None:
        until: datetime | None = self._db.scalar(_BLOCKED, {"of": channel})
        return until


class Windows:
    """Reply windows per address, as the customer's contacts opened them."""

    def __init__(self, connection: Connection) -> None:
        self._db = connection

    def open(self, address: Address, window: ReplyWindow, now: datetime) -> None:
        row = {"address": address.key, "kind": window.kind, "open_until": now + window.lasts,
               "sends_left": window.quota}
        put(self._db, reply_windows, row, (reply_windows.c.address, reply_windows.c.kind))

    def spend(self, address: Address, now: datetime) -> bool:
        """Use one send of the window that closes first; False when none is open."""
        usable = self._db.execute(
            select(reply_windows.c.kind)
            .where(reply_windows.c.address == address.key, reply_windows.c.open_until > now,
                   reply_windows.c.sends_left > 0)
            .order_by(reply_windows.c.open_until).limit(1)
        ).scalar_one_or_none()
        if usable is None:
            return False
        self._db.execute(
            update(reply_windows)
            .where(reply_windows.c.address == address.key, reply_windows.c.kind == usable)
            .values(sends_left=reply_windows.c.sends_left - 1)
        )
        return True

    def left(self, address: Address, now: datetime) -> tuple[int, datetime | None]:
        """How many sends are left, and until when the longest window is open."""
        rows = self._db.execute(
            select(reply_windows.c.sends_left, reply_windows.c.open_until)
            .where(reply_windows.c.address == address.key, reply_windows.c.open_until > now)
        ).all()
        return sum(row.sends_left for row in rows), max((row.open_until for row in rows), default=None)

    def close(self, address: Address) -> None:
        self._db.execute(delete(reply_windows).where(reply_windows.c.address == address.key))

"""On PostgreSQL, other processes' commits wake this one through LISTEN."""

import asyncio

import psycopg
import structlog
from sqlalchemy import make_url

from crm_store.announcer import NOTIFY_CHANNEL
from crm_store.signals import Signals, Topic

log = structlog.get_logger()


async def listen(database_url: str, signals: Signals) -> None:
    """Publish what other processes announce, until cancelled; a lost connection is made anew.

    Whoever waits polls too, so a wake-up that is lost meanwhile costs a second at most.
    """
    url = make_url(database_url).set(drivername="postgresql").render_as_string(hide_password=False)
    known = {topic.value for topic in Topic}
    while True:
        try:
            async with await psycopg.AsyncConnection.connect(url, autocommit=True) as connection:
                await connection.execute(f"LISTEN {NOTIFY_CHANNEL}")
                signals.publish(Topic)
                async for notice in connection.notifies():
                    origin, _, names = notice.payload.partition(":")
                    if origin != signals.origin:
                        signals.publish(Topic(name) for name in names.split(",") if name in known)
        except psycopg.Error as error:
            log.warning("listen_lost", error=type(error).__name__)
        await asyncio.sleep(1)

"""Buttons as offered: a short id travels on the wire, the payload stays here, bound to one address."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Connection, bindparam, exists, insert, select

from crm_store.queue_rows import menu_buttons, outbound
from desk.messages import Address, Button

_NEWEST = (  # built once: every turn asks it
    select(menu_buttons.c.outbound_key)
    .where(menu_buttons.c.address == bindparam("at"), menu_buttons.c.created_at >= bindparam("since"))
    .order_by(menu_buttons.c.created_at.desc()).limit(1)
)


class Menus:
    def __init__(self, connection: Connection) -> None:
        self._db = connection

    def add(self, address: Address, outbound_key: str, buttons: Sequence[Button], now: datetime) -> None:
        rows = [
            {"id": button.id, "address": address.key, "outbound_key": outbound_key, "position": position,
             "title": button.title[:300], "payload": button.payload, "created_at": now}
            for position, button in enumerate(buttons)
        ]
        if rows:
            self._db.execute(insert(menu_buttons), rows)

    def find(self, button_id: str, address: Address, since: datetime) -> Button | None:
        """The button with this id, if it was offered to this address since then."""
        row = self._db.execute(
            select(menu_buttons.c.title, menu_buttons.c.payload)
            .where(menu_buttons.c.id == button_id, menu_buttons.c.address == address.key,
                   menu_buttons.c.created_at >= since)
        ).one_or_none()
        return Button(row.title, row.payload, id=button_id) if row else None

    def newest(self, address: Address, since: datetime) -> tuple[list[Button], bool]:
        """The choices of the message that offered some last, and whether nothing was said after it."""
        key = self._db.scalar(_NEWEST, {"at": address.key, "since": since})
        if key is None:
            return [], False
        asked = select(outbound.c.id).where(outbound.c.key == key).scalar_subquery()
        later = exists().where(outbound.c.address == address.key, outbound.c.id > asked)
        rows = self._db.execute(
            select(menu_buttons.c.id, menu_buttons.c.title, menu_buttons.c.payload, later.label("later"))
            .where(menu_buttons.c.outbound_key == key).order_by(menu_buttons.c.position)
        ).all()
        buttons = [Button(row.title, row.payload, id=row.id) for row in rows]
        return buttons, not any(row.later for row in rows)

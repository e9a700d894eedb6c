"""Buttons as offered: a short id travels on the wire, the payload stays here, bound to one address."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, Connection, Select, bindparam, exists, select

from crm_store.columns import Instant
from crm_store.queue_rows import menu_buttons, outbound
from crm_store.unwritten import Unwritten
from desk.messages import Address, Button
from desk.queue import Offered


def newest_menu(address: ColumnElement[str], since: ColumnElement[datetime]) -> ColumnElement[str | None]:
    """The key of our message that offered choices at this address last."""
    return (
        select(menu_buttons.c.outbound_key)
        .where(menu_buttons.c.address == address, menu_buttons.c.created_at >= since)
        .order_by(menu_buttons.c.created_at.desc()).limit(1).scalar_subquery()
    )


def _offered_statement() -> Select[tuple[str, str, str, str, bool]]:
    asked = outbound.alias()
    later = exists().where(outbound.c.address == asked.c.address, outbound.c.id > asked.c.id)
    return (
        select(menu_buttons.c.outbound_key, menu_buttons.c.id, menu_buttons.c.title, menu_buttons.c.payload,
               later.label("later"))
        .outerjoin(asked, asked.c.key == menu_buttons.c.outbound_key)
        .where(menu_buttons.c.outbound_key.in_(bindparam("keys", expanding=True)))
        .order_by(menu_buttons.c.outbound_key, menu_buttons.c.position)
    )


# Built once: building them takes longer than running them.
_NEWEST = select(newest_menu(
    bindparam("at", type_=menu_buttons.c.address.type), bindparam("since", type_=Instant)
))
_OFFERED = _offered_statement()


class Menus:
    def __init__(self, connection: Connection, unwritten: Unwritten) -> None:
        self._db = connection
        self._unwritten = unwritten

    def find(self, button_id: str, address: Address, since: datetime) -> Button | None:
        """The button with this id, if it was offered to this address since then."""
        self._unwritten.flush()
        row = self._db.execute(
            select(menu_buttons.c.title, menu_buttons.c.payload)
            .where(menu_buttons.c.id == button_id, menu_buttons.c.address == address.key,
                   menu_buttons.c.created_at >= since)
        ).one_or_none()
        return Button(row.title, row.payload, id=button_id) if row else None

    def newest(self, address: Address, since: datetime) -> Offered:
        self._unwritten.flush()
        key = self._db.scalar(_NEWEST, {"at": address.key, "since": since})
        return self.offered([key])[key] if key is not None else Offered()

    def offered(self, keys: Sequence[str]) -> dict[str, Offered]:
        """The choices that our messages with these keys offered."""
        if not keys:
            return {}
        found: dict[str, Offered] = {}
        for row in self._db.execute(_OFFERED, {"keys": list(keys)}):
            button = Button(row.title, row.payload, id=row.id)
            before = found.get(row.outbound_key, Offered()).buttons
            found[row.outbound_key] = Offered((*before, button), not row.later)
        return found

"""The measuring of the search's curve: one at a time, whichever process runs it, and what the last one found."""

from dataclasses import asdict
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, or_, select, update

from crm_store.dialect import add_one
from crm_store.faq_tuning_rows import faq_measuring
from desk.faq_tuning import Calibration, CalibrationCurve, CurvePoint, Cuts, Measuring

_LOST = timedelta(minutes=2)  # without a sign of life it died with its process


class FaqMeasuring:
    def __init__(self, connection: Connection) -> None:
        self._db = connection

    def state(self, now: datetime) -> Measuring:
        row = self._db.execute(select(faq_measuring)).first()
        if row is None:
            return Measuring()
        is_lost = row.began_at is not None and now - row.alive_at >= _LOST
        runs = row.began_at is not None and not is_lost
        curve = _curve(row.curve) if row.curve else None
        return Measuring(
            row.began_at if runs else None, row.done if runs else 0.0, row.broke_off or is_lost, curve,
            *((row.outside_share, row.measured_at) if curve else ()),
        )

    def begin(self, now: datetime) -> bool:
        """Whether it may begin: two at a time would ask the same twice."""
        add_one(self._db, faq_measuring, {"id": 1, "done": 0.0, "broke_off": False}, faq_measuring.c.id)
        idle = or_(faq_measuring.c.began_at.is_(None), faq_measuring.c.alive_at <= now - _LOST)
        began = {"began_at": now, "alive_at": now, "done": 0.0, "broke_off": False}
        return self._db.execute(update(faq_measuring).where(idle).values(began)).rowcount == 1

    def note(self, done: float, now: datetime) -> None:
        """It lives, and this share of it is done."""
        self._db.execute(update(faq_measuring).values(done=done, alive_at=now))

    def end(self, curve: CalibrationCurve | None, outside_share: float, now: datetime) -> None:
        """Without a curve it broke off, and the last one stays."""
        found = {"curve": asdict(curve), "outside_share": outside_share, "measured_at": now} if curve else {}
        self._db.execute(update(faq_measuring).values(began_at=None, broke_off=curve is None, **found))


def _curve(stored: dict[str, Any]) -> CalibrationCurve:
    return CalibrationCurve(**stored | {
        "points": tuple(CurvePoint(**point) for point in stored["points"]),
        "points_if_taken": tuple(CurvePoint(**point) for point in stored["points_if_taken"]),
        "suggested": _calibration(stored["suggested"]), "bent": _calibration(stored["bent"]),
        "current": Cuts(**stored["current"]),
    })  # fmt: skip


def _calibration(stored: dict[str, Any]) -> Calibration:
    cuts = Cuts(**stored["cuts"]) if stored["cuts"] else None
    return Calibration(stored["slope"], stored["shift"], cuts)

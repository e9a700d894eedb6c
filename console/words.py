"""What the console says, in each language, and how it writes moments and amounts.

The files of `texts/` hold every text as [simplified, traditional, English], side by side for translators: one file
for each part of the console.
"""

import json
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from desk.messages import Language
from desk.money import write_money
from desk.wording import Texts, text_in

TEXT_FILES = sorted(Path(__file__).with_name("texts").glob("*.json"))


def _load() -> dict[str, Texts]:
    texts: dict[str, Texts] = {}
    for file in TEXT_FILES:
        part: dict[str, Texts] = json.loads(file.read_text(encoding="utf-8"))
        if twice := texts.keys() & part.keys():
            raise ValueError(f"{file.name} repeats {min(twice)}")
        texts |= part
    return texts


_TEXTS = _load()
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


class Words:
    """The texts of one language; moments are written in the business's time zone."""

    def __init__(self, language: Language, zone: ZoneInfo, now: datetime) -> None:
        self.language = language
        self._zone = zone
        self._now = now

    def __call__(self, key: str, **values: object) -> str:
        return text_in(self.language, _TEXTS[key]).format(**values)

    def has(self, key: str) -> bool:
        return key in _TEXTS

    def local(self, moment: datetime) -> datetime:
        """The moment in the business's time zone."""
        return moment.astimezone(self._zone)

    def clock(self, moment: datetime) -> str:
        return f"{self.local(moment):%H:%M}"

    def day(self, moment: datetime) -> str:
        """The date, with the year when it is not this one."""
        local = moment.astimezone(self._zone)
        key = "time.day" if local.year == self._now.astimezone(self._zone).year else "time.year"
        return self(key, year=local.year, month=local.month, day=local.day, name=_MONTHS[local.month - 1])

    def moment(self, moment: datetime) -> str:
        """Date and time, or "today 14:05"."""
        if moment.astimezone(self._zone).date() == self._now.astimezone(self._zone).date():
            return self("time.today", clock=self.clock(moment))
        return f"{self.day(moment)} {self.clock(moment)}"

    def since(self, moment: datetime) -> str:
        """How long ago, in the largest unit that fits."""
        passed = self._now - moment
        if passed < timedelta(minutes=1):
            return self("time.now")
        if passed < timedelta(hours=1):
            return self("time.minutes", count=passed // timedelta(minutes=1))
        if passed < timedelta(days=1):
            return self("time.hours", count=passed // timedelta(hours=1))
        return self("time.days", count=passed.days)

    def lasting(self, amount: timedelta) -> str:
        """A length of time in its two largest units, without its sign."""
        minutes = abs(amount) // timedelta(minutes=1)
        days, hours, rest = minutes // 1440, minutes % 1440 // 60, minutes % 60
        if days or hours:
            unit, smaller = ("days", hours) if days else ("hours", rest)
            key = f"time.lasting.{unit}" if smaller else f"time.{unit}"
            return self(key, count=days or hours, days=days, hours=hours, minutes=rest)
        return self("time.minutes", count=rest)

    def stamp(self, written: str) -> str:
        """A moment that a history keeps as text (ISO 8601); empty stays empty."""
        return self.moment(datetime.fromisoformat(written)) if written else ""

    def waiting(self, since: datetime) -> str:
        """How long somebody has been waiting."""
        if self._now - since < timedelta(minutes=1):
            return self("list.waits.now")
        return self("list.waits", time=self.since(since))

    def span(self, seconds: int) -> str:
        """A length of time, in the largest unit that fits."""
        if seconds < 60:
            return self("time.seconds", count=seconds)
        if seconds < 3600:
            return self("time.minutes", count=round(seconds / 60))
        return self("time.hours", count=round(seconds / 3600))

    def is_past(self, moment: datetime) -> bool:
        return moment < self._now

    def money(self, amount: int, currency: str) -> str:
        """`amount` is in minor units."""
        return write_money(amount, currency)


def language_of(value: str) -> Language:
    """The language of an account's locale or of an Accept-Language header; English when it is none of ours."""
    for part in value.split(","):
        tag = part.split(";")[0].strip().lower().replace("_", "-")
        if tag.startswith(("zh-tw", "zh-hk", "zh-mo", "zh-hant")):
            return Language.ZH_HANT
        if tag.startswith("zh"):
            return Language.ZH_HANS
        if tag.startswith("en"):
            return Language.EN
    return Language.EN

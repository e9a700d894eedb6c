"""A moment in words a customer reads."""

from datetime import datetime

from desk.messages import Language

_WEEKDAYS_ZH = "一二三四五六日"
_WEEKDAYS_EN = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_MONTHS_EN = ("January", "February", "March", "April", "May", "June", "July", "August", "September", "October",
              "November", "December")


def in_words(moment: datetime, language: Language) -> str:
    """ " 11 月 23 日（周一）10:00 " or "10:00 on Monday, 23 November", in the moment's own time zone."""
    clock = f"{moment:%H:%M}"
    if language is Language.EN:
        return f"{clock} on {_WEEKDAYS_EN[moment.weekday()]}, {moment.day} {_MONTHS_EN[moment.month - 1]}"
    week = "週" if language is Language.ZH_HANT else "周"
    return f" {moment.month} 月 {moment.day} 日（{week}{_WEEKDAYS_ZH[moment.weekday()]}）{clock} "

"""Days and hours as a text says them: "Thu", "Tue 5 pm", "3 de mayo".

Pure; takes local dates. Spanish says the date instead of the one weekday that GSM-7 cannot write.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta

from referrals.wording.catalogues import OURS, calendar_of, value_in

_DAYS = {
    "en": ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"),
    # Saturday's name has an á: a text with it would be three parts.
    "es": ("lunes", "martes", "miércoles", "jueves", "viernes", "", "domingo"),
}
_MONTHS = {
    "en": ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"),
    "es": (
        "enero", "febrero", "marzo", "abril", "mayo", "junio", "julio", "agosto", "septiembre",
        "octubre", "noviembre", "diciembre",
    ),
}  # fmt: skip
_NOON = 12
_WEEKDAY_IS_CLEAR = timedelta(days=6)


def date_words(day: date, language: str) -> str:
    """The date: "May 3" / "3 de mayo"."""
    if language == "es":
        return f"{day.day} de {_MONTHS['es'][day.month - 1]}"
    further = calendar_of(language)
    if further is not None:
        return str(further["date"]).format(day=day.day, month=further["months"][day.month - 1])
    return f"{_MONTHS['en'][day.month - 1]} {day.day}"


def day_words(day: date, today: date, language: str) -> str:
    """The weekday ("Thu" / "jueves") within six days, else the date."""
    weekday = _weekday(day, language)
    if weekday and timedelta(0) <= day - today <= _WEEKDAY_IS_CLEAR:
        return weekday
    return date_words(day, language)


def moment_words(moment: datetime, today: date, language: str) -> str:
    """Day and hour: "Tue 5 pm" / "martes 5 pm". `moment` is local time."""
    return f"{day_words(moment.date(), today, language)} {hour_words(moment)}"


def visit_words(moment: datetime, language: str) -> str:
    """Day, date and hour: "Tue May 9, 10:30 am". `moment` is local time at the place."""
    weekday = _weekday(moment, language)
    day = f"{weekday} {date_words(moment.date(), language)}".strip()
    return f"{day}, {hour_words(moment)}"


def hour_words(moment: datetime) -> str:
    """The hour: "5 pm", "10:30 am"; the same in both languages."""
    half = "am" if moment.hour < _NOON else "pm"
    hour = moment.hour % _NOON or _NOON
    minutes = f":{moment.minute:02}" if moment.minute else ""
    return f"{hour}{minutes} {half}"


def soon_words(urgency: str, language: str) -> str:
    """How soon help is needed: urgency today, this_week or (anything else) in the next weeks."""
    words = {"today": ("today", "hoy"), "this_week": ("this week", "esta semana")}
    english, spanish = words.get(urgency, ("soon", "pronto"))
    return spanish if language == "es" else value_in(language, english)


def _weekday(day: date, language: str) -> str:
    further = None if language in OURS else calendar_of(language)
    days = further["days"] if further is not None else _DAYS.get(language, _DAYS["en"])
    return str(days[day.weekday()])

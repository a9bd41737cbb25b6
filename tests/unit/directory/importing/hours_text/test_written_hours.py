"""Hours as people write them are read whole, or refused with what is wrong; never guessed."""

from __future__ import annotations

import csv
from collections import Counter
from pathlib import Path

import pytest

from directory.importing.hours_text import WrittenHours, read_hours
from directory.importing.records import Unreadable

WEEK = "MO,TU,WE,TH,FR"
EVERY_DAY = f"{WEEK},SA,SU"
SHARE_OF_MIAMI = 0.74


def said(hours: WrittenHours) -> list[tuple[str, str, str]]:
    return [
        (each.byday, each.opens_at.strftime("%H:%M"), each.closes_at.strftime("%H:%M"))
        for each in hours.openings
    ]


READ = {
    "Mon-Fri 9am-5pm": [(WEEK, "09:00", "17:00")],
    "9:00am-5:00pm, Mon-Fri": [(WEEK, "09:00", "17:00")],
    "lunes a viernes de 9 a 5": [(WEEK, "09:00", "17:00")],
    "Lunes, miércoles y viernes 9:00 a.m. a 1:00 p.m.": [("MO,WE,FR", "09:00", "13:00")],
    "de lunes a jueves de 8:30 a 16:30, viernes de 8 a 12": [
        ("MO,TU,WE,TH", "08:30", "16:30"),
        ("FR", "08:00", "12:00"),
    ],
    "1st & 3rd Saturday 10-12": [("1SA,3SA", "10:00", "12:00")],
    "9:30am-1:00pm, 2nd and 4th Saturday of each month": [("2SA,4SA", "09:30", "13:00")],
    "1er y 3er sábado del mes 10am-1pm": [("1SA,3SA", "10:00", "13:00")],
    "Último viernes de cada mes, 13:00-15:00": [("-1FR", "13:00", "15:00")],
    "24 hours": [(EVERY_DAY, "00:00", "23:59")],
    "24/7": [(EVERY_DAY, "00:00", "23:59")],
    "24 hours a day, 7 days a week": [(EVERY_DAY, "00:00", "23:59")],
    "todos los días, 24 horas": [(EVERY_DAY, "00:00", "23:59")],
    "Mon-Fri 9-12, 1-5": [(WEEK, "09:00", "12:00"), (WEEK, "13:00", "17:00")],
    "8:00am-12:00pm & 1:00pm-5:00pm, Tue": [("TU", "08:00", "12:00"), ("TU", "13:00", "17:00")],
    "Sábados de 9 de la mañana a mediodía": [("SA", "09:00", "12:00")],
    "Sun noon - 4pm": [("SU", "12:00", "16:00")],
    "Daily 6am-midnight": [(EVERY_DAY, "06:00", "00:00")],
    "Mon–Thu 10pm–6am": [("MO,TU,WE,TH", "22:00", "06:00")],
    "8:00amGÇô5:00pm, Mon": [("MO", "08:00", "17:00")],
    "Mon-Fri: 9am-5pm; Sat: 10am-2pm; Sun: closed": [
        (WEEK, "09:00", "17:00"),
        ("SA", "10:00", "14:00"),
    ],
    "L-V 8:00-17:00": [(WEEK, "08:00", "17:00")],
    "M/W/F 10-2": [("MO,WE,FR", "10:00", "14:00")],
    "Office Hours:\\n9:00am-5:00pm, Mon-Fri": [(WEEK, "09:00", "17:00")],
    "Horario de atención: jueves 9h-13h": [("TH", "09:00", "13:00")],
    "fines de semana 10:00-14:00": [("SA,SU", "10:00", "14:00")],
    "9:30am-4:30pm, Fri-Mon": [("MO,FR,SA,SU", "09:30", "16:30")],
}


@pytest.mark.parametrize("written", READ)
def test_hours_are_read(written: str) -> None:
    assert said(read_hours(written)) == READ[written]


@pytest.mark.parametrize("written", ["by appointment", "By Appointment Only.", "solo con cita"])
def test_by_appointment_says_no_times(written: str) -> None:
    hours = read_hours(written)
    assert hours.openings == ()
    assert hours.by_appointment


def test_what_holds_for_all_hours_is_remembered() -> None:
    assert read_hours("9am-1pm, Tue, Thur\n\nBy appointment only").by_appointment
    assert read_hours("Mon-Fri 9-5 except holidays").not_on_holidays
    assert read_hours("lunes a viernes 9-5, cerrado los días feriados").not_on_holidays


REFUSED = {
    "Every other Tuesday 9-5": "other",
    "every second Tuesday 9am-5pm": "which weeks",
    "Mon-Fri 8-10": "am or pm",
    "6:00-8:00pm, Mon": "am or pm",
    "9am-5pm": "which days",
    "Monday": "times",
    "7:00pm, Tue, Fri": "stands alone",
    "9:00am & 1:00pm, Tue": "stands alone",
    "2:00pm 6:00pm, Mon-Fri": "stands alone",
    "Mon 9-5; Tue": "belong",
    "8:30am-5:15pm, Mon-Fri; 8:30am-7:00pm, Wed": "overlap",
    "Sat 9am-5pm; 1st Sat 10am-12pm": "overlap",
    "Mon-Fri 9am-5pm; Friday closed": "both open and closed",
    "9:00pm-7:00pm, Mon-Fri": "closes before",
    "Summer Camp:\n8am-4pm, Mon-Fri": "summer camp",
    "Mon-Fri 9am-5pm (closed 12-1)": "",
    "9:00am-12:00pm, Mon, Wed;\nFriday by appointment": "appointment",
    "Sat, Mar 9-16": "mar",
    "Mon-Wed-Fri 9-5": "",
    "1st Monday and Tuesday 9am-5pm": "which days",
    "closed": "closed",
    "cerrado los domingos": "closed",
    "830am-5:30pm, Mon": "830am",
    "9:75am-5pm, Mon": "no time",
    "Mon 13pm-5pm": "no time",
    "Holidays 9am-5pm": "holidays",
    "Hours vary": "vary",
    "call": "call",
    "": "nothing",
    "Mon " * 800: "too long",
}


@pytest.mark.parametrize("written", REFUSED)
def test_what_could_mean_two_things_is_refused_with_the_reason(written: str) -> None:
    with pytest.raises(Unreadable) as refused:
        read_hours(written)
    sentence = refused.value.message % refused.value.values
    assert REFUSED[written] in sentence.casefold()
    assert sentence.endswith(".")


def test_most_lines_of_a_real_vendor_are_read(shared_folder: Path) -> None:
    path = shared_folder / "data" / "miami211" / "data" / "regular_schedules.csv"
    if not path.is_file():
        pytest.skip("The export of Miami is not in the shared folder.")
    with path.open(encoding="utf-8-sig", newline="") as file:
        lines = Counter(row["original_text"] for row in csv.DictReader(file))
    unread = {line: why for line in lines if (why := _why_unread(line))}
    share = 1 - len(unread) / len(lines)
    rows = 1 - sum(lines[line] for line in unread) / lines.total()
    found = (
        f"{len(lines) - len(unread)} of {len(lines)} lines read ({share:.1%}), {rows:.1%} of rows"
    )
    assert len(lines) == 544
    assert share >= SHARE_OF_MIAMI, found
    assert rows >= 0.97, found


def _why_unread(line: str) -> str | None:
    try:
        read_hours(line)
    except Unreadable as problem:
        return problem.message
    return None

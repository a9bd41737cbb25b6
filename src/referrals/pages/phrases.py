"""Small phrases of the staff's pages: whose turn, how urgent, how to reach, who was first."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from referrals.models import Patient
from referrals.pages.moments import by_words, moment_words
from referrals.queries.today import CALLS, TO_PATIENT
from referrals.tasks import TaskKind
from shared.i18n import gettext as _
from shared.phone_numbers import display

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from referrals.queries import Turn

CALLS_TOO = {TaskKind.STILL_WAITING, TaskKind.ASK_FOR_DATE, TaskKind.ASK_THEM_WHY}


def capital(words: str) -> str:
    """With a capital at the beginning."""
    return words[:1].upper() + words[1:]


def turn_words(turn: Turn, now: datetime, zone: ZoneInfo) -> str:
    """Whose turn it is, by when, and what to do."""
    by = by_words(turn.by, now, zone) if turn.by else ""
    if turn.whose == "ours":
        what = _(turn.what) if turn.what else _("Send it, or throw it away.")
        started = _("Your turn, by %(by)s:", by=by) if by else _("Your turn:")
        if turn.by is not None and turn.by <= now:
            started = _("Your turn, now:")
        return f"{started} {what}" if what.endswith(".") else f"{started} {what}."
    if turn.whose == "theirs":
        said = _("Their turn: %(place)s", place=turn.who)
        if turn.by is not None and turn.by <= now:
            ended = moment_words(turn.by, now, zone)
            return _("%(said)s. Their time ended %(by)s.", said=said, by=ended)
        return _("%(said)s, until %(by)s.", said=said, by=by) if by else f"{said}."
    if turn.whose == "patient":
        still = turn.by is not None and turn.by > now
        return _("The patient’s turn, until %(by)s.", by=by) if still else _("The patient’s turn.")
    return ""


def number_to_call(turn: Turn, patient: str | None, place: str | None) -> str | None:
    """The phone that the next step of ours needs; None when it needs none.

    A name is said to the phone that was texted, which the place's public number need not be.
    """
    kind = turn.task.kind if turn.task is not None else None
    if kind in TO_PATIENT:
        return patient
    if kind is TaskKind.GIVE_NAME:
        return None
    return place if kind in CALLS | CALLS_TOO else None


def urgency_words(urgency: str) -> str:
    """'today', 'this week', 'in the next weeks'."""
    words = {"today": _("today"), "this_week": _("this week")}
    return words.get(urgency, _("in the next weeks"))


def level_words(level: str) -> str:
    """What a text to this patient may name."""
    words = {
        "plain": _("names the place"),
        "need": _("names the need, not the place"),
        "neutral": _("names neither"),
    }
    return words[level]


def reach_words(patient: Patient) -> str:
    ways = {
        "own_phone": _("own phone"),
        "shared_phone": _("shared phone"),
        "through_somebody": _("through %(name)s", name=patient.through or "–"),
        "will_come_or_call": _("will come or call"),
    }
    parts = [ways[patient.way.value], patient.best_times or "", patient.access or ""]
    if patient.interpreter:
        parts.append(_("needs an interpreter"))
    if patient.may_voicemail:
        clinic = patient.voicemail_says_clinic
        parts.append(
            _("voicemail may say “clinic”") if clinic else _("voicemail yes, without “clinic”")
        )
    return ", ".join(part for part in parts if part)


def household_words(size: int | None, ages: Sequence[int] | None) -> str:
    """'4: 34, 31, 6, 2 years old'; '4' when no age was told."""
    told = ", ".join(str(age) for age in ages or ())
    if not told:
        return str(size or "")
    years = _("%(ages)s years old", ages=told)
    return f"{size}: {years}" if size else years


def proxy_words(proxy: Mapping[str, object]) -> str:
    """'Maria Flores, daughter, 202-555-0138'."""
    phone = proxy.get("phone")
    parts = [proxy.get("name"), proxy.get("relation"), display(str(phone)) if phone else ""]
    return ", ".join(str(part) for part in parts if part)


def race_title(values: dict[str, str]) -> str:
    """'Denise answered by text: yes'."""
    return _(
        "%(who)s was first, %(way)s: %(said)s",
        who=values.get("who", ""),
        way=values.get("way", ""),
        said=values.get("said", ""),
    )

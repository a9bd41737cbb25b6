"""How to start, in three steps: the listing's own where it tells them, else by how help is reached.

Pure: facts in, words out, in the reader's language.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from shared.i18n import gettext as _

FIRST_SENTENCE = re.compile(r"(.+?[.!?])\s+(.+)", re.DOTALL)
STEPS_SHOWN = 5


@dataclass(frozen=True, slots=True)
class Step:
    """One thing to do: what matters, then the rest."""

    act: str
    more: str = ""


@dataclass(frozen=True, slots=True)
class Start:
    """What the steps are made from; empty means not known."""

    how: str
    told: str = ""  # the listing's own steps, one a line
    phone: str = ""
    next_time: str = ""
    hours_known: bool = False
    entrance: str = ""
    papers: tuple[str, ...] = ()
    no_id: bool = False
    wait: str = ""
    private: bool = False


def steps_of(start: Start) -> list[Step]:
    """Three steps; as many as the listing tells, up to five."""
    told = [_parted(line.strip()) for line in start.told.splitlines() if line.strip()]
    if told:
        return told[:STEPS_SHOWN]
    if start.private:
        return _private(start)
    makers = {
        "walk_in": _walk_in,
        "agency_calls_patient": _they_call,
        "apply": _apply,
        "through_hotline": _hotline,
    }
    return makers.get(start.how, _call)(start)


def _parted(line: str) -> Step:
    found = FIRST_SENTENCE.fullmatch(line)
    return Step(found[1], found[2]) if found else Step(line)


def _walk_in(start: Start) -> list[Step]:
    if not start.hours_known:
        first = _call_step(start, _("Ask when you can come. You need no appointment."))
    else:
        time = _("Next time: %(time)s.", time=start.next_time) if start.next_time else ""
        no_appointment = _("You need no appointment.")
        first = Step(_("Come when it is open."), f"{time} {no_appointment}".strip())
    second = Step(
        _("Say what you need."), start.entrance or _("They may ask how many people live with you.")
    )
    return [first, _papers(start), second]


def _call(start: Start) -> list[Step]:
    say = Step(
        _("Say what you need."), _("Tell them your ZIP code and how many people live with you.")
    )
    return [_call_step(start, _("Ask if they can help you and when.")), say, _papers(start)]


def _they_call(start: Start) -> list[Step]:
    ask = _call_step(start, _("Leave your name and number. A clinic can also ask for you."))
    wait = Step(_("Pick up when they call."), _("It may be a number that you do not know."))
    return [ask, wait, _papers(start)]


def _apply(start: Start) -> list[Step]:
    fill = Step(_("Fill in their form."), _("No internet? Call, they help you with it."))
    wait = Step(_("Wait for their answer."), start.wait or _("Call them if you hear nothing."))
    return [_papers(start), fill, wait]


def _hotline(start: Start) -> list[Step]:
    say = Step(_("Say where you are."), _("Say if you are safe tonight, and who is with you."))
    go = Step(_("They tell you where to go."), _("Please do not go there before you called."))
    return [_call_step(start, _("They look for a free place with you.")), say, go]


def _private(start: Start) -> list[Step]:
    safe = _call_step(start, _("Use a phone that is safe."))
    say = Step(_("Say what you need."), _("You need not say your name."))
    way = Step(_("They tell you how to get there."), _("The place is kept private."))
    return [safe, say, way]


def _call_step(start: Start, more: str) -> Step:
    if start.phone:
        return Step(_("Call %(phone)s.", phone=start.phone), more)
    return Step(_("Ask 211 how to reach them."), _("We do not know their phone number."))


def _papers(start: Start) -> Step:
    no_id = _("No ID needed.") if start.no_id else ""
    if start.papers:
        return Step(_("Bring what they ask for."), f"{'; '.join(start.papers)}. {no_id}".strip())
    if start.no_id:
        return Step(_("Come as you are."), no_id)
    return Step(_("Ask what to bring."), _("We do not know if they want papers."))

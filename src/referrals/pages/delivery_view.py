"""The delivery pages in words: states, doubts, who is stopped and how the sender is."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from notify.api import (
    Channel,
    Doubt,
    Happening,
    Health,
    MessageState,
    MessageStory,
    Pause,
    SenderNumberFacts,
    advice_of_code,
    words_of_code,
)
from referrals.pages.moments import ago_words, moment_words
from referrals.queries.delivery import About, StoppedPerson
from shared.i18n import gettext as _
from shared.i18n import gettext_noop as N_  # noqa: N812 -- gettext's customary name
from shared.i18n import language, ngettext
from shared.phone_numbers import display

S = MessageState
# What a colleague may ask for: (name, words, states).
SHOWS: tuple[tuple[str, str, frozenset[MessageState]], ...] = (
    ("all", N_("All"), frozenset()),
    ("waiting", N_("Waiting"), frozenset({S.QUEUED, S.RETRY_AT, S.CLAIMED})),
    ("sent", N_("Sent, no word yet"), frozenset({S.SENT})),
    ("arrived", N_("Arrived"), frozenset({S.DELIVERED})),
    ("not_arrived", N_("Did not arrive"), frozenset({S.UNDELIVERED, S.FAILED})),
    ("doubt", N_("In doubt"), frozenset({S.IN_DOUBT})),
    ("not_sent", N_("Not sent"), frozenset({S.SUPPRESSED})),
)
SPANS = ((1, N_("Last 24 hours")), (7, N_("Last 7 days")), (90, N_("Last 90 days")))
CHANNELS = (("sms", N_("Texts")), ("email", N_("E-mails")))
KINDS = {
    S.DELIVERED: "ok",
    S.FAILED: "stop",
    S.UNDELIVERED: "stop",
    S.IN_DOUBT: "wait",
    S.SUPPRESSED: "plain",
}
STOPPED: dict[str, tuple[str, str]] = {
    "carrier_stop": (N_("They sent STOP"), N_("Only they can lift it, by sending START.")),
    "own_words": (
        N_("They asked us in their own words to stop"),
        N_("Only they can lift it, by sending START."),
    ),
    "wrong_number": (
        N_("They said it is a wrong number"),
        N_("Ask for the right number. This one stays stopped, unless its owner sends START."),
    ),
    "bounced": (
        N_("Nothing arrives at this address"),
        N_("When they have confirmed it to you again, mark it as mended."),
    ),
    "complained": (
        N_("They marked our mail as unwanted"),
        N_("Call instead. A new yes of theirs on the channel page lifts it."),
    ),
}
RESTORED = "restored"


@dataclass(frozen=True, slots=True)
class Wall:
    """The organization's clock on the wall."""

    now: datetime
    zone: ZoneInfo

    def say(self, moment: datetime | None) -> str:
        return moment_words(moment, self.now, self.zone) if moment is not None else ""


def line(story: MessageStory, about: About, wall: Wall) -> dict[str, Any]:
    """One row of the list."""
    return {
        "id": story.id,
        "to": about.name or (_("A patient") if about.is_patient else _("A place")),
        "referral_id": about.referral_id,
        "template": story.template,
        "channel": channel_words(story.channel),
        "state": story.state_words,
        "kind": KINDS.get(story.state, ""),
        "when": wall.say(story.sent_at or story.created_at),
        "until": wall.say(story.not_before)
        if story.not_before and story.not_before > wall.now
        else "",
        **code_lines(story.error_code),
    }


def code_lines(code: str | None) -> dict[str, str]:
    """A code in words, and what to do about it."""
    if not code:
        return {"code": "", "code_words": "", "advice": ""}
    unknown = _("The provider says: %(code)s", code=code)
    return {
        "code": code,
        "code_words": words_of_code(code, language()) or unknown,
        "advice": advice_of_code(code, language()) or "",
    }


def step(happening: Happening, wall: Wall, people: dict[Any, str]) -> dict[str, str]:
    """One thing that happened to a message."""
    return {
        "at": wall.say(happening.at),
        "words": happening.words,
        "code": happening.code or "",
        "code_words": happening.code_words or "",
        "who": people.get(happening.person_id, "") if happening.person_id else "",
    }


def doubt_line(doubt: Doubt, about: About, wall: Wall) -> dict[str, Any]:
    """A text in doubt, and what was done so far."""
    asked = ngettext(
        "We asked the provider once.", "We asked the provider %(n)s times.", doubt.provider_asked
    )
    return {
        **line(doubt.message, about, wall),
        "in_doubt": doubt.message.state is MessageState.IN_DOUBT,
        "tried": wall.say(doubt.tried_at),
        "asked": asked if doubt.provider_asked else _("We have not asked the provider yet."),
        "again_at": wall.say(doubt.asked_next_at),
        "needs_you": doubt.needs_person_since is not None,
    }


def stopped_line(person: StoppedPerson, wall: Wall) -> dict[str, Any]:
    """A stopped address: why, since when and what lifts it."""
    why, lifts = STOPPED.get(person.stopped.reason, (person.stopped.reason, ""))
    return {
        "id": person.stopped.id,
        "name": person.name or _("Somebody not on our list any more"),
        "ends": _("phone ending in %(digits)s", digits=person.last_digits)
        if person.last_digits
        else "",
        "why": _(why),
        "lifts": _(lifts) if lifts else "",
        "since": wall.say(person.stopped.since),
        "can_mend": person.stopped.reason == "bounced",
    }


def pause_line(pause: Pause, wall: Wall) -> dict[str, Any]:
    """Why nothing goes out."""
    restored = pause.why == RESTORED
    return {
        "of_all": pause.of_all,
        "restored": restored,
        "why": _("The database was put back from a backup") if restored else pause.why,
        "who": "Handback" if restored else pause.paused_by,
        "since": wall.say(pause.paused_at),
    }


def health_facts(
    health: Health, number: SenderNumberFacts | None, wall: Wall
) -> list[tuple[str, str]]:
    """(what, value) in the order in which one looks."""
    oldest = ago_words(health.oldest_waiting, wall.now) if health.oldest_waiting else _("nothing")
    facts = [
        (_("Waiting"), str(health.waiting)),
        (_("Oldest that is due"), oldest),
        (_("Being sent now"), str(health.being_sent)),
        (_("In doubt"), str(health.in_doubt)),
        (
            _("Last word from the provider"),
            ago_words(health.last_word, wall.now) if health.last_word else _("none yet"),
        ),
    ]
    if number is None:
        return [*facts, (_("Our number for texts"), _("none: texts can’t go out"))]
    return [
        *facts,
        (_("Our number for texts"), display(number.number)),
        (_("Its pace"), _pace_words(number.segments_per_second)),
        (_("Texts that wait take"), _time_words(health.texts_waiting, number.segments_per_second)),
    ]


def _pace_words(segments_per_second: float) -> str:
    """The provider counts parts: 160 plain letters, or 70 with accents such as "í"."""
    if segments_per_second == 1:
        return _("One part of a text (160 letters) a second")
    return _("%(pace)s parts of texts (160 letters each) a second", pace=f"{segments_per_second:g}")


def _time_words(texts: int, segments_per_second: float) -> str:
    """How long the queue is; the texts of this house are one part each."""
    if not texts:
        return _("no time: none is waiting")
    minutes = round(texts / segments_per_second / 60)
    if not minutes:
        return _("less than a minute")
    return ngettext("one minute", "%(n)s minutes", minutes)


def failure_lines(health: Health) -> list[dict[str, Any]]:
    """Failures of a day, by code."""
    nothing = _("No code was given")
    return [
        {**code_lines(code), "code_words": code_lines(code)["code_words"] or nothing, "n": count}
        for code, count in health.failures
    ]


def channel_words(channel: Channel) -> str:
    return _("Text") if channel is Channel.SMS else _("E-mail")

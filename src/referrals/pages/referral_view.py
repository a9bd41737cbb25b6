"""One request in words: its first line, whose turn it is, both voices, and all that happened."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from referrals.closure import Question
from referrals.lifecycle import ENDED, NOT_SENT, BusinessStatus, is_bad_ending, people_see
from referrals.need_words import need_label
from referrals.pages.moments import day_words, moment_words
from referrals.pages.phrases import (
    capital,
    household_words,
    proxy_words,
    reach_words,
    turn_words,
    urgency_words,
)
from referrals.pages.said_words import (
    entry_title,
    patient_word,
    reason_words,
    status_word,
    unless_said,
    voice_words,
)
from referrals.params import fact_words
from referrals.words import WAY_LABELS, Way
from shared.i18n import gettext as _
from shared.i18n import gettext_noop as noop
from shared.i18n import language
from shared.languages import name_of

if TYPE_CHECKING:
    from referrals.queries import ReferralPage, TimelineEntry, Voice

S = BusinessStatus
LOOKS = {
    **dict.fromkeys((S.SENT, S.INFO_NEEDED, S.WAITLISTED, S.PAUSED, S.ACCOUNTS_DIFFER), "wait"),
    **dict.fromkeys(
        (
            S.ACCEPTED,
            S.CONTACTING,
            S.SCHEDULED,
            S.SERVING,
            S.ENROLLED,
            S.CLOSED_CONFIRMED,
            S.CLOSED_PATIENT_ONLY,
            S.SERVED_WITHOUT_ANSWER,
        ),
        "ok",
    ),
    **dict.fromkeys((S.DECLINED, S.UNABLE, S.EXPIRED, S.RUN_OUT), "stop"),
}
MESSAGE_LOOKS = {
    "delivered": ("ok", "✓"),
    "sent": ("plain", ""),
    "in_doubt": ("wait", "?"),
    "undelivered": ("stop", "✕"),
    "failed": ("stop", "✕"),
}
HEADLINES = {
    S.DRAFT: noop("Not sent yet. Kept until %(by)s."),
    S.AWAITING_CONSENT: noop("Not sent yet: the consent is missing."),
    S.SENT: noop("Waiting for %(place)s to answer, until %(by)s."),
    S.INFO_NEEDED: noop("%(place)s asks us something."),
    S.WAITLISTED: noop("%(patient)s is on the wait list of %(place)s."),
    S.PAUSED: noop("%(patient)s is on the wait list of %(place)s."),
    S.CONTACTING: noop("%(place)s said yes and is in touch with %(patient)s."),
    S.SCHEDULED: noop("A visit at %(place)s is set: %(visit)s."),
    S.SERVING: noop("%(place)s is helping %(patient)s."),
    S.ENROLLED: noop("%(place)s is helping %(patient)s."),
    S.SERVICE_REPORTED: noop("%(place)s says they helped. We are asking %(patient)s."),
    S.ACCOUNTS_DIFFER: noop("%(place)s says they helped. %(patient)s says not."),
    S.CLOSED_CONFIRMED: noop("Got help. Both say so."),
    S.CLOSED_AGENCY_ONLY: noop("%(place)s says they helped. No word from %(patient)s."),
    S.CLOSED_PATIENT_ONLY: noop("%(patient)s got help and told us."),
    S.SERVED_WITHOUT_ANSWER: noop("%(patient)s got help and told us. The place never answered."),
    S.DECLINED: noop("%(place)s said no."),
    S.UNABLE: noop("%(patient)s did not get help there."),
    S.PATIENT_DECLINED: noop("%(patient)s no longer needs it."),
    S.WITHDRAWN: noop("We stopped this request."),
    S.EXPIRED: noop("Nobody answered."),
    S.RUN_OUT: noop("They said yes, then nothing more was heard."),
    S.REROUTED: noop("We are asking another place."),
    S.ENTERED_IN_ERROR: noop("Entered in error. It counts nowhere."),
}
AFTER_THEIR_YES = {
    "agency_calls_patient": noop("%(place)s said yes. They call %(patient)s by %(by)s."),
    "walk_in": noop("%(patient)s walks in at %(place)s. No answer is asked."),
}
# Instead, once that time is past.
TIME_ENDED = {
    S.SENT: noop("%(place)s has not answered. Their time ended %(by)s."),
    S.ACCEPTED: noop("%(place)s said yes. The time to reach %(patient)s ended %(by)s."),
    S.SCHEDULED: noop("A visit at %(place)s was set: %(visit)s. Nobody has said how it went."),
}
THEY_CALL_THEM = noop("%(place)s said yes. %(patient)s calls them by %(by)s.")


@dataclass(frozen=True, slots=True)
class VoiceView:
    """What one party said last."""

    words: str
    quote: str
    who: str
    then: str = ""


@dataclass(frozen=True, slots=True)
class Happened:
    """One entry of the timeline."""

    at: datetime
    when: str
    title: str
    said: str = field(default="", repr=False)
    quote: str = field(default="", repr=False)
    note: str = ""
    text: str = field(default="", repr=False)
    language: str = ""
    is_mail: bool = False
    state: str = ""
    look: str = "plain"
    sign: str = ""


class Teller:
    """Words about one request, for one reader at one moment."""

    def __init__(self, page: ReferralPage, now: datetime, zone: ZoneInfo) -> None:
        self.page, self.now, self.zone = page, now, zone
        self.place = page.request.performer_name
        self.patient = page.patient.first_name or _("the patient")

    @property
    def names(self) -> dict[str, str]:
        return {"place": self.place, "patient": self.patient}

    def need(self) -> str:
        """'food', as a part of a sentence or a title."""
        label = self.need_title()
        return label[:1].lower() + label[1:]

    def need_title(self) -> str:
        """'Food'."""
        return need_label(self.page.request.need, language())

    def when(self, moment: datetime | None) -> str:
        """'Thu 5 pm'; a dash when there is no time."""
        return moment_words(moment, self.now, self.zone) if moment else "–"

    def headline(self) -> str:
        """The first line; an answer that still can be undone comes before all else."""
        page = self.page
        if self.held():
            return self.held()
        status = page.request.status
        by = page.request.answer_due_at if status is S.SENT else page.turn.by
        if status is S.ACCEPTED:
            # Not our own task's hour: the day that both sides were told.
            by = page.contact_due_at or by
        end = page.request.visit_at if status is S.SCHEDULED else by
        late = end is not None and end <= self.now
        pattern = self._pattern(late=late)
        said = _(pattern, **self.names, by=self.when(by), visit=self.when(page.request.visit_at))
        if status is S.SENT and page.next_places:
            then = noop("Next we ask %(place)s.") if late else noop("Then we ask %(place)s.")
            said = f"{said} {_(then, place=page.next_places[0][1])}"
        # "Nobody answered" is all that an expired request has to say.
        tells_why = status in ENDED and status is not S.EXPIRED
        reason = reason_words(page.request.reason) if tells_why else ""
        return f"{said} {reason}." if reason else said

    def _pattern(self, *, late: bool) -> str:
        request = self.page.request
        asked = request.status is not S.ACCEPTED or request.how_to_start != "walk_in"
        if late and asked and request.status in TIME_ENDED:
            return TIME_ENDED[request.status]
        if request.status is S.ACCEPTED:
            return AFTER_THEIR_YES.get(request.how_to_start, THEY_CALL_THEM)
        return HEADLINES.get(request.status, "%(place)s")

    def held(self) -> str:
        """'They said no (can be undone until 10:42 am)'."""
        request = self.page.request
        if request.held_until is None or request.held_answer is None:
            return ""
        said = status_word(S(request.held_answer)) if request.held_answer in set(S) else ""
        return _(
            "They said: %(answer)s (can be undone until %(when)s).",
            answer=said,
            when=self.when(request.held_until),
        )

    def turn(self) -> str:
        """Such as: your turn, by today 5 pm, call them if they are still silent."""
        return "" if self.held() else turn_words(self.page.turn, self.now, self.zone)

    def voice(self, voice: Voice | None) -> VoiceView | None:
        """A party's last word."""
        if voice is None:
            return None
        who = ", ".join(part for part in (voice.who, voice.role) if part)
        parts = [who, _(WAY_LABELS[voice.way]), self._told_to(voice.told_to), self.when(voice.at)]
        quote = voice.words.get("own_words") or voice.words.get("note", "")
        quote = quote or voice.words.get("question", "")
        words = voice_words(voice)
        return VoiceView(
            words, unless_said(quote, words), ", ".join(part for part in parts if part)
        )

    def patient_voice(self) -> VoiceView | None:
        """Whether the help came, as the patient said last; and what they said after that."""
        last = self.page.patient_says
        checks = [
            entry
            for entry in self.page.timeline
            if entry.question == Question.CHECK.value and entry.digit is not None
        ]
        if last is None or not checks or last.question == Question.CHECK.value:
            return self.voice(last)
        check = checks[0]
        way = _(WAY_LABELS[check.way]) if check.way else ""
        parts = [check.who, way, self._told_to(check.told_to), self.when(check.at)]
        return VoiceView(
            patient_word(check.question, check.digit),
            check.words.get("own_words", ""),
            ", ".join(part for part in parts if part),
            then=voice_words(last),
        )

    def _told_to(self, told_to: str | None) -> str:
        return _("told to %(name)s", name=told_to) if told_to else ""

    def happened(self) -> list[Happened]:
        """The timeline, newest first; of two in one moment the later one comes first."""
        numbered = enumerate(self.page.timeline)
        ordered = sorted(numbered, key=lambda each: (each[1].at, each[0]), reverse=True)
        newest_first = [entry for _number, entry in ordered]
        return [
            self._message(entry) if entry.message is not None else self._event(entry)
            for entry in newest_first
        ]

    def _event(self, entry: TimelineEntry) -> Happened:
        way = entry.way
        how = _(WAY_LABELS[way]) if way not in {None, Way.PAGE, Way.CLOCK} and way else ""
        who = entry.who if entry.party in {"agency", "patient"} else ""
        parts = [who, entry.role, how, self._told_to(entry.told_to)]
        said = ""
        if entry.digit is not None:
            said = patient_word(entry.question, entry.digit)
        quote = entry.words.get("own_words") or entry.words.get("note") or ""
        quote = quote or entry.words.get("question", "") or entry.words.get("suggestion", "")
        return Happened(
            at=entry.at,
            when=capital(self.when(entry.at)),
            title=entry_title(entry, self.names),
            said=said,
            quote=unless_said(quote, said),
            note=", ".join(part for part in parts if part),
        )

    def _message(self, entry: TimelineEntry) -> Happened:
        story = entry.message
        if story is None:
            return self._event(entry)
        is_mail = story.channel.value == "email"
        to_patient = story.recipient_kind == "patient"
        whom = self.patient if to_patient else self.place
        title = _("E-mail to %(whom)s", whom=whom) if is_mail else _("Text to %(whom)s", whom=whom)
        look, sign = MESSAGE_LOOKS.get(story.state.value, ("plain", ""))
        state = story.state_words
        moment = story.delivered_at or story.sent_at
        if moment is not None and story.state.value in {"delivered", "sent"}:
            state = f"{state}, {self.when(moment)}"
        elif story.not_before is not None and story.not_before > self.now:
            state = f"{state}, {self.when(story.not_before)}"
        spoken = self.page.patient.text_language if to_patient else "en"
        return Happened(
            at=entry.at,
            when=capital(self.when(entry.at)),
            title=title,
            text=story.body or "",
            language=spoken,
            is_mail=is_mail,
            state=state,
            look=look,
            sign=sign,
        )

    def facts(self) -> list[tuple[str, str]]:
        """Label and value."""
        request, patient = self.page.request, self.page.patient
        facts = ", ".join(fact_words(code, language()) for code in request.facts)
        rows = [
            (_("Need"), f"{self.need_title()}, {urgency_words(request.urgency)}"),
            (_("Place"), f"{self.place}: {request.service_name}"),
            (_("Code"), str(request.code or "")),
            (_("People"), household_words(request.household_size, request.household_ages)),
            (_("Visit"), self.when(request.visit_at) if request.visit_at else ""),
            (_("Next places"), ", ".join(name for _id, name in self.page.next_places)),
            (_("Speaks"), name_of(request.language, language())),
            (_("Good to know"), facts),
            (_("Born"), self._born()),
            (_("Record"), patient.record_number or ""),
            (_("Reach"), reach_words(patient)),
            (_("Speaks for them"), proxy_words(patient.proxy)),
            (_("Consent"), self._consent()),
            (_("Name seen by them"), self._seen()),
            (_("Looked after by"), self.page.owner_name),
        ]
        return [(label, value) for label, value in rows if value]

    def _born(self) -> str:
        born = self.page.patient.born
        return day_words(born, self.now.astimezone(self.zone).date()) if born else ""

    def _consent(self) -> str:
        consent = self.page.consent
        if consent is None:
            return _("Missing")
        if consent.revoked_at is not None:
            return _("Taken back, %(when)s", when=self.when(consent.revoked_at))
        ticks = [
            (consent.share, _("share")),
            (consent.hear_back, _("hear back")),
            (consent.text, _("texts")),
            (consent.next_places, _("next places")),
        ]
        agreed = ", ".join(words for ticked, words in ticks if ticked)
        return _(
            "%(agreed)s; heard by %(name)s, ends %(when)s",
            agreed=agreed or "–",
            name=consent.heard_by,
            when=self.when(consent.ends_at),
        )

    def _seen(self) -> str:
        shown = self.page.identity_shown_at
        return _("Yes, %(when)s", when=self.when(shown)) if shown else _("Not yet")

    def chart_note(self) -> str:
        """A paragraph for the clinic's own record; no phone and no other person's data."""
        request = self.page.request
        parts = [
            f"{self.need_title()}, {self.place}.",
            _("Asked %(when)s.", when=self.when(request.sent_at))
            if request.sent_at
            else _("Not sent yet."),
            f"{_(people_see(request.status, request.reason))}.",
        ]
        they, patient = self.voice(self.page.they_say), self.patient_voice()
        if they is not None:
            parts.append(_("They say: %(words)s (%(who)s).", words=they.words, who=they.who))
        if patient is not None:
            said = _("Patient says: %(words)s (%(who)s).", words=patient.words, who=patient.who)
            parts.append(said)
        if self.page.consent is not None:
            heard = self.page.consent
            parts.append(
                _(
                    "Consent %(when)s, heard by %(name)s.",
                    when=self.when(heard.given_at),
                    name=heard.heard_by,
                )
            )
        today = self.now.astimezone(self.zone).date().isoformat()
        return " ".join([f"{today}.", *parts])


def has_bad_ending(page: ReferralPage) -> bool:
    """Whether somebody still must say what comes next."""
    bad = is_bad_ending(page.request.status, page.request.reason)
    return bad and page.acknowledged_at is None and page.request.status not in NOT_SENT

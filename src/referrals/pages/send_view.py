"""What the send page shows: the place, the needs it helps with, and both texts before they go."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from typing import TYPE_CHECKING
from uuid import UUID
from zoneinfo import ZoneInfo

from accounts.api import member_card, member_of_listing, verified_channels
from directory.api import (
    Card,
    OpenTag,
    full_until,
    full_words,
    needs,
    open_tag,
    opening_at,
    schedule_lines,
    service_at_location_card,
)
from notify.segments import count_segments
from referrals import overdue
from referrals.consent import PHONE_WAYS, NamingLevel, Reach, default_level
from referrals.consequences import HOTLINE, THEY_CALL, WALK_IN
from referrals.listing import DEFAULT_TIME_ZONE, ListingWords, listing_words
from referrals.models import Patient, Referral
from referrals.need_words import is_need, need_label
from referrals.overdue import FRIDAY, AnsweringHours, Urgency
from referrals.pages.forms import Typed
from referrals.pages.moments import moment_words, rounded
from referrals.params import values_for
from referrals.wording import MissingParameterError, form_at, render
from shared.i18n import gettext as _
from shared.i18n import gettext_noop as noop
from shared.i18n import language
from shared.languages import LANGUAGES, name_of
from shared.phone_numbers import display, to_e164

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncSession

    from accounts.api import Actor, ChannelFact, MemberCard

TEXTED = ("en", "es")
SHOWN_CODE = 27
HOW = {
    "walk_in": noop("They walk in. No answer is asked."),
    "agency_calls_patient": noop("The place calls them."),
    "patient_calls": noop("They call the place."),
    "apply": noop("They fill in a form."),
    "through_hotline": noop("Through the hotline. You call it."),
    "no_referrals": noop("It takes no requests."),
}


@dataclass(frozen=True, slots=True)
class Preview:
    """One text as it would go out."""

    text: str
    language: str
    units: int
    segments: int


@dataclass(frozen=True, slots=True)
class PlaceView:
    """The place to ask, in the reader's words."""

    id: UUID
    title: str
    organization: str
    how: str
    how_words: str
    fits: tuple[str, ...]
    open: OpenTag
    hours: list[tuple[str, str]]
    phone: str | None
    papers: str
    channel_kinds: tuple[str, ...]
    reads_from: str
    sensitive: bool
    needs: tuple[str, ...]
    # Until when it takes nobody new, in words.
    full: str = ""

    @property
    def walk_in(self) -> bool:
        return self.how == WALK_IN

    @property
    def hotline(self) -> bool:
        return self.how == HOTLINE


@dataclass(frozen=True, slots=True)
class Place:
    """All that is known of the place before anything is decided."""

    card: Card
    listing: ListingWords
    channels: tuple[ChannelFact, ...]
    member: MemberCard | None
    full_until: datetime | None = None

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.listing.time_zone or DEFAULT_TIME_ZONE)


@dataclass(slots=True)
class Previews:
    """What everybody gets, and what happens then."""

    patient: list[Preview] = field(default_factory=list)
    agency: list[Preview] = field(default_factory=list)
    then: list[str] = field(default_factory=list)
    levels: dict[str, Preview] = field(default_factory=dict)


async def load_place(
    session: AsyncSession, service_at_location_id: UUID | None, now: datetime
) -> Place | None:
    """The place with the channels at which it may be asked; None when it isn't listed."""
    if service_at_location_id is None:
        return None
    card = await service_at_location_card(session, service_at_location_id, language())
    listing = await listing_words(session, service_at_location_id, now)
    if card is None or listing is None:
        return None
    member_id = await member_of_listing(session, listing.directory_organization_id)
    if member_id is None:
        return Place(card, listing, (), None)
    channels = await verified_channels(session, member_id, now=now)
    full = (await full_until(session, [card.id], now)).get(card.id)
    member = await member_card(session, member_id)
    return Place(card, listing, tuple(channels), member, full)


def place_view(place: Place, form: Typed, now: datetime) -> PlaceView:
    """The place in words."""
    card = place.card
    same = card.organization_name in card.service_name
    title = card.service_name if same else f"{card.organization_name}: {card.service_name}"
    return PlaceView(
        id=card.id,
        title=title,
        organization=card.organization_name,
        how=place.listing.how_to_start,
        how_words=_(HOW[place.listing.how_to_start]),
        fits=tuple(_fits(card, form.text("language"))),
        open=open_tag(opening_at(card.hours, place.zone, now)),
        hours=schedule_lines(card.hours),
        phone=place.listing.phone or (place.member.voice_phone if place.member else None),
        papers=", ".join(card.papers),
        channel_kinds=tuple(sorted({channel.kind.value for channel in place.channels})),
        reads_from=nobody_reads_until(place, now),
        sensitive=place.listing.sensitive,
        needs=card.needs,
        full=full_words(place.full_until, place.zone) if place.full_until else "",
    )


def _fits(card: Card, patient_language: str) -> list[str]:
    said = []
    if patient_language not in {"", "en"} and patient_language in card.languages:
        said.append(_("Speaks %(name)s", name=name_of(patient_language, language())))
    flags = {
        "no_id": _("No ID needed"),
        "no_proof_of_income": _("No proof of income"),
        "free": _("Free"),
        "accessible": _("Wheelchairs can get in"),
        "family_shelter": _("Families stay together"),
    }
    return said + [words for flag, words in flags.items() if card.flags.get(flag) is True]


def nobody_reads_until(place: Place, now: datetime) -> str:
    """When somebody reads again; empty while somebody does, or when nobody is written to."""
    if not place.channels or any(channel.all_hours for channel in place.channels):
        return ""
    opens = place.member.answers_from if place.member else time(9)
    closes = place.member.answers_until if place.member else time(17)
    local = now.astimezone(place.zone)
    if local.weekday() <= FRIDAY and opens <= local.time() < closes:
        return ""
    day = local.date() if local.time() < opens else local.date() + timedelta(days=1)
    while day.weekday() > FRIDAY:
        day += timedelta(days=1)
    return moment_words(datetime.combine(day, opens, place.zone), now, place.zone)


def need_choices(place: Place | None) -> tuple[list[tuple[str, str]], list[tuple[str, str]]]:
    """(code, label) of the needs that this place helps with, and of all others."""
    offered = set(place.card.needs) if place else set()
    labelled = [(need.code, need.label(language()), need.sensitive) for need in needs()]
    first = [(code, label) for code, label, _hidden in labelled if code in offered]
    others = [
        (code, label) for code, label, hidden in labelled if code not in offered and not hidden
    ]
    return first, others


def language_choices() -> list[tuple[str, str]]:
    """(code, name) of the languages people speak."""
    return [(code, name_of(code, language())) for code in LANGUAGES]


def previews(
    place: Place, sender: MemberCard, actor: Actor, form: Typed, now: datetime,
    *, hello_said: bool,
) -> Previews:  # fmt: skip
    """Both sides' texts, rendered as they will be, with a code that may come out differently."""
    patient = _patient(sender.id, form, sender)
    referral = _referral(place, sender, actor, patient, form, now)
    found = Previews()
    for level in NamingLevel:
        for text in _texts("P5", referral, patient, now, level=level):
            found.levels[level.value] = text
    found.agency = _agency_texts(place, referral, now)
    if form.ticked("consent_text") and patient.way in PHONE_WAYS:
        found.patient = _patient_texts(referral, patient, now, hello_said=hello_said)
    found.then = _then(place, referral, now)
    return found


def _agency_texts(place: Place, referral: Referral, now: datetime) -> list[Preview]:
    template = {WALK_IN: "A2", THEY_CALL: "A1"}.get(referral.how_to_start, "A1b")
    if place.listing.how_to_start in {HOTLINE, "no_referrals"}:
        return []
    texted = [channel for channel in place.channels if channel.kind.value == "sms"]
    if not texted:
        return []
    return _texts(template, referral, None, now, spoken=texted[0].language)


def _patient_texts(
    referral: Referral, patient: Patient, now: datetime, *, hello_said: bool
) -> list[Preview]:
    news = "P1" if referral.how_to_start == WALK_IN else "P0b"
    wanted = [news] if hello_said else ["P0", news]
    texts = []
    for template in wanted:
        form = form_at(template, patient.naming_level.value)
        if form is not None:
            texts += _texts(form, referral, patient, now)
    return texts


def _texts(  # noqa: PLR0913 -- one text for one reader
    template: str,
    referral: Referral,
    patient: Patient | None,
    now: datetime,
    *,
    level: NamingLevel | None = None,
    spoken: str | None = None,
) -> list[Preview]:
    """The text, or nothing when a value for it is missing (a sender without a phone)."""
    code = spoken or referral.text_language
    code = code if code in TEXTED else "en"
    at = (level or (patient.naming_level if patient else NamingLevel.NEED)).value
    due = referral.answer_due_at or now
    params = values_for(template, code, referral, patient, {"by": due.isoformat()}, now)
    try:
        said = render(template, code, at, {**params, "name": params["name"] or "…"})
    except MissingParameterError:
        return []
    count = count_segments(said)
    return [Preview(said, code, count.units, count.segments)]


def _patient(tenant: UUID, form: Typed, sender: MemberCard) -> Patient:
    """Never stored: it only carries typed values to where texts are rendered."""
    way = form.choice("way", Reach) or Reach.OWN_PHONE
    spoken = form.text("language") or "en"
    chosen = form.choice("naming_level", NamingLevel)
    return Patient(
        organization_id=tenant,
        name=form.text("name"),
        name_to_use=form.text("name_to_use"),
        phone=to_e164(form.text("phone", 40)),
        language=spoken,
        text_language=spoken,
        way=way,
        naming_level=chosen or default_level(way, sensitive=False),
        time_zone=sender.time_zone,
    )


def _referral(  # noqa: PLR0913 -- both parties, what was typed, and when
    place: Place,
    sender: MemberCard,
    actor: Actor,
    patient: Patient,
    form: Typed,
    now: datetime,
) -> Referral:
    """Never stored either."""
    need = form.text("need", 40)
    need = need if is_need(need) else next(iter(place.card.needs), "other")
    urgency = form.choice("urgency", Urgency) or Urgency.ROUTINE
    people = form.text("household_size", 2)
    clocks = overdue.answer_clocks(urgency, now, AnsweringHours(place.zone.key))
    return Referral(
        need=need,
        urgency=urgency,
        how_to_start=place.listing.how_to_start,
        household_size=int(people) if people.isdecimal() and int(people) else None,
        language=patient.language,
        text_language=patient.text_language,
        zip=form.text("zip", 5) or None,
        facts=list(form.many("facts")),
        service=place.listing.snapshot(),
        requester_label=sender.sender_label,
        requester_phone=sender.voice_phone,
        performer_name=place.listing.organization,
        performer_phone=(place.member.voice_phone if place.member else None) or place.listing.phone,
        performer_time_zone=place.zone.key,
        patient_time_zone=sender.time_zone,
        owner_name=actor.label.split(" ")[0],
        code=SHOWN_CODE,
        answer_due_at=clocks.answer_due,
        created_at=now,
    )


def _then(place: Place, referral: Referral, now: datetime) -> list[str]:
    zone = place.zone
    clocks = overdue.answer_clocks(referral.urgency, now, AnsweringHours(zone.key))
    due = moment_words(clocks.answer_due, now, zone)
    if referral.how_to_start == WALK_IN:
        return [_("No answer is asked. We ask the patient after the next opening.")]
    if referral.how_to_start == HOTLINE:
        return [_("A call goes on your list. Write down what they said.")]
    if not place.channels:
        phone = place.listing.phone
        number = display(phone) if phone else ""
        words = _("We put a call on your list: %(number)s.", number=number)
        return [words, _("They have until %(when)s.", when=due)]
    calls = moment_words(rounded(clocks.owner_calls, now), now, zone)
    return [
        _("They have until %(when)s.", when=due),
        _("If they are silent, you call them: %(when)s.", when=calls),
    ]


def label_of_need(code: str) -> str:
    """The need in the reader's language."""
    return need_label(code, language())

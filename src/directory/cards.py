"""One service at one place in the reader's language: for choosing it, and as a referral's snapshot.

Reads public tables only, so a confidential place has neither address nor point here.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import date
from typing import TYPE_CHECKING, Any, TypeVar
from uuid import UUID

from sqlalchemy import select

from directory.codes import HowToStart
from directory.models import ServiceAtLocation
from directory.needs import needs
from directory.search.facts import PlaceFacts, ServiceFacts, load_facts, load_terms
from shared import clock

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncSession

    from directory.opening_hours import Hours
    from directory.search.facts import Facts

T = TypeVar("T")
VOICE = (None, "", "voice", "cell")


@dataclass(frozen=True, slots=True)
class Card:
    """What a person needs to know. `phone` is E.164 or a short code; texts are in `language`.

    `needs` are codes of directory.api.needs(); `flags` is directory.codes.ServiceFlag → bool.
    """

    id: UUID
    service_id: UUID
    organization_id: UUID
    language: str
    service_name: str
    organization_name: str
    how_to_start: HowToStart
    how_to_start_known: bool
    location_name: str | None
    address: str | None
    city: str | None
    state: str | None
    postal_code: str | None
    county: str | None
    confidential: bool
    time_zone: str | None
    phone: str | None
    phone_extension: str | None
    text_number: str | None
    papers: tuple[str, ...]
    starting_steps: tuple[str, ...]
    description: str | None
    eligibility: str | None
    fees: str | None
    application_process: str | None
    alert: str | None
    url: str | None
    transportation: str | None
    languages: tuple[str, ...]
    needs: tuple[str, ...]
    flags: Mapping[str, bool]
    delivery: tuple[str, ...]
    temporarily_closed: bool
    checked_on: date | None
    hours: tuple[Hours, ...]

    def snapshot(self) -> dict[str, Any]:
        """The words as they are now, for JSON; hours are left out, they are read when shown."""
        kept = {name: value for name, value in asdict(self).items() if name != "hours"}
        return {name: _plain(value) for name, value in kept.items()}

    @property
    def address_line(self) -> str | None:
        """'12 Elm St, Salisbury'."""
        return ", ".join(part for part in (self.address, self.city) if part) or None


async def service_at_location_card(
    session: AsyncSession, service_at_location_id: UUID, language: str
) -> Card | None:
    """The card, for staff and for those they send there; None when it doesn't stand.

    Also of what its source keeps from the public: never for a public page.
    """
    service_id = await session.scalar(
        select(ServiceAtLocation.service_id).where(ServiceAtLocation.id == service_at_location_id)
    )
    if service_id is None:
        return None
    today = clock.now().date()
    facts = await load_facts(session, [service_id], today, shown="standing")
    places = facts.places.get(service_id, [])
    place = next((place for place in places if place.id == service_at_location_id), None)
    if place is None or not facts.services:
        return None
    return _card(facts, facts.services[0], place, await _needs(session, facts, place), language)


def _card(
    facts: Facts,
    service: ServiceFacts,
    place: PlaceFacts,
    need_codes: tuple[str, ...],
    language: str,
) -> Card:
    said = _Words(facts, service, place, spanish=language == "es")
    phones = _first(facts.phones, place, service.organization_id)
    voice = next((phone for phone in phones if phone.type in VOICE), None)
    text_line = next((phone for phone in phones if phone.type == "text"), None)
    return Card(
        id=place.id,
        service_id=service.id,
        organization_id=service.organization_id,
        language=language,
        service_name=said.of_service("name") or "",
        organization_name=said.organization() or "",
        how_to_start=HowToStart(service.how_to_start),
        how_to_start_known=service.how_to_start_known,
        location_name=said.place_name(),
        address=said.address(),
        city=place.city,
        state=place.state,
        postal_code=place.words.get("postal_code"),
        county=place.county,
        confidential=place.confidential,
        time_zone=place.time_zone or facts.zones.get(service.organization_id),
        phone=voice.number if voice else None,
        phone_extension=voice.extension if voice else None,
        text_number=text_line.number if text_line else None,
        papers=said.papers(),
        starting_steps=tuple((said.of_service("starting_steps") or "").splitlines()),
        description=said.of_service("description"),
        eligibility=said.of_service("eligibility_description"),
        fees=said.of_service("fees_description"),
        application_process=said.of_service("application_process"),
        alert=said.of_service("alert"),
        url=service.words.get("url"),
        transportation=said.of_place("transportation"),
        languages=_languages(facts, place),
        needs=need_codes,
        flags=service.flags,
        delivery=service.delivery,
        temporarily_closed=service.temporarily_closed,
        checked_on=service.assured_date,
        hours=tuple(_first(facts.hours, place, None)),
    )


class _Words:
    """A service's words in one language, English where there is no other."""

    def __init__(
        self, facts: Facts, service: ServiceFacts, place: PlaceFacts, *, spanish: bool
    ) -> None:
        self._facts = facts
        self._service = service
        self._place = place
        self._spanish = spanish

    def of_service(self, field: str) -> str | None:
        return self._in(self._service.id, field) or self._service.words.get(field)

    def of_place(self, field: str) -> str | None:
        owner = self._place.location_id
        if self._place.confidential or owner is None:
            return None
        return self._in(owner, field) or self._place.words.get(field)

    def place_name(self) -> str | None:
        owner = self._place.location_id
        if self._place.confidential or owner is None:
            return None
        return self._in(owner, "name") or self._place.words.get("place")

    def organization(self) -> str | None:
        own = self._in(self._service.organization_id, "name")
        return own or self._service.words.get("organization")

    def address(self) -> str | None:
        lines = (self._place.words.get("address_1"), self._place.words.get("address_2"))
        return ", ".join(line for line in lines if line) or None

    def papers(self) -> tuple[str, ...]:
        return tuple(
            self._in(paper, "document") or words
            for paper, words in self._facts.papers[self._service.id]
        )

    def _in(self, owner: UUID, field: str) -> str | None:
        return self._facts.spanish[owner].get(field) if self._spanish else None


async def _needs(session: AsyncSession, facts: Facts, place: PlaceFacts) -> tuple[str, ...]:
    owners = (place.service_id, place.id)
    terms = await load_terms(session)
    codes = {
        code
        for owner in owners
        for term in facts.terms[owner]
        if term in terms
        for code in terms[term].codes
    }
    named = {need for owner in owners for need in facts.needs[owner]}
    return tuple(
        need.code for need in needs() if need.code in named or codes.intersection(need.terms)
    )


def _first(owned: Mapping[UUID, list[T]], place: PlaceFacts, last: UUID | None) -> list[T]:
    """The rows of the narrowest owner that has any: place, service, location, organization."""
    owners = (place.id, place.service_id, place.location_id, last)
    return next((owned[owner] for owner in owners if owner and owned.get(owner)), [])


def _languages(facts: Facts, place: PlaceFacts) -> tuple[str, ...]:
    owners = (place.service_id, place.location_id)
    found = {code for owner in owners if owner for code in facts.languages[owner]}
    return tuple(sorted(found))


def _plain(value: object) -> object:
    if isinstance(value, UUID | HowToStart):
        return str(value)
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, tuple):
        return list(value)
    return dict(value) if isinstance(value, Mapping) else value

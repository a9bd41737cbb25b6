"""The JSON API of referrals: create, list, read, move. Same actions, same one transaction.

`Idempotency-Key` is written first, so that a parallel twin waits for it; ETag is the version, and
If-Match guards a move. Callers are organizations, known by their API key.
"""

from __future__ import annotations

import base64
import binascii
from dataclasses import asdict
from datetime import UTC, date, datetime
from typing import Annotated, Any
from uuid import UUID

from litestar import Response, Router, get, post
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath, FromQuery, JSONBody
from pydantic import BaseModel, ConfigDict, Field

from accounts.api import Actor, Scope, requires_api_scope
from accounts.requests import AnyRequest, Caller, Now, Session
from directory.api import place_of_zip
from referrals.actions import (
    ConsentGiven,
    NewPatient,
    NewReferral,
    create_draft,
    create_patient,
    record_consent,
    send_referral,
)
from referrals.actions.moving import VERBS, MoveRequest, allowed_verbs, make_move, parties_of
from referrals.actions.owning import add_note
from referrals.actions.recording import HeardWord
from referrals.consent import ConsentForm, NamingLevel, Reach
from referrals.errors import ReferralNotFound
from referrals.idempotency import fill_key, idempotency_key, take_key
from referrals.lifecycle import MOVES, BusinessStatus, Party
from referrals.listing import listing_words
from referrals.models import Referral
from referrals.overdue import Urgency
from referrals.queries import list_referrals, referral_summary
from referrals.reasons import Reason
from referrals.words import Way, Word
from shared import audit
from shared.errors import InvalidInput
from shared.i18n import gettext
from shared.i18n import gettext_noop as _
from shared.identifiers import new_id

OK, CREATED = 200, 201
Short = Annotated[str, Field(max_length=200)]
Long = Annotated[str, Field(max_length=2000)]


class Strict(BaseModel):
    """What is not described is refused: a misspelt field must not pass as absent."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class PatientIn(Strict):
    """A new patient, or only the id of a known one."""

    id: UUID | None = None
    name: Short = ""
    phone: Short = ""
    email: Short = ""
    birth_date: date | None = None
    record_number: Short = ""
    name_to_use: Short = ""
    language: Annotated[str, Field(max_length=8)] = "en"
    text_language: Annotated[str, Field(max_length=8)] = ""
    zip: Annotated[str, Field(max_length=10)] = ""
    household_size: Annotated[int, Field(ge=1, le=30)] | None = None
    reach: Reach = Reach.OWN_PHONE
    may_text: bool = True
    may_voicemail: bool = False
    best_times: Short = ""
    interpreter: bool = False


class ConsentIn(Strict):
    """The four ticks and who heard them."""

    share: bool
    hear_back: bool = False
    text: bool = False
    next_places: bool = False
    heard_by: Short
    naming_level: NamingLevel = NamingLevel.NEED
    form: ConsentForm = ConsentForm.VERBAL


class CreateReferral(Strict):
    """One need at one place. `send: false` keeps it as a draft."""

    patient: PatientIn
    consent: ConsentIn | None = None
    need: Annotated[str, Field(max_length=40)]
    service_at_location_id: UUID
    urgency: Urgency = Urgency.ROUTINE
    facts: Annotated[list[Annotated[str, Field(max_length=60)]], Field(max_length=20)] = []
    note: Long = ""
    worker: Annotated[str, Field(max_length=40)] = ""
    send: bool = True


class SaidBy(Strict):
    """Whose word was heard, how and when."""

    party: Party
    name: Short
    role: Short = ""
    how: Way = Way.PHONE
    at: datetime | None = None


class MoveIn(Strict):
    """A verb of the table in this document, with what belongs to it."""

    move: Annotated[str, Field(max_length=40)]
    acting: Party | None = Field(default=None, alias="as")
    reason: Reason | None = None
    note: Long = ""
    visit_at: datetime | None = None
    said_by: SaidBy | None = None


@post(
    "/api/referrals",
    guards=[requires_api_scope(Scope.REFERRALS_WRITE)],
    status_code=CREATED,
    tags=["referrals"],
    summary="Create a referral, and send it unless told otherwise",
)
async def create_referral(
    request: AnyRequest, data: JSONBody[CreateReferral], session: Session, actor: Caller, now: Now
) -> Response[dict[str, Any]]:
    """A draft, or (with the first consent tick) a request that the agency gets."""
    key = idempotency_key(request)
    known = await take_key(session, request, _tenant(actor), key, now)
    if known is not None:
        return await _answer(session, known, actor, CREATED)
    word = _word(actor, key, now)
    referral = await _create(session, data, actor, word)
    await fill_key(session, _tenant(actor), key, referral)
    return await _answer(session, referral.id, actor, CREATED)


@get(
    "/api/referrals",
    guards=[requires_api_scope(Scope.REFERRALS_READ)],
    tags=["referrals"],
    summary="List referrals, newest change first",
)
async def list_all(  # noqa: PLR0913 -- the list's filters are its query
    *,
    session: Session,
    actor: Caller,
    now: Now,
    status: FromQuery[list[BusinessStatus] | None] = None,
    role: FromQuery[str] = "either",
    cursor: FromQuery[str | None] = None,
    limit: FromQuery[int] = 50,
) -> dict[str, Any]:
    """Requests that this organization sends or answers; a cursor goes on where a page ended."""
    if not 1 <= limit <= 200:  # noqa: PLR2004 -- the page's bounds, as described
        raise InvalidInput(_("A page holds 1 to 200."), field="limit")
    if role not in {"either", "requester", "performer"}:
        raise InvalidInput(_("A role is requester, performer or either."), field="role")
    rows = await list_referrals(
        session,
        _tenant(actor),
        statuses=status or (),
        role=role,
        after=_read_cursor(cursor),
        limit=limit,
    )
    await audit.record(
        session,
        "referrals_listed",
        subject_kind="member",
        subject_id=actor.organization_id,
        now=now,
        detail={"count": len(rows)},
    )
    following = _cursor(rows[-1].changed_at, rows[-1].id) if len(rows) == limit else None
    return {"referrals": [_json(asdict(row)) for row in rows], "next_cursor": following}


@get(
    "/api/referrals/{referral_id:uuid}",
    guards=[requires_api_scope(Scope.REFERRALS_READ)],
    tags=["referrals"],
    summary="Read one referral",
)
async def read_referral(
    referral_id: FromPath[UUID], session: Session, actor: Caller, now: Now
) -> Response[dict[str, Any]]:
    """The referral with the moves that are possible; ETag is its version."""
    await audit.record(
        session, "referral_read", subject_kind="referral", subject_id=referral_id, now=now
    )
    return await _answer(session, referral_id, actor, OK)


@post(
    "/api/referrals/{referral_id:uuid}/moves",
    guards=[requires_api_scope(Scope.REFERRALS_WRITE)],
    status_code=OK,
    tags=["referrals"],
    summary="Move a referral",
    description="Verbs, the status each leads to, and who may make it from where:\n\n"
    + "\n".join(
        f"- `{verb}` → `{to}` from "
        + ", ".join(
            f"`{move.origin}` ({', '.join(sorted(move.by))})" for move in MOVES if move.to is to
        )
        for verb, to in VERBS.items()
    ),
)
async def move_referral(  # noqa: PLR0913 -- Litestar's dependencies by name
    request: AnyRequest,
    referral_id: FromPath[UUID],
    data: JSONBody[MoveIn],
    session: Session,
    actor: Caller,
    now: Now,
) -> Response[dict[str, Any]]:
    """409 lists the moves that are possible; 412 when If-Match is not the present version."""
    key = idempotency_key(request)
    known = await take_key(session, request, _tenant(actor), key, now)
    if known is not None:
        return await _answer(session, known, actor, OK)
    outcome = await make_move(
        session,
        referral_id,
        word=_word(actor, key, now),
        request=_move_request(data),
        expected_version=_if_match(request),
    )
    await fill_key(session, _tenant(actor), key, outcome.referral)
    return await _answer(session, referral_id, actor, OK)


async def _create(session: Session, data: CreateReferral, actor: Actor, word: Word) -> Referral:
    listing = await listing_words(session, data.service_at_location_id, word.now)
    if listing is None:
        raise InvalidInput(
            _("This place is not listed."),
            field="service_at_location_id",
            remedy=_("Search again and take the id from there."),
        )
    patient_id = await _patient_id(session, data.patient, actor, word)
    consent_id = None
    if data.consent is not None:
        given = ConsentGiven(**data.consent.model_dump(), places=(str(listing.organization)[:60],))
        consent = await record_consent(session, patient_id, given, actor=actor, now=word.now)
        consent_id = consent.id
    new = NewReferral(
        patient_id=patient_id,
        need=data.need,
        listing=listing,
        urgency=data.urgency,
        facts=tuple(data.facts),
        consent_id=consent_id,
        owner_name=data.worker,
    )
    referral = await create_draft(session, new, word=word)
    if data.note.strip():
        noted = Word(actor, Party.SENDER, f"{word.event_key}:note", word.now, Way.API)
        await add_note(session, referral.id, word=noted, body=data.note, shared=True)
    if data.send:
        sent = Word(actor, Party.SENDER, f"{word.event_key}:send", word.now, Way.API)
        referral = (await send_referral(session, referral.id, word=sent)).referral
    return referral


async def _patient_id(session: Session, given: PatientIn, actor: Actor, word: Word) -> UUID:
    if given.id is not None:
        return given.id
    place = await place_of_zip(session, given.zip.strip()) if given.zip.strip() else None
    new = NewPatient(
        **given.model_dump(exclude={"id", "reach"}),
        way=given.reach,
        time_zone=place.time_zone if place else None,
    )
    patient = await create_patient(session, new, organization_id=_tenant(actor), now=word.now)
    return patient.id


def _move_request(data: MoveIn) -> MoveRequest:
    heard = None
    if data.said_by is not None:
        said = data.said_by
        heard = HeardWord(said_by=said.name, way=said.how, role=said.role, at=said.at)
    return MoveRequest(
        verb=data.move,
        acting=data.said_by.party if data.said_by else data.acting,
        reason=data.reason,
        note=data.note,
        visit_at=data.visit_at,
        heard=heard,
    )


def _tenant(actor: Actor) -> UUID:
    if actor.organization_id is None:
        raise ReferralNotFound
    return actor.organization_id


def _word(actor: Actor, key: str | None, now: datetime) -> Word:
    """The caller's word; without an Idempotency-Key every call is a new one."""
    return Word(
        actor=actor,
        party=Party.SENDER,
        event_key=f"api:{actor.organization_id}:{key or new_id()}",
        now=now,
        way=Way.API,
    )


def _if_match(request: AnyRequest) -> int | None:
    value = request.headers.get("if-match", "").strip()
    if value in {"", "*"}:
        return None
    number = value.removeprefix("W/").strip('"')
    if not number.isdecimal() or len(number) > 9:  # noqa: PLR2004 -- a version fits an integer
        raise InvalidInput(
            _('If-Match is the ETag of the referral, such as "3".'), field="If-Match"
        )
    return int(number)


async def _answer(
    session: Session, referral_id: UUID, actor: Actor, status: int
) -> Response[dict[str, Any]]:
    await session.flush()
    summary = await referral_summary(session, referral_id, _tenant(actor))
    referral = await session.get(Referral, referral_id)
    if summary is None or referral is None:
        raise ReferralNotFound
    parties = parties_of(referral, actor.organization_id)
    content = _json(asdict(summary))
    content["moves"] = list(allowed_verbs(referral.status, parties))
    return Response(content, status_code=status, headers={"etag": f'"{summary.version}"'})


def _json(facts: dict[str, Any]) -> dict[str, Any]:
    facts["people_see"] = gettext(facts["people_see"])
    return facts


def _cursor(changed_at: datetime, referral_id: UUID) -> str:
    return base64.urlsafe_b64encode(f"{changed_at.isoformat()}|{referral_id}".encode()).decode()


def _read_cursor(cursor: str | None) -> tuple[datetime, UUID] | None:
    if cursor is None:
        return None
    try:
        at, _bar, referral_id = base64.urlsafe_b64decode(cursor).decode().partition("|")
        return datetime.fromisoformat(at).astimezone(UTC), UUID(referral_id)
    except (ValueError, binascii.Error) as broken:
        raise InvalidInput(
            _("This cursor is not one of ours."),
            field="cursor",
            remedy=_("Take next_cursor from the page before."),
        ) from broken


api_routers: list[HTTPRouteHandler | Router] = [
    create_referral,
    list_all,
    read_referral,
    move_referral,
]

"""The JSON API of referrals: create, list, read, move. Same actions, same one transaction.

`Idempotency-Key` is written first, so that a parallel twin waits for it; ETag is the version, and
If-Match guards a move. Callers are organizations, known by their API key.
"""

from __future__ import annotations

import base64
import binascii
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from litestar import Response, Router, get, post
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath, FromQuery, JSONBody

from accounts.api import Actor, Scope, requires_api_scope, working_teams
from accounts.requests import AnyRequest, Caller, Now, Session
from directory.api import place_of_zip
from referrals.actions import (
    ConsentGiven,
    NewPatient,
    NewReferral,
    SendOptions,
    create_draft,
    create_patient,
    plan_b,
    record_consent,
    send_referral,
)
from referrals.actions.moving import VERBS, MoveRequest, allowed_verbs, make_move, parties_of
from referrals.actions.owning import add_note
from referrals.actions.patients import Proxy
from referrals.actions.recording import HeardWord
from referrals.actions.stepping import STEPS, StepRequest, possible_steps, take_step
from referrals.api_bodies import CreateReferral, MoveIn, PatientIn
from referrals.errors import ReferralNotFound
from referrals.idempotency import fill_key, idempotency_key, take_key
from referrals.lifecycle import MOVES, BusinessStatus, Party
from referrals.listing import ListingWords, listing_words
from referrals.models import Referral
from referrals.queries import linked_referrals, list_referrals, referral_summary
from referrals.words import Way, Word
from shared import audit
from shared.database import Context, set_context
from shared.errors import InvalidInput
from shared.i18n import gettext
from shared.i18n import gettext_noop as _
from shared.identifiers import new_id

OK, CREATED = 200, 201


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
    await _for_team(session, data.restricted_team_id, actor)
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
    )
    + "\n\nSteps beside the moves:\n\n"
    + "\n".join(f"- `{verb}`: {does}" for verb, does in STEPS.items()),
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
    word, version = _word(actor, key, now), _if_match(request)
    if data.move in STEPS:
        outcome = await take_step(
            session, referral_id, word=word, step=_step(data), expected_version=version
        )
    else:
        moved = await _move_request(session, data, now)
        outcome = await make_move(
            session, referral_id, word=word, request=moved, expected_version=version
        )
    await fill_key(session, _tenant(actor), key, outcome.referral)
    return await _answer(session, referral_id, actor, OK)


async def _create(session: Session, data: CreateReferral, actor: Actor, word: Word) -> Referral:
    listing = await _listing(session, data.service_at_location_id, word.now)
    later = [await _listing(session, each, word.now, "next_places") for each in data.next_places]
    patient_id = await _patient_id(session, data.patient, actor, word)
    consent_id = None
    if data.consent is not None:
        read_aloud = tuple(each.organization[:60] for each in (listing, *later))
        given = ConsentGiven(**data.consent.model_dump(), places=read_aloud)
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
        restricted_team_id=data.restricted_team_id,
    )
    referral = await create_draft(session, new, word=word)
    places = [plan_b.PlaceInOrder(each.service_at_location_id, each.organization) for each in later]
    await plan_b.set_places(session, referral, places)
    if data.note.strip():
        noted = Word(actor, Party.SENDER, f"{word.event_key}:note", word.now, Way.API)
        await add_note(session, referral.id, word=noted, body=data.note, shared=True)
    if data.send:
        sent = Word(actor, Party.SENDER, f"{word.event_key}:send", word.now, Way.API)
        options = SendOptions(although_full=data.although_full)
        outcome = await send_referral(session, referral.id, word=sent, options=options)
        referral = outcome.referral
    return referral


async def _for_team(session: Session, team_id: UUID | None, actor: Actor) -> None:
    """A program is on no team: it may hand a request in to one, in this transaction alone."""
    if team_id is None:
        return
    if team_id not in {team.id for team in await working_teams(session)}:
        raise InvalidInput(
            _("There is no such team."),
            field="restricted_team_id",
            remedy=_("It needs at least two people."),
        )
    await set_context(
        session, Context(actor.organization_id, team_ids=(team_id,), actor=actor.word)
    )


async def _listing(
    session: Session, place_id: UUID, now: datetime, field: str = "service_at_location_id"
) -> ListingWords:
    listing = await listing_words(session, place_id, now)
    if listing is None:
        raise InvalidInput(
            _("This place is not listed."),
            field=field,
            remedy=_("Search again and take the id from there."),
        )
    return listing


async def _patient_id(session: Session, given: PatientIn, actor: Actor, word: Word) -> UUID:
    if given.id is not None:
        return given.id
    place = await place_of_zip(session, given.zip.strip()) if given.zip.strip() else None
    new = NewPatient(
        **given.model_dump(exclude={"id", "reach", "proxy"}),
        way=given.reach,
        proxy=Proxy(**given.proxy.model_dump()) if given.proxy else None,
        time_zone=place.time_zone if place else None,
    )
    patient = await create_patient(session, new, organization_id=_tenant(actor), now=word.now)
    return patient.id


def _step(data: MoveIn) -> StepRequest:
    return StepRequest(data.move, next_step=data.next_step, note=data.note, shared=data.shared)


async def _move_request(session: Session, data: MoveIn, now: datetime) -> MoveRequest:
    heard, listing = None, None
    if data.service_at_location_id is not None:
        listing = await _listing(session, data.service_at_location_id, now)
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
        listing=listing,
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
    steps = await possible_steps(session, referral, parties)
    content["moves"] = [*allowed_verbs(referral.status, parties), *steps]
    content["linked"] = [str(each.id) for each in await linked_referrals(session, referral_id)]
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

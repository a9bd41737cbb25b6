"""Every move of lifecycle.json by its verb, in every party's name, through the API's own door."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from accounts.rules import Actor, ActorKind
from builders.referrals import TUESDAY, Town, a_town
from referrals.actions.moving import NOBODYS, VERBS, MoveRequest, allowed_verbs, make_move, verb_for
from referrals.actions.recording import HeardWord
from referrals.lifecycle import ENDED, MOVES, NEEDS_REASON, NOT_SENT, BusinessStatus, Move, Party
from referrals.reasons import Reason, reasons_for
from referrals.words import Way, Word
from shared.errors import HandbackError, NotAllowed
from shared.identifiers import new_id

if TYPE_CHECKING:
    from referrals.listing import ListingWords
    from referrals.models import Referral
    from shared.database import Database

S = BusinessStatus


def test_the_table_of_verbs_covers_every_move_and_every_verb_has_one() -> None:
    used = {verb_for(move.origin, move.to) for move in MOVES}
    assert used == set(VERBS)
    assert all(VERBS[verb_for(move.origin, move.to)] is move.to for move in MOVES)


async def standing_at(town: Town, status: BusinessStatus) -> Referral:
    """A request put at a status by hand, as no person could."""
    referral = await town.draft() if status in NOT_SENT else await town.sent()
    async with town.as_clinic() as session:
        row = await session.get(type(referral), referral.id)
        assert row is not None
        row.stand_at(status)
        if status not in NOT_SENT:
            row.answered_at = None if status in {S.SENT, S.INFO_NEEDED} else TUESDAY
        if status in ENDED:
            row.ended_at = TUESDAY
    return referral


def word_of(town: Town, party: Party) -> Word:
    tenant = town.agency if party is Party.AGENCY else town.clinic
    actor = Actor(ActorKind.API_KEY, tenant, label="System")
    return Word(actor, Party.SENDER, town.key("api"), TUESDAY, Way.API)


def request_of(move: Move, party: Party, elsewhere: ListingWords) -> MoveRequest:
    reason = next(iter(reasons_for(move.to)), None) if move.to in NEEDS_REASON else None
    if move.to in {S.DECLINED, S.UNABLE}:
        reason = Reason.NO_CAPACITY
    heard = HeardWord("Ana") if party is Party.PATIENT else None
    return MoveRequest(
        verb_for(move.origin, move.to),
        acting=party,
        reason=reason,
        note="A small one",
        heard=heard,
        listing=elsewhere if move.to is S.REROUTED else None,
    )


@pytest.mark.parametrize("move", MOVES, ids=lambda move: f"{move.origin}-{move.to}")
async def test_every_move_is_made_by_its_verb(database: Database, move: Move) -> None:
    town = await a_town(database)
    elsewhere = replace(
        town.listing, service_at_location_id=new_id(), directory_organization_id=new_id()
    )
    for party in sorted(move.by):
        referral = await standing_at(town, move.origin)
        word, request = word_of(town, party), request_of(move, party, elsewhere)
        tenant = town.as_agency if party is Party.AGENCY else town.as_clinic
        if party in NOBODYS:
            with pytest.raises(NotAllowed):
                async with tenant() as session:
                    await make_move(session, referral.id, word=word, request=request)
            continue
        async with tenant() as session:
            outcome = await make_move(session, referral.id, word=word, request=request)
        assert outcome.referral.status is move.to, party
        assert verb_for(move.origin, move.to) in allowed_verbs(move.origin, (party,))


async def test_whatever_is_not_in_the_table_changes_nothing(database: Database) -> None:
    town = await a_town(database)
    referral = await standing_at(town, S.SENT)
    for verb, to in VERBS.items():
        if any(move.origin is S.SENT and move.to is to for move in MOVES):
            continue
        async with town.as_clinic() as session:
            with pytest.raises(HandbackError):
                await make_move(
                    session,
                    referral.id,
                    word=word_of(town, Party.SENDER),
                    request=MoveRequest(verb, reason=Reason.OTHER),
                )
    after = await town.read(referral.id)
    assert after.status is S.SENT
    assert after.version == referral.version


async def test_a_refusal_lists_the_verbs_that_are_possible(database: Database) -> None:
    town = await a_town(database)
    referral = await town.sent()
    with pytest.raises(HandbackError) as refused:
        async with town.as_clinic() as session:
            await make_move(
                session,
                referral.id,
                word=word_of(town, Party.SENDER),
                request=MoveRequest("ask_consent"),
            )
    assert "withdraw" in refused.value.allowed  # type: ignore[attr-defined]

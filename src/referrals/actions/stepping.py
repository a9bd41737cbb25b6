"""Steps of the API that are no moves of the diagram: late yes, undo, acknowledging, notes."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from referrals.actions.late_words import may_take_late_yes, take_late_yes
from referrals.actions.notes import write_note
from referrals.actions.owning import NextStep, acknowledge_ending
from referrals.actions.undoing import undo_answer
from referrals.errors import ReferralNotFound
from referrals.lifecycle import Party, is_bad_ending
from referrals.transition import Outcome, check_version, lock_referral
from shared.errors import InvalidInput, NotAllowed
from shared.i18n import gettext_noop as _

if TYPE_CHECKING:
    from uuid import UUID

    from sqlalchemy.ext.asyncio import AsyncSession

    from referrals.models import Referral
    from referrals.words import Word

STEPS: dict[str, str] = {
    "take_late_yes": "the sender takes a yes that came after the end; `linked` is the new request",
    "undo": "the agency takes its last answer back, within 30 minutes",
    "acknowledge": "the sender says what comes next after a bad ending (`next_step`)",
    "note": "either side writes a note (`note`, `shared`)",
}
SENDERS = frozenset({"take_late_yes", "acknowledge"})


@dataclass(frozen=True, slots=True)
class StepRequest:
    """A step with whatever belongs to it."""

    verb: str
    next_step: NextStep | None = None
    note: str = field(default="", repr=False)
    shared: bool = True


async def take_step(
    session: AsyncSession,
    referral_id: UUID,
    *,
    word: Word,
    step: StepRequest,
    expected_version: int | None = None,
) -> Outcome:
    """Take the step in the name of the caller's side."""
    referral = await lock_referral(session, referral_id)
    await check_version(session, referral, word, expected_version)
    spoken = _spoken(referral, word, step.verb)
    if step.verb == "take_late_yes":
        return await take_late_yes(session, referral_id, word=spoken)
    if step.verb == "undo":
        return await undo_answer(session, referral_id, spoken)
    if step.verb == "note":
        return await write_note(
            session, referral_id, word=spoken, body=step.note, shared=step.shared
        )
    if step.next_step is None:
        raise InvalidInput(_("Choose what comes next."), field="next_step")
    return await acknowledge_ending(session, referral_id, word=spoken, step=step.next_step)


def _spoken(referral: Referral, word: Word, verb: str) -> Word:
    caller = word.actor.organization_id
    sends = caller == referral.requester_organization_id
    answers = caller == referral.performer_organization_id
    if not sends and not answers:
        raise ReferralNotFound
    party = Party.AGENCY if verb == "undo" or not sends else Party.SENDER
    if (verb in SENDERS and not sends) or (verb == "undo" and not answers):
        raise NotAllowed(_("You may not speak in this party’s name."), code="wrong_party")
    return replace(word, party=party)


async def possible_steps(
    session: AsyncSession, referral: Referral, parties: tuple[Party, ...]
) -> tuple[str, ...]:
    """The steps that these parties may take now, beside the moves."""
    steps = ["note"]
    if Party.SENDER in parties:
        bad = is_bad_ending(referral.status, referral.reason)
        steps += ["acknowledge", "reroute"] if bad and referral.acknowledged_at is None else []
        steps += ["take_late_yes"] if await may_take_late_yes(session, referral) else []
    if Party.AGENCY in parties and referral.held is not None:
        steps.append("undo")
    return tuple(steps)

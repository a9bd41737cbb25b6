"""More of what a request's page can do: late yes, endings, needs left, next places, new consent."""

from __future__ import annotations

from typing import TYPE_CHECKING

from accounts.api import Role
from referrals.actions import (
    ConsentGiven,
    decide_difference,
    follow_up_met,
    plan_b,
    renew_consent,
    take_late_yes,
)
from referrals.actions.plan_listing import add_place, keep_places
from referrals.actions.sending import ask_for_consent
from referrals.consent import NamingLevel
from referrals.lifecycle import BusinessStatus
from referrals.pages.forms import FormRefused
from referrals.pages.referral_step import Step, Take
from referrals.pages.send_form import Fields
from referrals.reasons import Reason
from referrals.transition import check_version, lock_referral
from shared.errors import InvalidInput, NotAllowed, NotFound
from shared.i18n import gettext as _
from shared.i18n import gettext_noop as noop

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncSession

# How a coordinator may say it ended; which of them is possible is lifecycle.json's.
DECISIONS = (
    BusinessStatus.CLOSED_CONFIRMED,
    BusinessStatus.CLOSED_PATIENT_ONLY,
    BusinessStatus.SERVED_WITHOUT_ANSWER,
    BusinessStatus.CLOSED_AGENCY_ONLY,
    BusinessStatus.UNABLE,
)


async def decide(session: AsyncSession, step: Step) -> None:
    """How it ended, decided by the coordinator: accounts differ, or nobody else will say."""
    if not step.actor.has_role(Role.COORDINATOR):
        raise NotAllowed(noop("Only a coordinator decides this."), code="role_missing")
    to = step.form.choice("to", BusinessStatus)
    if to not in DECISIONS or to is None:
        raise InvalidInput(noop("Choose how it ended."), field="to")
    reason = Reason.OTHER if to is BusinessStatus.UNABLE else None
    await decide_difference(
        session,
        step.referral_id,
        word=step.word,
        to=to,
        reason=reason,
        note=step.form.text("decide_note", 500),
        expected_version=step.version,
    )


async def late_yes(session: AsyncSession, step: Step) -> str | None:
    """Take the yes that came after the end."""
    referral = await lock_referral(session, step.referral_id)
    await check_version(session, referral, step.word, step.version)
    outcome = await take_late_yes(session, step.referral_id, word=step.word)
    return f"/referrals/{outcome.linked.id}?done=1" if outcome.linked else None


async def need_met(session: AsyncSession, step: Step) -> None:
    """A need left over has been met."""
    need_id = step.form.id("need_left")
    if need_id is None:
        raise NotFound(noop("This need does not exist, or it is not yours to see."))
    await follow_up_met(session, need_id, referral_id=step.referral_id, word=step.word)


async def wait_for_consent(session: AsyncSession, step: Step) -> None:
    """The draft waits until the patient has agreed."""
    await ask_for_consent(session, step.referral_id, word=step.word)


async def new_consent(session: AsyncSession, step: Step) -> None:
    """Asked again: four ticks and who heard them."""
    form, fields = step.form, Fields()
    if not form.ticked("again_share"):
        fields.wrong("again_share", _("Without this tick, stop the request instead."))
    heard_by = form.text("again_heard_by", 80)
    if not heard_by:
        fields.wrong("again_heard_by", _("Write who heard the consent."))
    if fields.errors:
        raise FormRefused(fields.errors)
    given = ConsentGiven(
        share=True,
        hear_back=form.ticked("again_hear_back"),
        text=form.ticked("again_text"),
        next_places=form.ticked("again_next_places"),
        heard_by=heard_by,
        naming_level=form.choice("again_level", NamingLevel) or NamingLevel.NEED,
    )
    await renew_consent(
        session, step.referral_id, given, word=step.word, expected_version=step.version
    )


async def place_next(session: AsyncSession, step: Step) -> str | None:
    """One more place at the end of the list."""
    place_id = step.form.id("place")
    if place_id is None:
        raise InvalidInput(noop("Choose the place to ask."), field="place")
    referral = await add_place(session, step.referral_id, place_id, word=step.word)
    is_draft = referral.sent_at is None
    return f"/send?draft={referral.id}" if is_draft else None


async def keep_next(session: AsyncSession, step: Step) -> None:
    """The list with only the places that stayed ticked."""
    kept = {text for text in step.form.many("next_place") if text}
    referral = await lock_referral(session, step.referral_id)
    await check_version(session, referral, step.word, step.version)
    places = await plan_b.places_of(session, step.referral_id)
    rest = [each for each in places if str(each.service_at_location_id) in kept]
    await keep_places(session, step.referral_id, rest, word=step.word)


MORE_STEPS: dict[str, Take] = {
    "late-yes": late_yes,
    "need-met": need_met,
    "ask-consent": wait_for_consent,
    "consent": new_consent,
    "place-next": place_next,
    "keep-places": keep_next,
}

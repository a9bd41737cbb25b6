"""On a request's page: the place told us that it is full, or open again."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from directory.api import full_day, full_until, may_last_until, next_monday, on_morning
from referrals.actions.hearing_full import FullOrOpen, hear_full
from referrals.errors import ReferralNotFound
from referrals.models import Referral
from referrals.pages.forms import FormRefused
from referrals.pages.heard_form import heard_facts, zone_of
from referrals.pages.send_form import Fields
from referrals.transition import lock_referral
from shared.i18n import gettext as _

if TYPE_CHECKING:
    from datetime import datetime
    from uuid import UUID

    from sqlalchemy.ext.asyncio import AsyncSession

    from referrals.pages.referral_step import Step

FULL, OPEN = "full", "open"


async def full_said(session: AsyncSession, step: Step) -> None:
    """Full until the morning of a day, or open again, and who said so."""
    form, fields = step.form, Fields()
    says = form.text("full_says")
    if says not in {FULL, OPEN}:
        fields.wrong("full_says", _("Choose what they said."))
    referral = await lock_referral(session, step.referral_id)
    zone = ZoneInfo(referral.performer_time_zone)
    facts = heard_facts(form, "full", fields, await zone_of(session, step.actor), step.now)
    until = None
    if says == FULL:
        day = fields.read(lambda: form.day("full_until"), None)
        until = on_morning(day, zone) if day is not None else next_monday(step.now, zone)
        if not may_last_until(until, step.now):
            wrong = _("Choose a day from tomorrow to 90 days from now.")
            fields.wrong("full_until", wrong)
    if fields.errors:
        raise FormRefused(fields.errors)
    words = _("Open") if until is None else _("Full until %(day)s", day=full_day(until, zone))
    said = FullOrOpen(until, words)
    await hear_full(session, step.referral_id, word=step.word, facts=facts, said=said)


async def full_facts(session: AsyncSession, referral_id: UUID, now: datetime) -> dict[str, Any]:
    """What the form shows: how it stands, and what may be chosen."""
    referral = await session.get(Referral, referral_id)
    if referral is None:
        raise ReferralNotFound
    place = referral.service_at_location_id
    until = (await full_until(session, [place], now)).get(place)
    day = full_day(until, ZoneInfo(referral.performer_time_zone)) if until else ""
    return {
        "full_now": _("Full until %(day)s", day=day) if until else "",
        "full_choices": [(FULL, _("They are full")), (OPEN, _("They take requests again"))],
    }

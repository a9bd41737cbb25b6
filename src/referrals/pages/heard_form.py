"""Who said it, their role, how and when: the part that all forms for heard words share."""

from __future__ import annotations

from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from accounts.api import member_card
from referrals.actions import HeardWord
from referrals.words import Way
from shared.i18n import gettext as _

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy.ext.asyncio import AsyncSession

    from accounts.api import Actor
    from referrals.pages.forms import Typed
    from referrals.pages.send_form import Fields

STANDARD_ZONE = "America/New_York"


def heard_facts(form: Typed, who: str, fields: Fields, zone: ZoneInfo, now: datetime) -> HeardWord:
    """Read the fields that begin with `who`; what is wrong goes to `fields`."""
    said_by = form.text(f"{who}_by", 80)
    if not said_by:
        fields.wrong(f"{who}_by", _("Write who said it."))
    way = form.choice(f"{who}_how", Way) or Way.PHONE
    at = fields.read(lambda: form.moment(f"{who}_said_day", f"{who}_said_hour", zone), None)
    if at is not None and at > now:
        fields.wrong(f"{who}_said_day", _("This time has not come yet."))
    return HeardWord(said_by, way, form.text(f"{who}_role", 80), at)


async def zone_of(session: AsyncSession, actor: Actor) -> ZoneInfo:
    """The zone in which whoever writes it down reads the clock."""
    card = await member_card(session, actor.organization_id) if actor.organization_id else None
    return ZoneInfo(card.time_zone if card else STANDARD_ZONE)

"""What a consent allows: four separate ticks, the level a text may name, and its term.

Pure. Source: practice.md 2.4 and 2.9. Checked when a request is sent and again, by the message
source, at the moment each text goes out.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from referrals.overdue import CONSENT_ASKED_AGAIN
from shared.errors import InvalidInput
from shared.i18n import gettext_noop as _

if TYPE_CHECKING:
    from datetime import datetime


class NamingLevel(StrEnum):
    """What a text to the patient may name."""

    PLAIN = "plain"
    NEED = "need"
    NEUTRAL = "neutral"


class Reach(StrEnum):
    """How the patient wants to be reached."""

    OWN_PHONE = "own_phone"
    SHARED_PHONE = "shared_phone"
    THROUGH_SOMEBODY = "through_somebody"
    WILL_COME_OR_CALL = "will_come_or_call"


class ConsentForm(StrEnum):
    """How it was given."""

    VERBAL = "verbal"
    WRITTEN = "written"
    SIGNED_ONLINE = "signed_online"


PHONE_WAYS = frozenset({Reach.OWN_PHONE, Reach.SHARED_PHONE})


@dataclass(frozen=True, slots=True)
class ConsentTerms:
    """One consent, as far as rules look at it."""

    share: bool
    hear_back: bool
    text: bool
    next_places: bool
    heard_by: str
    given_at: datetime | None
    ends_at: datetime | None
    revoked_at: datetime | None = None


def is_in_force(consent: ConsentTerms | None, now: datetime) -> bool:
    """Given, not ended, not taken back."""
    return (
        consent is not None
        and consent.given_at is not None
        and consent.revoked_at is None
        and (consent.ends_at is None or now < consent.ends_at)
    )


def check_may_share(consent: ConsentTerms | None, now: datetime) -> None:
    """Raise InvalidInput unless the request may be shown to an agency."""
    if consent is None or not consent.share:
        raise InvalidInput(
            _("Consent missing: tick it, or save as draft."),
            field="share",
            remedy=_("A saved draft is kept 14 days."),
            code="consent_missing",
        )
    if not consent.heard_by.strip():
        raise InvalidInput(
            _("Write who heard the consent."), field="heard_by", code="consent_missing"
        )
    if not is_in_force(consent, now):
        raise InvalidInput(
            _("The consent has ended or was taken back."),
            field="share",
            remedy=_("Ask again and record the new consent."),
            code="consent_missing",
        )


def may_text(
    consent: ConsentTerms | None, way: Reach, now: datetime, *, phone_may_text: bool
) -> bool:
    """Whether the patient's phone may be texted at all."""
    return (
        consent is not None
        and consent.text
        and is_in_force(consent, now)
        and phone_may_text
        and way in PHONE_WAYS
    )


def default_level(way: Reach, *, sensitive: bool) -> NamingLevel:
    """The level offered first; neutral is forced for sensitive programmes."""
    if sensitive or way is Reach.SHARED_PHONE:
        return NamingLevel.NEUTRAL
    return NamingLevel.NEED


def level_allowed(chosen: NamingLevel, *, sensitive: bool) -> bool:
    """Whether the patient may choose this level for this programme."""
    return chosen is NamingLevel.NEUTRAL or not sensitive


def asked_again_at(ends_at: datetime) -> datetime:
    """When the owner is to ask for the consent again."""
    return ends_at - CONSENT_ASKED_AGAIN

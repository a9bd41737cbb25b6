"""Who may act and for how long: roles, callers, scopes, lifetimes. Pure: no framework, no database.

Roles and their sight follow design/practice.md 3; lifetimes design/reliability.md S7 and M21.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID

from shared.errors import InvalidInput
from shared.i18n import gettext_noop as _

SESSION_IDLE = timedelta(minutes=30)
SESSION_ABSOLUTE = timedelta(hours=12)
LAST_SEEN_EVERY = timedelta(minutes=1)
SIGN_IN_TRIES = 10
SIGN_IN_WINDOW = timedelta(minutes=15)
LINK_LIFETIME = timedelta(days=7)
VERIFIED_FOR = timedelta(days=365)
# Time enough to ask again before a yes runs out (design: practice 2.5).
ASKED_AGAIN_AFTER = timedelta(days=335)
PASSWORD_LENGTH = range(12, 257)
# Worker's name + " at " + sender's label, so that the longest text stays one segment.
NAME_AND_LABEL_LENGTH = 22


class Role(StrEnum):
    """What a person may do inside their organization."""

    NAVIGATOR = "navigator"
    COORDINATOR = "coordinator"
    AGENCY_WORKER = "agency_worker"
    NETWORK_ADMINISTRATOR = "network_administrator"
    STEWARD = "steward"


class MemberKind(StrEnum):
    """What an organization is in the network."""

    CLINIC = "clinic"
    AGENCY = "agency"
    FRONT_DOOR = "front_door"
    NETWORK = "network"


class ActorKind(StrEnum):
    """How a caller became known; `staff` writes down another party's word."""

    PERSON = "person"
    API_KEY = "api_key"
    AGENCY_LINK = "agency_link"
    PATIENT_LINK = "patient_link"
    AGENCY_TEXT = "agency_text"
    AGENCY_CALL = "agency_call"
    PATIENT_TEXT = "patient_text"
    CONFIRM_LINK = "confirm_link"
    STAFF = "staff"
    CLOCK = "clock"
    SYSTEM = "system"


class Scope(StrEnum):
    """What an API key may do; a key without a scope may do nothing."""

    REFERRALS_READ = "referrals:read"
    REFERRALS_WRITE = "referrals:write"


class ChannelKind(StrEnum):
    """How an answering channel is reached."""

    SMS = "sms"
    EMAIL = "email"


class ChannelState(StrEnum):
    """How it stands with a phone or mailbox. Only one that is in use gets requests."""

    NO_ANSWER = "no_answer"
    IN_USE = "in_use"
    PAUSED = "paused"
    OLD = "old"
    STOPPED = "stopped"


class VerifiedHow(StrEnum):
    """Whose word made a channel an answering channel."""

    TEXT_REPLY = "text_reply"
    CONFIRM_LINK = "confirm_link"
    TOLD_TO_STAFF = "told_to_staff"
    PRESET = "preset"


class LinkPurpose(StrEnum):
    """What a link opens: one referral for one party, or the confirmation of a mailbox."""

    AGENCY = "agency"
    PATIENT = "patient"
    CONFIRM_CHANNEL = "confirm_channel"


# Who looks after an organization's people, teams, keys and agreements.
ACCOUNT_KEEPERS = frozenset({Role.COORDINATOR})
# A restricted request must not hang on one person being there (design: practice 3).
TEAM_AT_LEAST = 2
SENDERS = frozenset({MemberKind.CLINIC, MemberKind.FRONT_DOOR})
SHORT_NAME = "Rosa"
STAFF_ROLES = frozenset({Role.NAVIGATOR, Role.COORDINATOR})
CHANNEL_KEEPERS = frozenset({Role.NAVIGATOR, Role.COORDINATOR, Role.NETWORK_ADMINISTRATOR})
LINK_ACTORS = {
    LinkPurpose.AGENCY: ActorKind.AGENCY_LINK,
    LinkPurpose.PATIENT: ActorKind.PATIENT_LINK,
    LinkPurpose.CONFIRM_CHANNEL: ActorKind.CONFIRM_LINK,
}
# First match wins: where a person lands after signing in.
HOMES = (
    (Role.NAVIGATOR, "/today"),
    (Role.COORDINATOR, "/today"),
    (Role.AGENCY_WORKER, "/desk"),
    (Role.NETWORK_ADMINISTRATOR, "/network/claims"),
    (Role.STEWARD, "/steward"),
)
HOME_OF_OTHERS = "/find"


@dataclass(frozen=True, slots=True)
class Actor:
    """A known caller. `organization_id` is the tenant that the caller's transaction runs in."""

    kind: ActorKind
    organization_id: UUID | None
    person_id: UUID | None = None
    roles: frozenset[Role] = frozenset()
    label: str = ""
    language: str = "en"
    credential_id: UUID | None = None
    scopes: frozenset[Scope] = frozenset()
    referral_id: UUID | None = None
    team_ids: tuple[UUID, ...] = field(default=())

    def has_role(self, *roles: Role) -> bool:
        """Whether the caller has at least one of the roles."""
        return not self.roles.isdisjoint(roles)

    @property
    def word(self) -> str:
        """`kind:id`, for the audit and the database context; never a name."""
        named = self.person_id or self.credential_id
        return f"{self.kind.value}:{named}" if named else self.kind.value

    @property
    def context_organization_id(self) -> UUID | None:
        """The tenant to work in: none for somebody who is only a network administrator."""
        if self.roles == {Role.NETWORK_ADMINISTRATOR}:
            return None
        return self.organization_id


def home_of(roles: frozenset[Role]) -> str:
    """The page a person lands on after signing in."""
    return next((page for role, page in HOMES if role in roles), HOME_OF_OTHERS)


def roles_in(words: object) -> frozenset[Role]:
    """Roles out of stored words; an unknown word gives no right."""
    known = {role.value for role in Role}
    return frozenset(Role(str(word)) for word in _as_list(words) if str(word) in known)


def scopes_in(words: object) -> frozenset[Scope]:
    """Scopes out of stored words; an unknown word gives no right."""
    known = {scope.value for scope in Scope}
    return frozenset(Scope(str(word)) for word in _as_list(words) if str(word) in known)


def channel_state(
    verified_at: datetime | None,
    stopped_at: datetime | None,
    paused_until: datetime | None,
    now: datetime,
) -> ChannelState:
    """A yes is good for 12 months; a stop lasts until they say yes again."""
    if stopped_at is not None:
        return ChannelState.STOPPED
    if verified_at is None:
        return ChannelState.NO_ANSWER
    if verified_at <= now - VERIFIED_FOR:
        return ChannelState.OLD
    if paused_until is not None and paused_until > now:
        return ChannelState.PAUSED
    return ChannelState.IN_USE


def _as_list(words: object) -> list[object]:
    return list(words) if isinstance(words, list | tuple | set | frozenset) else []


def session_is_live(started_at: datetime, last_seen_at: datetime, now: datetime) -> bool:
    """Idle for at most 30 minutes and never older than 12 hours."""
    return now - last_seen_at <= SESSION_IDLE and now - started_at < SESSION_ABSOLUTE


def normal_email(text: str) -> str | None:
    """The form an e-mail address is looked up by, or None when it can't be one."""
    email = text.strip().lower()
    return email if re.fullmatch(r"[^@\s,;<>]{1,64}@[^@\s,;<>]{1,190}", email) else None


def password_is_long_enough(password: str) -> bool:
    """Length is the whole rule (NIST SP 800-63B): no recipes of digits and signs."""
    return len(password) in PASSWORD_LENGTH


def check_label(kind: MemberKind, sender_label: str) -> None:
    """Whoever texts patients needs a label beside which a short first name fits."""
    if kind in SENDERS and not fits_texts(SHORT_NAME, sender_label.strip()):
        raise InvalidInput(
            _("The name in texts is too long: 14 letters at most."),
            field="sender_label",
            remedy=_("Shorten it, such as “Lincoln Clinic”."),
        )


def fits_texts(name: str, sender_label: str) -> bool:
    """Whether "Rosa at Lincoln Clinic" leaves enough of a text for what it must say."""
    return len(name) + len(" at ") + len(sender_label) <= NAME_AND_LABEL_LENGTH

"""What a page's form sent, read leniently: text cut to size, unknown choices are no choice."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from enum import StrEnum
from typing import TYPE_CHECKING, TypeVar
from uuid import UUID
from zoneinfo import ZoneInfo

from accounts.requests import AnyRequest
from referrals.lifecycle import Party
from referrals.words import Way, Word
from shared.errors import HandbackError, InvalidInput
from shared.i18n import gettext as _

if TYPE_CHECKING:
    from accounts.api import Actor

LINE, PARAGRAPH, NONCE = 200, 2000, 150
Choice = TypeVar("Choice", bound=StrEnum)
# A field and what is wrong with it, in the reader's words.
FieldErrors = list[tuple[str, str]]


class FormRefused(Exception):  # noqa: N818 -- the pages' own collection, not a fifth kind
    """Several fields at once; the page shows each beside its field."""

    def __init__(self, errors: FieldErrors) -> None:
        super().__init__("form refused")
        self.errors = errors


@dataclass(frozen=True, slots=True)
class Typed:
    """The values as they were typed; a name may come more than once."""

    values: dict[str, tuple[str, ...]]

    def text(self, name: str, most: int = LINE) -> str:
        """The trimmed text of a field."""
        given = self.values.get(name, ())
        return given[0].replace("\x00", "").strip()[:most] if given else ""

    def many(self, name: str) -> tuple[str, ...]:
        """Every value of a group of ticks."""
        return tuple(value.replace("\x00", "")[:LINE] for value in self.values.get(name, ()))

    def ticked(self, name: str) -> bool:
        """Whether a box is ticked."""
        return bool(self.text(name))

    def choice(self, name: str, of: type[Choice]) -> Choice | None:
        """One of a closed list, or None."""
        given = self.text(name)
        return of(given) if given in set(of) else None

    def id(self, name: str) -> UUID | None:
        """An id, or None."""
        try:
            return UUID(self.text(name))
        except ValueError:
            return None

    def number(self, name: str, *, most: int) -> int | None:
        """A whole number from 1 to `most`; None when empty. InvalidInput otherwise."""
        given = self.text(name)
        if not given:
            return None
        if not re.fullmatch(r"\d{1,6}", given) or not 1 <= int(given) <= most:
            raise InvalidInput(_("Write a number from 1 to %(most)s.", most=most), field=name)
        return int(given)

    def day(self, name: str) -> date | None:
        """A date as browsers send it; None when empty."""
        given = self.text(name)
        if not given:
            return None
        try:
            return date.fromisoformat(given)
        except ValueError:
            raise InvalidInput(_("Write the date like 1985-06-14."), field=name) from None

    def moment(self, day: str, hour: str, zone: ZoneInfo) -> datetime | None:
        """A local date and time of day as an instant; None when there is no date."""
        date_given = self.day(day)
        if date_given is None:
            return None
        try:
            at = time.fromisoformat(self.text(hour) or "12:00")
        except ValueError:
            raise InvalidInput(_("Write the time like 10:30."), field=hour) from None
        return datetime.combine(date_given, at.replace(tzinfo=None), zone).astimezone(UTC)


async def typed(request: AnyRequest) -> Typed:
    """The form of a request; files are passed over."""
    form = await request.form()
    values: dict[str, list[str]] = {}
    for name, value in form.multi_items():
        if isinstance(value, str):
            values.setdefault(name, []).append(value)
    return Typed({name: tuple(given) for name, given in values.items()})


def sender_word(actor: Actor, form: Typed, now: datetime) -> Word:
    """The staff member's own word; the form's nonce makes pressing twice one act."""
    nonce = form.text("nonce", NONCE)
    if not nonce:
        raise InvalidInput(_("Load the page again and send it once more. Nothing was changed."))
    return Word(actor=actor, party=Party.SENDER, event_key=f"page:{nonce}", now=now, way=Way.PAGE)


def version_of(form: Typed) -> int | None:
    """The version of the referral that the page showed."""
    given = form.text("version", 12)
    return int(given) if given.isdecimal() else None


def words_of(refusal: HandbackError) -> str:
    """A refusal with what to do next, in the reader's words."""
    said = _(refusal.message, **refusal.values)
    return f"{said} {_(refusal.remedy, **refusal.values)}" if refusal.remedy else said


def errors_of(refusal: HandbackError | FormRefused) -> FieldErrors:
    """One refusal or several, as a page's error summary takes them."""
    if isinstance(refusal, FormRefused):
        return refusal.errors
    return [(refusal.field or "", words_of(refusal))]

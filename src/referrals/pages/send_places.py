"""The places of the send form: up to three, in the order in which they are asked."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING
from uuid import UUID

from accounts.agreements import agreement_with
from directory.api import full_until
from referrals.actions.plan_b import PLACES, PlaceInOrder
from referrals.pages.forms import Typed
from referrals.pages.send_view import Place, PlaceView, load_place, place_view
from referrals.queries.answer_times import usual_answer
from shared.errors import InvalidInput
from shared.i18n import gettext as _
from shared.i18n import ngettext

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy.ext.asyncio import AsyncSession

NOT_NOW = "0"


@dataclass(frozen=True, slots=True)
class PlaceChoice:
    """A place of the list with its rank and how soon it usually answers."""

    view: PlaceView
    order: str
    answers: str


def with_order(form: Typed) -> Typed:
    """The form with its places in the chosen order; `place` is the one that is asked first."""
    listed = [*form.many("places"), form.text("place")]
    known = list(dict.fromkeys(text for text in listed if _is_id(text)))
    ranked = sorted(known, key=lambda text: (form.text(f"order_{text}") or "9", known.index(text)))
    chosen = [text for text in ranked if form.text(f"order_{text}") != NOT_NOW][:PLACES]
    kept = {name: value for name, value in form.values.items() if not name.startswith("order_")}
    kept.pop("place", None)
    return Typed({**kept, "places": tuple(chosen), **({"place": (chosen[0],)} if chosen else {})})


def _is_id(text: str) -> bool:
    try:
        UUID(text)
    except ValueError:
        return False
    return True


async def full_last(session: AsyncSession, form: Typed, now: datetime) -> Typed:
    """The places that take nobody new go behind the others, until somebody orders them."""
    listed = place_ids(form)
    full = await full_until(session, listed, now)
    ordered = tuple(str(place) for place in sorted(listed, key=lambda place: place in full))
    first = {"place": ordered[:1]} if ordered else {}
    return Typed({**form.values, "places": ordered, **first})


def place_ids(form: Typed) -> list[UUID]:
    """The places in order."""
    return [UUID(text) for text in form.many("places") if _is_id(text)]


async def next_places(
    session: AsyncSession, form: Typed, now: datetime
) -> tuple[PlaceInOrder, ...]:
    """The places after the first; InvalidInput when one can't be asked."""
    found = []
    for place_id in place_ids(form)[1:]:
        place = await load_place(session, place_id, now)
        if place is None or place.listing.how_to_start == "no_referrals":
            raise InvalidInput(_("One of the next places takes no requests."), field="place")
        found.append(PlaceInOrder(place_id, place.listing.organization))
    return tuple(found)


async def place_choices(
    session: AsyncSession, form: Typed, requester: UUID | None, now: datetime
) -> list[PlaceChoice]:
    """Every listed place in words."""
    found = []
    for number, place_id in enumerate(place_ids(form)):
        place = await load_place(session, place_id, now)
        if place is not None:
            view = place_view(place, form, now)
            said = await _answers(session, place, requester)
            found.append(PlaceChoice(view, str(number + 1), said))
    return found


async def _answers(session: AsyncSession, place: Place, requester: UUID | None) -> str:
    """How soon they usually answer, and what was agreed with them."""
    if place.member is None or requester is None or place.listing.how_to_start == "walk_in":
        return ""
    said = []
    usual = await usual_answer(session, requester, place.member.id)
    if usual is not None:
        days = ngettext("Answers in 1 day", "Answers in %(n)s days", usual.days)
        in_time = _("%(n)s of the last %(all)s in time", n=usual.in_time, all=usual.of)
        said.append(f"{days}, {in_time}.")
    agreed = await agreement_with(session, place.member.id)
    if agreed is not None:
        said.append(_("Agreed: they need %(needs)s.", needs=agreed.needs.rstrip(".")))
        if agreed.answer_days is not None:
            days = ngettext("1 working day", "%(n)s working days", agreed.answer_days)
            said.append(_("They answer within %(days)s.", days=days))
    return " ".join(said)

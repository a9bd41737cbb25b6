"""A steward's form as it was typed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, time
from enum import StrEnum
from typing import TYPE_CHECKING, TypeVar
from uuid import UUID

from shared.errors import InvalidInput
from shared.i18n import gettext_noop as _

if TYPE_CHECKING:
    from accounts.requests import AnyRequest

LINE = 300
Choice = TypeVar("Choice", bound=StrEnum)


@dataclass(frozen=True, slots=True)
class Form:
    """Its values; a name may come more than once."""

    values: dict[str, tuple[str, ...]]

    def text(self, name: str, most: int = LINE) -> str:
        """The trimmed text of a field."""
        given = self.values.get(name, ())
        return given[0].replace("\x00", "").strip()[:most] if given else ""

    def id(self, name: str) -> UUID | None:
        """An id, or None."""
        return read_id(self.text(name))

    def ids(self, name: str) -> list[UUID]:
        """Every id of a group of ticks."""
        return [found for each in self.values.get(name, ()) if (found := read_id(each)) is not None]

    def choice(self, name: str, of: type[Choice]) -> Choice | None:
        """One of a closed list, or None."""
        given = self.text(name)
        return of(given) if given in set(of) else None

    def day(self, name: str) -> date | None:
        """A date as browsers send it; None when empty. InvalidInput otherwise."""
        given = self.text(name)
        if not given:
            return None
        try:
            return date.fromisoformat(given)
        except ValueError:
            raise InvalidInput(_("Write the date like 1985-06-14."), field=name) from None

    def hour(self, name: str) -> time | None:
        """A time of day; None when empty. InvalidInput otherwise."""
        given = self.text(name)
        if not given:
            return None
        try:
            return time.fromisoformat(given).replace(tzinfo=None)
        except ValueError:
            raise InvalidInput(_("Write the time like 10:30."), field=name) from None


def read_id(text: str) -> UUID | None:
    """A UUID, or None."""
    try:
        return UUID(text)
    except ValueError:
        return None


async def form_of(request: AnyRequest) -> Form:
    """The form of a request; files are passed over."""
    given = await request.form()
    values: dict[str, list[str]] = {}
    for name, value in given.multi_items():
        if isinstance(value, str):
            values.setdefault(name, []).append(value)
    return Form({name: tuple(each) for name, each in values.items()})

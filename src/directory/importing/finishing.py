"""The gate's last step for a row: what its fields mean together, once each was read. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta

from directory.how_to_start import read_how_to_start
from directory.importing.ages import read_ages
from directory.importing.fields import POLYMORPHIC
from directory.importing.licensed import is_licensed
from directory.importing.phones import split_extension
from directory.importing.places import Surroundings
from directory.importing.privacy import TELLS_WHERE, Private
from directory.importing.records import Held, Record, Unreadable
from directory.importing.values import text
from directory.zips import state_of
from shared.i18n import gettext_noop as _

ADDRESS_COLUMNS = (
    "attention",
    "address_1",
    "address_2",
    "city",
    "region",
    "state_province",
    "postal_code",
    "country",
)
STATE_LETTERS = 2
ZIP = re.compile(r"\d{5}(?:-?\d{4})?")
Columns = dict[str, object]
Find = Callable[[Record, Held, str | None, Unreadable, object], None]


class RowHeld(Exception):  # noqa: N818 -- this row is kept back
    """A row that can't be taken, by which column, and why."""

    def __init__(self, column: str | None, message: str, **values: str) -> None:
        super().__init__(message)
        self.column = column
        self.message = message
        self.values = values


@dataclass(slots=True)
class Finishing:
    """What the steps need to know, and the confidential places they meet."""

    today: date
    around: Surroundings
    private: Private
    find: Find
    licensed: frozenset[str] = frozenset()  # taxonomies whose names stay out
    confidential: dict[str, Columns] = field(default_factory=dict)

    def finish(self, record: Record, columns: Columns) -> Columns:
        """The row's columns as they go into the directory."""
        step = STEPS.get(record.table)
        return step(self, record, columns) if step else columns

    def service(self, record: Record, columns: Columns) -> Columns:
        """How help is reached, ages out of words, a day of checking that is counted from today."""
        del record
        columns["how_to_start_known"] = columns["how_to_start"] is not None
        if columns["how_to_start"] is None:
            process = columns["application_process"]
            how, said = read_how_to_start(str(process) if process else None)
            columns["how_to_start"], columns["how_to_start_known"] = how.value, said
        if columns["minimum_age"] is None and columns["maximum_age"] is None:
            words = columns["eligibility_description"]
            ages = read_ages(str(words) if words else None)
            if ages is not None:
                columns["minimum_age"], columns["maximum_age"] = ages.minimum, ages.maximum
        days_ago = columns.pop("checked_days_ago")
        if isinstance(days_ago, int):
            columns["assured_date"] = self.today - timedelta(days=days_ago)
        return columns

    def location(self, record: Record, columns: Columns) -> Columns:
        """The point, the zone; of a confidential place, neither point nor address."""
        lat, lon = columns.pop("latitude"), columns.pop("longitude")
        own = record.external_id
        point = None
        try:
            point = self.around.point_of(own, lat, lon)
        except Unreadable as problem:
            self.find(record, Held.VALUE, "latitude", problem, f"{lat}, {lon}")
        columns["time_zone"] = columns["time_zone"] or self.around.time_zone_of(own, point)
        degrees: Columns = {"lat": None, "lon": None}
        if point is not None:
            degrees = {"lat": point.lat, "lon": point.lon}
        columns["confidential"] = bool(columns["confidential"]) or own in self.private.locations
        if columns["confidential"]:
            self.confidential[own] = dict.fromkeys(ADDRESS_COLUMNS) | degrees
            degrees = {"lat": None, "lon": None}
            columns |= dict.fromkeys(TELLS_WHERE)
        return columns | degrees

    def address(self, record: Record, columns: Columns) -> Columns:
        """A ZIP lies in one state: when the address names another, a person has to look."""
        state, code = columns["state_province"], columns["postal_code"]
        is_zip = columns["country"] == "US" and ZIP.fullmatch(str(code or ""))
        lies_in = state_of(str(code)) if is_zip else None
        said = str(state).upper() if state else ""
        if lies_in and len(said) == STATE_LETTERS and said != lies_in:
            problem = Unreadable(
                _("ZIP %(zip)s lies in %(state)s, the address says %(said)s. Correct one."),
                zip=str(code),
                state=lies_in,
                said=said,
            )
            self.find(record, Held.NOTED, "postal_code", problem, f"{said} {code}")
        return columns

    def phone(self, record: Record, columns: Columns) -> Columns:
        """The extension that was written into the number."""
        if columns["extension"] is None:
            columns["extension"] = split_extension(text(record.values.get("number")) or "")[1]
        return columns

    def schedule(self, record: Record, columns: Columns) -> Columns:
        """A row of hours says on which days; monthly rules name which of them."""
        del record
        if columns["opens_at"] is not None and not (
            columns["byday"] or columns["bymonthday"] or columns["dtstart"]
        ):
            raise RowHeld("byday", _("The row has times but no days."))
        if columns["byday"] and columns["freq"] is None:
            columns["freq"] = "WEEKLY"
        return columns

    def taxonomy_term(self, record: Record, columns: Columns) -> Columns:
        """Of a licensed taxonomy only the code."""
        taxonomy = record.links.get("taxonomy_id")
        owned = taxonomy is not None and taxonomy.external_id in self.licensed
        if owned or is_licensed(columns["taxonomy"]):
            columns["code"] = columns["code"] or record.external_id
            columns["name"], columns["description"] = columns["code"], None
        return columns

    def polymorphic(self, record: Record, columns: Columns) -> Columns:
        """The table that the link points into."""
        link, named = POLYMORPHIC[record.table]
        columns[named] = record.links[link].table
        return columns

    def language(self, record: Record, columns: Columns) -> Columns:
        """A language needs a name or a code."""
        del record
        if columns["name"] is None and columns["code"] is None:
            raise RowHeld("name", _("%(field)s is missing."), field="name")
        return columns


STEPS: Mapping[str, Callable[[Finishing, Record, Columns], Columns]] = {
    "service": Finishing.service,
    "taxonomy_term": Finishing.taxonomy_term,
    "location": Finishing.location,
    "address": Finishing.address,
    "phone": Finishing.phone,
    "schedule": Finishing.schedule,
    "language": Finishing.language,
    **dict.fromkeys(POLYMORPHIC, Finishing.polymorphic),
}

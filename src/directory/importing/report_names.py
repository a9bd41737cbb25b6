"""What the names in a feed's files mean, for those who look after the data and never saw HSDS."""

from __future__ import annotations

from collections.abc import Iterable

from directory.importing.records import Finding
from shared.i18n import gettext as _
from shared.i18n import gettext_noop as noop

COLUMNS = {
    "service_id": noop("the service that the row belongs to"),
    "organization_id": noop("the organization that the row belongs to"),
    "location_id": noop("the place that the row belongs to"),
    "service_at_location_id": noop("the service at one place that the row belongs to"),
    "link_id": noop("the record that a category or mark is put on"),
    "taxonomy_term_id": noop("the category"),
    "parent_id": noop("the broader category"),
    "parent_organization_id": noop("the organization above it"),
    "latitude": noop("the point on the map"),
    "byday": noop("the days of the week"),
    "freq": noop("weekly or monthly"),
    "opens_at": noop("the opening time"),
    "closes_at": noop("the closing time"),
    "status": noop("whether the service is still offered"),
    "number": noop("the phone number"),
    "code": noop("the short code of a language or category"),
    "postal_code": noop("the ZIP"),
    "state_province": noop("the state"),
    "assured_date": noop("the day when somebody last checked it"),
    "extent": noop("the outline of an area"),
}


def legend(findings: Iterable[Finding]) -> list[str]:
    """A line for each column that is named and does not explain itself."""
    named = dict.fromkeys(finding.field for finding in findings)
    return [
        "  " + _("%(field)s is %(meaning)s.", field=field, meaning=_(COLUMNS[field]))
        for field in named
        if field in COLUMNS
    ]

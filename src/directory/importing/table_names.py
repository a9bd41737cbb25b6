"""What the tables of HSDS are called in sentences for people."""

from __future__ import annotations

from collections.abc import Mapping

from shared.i18n import gettext
from shared.i18n import gettext_noop as noop

NAMES: Mapping[str, str] = {
    "organization": noop("organization"),
    "service": noop("service"),
    "location": noop("place"),
    "service_at_location": noop("service at a place"),
    "program": noop("programme"),
    "taxonomy": noop("list of categories"),
    "taxonomy_term": noop("category"),
    "contact": noop("contact person"),
    "phone": noop("phone"),
    "unit": noop("unit of measure"),
    "address": noop("address"),
    "schedule": noop("row of hours"),
}


def spoken(values: Mapping[str, str]) -> dict[str, str]:
    """A sentence's values, with the table that is among them by its name."""
    named = NAMES.get(values.get("table", ""))
    return dict(values) if named is None else {**values, "table": gettext(named)}

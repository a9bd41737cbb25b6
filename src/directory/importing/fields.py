"""Which fields each HSDS table has, how each is read, and what it must not be without. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from directory.codes import Delivery, Frequency, HowToStart, PlaceType, ServiceFlag, ServiceStatus
from directory.importing.byday import day_numbers, read_byday
from directory.importing.phones import read_extension, read_number, read_phone_type
from directory.importing.records import Unreadable
from directory.importing.values import (
    Reader,
    age,
    clock_time,
    day,
    decimal,
    mail_address,
    moment,
    money,
    one_of,
    positive,
    text,
    truth,
    web_address,
    whole_number,
)
from shared.i18n import gettext_noop as _
from shared.languages import code_of


def flags(raw: object) -> dict[str, bool]:
    """A map of directory.codes.ServiceFlag to true or false."""
    if raw is None:
        return {}
    if not isinstance(raw, dict):
        raise Unreadable(_("Flags are a map of names to true or false."))
    known = {flag.value for flag in ServiceFlag}
    unknown = sorted(str(name) for name in raw if name not in known)
    if unknown or not all(isinstance(value, bool) for value in raw.values()):
        raise Unreadable(_("Flags are a map of names to true or false."))
    return {name: raw[name] for name in sorted(raw)}


def delivery(raw: object) -> list[str]:
    """Ways to get help without going anywhere: a word or a list of them."""
    listed = raw if isinstance(raw, list) else re.split(r"[\s,]+", text(raw) or "")
    read = one_of(Delivery)
    return sorted({str(word) for word in map(read, listed) if word is not None})


def steps(raw: object) -> str | None:
    """A list of steps, one a line."""
    if isinstance(raw, list):
        return "\n".join(line for line in map(text, raw) if line) or None
    return text(raw)


def language_code(raw: object) -> str | None:
    """ISO 639: 'es', 'spa', 'es-MX' → 'es'; a three-letter code we can't shorten stays."""
    written = text(raw)
    if written is None:
        return None
    known = code_of(written.split("-")[0])
    if known:
        return known
    if len(written) == 3 and written.isalpha():  # noqa: PLR2004
        return written.lower()
    raise Unreadable(_("A language code has two or three letters (ISO 639)."))


def country(raw: object) -> str | None:
    """Two letters (ISO 3166)."""
    written = text(raw)
    if written is None:
        return None
    found = {"usa": "US", "united states": "US", "u.s.": "US"}.get(written.casefold(), written)
    if len(found) != 2 or not found.isalpha():  # noqa: PLR2004
        raise Unreadable(_("A country is given by two letters, such as US."))
    return found.upper()


def time_zone(raw: object) -> str | None:
    """An IANA name that this machine knows."""
    written = text(raw)
    if written is None:
        return None
    try:
        ZoneInfo(written)
    except (ValueError, OSError, ZoneInfoNotFoundError):
        raise Unreadable(_("A time zone is written like this: America/New_York.")) from None
    return written


@dataclass(frozen=True, slots=True)
class Table:
    """One table: its fields, its foreign keys, what is required, and the values for nothing."""

    fields: dict[str, Reader]
    links: dict[str, str] = field(default_factory=dict)
    required: frozenset[str] = frozenset()
    # at least one of these links must stand, else the row belongs to nothing
    belongs_to: tuple[str, ...] = ()
    defaults: dict[str, object] = field(default_factory=dict)


def _texts(*names: str) -> dict[str, Reader]:
    return dict.fromkeys(names, text)


# In the order of their foreign keys.
TABLES: dict[str, Table] = {
    "organization": Table(
        _texts("name", "alternate_name", "description", "legal_status", "logo", "uri")
        | {"email": mail_address, "website": web_address, "year_incorporated": whole_number},
        {"parent_organization_id": "organization"},
        required=frozenset({"name"}),
    ),
    "taxonomy": Table(
        _texts("name", "description", "uri", "version"), required=frozenset({"name"})
    ),
    "taxonomy_term": Table(
        _texts("code", "name", "description", "taxonomy", "language", "term_uri"),
        {"taxonomy_id": "taxonomy", "parent_id": "taxonomy_term"},
        required=frozenset({"name"}),
    ),
    "service": Table(
        _texts(
            "name",
            "alternate_name",
            "description",
            "interpretation_services",
            "application_process",
            "fees_description",
            "wait_time",
            "accreditations",
            "eligibility_description",
            "alert",
        )
        | {
            "url": web_address,
            "email": mail_address,
            "status": one_of(ServiceStatus),
            "minimum_age": age,
            "maximum_age": age,
            "assured_date": day,
            "assurer_email": mail_address,
            "last_modified": moment,
            "how_to_start": one_of(HowToStart),
            "starting_steps": steps,
            "flags": flags,
            "delivery": delivery,
            "checked_days_ago": whole_number,
        },
        {"organization_id": "organization"},
        required=frozenset({"name", "organization_id", "status"}),
        defaults={"status": ServiceStatus.ACTIVE.value, "flags": {}, "delivery": []},
    ),
    "location": Table(
        _texts(
            "name",
            "alternate_name",
            "description",
            "transportation",
            "external_identifier",
            "external_identifier_type",
            "county",
            "county_fips",
        )
        | {
            "time_zone": time_zone,
            "location_type": one_of(PlaceType),
            "url": web_address,
            "latitude": decimal,
            "longitude": decimal,
            "confidential": truth,
        },
        {"organization_id": "organization"},
        required=frozenset({"location_type", "confidential"}),
        defaults={"location_type": PlaceType.PHYSICAL.value, "confidential": False},
    ),
    "address": Table(
        _texts(
            "attention", "address_1", "address_2", "city", "region", "state_province", "postal_code"
        )
        | {"country": country, "address_type": one_of(PlaceType)},
        {"location_id": "location"},
        required=frozenset({"location_id", "country", "address_type"}),
        defaults={"country": "US", "address_type": PlaceType.PHYSICAL.value},
    ),
    "accessibility": Table(
        _texts("description", "details") | {"url": web_address},
        {"location_id": "location"},
        required=frozenset({"location_id"}),
    ),
    "service_at_location": Table(
        _texts("description"),
        {"service_id": "service", "location_id": "location"},
        required=frozenset({"service_id"}),
    ),
    "service_area": Table(
        _texts("name", "description", "extent", "extent_type", "uri", "county_fips", "state")
        | {"country": country},
        {"service_at_location_id": "service_at_location", "service_id": "service"},
        belongs_to=("service_at_location_id", "service_id"),
    ),
    "cost_option": Table(
        _texts("option", "currency", "amount_description")
        | {"valid_from": day, "valid_to": day, "amount": money},
        {"service_id": "service"},
        required=frozenset({"service_id"}),
    ),
    "required_document": Table(
        _texts("document", "uri"), {"service_id": "service"}, required=frozenset({"service_id"})
    ),
    "phone": Table(
        _texts("description")
        | {"number": read_number, "extension": read_extension, "type": read_phone_type},
        {
            "service_at_location_id": "service_at_location",
            "service_id": "service",
            "location_id": "location",
            "organization_id": "organization",
        },
        required=frozenset({"number"}),
        belongs_to=("service_at_location_id", "service_id", "location_id", "organization_id"),
    ),
    "language": Table(
        _texts("name", "note") | {"code": language_code},
        {"service_id": "service", "location_id": "location", "phone_id": "phone"},
        belongs_to=("service_id", "location_id", "phone_id"),
    ),
    "schedule": Table(
        _texts("schedule_group", "timezone", "wkst", "description", "attending_type", "notes")
        | {
            "valid_from": day,
            "valid_to": day,
            "dtstart": day,
            "until": day,
            "count": positive,
            "freq": one_of(Frequency),
            "interval": positive,
            "byday": read_byday,
            "byweekno": day_numbers,
            "bymonthday": day_numbers,
            "byyearday": day_numbers,
            "opens_at": clock_time,
            "closes_at": clock_time,
            "schedule_link": web_address,
        },
        {
            "service_at_location_id": "service_at_location",
            "service_id": "service",
            "location_id": "location",
        },
        belongs_to=("service_at_location_id", "service_id", "location_id"),
    ),
    "attribute": Table(
        _texts("link_type", "value", "label"),
        {"link_id": "", "taxonomy_term_id": "taxonomy_term"},
        required=frozenset({"link_id"}),
    ),
    "translation": Table(
        _texts("field", "language", "text"),
        {"entity_id": ""},
        required=frozenset({"entity_id", "field", "language", "text"}),
    ),
}
# A wrong value here makes the whole row say something else: closed instead of open, every day
# instead of one. Elsewhere only the value is kept back.
ALL_OR_NOTHING: dict[str, frozenset[str]] = {
    "schedule": frozenset(TABLES["schedule"].fields) - {"schedule_link", "notes"},
    "translation": frozenset({"text"}),
}

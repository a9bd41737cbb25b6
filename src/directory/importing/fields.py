"""Which fields each HSDS table has, how each is read, and what it must not be without. Pure."""

from __future__ import annotations

from dataclasses import dataclass, field

from directory.codes import Frequency, HowToStart, PlaceType, ServiceStatus
from directory.importing.byday import day_numbers, read_byday
from directory.importing.field_readers import (
    country,
    currency,
    delivery,
    flags,
    language_code,
    said_text,
    steps,
    time_zone,
)
from directory.importing.phones import read_extension, read_number, read_phone_type
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
    outline,
    positive,
    quantity,
    text,
    truth,
    web_address,
    whole_number,
)


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
        _texts(
            "name",
            "alternate_name",
            "description",
            "tax_status",
            "tax_id",
            "legal_status",
            "logo",
            "uri",
        )
        | {"email": mail_address, "website": web_address, "year_incorporated": whole_number},
        {"parent_organization_id": "organization"},
        required=frozenset({"name"}),
    ),
    "program": Table(
        _texts("name", "alternate_name", "description"),
        {"organization_id": "organization"},
        required=frozenset({"name", "organization_id"}),
    ),
    "organization_identifier": Table(
        _texts("identifier_scheme", "identifier_type", "identifier"),
        {"organization_id": "organization"},
        required=frozenset({"identifier_type", "identifier", "organization_id"}),
    ),
    "unit": Table(_texts("name", "scheme", "identifier", "uri"), required=frozenset({"name"})),
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
            "fees",
            "licenses",
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
        {"organization_id": "organization", "program_id": "program"},
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
        _texts("name", "description", "extent_type", "uri", "county_fips", "state")
        | {"country": country, "extent": outline},
        {"service_at_location_id": "service_at_location", "service_id": "service"},
        belongs_to=("service_at_location_id", "service_id"),
    ),
    "cost_option": Table(
        _texts("option", "amount_description")
        | {"currency": currency, "valid_from": day, "valid_to": day, "amount": money},
        {"service_id": "service"},
        required=frozenset({"service_id"}),
    ),
    "required_document": Table(
        _texts("document", "uri"), {"service_id": "service"}, required=frozenset({"service_id"})
    ),
    "service_capacity": Table(
        _texts("description") | {"available": quantity, "maximum": quantity, "updated": moment},
        {"service_id": "service", "unit_id": "unit"},
        required=frozenset({"service_id", "unit_id", "available", "updated"}),
    ),
    "funding": Table(
        _texts("source"),
        {"organization_id": "organization", "service_id": "service"},
        belongs_to=("organization_id", "service_id"),
    ),
    "url": Table(
        _texts("label") | {"url": web_address},
        {"organization_id": "organization", "service_id": "service"},
        required=frozenset({"url"}),
        belongs_to=("organization_id", "service_id"),
    ),
    "contact": Table(
        _texts("name", "title", "department") | {"email": mail_address},
        {
            "service_at_location_id": "service_at_location",
            "service_id": "service",
            "location_id": "location",
            "organization_id": "organization",
        },
        belongs_to=("service_at_location_id", "service_id", "location_id", "organization_id"),
    ),
    "phone": Table(
        _texts("description")
        | {"number": read_number, "extension": read_extension, "type": read_phone_type},
        {
            "service_at_location_id": "service_at_location",
            "service_id": "service",
            "location_id": "location",
            "organization_id": "organization",
            "contact_id": "contact",
        },
        required=frozenset({"number"}),
        belongs_to=(
            "service_at_location_id",
            "service_id",
            "location_id",
            "organization_id",
            "contact_id",
        ),
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
    "metadata": Table(
        _texts("last_action_type", "field_name", "updated_by")
        | {"last_action_date": day, "previous_value": said_text, "replacement_value": said_text},
        {"resource_id": ""},
        required=frozenset(
            {"resource_id", "last_action_date", "last_action_type", "field_name", "updated_by"}
        ),
    ),
    "meta_table_description": Table(_texts("name", "language", "character_set")),
    "translation": Table(
        _texts("field", "language", "text"),
        {"entity_id": ""},
        required=frozenset({"entity_id", "field", "language", "text"}),
    ),
}
# Links into any table: the column, and the one that names the table.
POLYMORPHIC = {
    "attribute": ("link_id", "link_entity"),
    "metadata": ("resource_id", "resource_type"),
    "translation": ("entity_id", "entity"),
}
# A wrong value here makes the whole row say something else: closed instead of open, every day
# instead of one. Elsewhere only the value is kept back.
ALL_OR_NOTHING: dict[str, frozenset[str]] = {
    "schedule": frozenset(TABLES["schedule"].fields) - {"schedule_link", "notes"},
    "translation": frozenset({"text"}),
}

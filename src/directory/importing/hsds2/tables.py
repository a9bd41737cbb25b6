"""The CSV files of a folder, and the names that exporters give to files and columns."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path

from directory.importing.csv_rows import Row, csv_files, read_csv
from shared.errors import InvalidInput
from shared.i18n import gettext_noop as _

FILES: dict[str, tuple[str, ...]] = {
    "organization": ("organizations", "organization"),
    "service": ("services", "service"),
    "location": ("locations", "location"),
    "service_at_location": (
        "services_at_location",
        "service_at_location",
        "services_at_locations",
        "service_at_locations",
    ),
    "address": ("physical_addresses", "physical_address", "addresses", "address"),
    "postal_address": ("postal_addresses", "postal_address"),
    "phone": ("phones", "phone"),
    "schedule": ("schedules", "schedule"),
    "language": ("languages", "language"),
    "service_area": ("service_areas", "service_area"),
    "taxonomy": ("taxonomy_types", "taxonomies", "taxonomy"),
    "taxonomy_term": ("taxonomy_terms", "taxonomy_term"),
    "term_type": ("taxonomy_terms_types",),
    "service_attribute": ("service_attributes", "service_attribute"),
    "service_phone": ("service_phones",),
    "location_phone": ("location_phones",),
    "location_address": ("location_addresses",),
    "accessibility": ("accessibility_for_disabilities",),
    "program": ("programs", "program"),
    "funding": ("funding",),
    "required_document": ("required_documents", "required_document"),
    "cost_option": ("cost_options", "cost_option"),
}
# our column → the names it goes by; itself is always one of them
COLUMNS: dict[str, dict[str, tuple[str, ...]]] = {
    "organization": {
        "website": ("url",),
        "parent_organization_id": ("parent_organization",),
        "phones": ("organization_phones",),
        "locations": ("organization_locations",),
    },
    "service": {
        "id": ("service_recordid",),
        "name": ("service_name",),
        "alternate_name": ("service_alternate_name",),
        "organization_id": ("service_organization",),
        "description": ("service_description",),
        "url": ("service_url",),
        "email": ("service_email",),
        "status": ("service_status",),
        "application_process": ("service_application_process",),
        "fees_description": ("service_fees", "fees"),
        "wait_time": ("service_wait_time",),
        "accreditations": ("service_accreditations",),
        "interpretation_services": ("service_interpretation",),
        "alert": ("service_alert",),
        "terms": ("service_taxonomy",),
        "locations": ("service_locations",),
        "phones": ("service_phones",),
        "languages": ("service_language",),
    },
    "location": {"phones": ("location_phones",)},
    "taxonomy": {
        "id": ("taxonomy_type_recordid",),
        "description": ("notes",),
        "uri": ("reference_url",),
    },
    "taxonomy_term": {
        "id": ("taxonomy_recordid",),
        "name": ("taxonomy_name", "term"),
        "parent_id": ("taxonomy_parent_name",),
        "taxonomy_id": ("taxonomy",),
        "description": ("taxonomy_x_description",),
        "code": ("category_id",),
    },
    "term_type": {"term_id": ("taxonomy_recordid",), "type_id": ("taxonomy_type_recordid",)},
    "service_phone": {"service_id": ("service_recordid",), "phone_id": ("phone_recordid",)},
    "location_phone": {"location_id": ("location_recordid",), "phone_id": ("phone_recordid",)},
    "location_address": {
        "location_id": ("location_recordid",),
        "address_id": ("address_recordid",),
    },
    "schedule": {"opens_at": ("opens",), "closes_at": ("closes",)},
    "language": {"name": ("language",)},
    "service_area": {"name": ("service_area",)},
    "accessibility": {"description": ("accessibility",)},
}
NEEDED = {
    "organization": ("id", "name"),
    "service": ("id", "name", "organization_id"),
    "location": ("id",),
}


def find_files(folder: Path) -> dict[str, Path]:
    """Which of our kinds stand in the folder."""
    present = csv_files(folder)
    return {
        kind: present[name]
        for kind, names in FILES.items()
        for name in reversed(names)
        if name in present
    }


def read_rows(kind: str, path: Path) -> Iterator[Row]:
    """The rows of a file, with our column names."""
    return read_csv(path, partial(_our_names, kind))


def _our_names(kind: str, path: Path, header: Sequence[str]) -> list[str]:
    aliases = {
        alias: ours for ours, names in COLUMNS.get(kind, {}).items() for alias in (ours, *names)
    }
    folded = [name.casefold() for name in header]
    # A dialect's name counts more than ours when a file has both ("taxonomy", "taxonomy_id").
    renamed = {aliases[name] for name in folded if aliases.get(name, name) != name}
    names = [
        aliases.get(name, name) if aliases.get(name) != name or name not in renamed else f"_{name}"
        for name in folded
    ]
    for needed in NEEDED.get(kind, ()):
        if needed not in names:
            listed = ", ".join((needed, *COLUMNS.get(kind, {}).get(needed, ())))
            raise InvalidInput(
                _("%(file)s has no column %(column)s."),
                values={"file": path.name, "column": listed},
                field=needed,
                remedy=_("Give the folder as it was exported, with the header line."),
            )
    return names

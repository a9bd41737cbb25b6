"""The CSV files of HSDS 1.1 and their columns; contacts.csv names people and is never opened."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path

from directory.importing.csv_rows import Row, csv_files, read_csv
from shared.errors import InvalidInput
from shared.i18n import gettext_noop as _

FILES: dict[str, tuple[str, ...]] = {
    "organization": ("organizations", "organization"),
    "program": ("programs", "program"),
    "service": ("services", "service"),
    "location": ("locations", "location"),
    "service_at_location": ("services_at_location", "services_at_locations"),
    "physical_address": ("physical_addresses", "physical_address"),
    "postal_address": ("postal_addresses", "postal_address"),
    "phone": ("phones", "phone"),
    "regular_schedule": ("regular_schedules", "regular_schedule"),
    "holiday_schedule": ("holiday_schedules", "holiday_schedule"),
    "language": ("languages", "language"),
    "eligibility": ("eligibility", "eligibilities"),
    "payment": ("payments_accepted", "payment_accepted"),
    "service_area": ("service_areas", "service_area"),
    "required_document": ("required_documents", "required_document"),
    "funding": ("funding",),
    "accessibility": ("accessibility_for_disabilities",),
    "taxonomy": ("taxonomy", "taxonomies"),
    "service_taxonomy": ("services_taxonomy", "service_taxonomy"),
}
COLUMNS: dict[str, dict[str, tuple[str, ...]]] = {
    "organization": {"website": ("url",)},
    "service": {"fees_description": ("fees",)},
    "language": {"name": ("language",)},
    "service_area": {"name": ("service_area",)},
    "accessibility": {"description": ("accessibility",)},
    "payment": {"payment": ("payment_accepted",)},
}
NEEDED = {
    "organization": ("id", "name"),
    "service": ("id", "organization_id", "name"),
    "location": ("id",),
    "regular_schedule": ("weekday", "opens_at", "closes_at"),
    "service_taxonomy": ("service_id", "taxonomy_id"),
}
NECESSARY = ("organization", "service")
SIGNS = ("regular_schedules", "services_taxonomy", "physical_addresses", "payments_accepted")


def looks_like(folder: Path) -> bool:
    """Whether the folder's tables have the names that only HSDS 1 gave them."""
    present = csv_files(folder)
    older = sum(name in present for name in SIGNS)
    # exports of HSDS 2 keep physical_addresses beside a table of schedules
    return (
        {"organizations", "services"} <= set(present) and older > 0 and "schedules" not in present
    )


def find_files(folder: Path) -> dict[str, Path]:
    """Which of the tables stand in the folder."""
    present = csv_files(folder)
    found = {
        kind: present[name]
        for kind, names in FILES.items()
        for name in reversed(names)
        if name in present
    }
    for kind in NECESSARY:
        if kind not in found:
            raise InvalidInput(
                _("There is no file of %(kind)ss in %(folder)s."),
                values={"kind": kind, "folder": folder.name},
                remedy=_("Give the folder with organizations.csv and services.csv."),
            )
    return found


def read_rows(kind: str, path: Path) -> Iterator[Row]:
    """The rows of a file, with our column names."""
    return read_csv(path, partial(_our_names, kind))


def _our_names(kind: str, path: Path, header: Sequence[str]) -> list[str]:
    aliases = {alias: ours for ours, names in COLUMNS.get(kind, {}).items() for alias in names}
    names = [aliases.get(name.casefold(), name.casefold()) for name in header]
    for needed in NEEDED.get(kind, ()):
        if needed not in names:
            raise InvalidInput(
                _("%(file)s has no column %(column)s."),
                values={"file": path.name, "column": needed},
                field=needed,
                remedy=_("Give the folder as it was exported, with the header line."),
            )
    return names

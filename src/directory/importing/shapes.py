"""Is this JSON HSDS's, or another project's that also has names and descriptions? Pure.

HSDS may be added to, so a few fields of somebody's own are nothing; more of them than of HSDS's are
another format, of which most would be lost without a word.
"""

from __future__ import annotations

from collections.abc import Mapping

from directory.importing.fields import TABLES
from shared.errors import InvalidInput
from shared.i18n import gettext_noop as _

# key of a nested list or object → table of its entries
NESTED = {
    "phones": "phone",
    "locations": "location",
    "services": "service",
    "schedules": "schedule",
    "operating_hours": "schedule",
    "events": "schedule",
    "service_areas": "service_area",
    "service_at_locations": "service_at_location",
    "languages": "language",
    "cost_options": "cost_option",
    "required_documents": "required_document",
    "addresses": "address",
    "accessibility": "accessibility",
    "attributes": "attribute",
    "contacts": "contact",
    "programs": "program",
    "organization_identifiers": "organization_identifier",
    "funding": "funding",
    "capacities": "service_capacity",
    "additional_websites": "url",
    "additional_urls": "url",
    "metadata": "metadata",
}
# key of a nested object that the row points to → its column
POINTS_TO = {
    "organization": ("organization_id", "organization"),
    "service": ("service_id", "service"),
    "location": ("location_id", "location"),
    "taxonomy_term": ("taxonomy_term_id", "taxonomy_term"),
    "taxonomy_detail": ("taxonomy_id", "taxonomy"),
    "program": ("program_id", "program"),
    "unit": ("unit_id", "unit"),
}
# keys of HSDS that nothing is read from
ALSO = frozenset({"id", "handback", "external_id", "last_modified", "parent_organization"})
FEW = 3  # fields of one's own that are nothing
AS_HSDS = _(
    "Export it as HSDS 3: a list of organizations, each with its “services” and “locations”."
)


def refuse_other_shapes(table: str, entry: Mapping[str, object], file: str) -> None:
    """InvalidInput, with the first strange field, where HSDS's own fields are the fewer."""
    known = {*TABLES[table].fields, *TABLES[table].links, *NESTED, *POINTS_TO, *ALSO}
    strange = [key for key in entry if key not in known]
    if len(strange) <= max(FEW, len(entry) - len(strange)):
        return
    raise InvalidInput(
        _(
            "%(file)s is another format than HSDS: “%(field)s” is no field of HSDS"
            " (%(table)s), and %(number)s more are not."
        ),
        values={
            "file": file,
            "field": strange[0][:60],
            "table": table,
            "number": str(len(strange) - 1),
        },
        field=strange[0][:60],
        remedy=AS_HSDS,
    )


def refuse_maps(value: Mapping[str, object], file: str) -> None:
    """InvalidInput for {"0713158629": {…}, …}: entries by their ids instead of a list of them."""
    if not value or not all(isinstance(each, dict) for each in value.values()):
        return
    if {*NESTED, *POINTS_TO} & value.keys():
        return
    first = next(iter(value))
    raise InvalidInput(
        _(
            "%(file)s is a map of names to entries (the first is “%(field)s”); HSDS is a list of"
            " entries, each with its “id”."
        ),
        values={"file": file, "field": first[:60]},
        field=first[:60],
        remedy=AS_HSDS,
    )

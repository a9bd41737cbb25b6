"""Tables of the directory: HSDS 3.1 about one to one, plus rights, runs, words and ZIPs.

All are public (no row-level security) except `location_private`.
"""

from __future__ import annotations

from directory.models.base import FromSource
from directory.models.contact_ways import Language, Phone
from directory.models.locations import Accessibility, Address, Location, LocationPrivate
from directory.models.organizations import Organization
from directory.models.places import ZipCentroid
from directory.models.schedules import Schedule
from directory.models.services import (
    CostOption,
    RequiredDocument,
    Service,
    ServiceArea,
    ServiceAtLocation,
)
from directory.models.sources import ImportRun, Source, Translation
from directory.models.taxonomies import (
    Attribute,
    SdohCrosswalk,
    Synonym,
    Taxonomy,
    TaxonomyTerm,
)

__all__ = [
    "Accessibility",
    "Address",
    "Attribute",
    "CostOption",
    "FromSource",
    "ImportRun",
    "Language",
    "Location",
    "LocationPrivate",
    "Organization",
    "Phone",
    "RequiredDocument",
    "Schedule",
    "SdohCrosswalk",
    "Service",
    "ServiceArea",
    "ServiceAtLocation",
    "Source",
    "Synonym",
    "Taxonomy",
    "TaxonomyTerm",
    "Translation",
    "ZipCentroid",
]

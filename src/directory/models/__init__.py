"""Tables of the directory: HSDS 3.1 about one to one, plus rights, runs, words and ZIPs.

All are public (no row-level security) except `location_private`, reports and saved lists.
"""

from __future__ import annotations

from directory.models.base import FromSource
from directory.models.care import (
    CheckedHow,
    HiddenPlace,
    MissPhrase,
    MissPhraseSeen,
    SearchPhrase,
    SearchVersion,
    ServiceCheck,
    SourceChange,
)
from directory.models.changes import (
    Change,
    ImportChange,
    ImportChangePrivate,
    Overlay,
    OverlayEnd,
)
from directory.models.closures import Closure
from directory.models.contact_ways import Contact, Language, Phone
from directory.models.locations import Accessibility, Address, Location, LocationPrivate
from directory.models.metadata import Metadata, MetaTableDescription
from directory.models.organizations import (
    Funding,
    Organization,
    OrganizationIdentifier,
    Program,
    Url,
)
from directory.models.pauses import ServicePause
from directory.models.places import ZipCentroid
from directory.models.public_pages import SavedList, SavedListItem, ServiceMoved, ServiceReport
from directory.models.schedules import Schedule
from directory.models.services import (
    CostOption,
    RequiredDocument,
    Service,
    ServiceArea,
    ServiceAtLocation,
    ServiceCapacity,
    Unit,
)
from directory.models.sources import ImportRun, Source, Translation
from directory.models.stewards import (
    Emergency,
    EmergencyChange,
    SearchMiss,
    StalenessSignal,
    UnlistedService,
    VerificationAttempt,
)
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
    "Change",
    "CheckedHow",
    "Closure",
    "Contact",
    "CostOption",
    "Emergency",
    "EmergencyChange",
    "FromSource",
    "Funding",
    "HiddenPlace",
    "ImportChange",
    "ImportChangePrivate",
    "ImportRun",
    "Language",
    "Location",
    "LocationPrivate",
    "MetaTableDescription",
    "Metadata",
    "MissPhrase",
    "MissPhraseSeen",
    "Organization",
    "OrganizationIdentifier",
    "Overlay",
    "OverlayEnd",
    "Phone",
    "Program",
    "RequiredDocument",
    "SavedList",
    "SavedListItem",
    "Schedule",
    "SdohCrosswalk",
    "SearchMiss",
    "SearchPhrase",
    "SearchVersion",
    "Service",
    "ServiceArea",
    "ServiceAtLocation",
    "ServiceCapacity",
    "ServiceCheck",
    "ServiceMoved",
    "ServicePause",
    "ServiceReport",
    "Source",
    "SourceChange",
    "StalenessSignal",
    "Synonym",
    "Taxonomy",
    "TaxonomyTerm",
    "Translation",
    "Unit",
    "UnlistedService",
    "Url",
    "VerificationAttempt",
    "ZipCentroid",
]

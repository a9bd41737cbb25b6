"""Named people of a feed are kept, and shown by nothing until a steward says so."""

from __future__ import annotations

from typing import TYPE_CHECKING

from builders.feeds import hsds3_organization, hsds3_service
from directory.api import service_at_location_card
from directory.importing.checked import row_id

if TYPE_CHECKING:
    from integration.directory.importing.conftest import Bring, Edit, Rows

PLACE = row_id("Test feed", "service_at_location", "food-at-door")


async def test_a_named_contact_and_their_number_are_not_shown(
    bring: Bring, edit: Edit, rows: Rows
) -> None:
    person = {
        "id": "denise",
        "name": "Denise Whitfield",
        "email": "denise@pantry.example",
        "phones": [{"id": "denise-phone", "number": "202-555-0171"}],
    }
    await bring(hsds3_organization(services=[hsds3_service(contacts=[person], phones=[])]))
    assert await rows("select name, public from contact") == [("Denise Whitfield", False)]
    assert await rows("select number from phone where contact_id is not null") == [
        ("+12025550171",)
    ]
    ((told,),) = await rows("select to_jsonb(d)::text from search_doc d")
    for secret in ("Denise", "denise", "5550171"):
        assert secret not in told
    card = await edit(service_at_location_card, PLACE, "en")
    assert card.phone is None

"""What the tenant matrix sends: to which address which ids, words and buttons.

A route with a new path parameter needs a line in PARAMETERS; a form that does something, its words
in VARIANTS.
"""

from __future__ import annotations

import base64
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from referrals.pages.referral_steps import STEPS

if TYPE_CHECKING:
    from builders.tenants import Case, Tenants

UNKNOWN = (
    "referral_id",
    "patient_id",
    "task_id",
    "message_id",
    "person_id",
    "team_id",
    "key_id",
    "agreement_id",
    "text_id",
    "list_id",
    "claim_id",
    "channel_id",
)
OWN_IDS = {*UNKNOWN, "token"}
# The shapes of pages by link: what each button says.
PRESSES: tuple[dict[str, str], ...] = (
    *(
        {"do": does}
        for does in (
            "yes",
            "wait_list",
            "contacting",
            "helped",
            "call_me",
            "known",
            "enrolled",
            "paused",
            "undo",
            "show",
            "hide",
            "pause",
            "resume",
            "full",
            "open_service",
            "never",
            "new_link",
            "another_place",
            "stop",
            "",
        )
    ),
    {"do": "no", "why": "no_capacity"},
    {"do": "ask", "question": "When?"},
    {"do": "note", "own_note": "A note", "note_for": "us"},
    {"do": "note", "own_note": "A note", "note_for": "both"},
    {"do": "outcome", "how": "helped"},
    {"do": "visit", "visit_day": "2090-01-01"},
    {"do": "answer", "question": "P5", "answer": "1"},
    {"do": "new_number", "phone": "202-555-0198"},
    {"do": "reveal"},
)
# A link that is too old is tried with the others.
TOO_MANY = {
    "wait_list",
    "enrolled",
    "paused",
    "contacting",
    "helped",
    "call_me",
    "known",
    "outcome",
    "visit",
    "ask",
}
MOVES: tuple[dict[str, Any], ...] = (
    *(
        {"move": verb, "reason": "other", "note": "A note"}
        for verb in (
            "send",
            "answer_question",
            "accept",
            "decline",
            "report_served",
            "confirm",
            "withdraw",
            "not_needed",
            "reroute",
            "enter_in_error",
            "take_late_yes",
            "undo",
            "acknowledge",
            "no_such_move",
        )
    ),
    *(
        {"move": verb, "said_by": {"party": party, "name": "Denise"}}
        for verb, party in (("accept", "agency"), ("confirm", "patient"))
    ),
    {"move": "close_on_patient_word", "as": "patient"},
    {"move": "acknowledge", "next_step": "nothing_left"},
    {"move": "note", "note": "A note", "shared": True},
    {"move": "note", "note": "A note", "shared": False},
    {"move": "reroute", "service_at_location_id": "place"},
)
STAFF_FORM = {
    "agency_says": "yes",
    "agency_by": "Denise",
    "agency_how": "phone",
    "patient_says": "P5:1",
    "patient_by": "Anna",
    "patient_how": "phone",
    "answer": "Yes.",
    "stop_reason": "need_changed",
    "next": "nothing_left",
    "to": "unable",
    "note": "A note",
    "reply": "We call you.",
    "note_for": "both",
    "name": "New Name",
    "phone": "202-555-0199",
    "way": "own_phone",
    "language": "en",
    "need": "food",
    "urgency": "this_week",
    "consent_share": "1",
    "consent_text": "1",
    "heard_by": "Rosa",
    "naming_level": "need",
    "again_share": "1",
    "again_heard_by": "Rosa",
    "asks": "text",
    "address": "202-555-0196",
    "said_by": "Denise",
    "said_role": "lead",
    "said_how": "phone",
    "back": "desk",
}
VARIANTS: dict[str, list[dict[str, Any]]] = {
    "POST /referrals/{referral_id:uuid}/{step:str}": [
        {"path:step": step} for step in [*STEPS, "nonsense"]
    ],
    "POST /referrals/{referral_id:uuid}/channel": [
        {"asks": "told", "address": "202-555-0188", "said_by": "Denise", "said_role": "manager"},
        {"asks": "text", "address": "202-555-0189"},
        {"asks": "mail", "address": "desk@harbor.example"},
        {},
    ],
    "POST /api/referrals/{referral_id:uuid}/moves": list(MOVES),
    "POST /administration/people": [{"roles": "navigator", "email": "new@lincoln.example"}],
    "POST /administration/people/{person_id:uuid}": [
        {"do": each} for each in ("disable", "enable", "password", "roles")
    ],
    "POST /network/claims/{claim_id:uuid}": [{"do": "agree"}, {"do": "refuse"}],
    "POST /administration/keys": [{"scopes": "referrals:read"}],
    "GET /send": [{}, {"query": "patient"}, {"query": "draft"}],
    "POST /send": [
        *({"do": each} for each in ("preview", "send", "draft", "choose", "add_place")),
        *({"do": "find", "find_by": by} for by in ("phone", "record", "name")),
    ],
    "POST /send/preview": [{"do": "preview"}],
    "POST /patients/find": [{"find_by": "phone"}, {"find_by": "name"}],
    "POST /desk/helped": [{"do": "helped"}],
    "POST /desk/services/{place_id:uuid}": [
        {"do": "full", "until": "2090-01-02"},
        {"do": "full"},
        {"do": "open"},
    ],
    "POST /desk/phones/{channel_id:uuid}": [{"hour": "16:00"}, {"hour": "start"}],
    "GET /delivery": [{}, {"show": "doubt"}, {"days": "90"}],
    "POST /delivery/{message_id:uuid}": [
        {"do": "arrived"},
        {"do": "call"},
        {"do": "again", "sure": "1"},
        {"do": "looked"},
    ],
    "POST /delivery/held": [
        {"do": "release"},
        {"do": "drop"},
    ],
    "POST /delivery/pause": [{"do": "pause", "why": "A drill"}, {"do": "resume"}],
    "POST /delivery/stopped": [{"confirmed": "1"}],
    "POST /network/delivery": [{"do": "pause", "why": "A drill"}, {"do": "resume"}],
    "POST /today/endings": [{"do": "endings"}],
    "POST /today/cover": [
        {"do": "start", "starts": "2090-01-01", "ends": "2090-01-02"},
        {"do": "end"},
    ],
    "GET /team": [{}, {"handed": "3", "told": "1"}, {"handed": "x"}],
    "POST /team/hand-over": [{"to": "inbox"}, {"to": "nobody"}],
    "POST /team/hand-over/{person_id:uuid}": [{"to": "inbox"}, {"to": "nobody"}],
    "POST /steward/calls": [
        {"do": "checked"},
        {"do": "call", "outcome": "no_answer"},
        {"do": "call", "outcome": "still_right", "spoke_with": "Denise"},
    ],
    "POST /steward/records/{service_id:uuid}": [
        {"do": "checked"},
        {"do": "correct", "field": "wait_time", "value": "Long", "reason": "heard"},
        {"do": "hide", "reason": "heard"},
        {"do": "hide_place", "reason": "heard"},
        {"do": "show_place"},
        {"do": "undo"},
    ],
    "POST /steward/sources": [{}, {"may_show_public": "1", "attribution": "The county"}],
    "GET /steward/sources/{source_id:uuid}/letter": [{}],
    "GET /steward/sources/{source_id:uuid}/corrections.csv": [{}],
    "POST /steward/sources/{source_id:uuid}/letter": [{}],
    "POST /steward/words": [
        {"do": "add", "phrase": "diapers", "language": "en", "need": "food"},
        {"do": "settle", "phrase": "diapers", "language": "en"},
        {"do": "remove"},
    ],
    "GET /steward/calls/print": [{}, {"most": "40"}],
    "GET /steward/imports": [{}, {"run": "1"}],
    "POST /steward/emergency": [
        {"do": "check", "zips": "21801"},
        {"do": "start", "name": "Storm", "ends": "2090-01-02"},
        {"do": "undo"},
        {"do": "reopen"},
    ],
    "POST /desk/{referral_id:uuid}": [
        press
        for press in PRESSES
        if press["do"] in {"yes", "undo", "show", "hide", "no", "outcome"}
    ],
    "GET /referrals/{referral_id:uuid}/another-place": [{"query": "place"}],
    "GET /lists/add": [{"query": "place"}],
    "POST /lists/add": [{}],
    "POST /lists/{list_id:uuid}": [{"do": "describe"}, {"do": "delete"}],
    "POST /services/{service_id:uuid}/report": [{"what": "closed"}, {"what": "nonsense"}],
    "POST /api/referrals": [{"body": "patient_id"}, {"body": "known_phone"}],
    "GET /api/referrals": [
        {},
        {"role": "requester"},
        {"role": "performer"},
        {"limit": "1"},
        {"status": "sent"},
        {"status": "draft"},
        {"status": "declined"},
        {"cursor": "forged"},
        {"role": "everybody"},
        {"cursor": "broken"},
        {"limit": "-1"},
    ],
}
# A path parameter's name: which of a case's ids it takes.
PARAMETERS = {
    "referral_id": "referral_id",
    "patient_id": "patient_id",
    "token": "token",
    "service_id": "service_id",
    "place_id": "place_id",
    "message_id": "message_id",
    "task_id": "task_id",
    "person_id": "person_id",
    "team_id": "team_id",
    "listing_id": "listing_id",
    "claim_id": "claim_id",
    "key_id": "key_id",
    "agreement_id": "agreement_id",
    "need_id": "need_id",
    # Lists hold no patients; whose they are is tested in test_saved_lists.
    "list_id": "list_id",
    "text_id": "text_id",
    "channel_id": "channel_id",
    # Sources are the directory's: nobody's in particular.
    "source_id": "source_id",
    "service_at_location_id": "place_id",
}


@dataclass(frozen=True)
class Target:
    """Whose ids a request carried: a case's, nobody's, or none at all."""

    name: str
    case: Case | None
    ids: dict[str, str]
    # The link a request came through, when that decides who reads.
    holder: str = ""

    def own_ids(self) -> list[str]:
        """Those that belong to nobody else."""
        return [value for name, value in self.ids.items() if name in OWN_IDS]


def ids_of(case: Case, world: Tenants) -> dict[str, str]:
    """Every id that belongs to a case, by the name a path or form gives it."""
    found = {
        "referral_id": case.referral_id,
        "patient_id": case.town.patient_id,
        "service_id": world.places["harbor"],
        "service_at_location_id": world.places["harbor"],
        "place_id": world.places["harbor"],
        "source_id": world.places["harbor"],
        "person_id": case.town.clinic,
        "need_id": case.town.clinic,
        "listing_id": world.listings["harbor"].directory_organization_id,
        **case.other_ids,
    }
    return {name: str(value) for name, value in found.items()}


def query_of(target: Target, said: dict[str, Any]) -> dict[str, str]:
    """A query with the target's ids where the variant asks for them."""
    wanted = said.pop("query", None)
    if wanted:
        name = {
            "patient": "patient_id",
            "draft": "referral_id",
            "place": "service_at_location_id",
        }[wanted]
        return {wanted: target.ids[name]}
    if said.get("cursor") == "forged":
        word = f"2099-01-01T00:00:00+00:00|{target.ids['referral_id']}"
        return {"cursor": base64.urlsafe_b64encode(word.encode()).decode()}
    return {name: str(value) for name, value in said.items()}


def json_of(target: Target, said: dict[str, Any], world: Tenants) -> dict[str, Any]:
    """A body of the API."""
    kind = said.pop("body", None)
    if said.get("service_at_location_id") == "place":
        said["service_at_location_id"] = str(world.places["harbor"])
    if kind is None:
        return said
    patient: dict[str, Any] = {"id": target.ids["patient_id"]}
    if kind == "known_phone":
        phone, record, name = sought(target)
        patient = {"name": name, "phone": phone, "record_number": record}
    return {
        "patient": patient,
        "need": "food",
        "send": False,
        "service_at_location_id": str(world.places["harbor"]),
    }


def sought(target: Target) -> tuple[str, str, str]:
    """Phone, record number and name by which somebody may be looked for."""
    if target.case is None:
        return "202-555-0197", "RQ-NOBODY-77", "Quetznobody"
    canaries = target.case.canaries
    return canaries.phone, canaries.said["record_number"], canaries.said["name"]


def form_of(target: Target, world: Tenants) -> dict[str, str]:
    """The ids that forms carry."""
    return {
        "patient": target.ids.get("patient_id", ""),
        "draft": target.ids.get("referral_id", ""),
        "task": target.ids.get("task_id", ""),
        "need_left": target.ids.get("need_id", ""),
        "next_place": str(world.places["harbor"]),
        "place": str(world.places["harbor"]),
        "helped": target.ids.get("referral_id", ""),
        "ending": target.ids.get("referral_id", ""),
        "request": target.ids.get("referral_id", ""),
        "by": target.ids.get("person_id", ""),
        "row": target.ids.get("service_id", ""),
        "agency": target.ids.get("listing_id", ""),
        "cover": target.ids.get("need_id", ""),
        "year": str(target.case.canaries.born.year) if target.case else "1901",
    }


def said_of(target: Target, said: dict[str, Any]) -> dict[str, Any]:
    """What the variant says, with the target's own words where it looks for somebody."""
    by = said.pop("find_by", None)
    if said.get("do") == "choose":
        return {"do": f"patient:{target.ids['patient_id']}"}
    if by is None:
        return said
    words = dict(zip(("phone", "record", "name"), sought(target), strict=True)).get(by, "Anna")
    return {**said, "patient": "", "patient_words": words, "q": words}

"""Answers held against Twilio's OpenAPI document, and signatures against Twilio's own validator."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Any

import pytest
from openapi_schema_validator import OAS30Validator
from twilio.request_validator import RequestValidator

from notify.channels.simulator.carrier import Keyword
from notify.channels.simulator.options import DEMO_ACCOUNT_SID
from notify.channels.simulator.state import Direction, Simulator, Text, TextStatus
from notify.channels.simulator.twilio_contract import (
    ListQuery,
    NewText,
    TwilioError,
    inbound_parameters,
    list_page,
    message_resource,
    read_list_query,
    read_new_text,
    signature,
    status_parameters,
)

CLINIC, AGENCY = "+12025550100", "+12025550144"
NOON = datetime(2026, 5, 4, 16, 0, tzinfo=UTC)


SCHEMA: dict[str, Any] = json.loads(
    Path(__file__).with_name("twilio_messages_schema.json").read_text(encoding="utf-8")
)
MESSAGE = "api.v2010.account.message"
KEPT = """
type properties items $ref enum nullable format minLength maxLength pattern minimum maximum
required additionalProperties
"""
NOT_WORDS = frozenset(KEPT.split())


def validator(schema: dict[str, Any]) -> OAS30Validator:
    return OAS30Validator({**schema, "components": SCHEMA["components"]})


def without_words(value: Any, *, names: bool = False) -> Any:
    """A schema without descriptions and examples; below `properties` every key is a name."""
    if isinstance(value, dict):
        return {
            key: without_words(inner, names=key == "properties")
            for key, inner in value.items()
            if names or key in NOT_WORDS
        }
    return [without_words(each) for each in value] if isinstance(value, list) else value


def test_our_copy_says_what_twilios_document_says(shared_folder: Path) -> None:
    path = shared_folder / "standards" / "twilio" / "api_v2010.json"
    if not path.is_file():
        pytest.skip(f"Twilio's OpenAPI document is not at {path}.")
    document = json.loads(path.read_text())
    listed = document["paths"][SCHEMA["list_path"]]["get"]
    answer = listed["responses"]["200"]["content"]["application/json"]["schema"]
    schemas = document["components"]["schemas"]
    assert SCHEMA["list_response"] == without_words(answer)
    assert SCHEMA["list_parameters"] == {
        asked["name"]: without_words(asked["schema"])
        for asked in listed["parameters"]
        if asked["in"] == "query"
    }
    assert SCHEMA["components"]["schemas"] == {
        name: without_words(schemas[name]) for name in SCHEMA["components"]["schemas"]
    }


def a_text(simulator: Simulator, direction: Direction = Direction.OUTBOUND, **values: str) -> Text:
    wanted = {"from_number": CLINIC, "to_number": AGENCY, "body": "27 1", **values}
    return simulator.add_text(direction, **wanted)


def a_form(**changes: str) -> dict[str, str]:
    return {"To": AGENCY, "From": CLINIC, "Body": "Hello", **changes}


@pytest.mark.parametrize("direction", list(Direction))
@pytest.mark.parametrize("status", list(TextStatus))
def test_every_message_is_valid_against_twilios_document(
    direction: Direction, status: TextStatus
) -> None:
    simulator = Simulator(lambda: NOON)
    text = a_text(simulator, direction)
    simulator.set_status(text, status)
    text.error_code = 30003 if status is TextStatus.UNDELIVERED else None
    schema = {"$ref": f"#/components/schemas/{MESSAGE}"}
    resource = message_resource(text, DEMO_ACCOUNT_SID)
    validator(schema).validate(resource)
    declared = SCHEMA["components"]["schemas"][MESSAGE]["properties"]
    assert resource.keys() == declared.keys()
    assert parsedate_to_datetime(str(resource["date_created"])) == NOON


def test_what_is_not_a_message_is_not_valid() -> None:
    resource = message_resource(a_text(Simulator(lambda: NOON)), DEMO_ACCOUNT_SID)
    schema = {"$ref": f"#/components/schemas/{MESSAGE}"}
    for wrong in ({"status": "on its way"}, {"sid": "SM1"}, {"num_segments": 1}):
        assert not validator(schema).is_valid({**resource, **wrong})


def test_every_filter_of_twilios_list_is_read() -> None:
    values = {
        "To": AGENCY,
        "From": CLINIC,
        "DateSent": "2026-05-04",
        "DateSent<": "2026-05-04",
        "DateSent>": "2026-05-04",
        "PageSize": "7",
        "Page": "2",
        "PageToken": "PASM1",
    }
    assert values.keys() == SCHEMA["list_parameters"].keys()
    empty = read_list_query({})
    for name, value in values.items():
        assert read_list_query({name: value}) != empty, name


@pytest.mark.parametrize(("asked", "given"), [("0", 1), ("1", 1), ("1000", 1000), ("5000", 1000)])
def test_a_page_has_between_1_and_1000_texts(asked: str, given: int) -> None:
    query = read_list_query({"PageSize": asked})
    assert isinstance(query, ListQuery)
    assert query.page_size == given
    limits = SCHEMA["list_parameters"]["PageSize"]
    assert limits["minimum"] <= query.page_size <= limits["maximum"]


def test_a_list_page_is_valid_against_twilios_document() -> None:
    simulator = Simulator(lambda: NOON)
    for number in range(3):
        a_text(simulator, body=str(number))
    page = page_of(simulator, PageSize="2")
    schema = SCHEMA["list_response"]
    validator(schema).validate(page)
    assert page.keys() == schema["properties"].keys()


def page_of(simulator: Simulator, **filters: str) -> dict[str, Any]:
    query = read_list_query(filters)
    assert isinstance(query, ListQuery)
    return list_page(simulator.newest_first(), query, filters, DEMO_ACCOUNT_SID)


def bodies(page: dict[str, Any]) -> list[str]:
    return [message["body"] for message in page["messages"]]


def test_the_list_filters_by_both_numbers_and_by_date() -> None:
    times = iter([NOON, NOON + timedelta(days=1), NOON + timedelta(days=1)])
    present = [NOON]

    def now() -> datetime:
        return present[0]

    simulator = Simulator(now)
    for body, to_number in (("a", AGENCY), ("b", AGENCY), ("c", "+12025550147")):
        present[0] = next(times)
        a_text(simulator, body=body, to_number=to_number)
    assert bodies(page_of(simulator)) == ["c", "b", "a"]
    assert bodies(page_of(simulator, To=AGENCY)) == ["b", "a"]
    assert bodies(page_of(simulator, From="+12025550199")) == []
    assert bodies(page_of(simulator, DateSent="2026-05-04")) == ["a"]
    assert bodies(page_of(simulator, **{"DateSent>": "2026-05-05T16:00:00Z"})) == ["c", "b"]
    assert bodies(page_of(simulator, **{"DateSent<": "2026-05-04T16:00:00Z"})) == ["a"]


def test_a_text_that_arrives_between_two_pages_shifts_nothing() -> None:
    simulator = Simulator(lambda: NOON)
    for number in range(4):
        a_text(simulator, body=str(number))
    first = page_of(simulator, PageSize="2")
    a_text(simulator, body="new")
    _, _, asked = first["next_page_uri"].partition("?")
    second = page_of(simulator, **dict(pair.split("=") for pair in asked.split("&")))
    assert bodies(first) == ["3", "2"]
    assert bodies(second) == ["1", "0"]
    assert second["next_page_uri"] is None


@pytest.mark.parametrize("filters", [{"DateSent": "May 4"}, {"PageSize": "many"}, {"Page": "x"}])
def test_an_unreadable_filter_is_refused(filters: dict[str, str]) -> None:
    refusal = read_list_query(filters)
    assert isinstance(refusal, TwilioError)
    assert (refusal.status, refusal.code) == (400, 20001)


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"To": ""}, 21604),
        ({"To": "555-0144"}, 21211),
        ({"To": "+15005550001"}, 21211),
        ({"From": ""}, 21603),
        ({"From": "Lincoln Clinic"}, 21212),
        ({"Body": " "}, 21602),
        ({"Body": "a" * 1601}, 21617),
    ],
)
def test_a_wrong_request_gets_twilios_code(changes: dict[str, str], code: int) -> None:
    refusal = read_new_text(a_form(**changes))
    assert isinstance(refusal, TwilioError)
    assert (refusal.status, refusal.code) == (400, code)
    assert refusal.body().keys() == {"code", "message", "more_info", "status"}


@pytest.mark.parametrize(
    ("period", "seconds"), [("3600", 3600), ("0", None), ("soon", None), ("36001", None)]
)
def test_a_validity_period_is_recorded_when_it_can_be(period: str, seconds: int | None) -> None:
    wanted = read_new_text(a_form(ValidityPeriod=period, Unknown="ignored"))
    assert isinstance(wanted, NewText)
    assert wanted.validity_seconds == seconds


def test_twilios_own_validator_accepts_the_signature() -> None:
    text = a_text(Simulator(lambda: NOON), Direction.INBOUND, body="ñandú & 27 1 = yes?")
    parameters = inbound_parameters(text, Keyword.STOP, DEMO_ACCOUNT_SID)
    url = "https://handback.example/webhooks/twilio/status?message=018f&x=1"
    signed = signature(url, parameters, "secret")
    twilio = RequestValidator("secret")
    assert twilio.validate(url, parameters, signed)
    assert not twilio.validate(url, {**parameters, "Body": "27 3"}, signed)
    assert not twilio.validate(url.replace("018f", "018e"), parameters, signed)


def test_only_a_failed_delivery_names_its_code() -> None:
    text = a_text(Simulator(lambda: NOON))
    text.error_code = 30005
    lost = status_parameters(text, TextStatus.UNDELIVERED, DEMO_ACCOUNT_SID)
    sent = status_parameters(text, TextStatus.SENT, DEMO_ACCOUNT_SID)
    assert lost["ErrorCode"] == "30005"
    assert "ErrorCode" not in sent

"""What the carrier does by itself, and whose answer a phone's text is."""

from __future__ import annotations

import pytest

from notify.channels.simulator.carrier import Keyword, carrier_answers, keyword_in
from notify.channels.simulator.faults import FaultKind, FaultRule, Faults
from notify.channels.simulator.state import Direction, Name, Simulator

CLINIC, OTHER_CLINIC, PHONE = "+12025550100", "+12025550101", "+12025550144"


@pytest.mark.parametrize(
    ("body", "keyword"),
    [
        *(
            (word, Keyword.STOP)
            for word in ("STOP", "StopAll", "unsubscribe", "CANCEL", "end", "QUIT")
        ),
        *((word, Keyword.STOP) for word in (" stop\n", "REVOKE", "OPTOUT")),
        *((word, Keyword.START) for word in ("START", "yes", "UNSTOP")),
        *((word, Keyword.HELP) for word in ("help", "INFO")),
        *((word, None) for word in ("stop it", "STOP.", "ALTO", "27 1", "1", "yes please", "")),
    ],
)
def test_only_a_text_that_is_exactly_one_keyword_counts(body: str, keyword: Keyword | None) -> None:
    assert keyword_in(body) is keyword


def test_the_carrier_answers_stop_and_start_only_when_they_change_something() -> None:
    assert carrier_answers(Keyword.STOP, blocked=False)
    assert not carrier_answers(Keyword.STOP, blocked=True)
    assert carrier_answers(Keyword.START, blocked=True)
    assert not carrier_answers(Keyword.START, blocked=False)
    assert carrier_answers(Keyword.HELP, blocked=True)


def test_a_phone_answers_the_number_that_wrote_last() -> None:
    simulator = Simulator()
    assert simulator.senders_to(PHONE) == []
    for sender in (CLINIC, OTHER_CLINIC, CLINIC):
        simulator.add_text(Direction.OUTBOUND, from_number=sender, to_number=PHONE, body="?")
    simulator.add_text(Direction.INBOUND, from_number=PHONE, to_number=OTHER_CLINIC, body="!")
    assert simulator.senders_to(PHONE) == [CLINIC, OTHER_CLINIC]


def test_a_phone_without_texts_can_write_to_a_named_sender() -> None:
    simulator = Simulator()
    simulator.set_names({CLINIC: Name(label="Lincoln Clinic", is_sender=True)})
    assert simulator.senders_to(PHONE) == [CLINIC]
    assert simulator.phones() == []


def test_every_change_gives_another_version_and_nothing_else_does() -> None:
    simulator = Simulator()
    seen = [simulator.version]
    assert simulator.version == seen[0]
    simulator.add_text(Direction.OUTBOUND, from_number=CLINIC, to_number=PHONE, body="?")
    seen.append(simulator.version)
    simulator.reset()
    seen.append(simulator.version)
    seen.append(Simulator().version)
    assert len(set(seen)) == len(seen)


def test_a_fault_strikes_as_often_as_told_and_only_its_address() -> None:
    faults = Faults()
    faults.replace(
        [
            FaultRule(fault=FaultKind.RATE_LIMITED, times=2, to=PHONE),
            FaultRule(fault=FaultKind.NO_SID, times=None),
        ]
    )
    assert faults.take(FaultKind.RATE_LIMITED, CLINIC) is None
    struck = [faults.take(FaultKind.RATE_LIMITED, PHONE) is not None for _ in range(3)]
    assert struck == [True, True, False]
    assert all(faults.take(FaultKind.NO_SID, PHONE) for _ in range(5))
    assert [rule.fault for rule in faults.in_force()] == [FaultKind.NO_SID]

"""Misfortunes on demand: which of them is due for this text, reply or mail.

A rule works `times` times (null = until the rules are replaced) and may be bound to one address.
"""

from __future__ import annotations

from enum import StrEnum

from pydantic import BaseModel, ConfigDict, Field


class FaultKind(StrEnum):
    """What goes wrong. "Accepted" means that the text does reach the phone."""

    RATE_LIMITED = "rate_limited"  # 429, code 20429; not accepted
    REFUSED = "refused"  # 400 with `code`; not accepted
    SERVER_ERROR = "server_error"  # 500; not accepted
    RESET_BEFORE_ACCEPT = "reset_before_accept"  # connection lost; not accepted
    ERROR_AFTER_ACCEPT = "error_after_accept"  # accepted, yet answered 500
    RESET_AFTER_ACCEPT = "reset_after_accept"  # accepted, connection lost
    NO_SID = "no_sid"  # accepted, 201 without a sid
    SLOW_ANSWER = "slow_answer"  # accepted, answered after `seconds`
    UNDELIVERED = "undelivered"  # accepted, ends undelivered with `code`
    HIDE_FROM_LIST = "hide_from_list"  # accepted, absent from the list and from GET
    LOSE_CALLBACKS = "lose_callbacks"
    LATE_CALLBACKS = "late_callbacks"  # after `seconds`
    DUPLICATE_CALLBACKS = "duplicate_callbacks"
    REORDER_CALLBACKS = "reorder_callbacks"  # last status first
    LOSE_WEBHOOK = "lose_webhook"
    LATE_WEBHOOK = "late_webhook"  # after `seconds`
    DUPLICATE_WEBHOOK = "duplicate_webhook"
    MAIL_REFUSED = "mail_refused"  # recipient refused with `code`, 550 unless told


class FaultRule(BaseModel):
    """One misfortune, as the API takes it."""

    model_config = ConfigDict(extra="forbid")

    fault: FaultKind
    times: int | None = Field(1, ge=1)
    to: str | None = None
    seconds: float = Field(1.0, ge=0, le=600)
    code: int | None = None


class FaultRules(BaseModel):
    """The body of POST /simulator/api/faults: these rules replace all earlier ones."""

    model_config = ConfigDict(extra="forbid")

    rules: list[FaultRule]


class Faults:
    """The rules in force, used up as they strike."""

    def __init__(self) -> None:
        self._rules: list[FaultRule] = []

    def replace(self, rules: list[FaultRule]) -> None:
        """Put these rules in force instead of the present ones."""
        self._rules = [rule.model_copy() for rule in rules]

    def in_force(self) -> list[FaultRule]:
        """What may still strike."""
        return list(self._rules)

    def take(self, kind: FaultKind, address: str) -> FaultRule | None:
        """The rule of this kind that strikes this address now; it counts as used."""
        for rule in self._rules:
            if rule.fault is kind and rule.to in {None, address}:
                self._use(rule)
                return rule
        return None

    def take_first(self, kinds: tuple[FaultKind, ...], address: str) -> FaultRule | None:
        """The first rule of any of these kinds that strikes this address now."""
        for kind in kinds:
            if rule := self.take(kind, address):
                return rule
        return None

    def _use(self, rule: FaultRule) -> None:
        if rule.times is None:
            return
        rule.times -= 1
        if rule.times == 0:
            self._rules.remove(rule)

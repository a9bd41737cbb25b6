"""Misfortunes on demand: which of them is due for this text, reply, call or mail.

A rule works `times` times (null = until the rules are replaced), may be bound to one address and
one number of ours, and may strike a `share` only, drawn from a seed so that a drill repeats.
"""

from __future__ import annotations

import random
from enum import StrEnum
from typing import Self

from pydantic import BaseModel, ConfigDict, Field, model_validator


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
    LATE_IN_LIST = "late_in_list"  # accepted, in the list only after `seconds`
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
    sender: str | None = None
    share: float | None = Field(None, gt=0, le=1)
    seconds: float = Field(1.0, ge=0, le=600)
    code: int | None = None

    @model_validator(mode="after")
    def _shares_go_on(self) -> Self:
        """A share of all texts is no number of times, unless both are said."""
        if self.share is not None and "times" not in self.model_fields_set:
            self.times = None
        return self


class FaultRules(BaseModel):
    """The body of POST /simulator/api/faults: these rules replace all earlier ones."""

    model_config = ConfigDict(extra="forbid")

    rules: list[FaultRule]
    seed: int = 0


class Faults:
    """The rules in force, used up as they strike."""

    def __init__(self) -> None:
        self._rules: list[FaultRule] = []
        self._chance = random.Random(0)  # noqa: S311 -- drills must repeat

    def replace(self, rules: list[FaultRule], seed: int = 0) -> None:
        """Put these rules in force instead of the present ones."""
        self._chance.seed(seed)
        self._rules = [rule.model_copy() for rule in rules]

    def in_force(self) -> list[FaultRule]:
        """What may still strike."""
        return list(self._rules)

    def take(self, kind: FaultKind, address: str, sender: str | None = None) -> FaultRule | None:
        """The rule of this kind that strikes this address now; it counts as used.

        `sender`: our number; a rule that is bound to one strikes nothing whose number is unknown.
        """
        for rule in self._rules:
            if rule.fault is kind and self._strikes(rule, address, sender):
                self._use(rule)
                return rule
        return None

    def take_first(
        self, kinds: tuple[FaultKind, ...], address: str, sender: str | None = None
    ) -> FaultRule | None:
        """The first rule of any of these kinds that strikes this address now."""
        for kind in kinds:
            if rule := self.take(kind, address, sender):
                return rule
        return None

    def _strikes(self, rule: FaultRule, address: str, sender: str | None) -> bool:
        if rule.to not in {None, address} or rule.sender not in {None, sender}:
            return False
        return rule.share is None or self._chance.random() < rule.share

    def _use(self, rule: FaultRule) -> None:
        if rule.times is None:
            return
        rule.times -= 1
        if rule.times == 0:
            self._rules.remove(rule)

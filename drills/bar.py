"""What each row of the bar does and the number that must hold (design: reliability, M1 to M23)."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from enum import StrEnum
from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from drills.stage import Stage


class Depth(StrEnum):
    """How much: every night all of it, on every change a part."""

    NIGHTLY = "nightly"
    CI = "ci"


@dataclass(frozen=True, slots=True)
class Seen:
    """What a drill measured, and whether that is what must hold."""

    number: str
    holds: bool


class NotRunHere(Exception):  # noqa: N818 -- the reason, in words
    """This machine lacks something that the row needs."""


@dataclass(frozen=True, slots=True)
class Row:
    """One row. `place`: module and function of drills/."""

    id: str
    what: str
    must: str
    place: str

    def drill(self) -> Callable[[Stage, Depth], Awaitable[Seen]]:
        """What runs; imported only when it does."""
        module, _, name = self.place.partition(":")
        found: Callable[[Stage, Depth], Awaitable[Seen]] = getattr(
            import_module(f"drills.{module}"), name
        )
        return found


ROWS = (
    Row("M1", "kill -9 of senders while texts leave, with faults of the provider",
        "0 lost, 0 duplicate creates; what the provider took is final ≤ 120 s after the last kill;"
        " the rest is before a person", "kills:kill_senders"),
    Row("M2", "the provider hides accepted texts: no callback, no list",
        "0 sent again; all in doubt, never failed, before a person ≤ 15 min",
        "doubts:hidden_texts"),
    Row("M3", "SIGSTOP of a worker beyond its lease, then SIGCONT",
        "0 second sends if stopped before the fence check; else ≤ 1 per 1,000, each recorded",
        "leases:stopped_workers"),
    Row("M4", "kill between domain change and outbox",
        "0 requests without their message, 0 messages without their request",
        "atoms:changes_and_messages"),
    Row("M5", "every mapped error code and 200 unknown ones",
        "right class 100 %; unknown and 21610: 0 retries; 429 ≤ 6 tries; carrier ≤ 4 h",
        "codes:error_codes"),
    Row("M6", "the provider's five words in every order, with duplicates",
        "0 regressions of an end; 1 end over all orders", "codes:words_in_any_order"),
    Row("M7", "copies of one inbound text at once", "1 row and 1 effect a text; all 2xx",
        "webhooks:copies_at_once"),
    Row("M8", "web tier away for 10 minutes while texts come in",
        "each applied once, ≤ 5 min after recovery", "webhooks:texts_missed"),
    Row("M9", "a webhook with the database stalled for 30 s",
        "answers ≤ 2 s with 503, or stored; p99 ≤ 300 ms at 50/s", "stalls:stalled_database"),
    Row("M10", "forged and replayed webhooks",
        "0 accepted, 0 second effects; new parameters accepted", "webhooks:forged"),
    Row("M11", "opt-out phrasings EN and ES, and ordinary replies",
        "each stopped before the next send; 1 confirmation (the carrier's for its keywords, none"
        " where somebody else reads the patient's phone, else ours); 0 false stops",
        "words:opt_outs"),
    Row("M12", "START, HELP, AYUDA; 21610 without a local STOP",
        "state follows; the clinic sees it ≤ 60 s; 0 further sends",
        "reachable:phones_that_stopped"),
    Row("M13", "product commands against carrier keywords", "0 clashes", "words:no_clash"),
    Row("M14", "two autoresponders face each other",
        "≤ 3 automatic replies an hour, ≤ 5 in all, then silence and an alert",
        "loops:two_machines"),
    Row("M15", "quiet hours: 10 zones, every 5 minutes of two years",
        "0 outside 8–20, 0 lost, delay ≤ 12 h by the local clock", "hours:quiet_hours"),
    Row("M16", "the time a text may still be delivered in",
        "ends before quiet hours; ≥ 60 s", "hours:validity"),
    Row("M17", "a burst of 500 on one number",
        "≤ 1.0 segments/s, 0 × 21611/30001; answers overtake bulk ≤ 5 s", "bursts:burst"),
    Row("M18", "every text, EN and ES, longest names",
        "1 segment GSM-7; names only what its level allows", "words:every_text"),
    Row("M19", "SMTP: kill after DATA, 4xx, 5xx, bounces, complaints, out of office",
        "dead addresses ≤ 10 min; 4xx ≥ 4 h; one Message-ID; out of office is no bounce",
        "mails:mails_refused"),
    Row("M20", "links fetched 100 times by HEAD, GET, prefetch, with JavaScript",
        "0 state changes; still valid; only POST with its nonce accepts", "links:opened_links"),
    Row("M21", "guessed, wrong, ended and twice used tokens",
        "0 hits, 0 second effects; ≥ 128 bits; ≤ 7 whole days; 404s alike", "tokens:tried_tokens"),
    Row("M22", "guessed SMS codes from 100 phones",
        "0 foreign requests touched; unknown phones lock after 5 wrong an hour",
        "guesses:guessed_codes"),
    Row("M23", "an agency silent for 24, 48, 72 h",
        "every open request has a next time; 0 stuck; 0 extra after 100 sweeps",
        "silent:silent_agency"),
)  # fmt: skip


def rows_named(names: list[str]) -> list[Row]:
    """These rows, or all; KeyError names what is unknown."""
    known = {row.id: row for row in ROWS}
    return [known[name.upper()] for name in names] if names else list(ROWS)

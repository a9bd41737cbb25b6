"""Mail that comes back, in the shapes that servers and people send: each is told for what it is.

The samples are written by us after those shapes; a sample's name begins with what it is.
"""

from __future__ import annotations

import time
from datetime import date
from pathlib import Path

import pytest

from notify.mail_reports.addresses import message_of_address, return_address
from notify.mail_reports.kinds import MailKind
from notify.mail_reports.reading import own_words, read_mail
from shared.identifiers import new_id

SAMPLES = sorted((Path(__file__).parent / "mail_samples").glob("*.eml"))
MESSAGE_ID = new_id()
BASE = "bounce@handback.example"
TODAY = date(2023, 5, 9)
AWAY_UNTIL = {
    "away-exchange-en": date(2023, 5, 22),
    "away-exchange-es": date(2023, 5, 22),
    "away-gmail-vacation": date(2023, 6, 5),
    "away-x-autoreply": date(2023, 5, 15),
    "away-subject-only-es": date(2023, 5, 15),
    "away-iso-date": date(2023, 5, 30),
}


def filled(sample: Path) -> bytes:
    """The sample about our message."""
    words = sample.read_text(encoding="utf-8")
    words = words.replace("{{RETURN}}", return_address(BASE, MESSAGE_ID))
    return words.replace("{{MESSAGE_ID}}", str(MESSAGE_ID)).encode()


def test_there_are_enough_samples_of_each_kind() -> None:
    kinds = [sample.name.partition("-")[0] for sample in SAMPLES]
    assert len(SAMPLES) >= 50
    assert set(kinds) == set(MailKind)
    assert kinds.count("hard") >= 10


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda sample: sample.stem)
@pytest.mark.parametrize("ends", [b"\n", b"\r\n"], ids=["lf", "crlf"])
def test_each_sample_is_told_for_what_it_is_and_finds_our_message(
    sample: Path, ends: bytes
) -> None:
    mail = read_mail(filled(sample).replace(b"\n", ends), today=TODAY)
    assert mail.kind == sample.name.partition("-")[0]
    assert mail.message_id == MESSAGE_ID
    assert mail.away_until == AWAY_UNTIL.get(sample.stem)


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda sample: sample.stem)
def test_a_quoted_address_alone_finds_no_message(sample: Path) -> None:
    forged = sample.read_text(encoding="utf-8")
    forged = forged.replace("{{RETURN}}", "bounce@handback.example")
    forged = forged.replace("{{MESSAGE_ID}}", "1234567")
    assert read_mail(forged.encode(), today=TODAY).message_id is None


def test_a_return_address_is_read_in_capitals_too_and_cannot_be_made_up() -> None:
    address = return_address(BASE, MESSAGE_ID)
    assert len(address.partition("@")[0]) <= 64
    assert message_of_address(f"<{address.upper()}>") == MESSAGE_ID
    local, _, domain = address.partition("@")
    changed = local[:-1] + ("a" if local[-2] != "a" else "b") + "@" + domain
    moved = local[:-4] + "aaaa@" + domain
    assert message_of_address(moved) is None
    assert message_of_address(changed) in {None, MESSAGE_ID}  # the last letter holds spare bits
    other = return_address(BASE, new_id()).partition("+")[2]
    half = f"{local[:30]}{other[24:]}"
    assert message_of_address(half) is None


def test_our_own_letter_below_and_the_signature_are_not_their_words() -> None:
    said = read_mail(filled(named("person-short-answer")), today=TODAY).words
    assert said == "Yes we can take the family on Thursday.\n\nDenise"
    assert own_words("Sí.\n\nEl mar, 9 de mayo de 2023, Handback escribió:\n> hola") == "Sí."
    asked = read_mail(filled(named("person-outlook-quoted")), today=TODAY).words
    assert asked == "Which language do they speak?"
    html = read_mail(filled(named("person-html-only")), today=TODAY).words
    assert html == "We are full, sorry."


def hostile() -> dict[str, bytes]:
    to = f"To: {return_address(BASE, MESSAGE_ID)}\r\n".encode()
    nested = b"".join(
        b'Content-Type: multipart/mixed; boundary="b%d"\r\n\r\n--b%d\r\n' % (n, n)
        for n in range(3000)
    )
    report = b'Content-Type: multipart/report; report-type=delivery-status; boundary="b"\r\n\r\n'
    return {
        "nothing": b"",
        "only zeros": b"\x00" * 1000,
        "ten megabytes": to + b"Subject: hello\r\n\r\n" + b"word " * 2_000_000,
        "ten megabytes in one line": to + b"\r\n" + b"<" * 10_000_000,
        "html that never ends": to + b"Content-Type: text/html\r\n\r\n" + b"<style" * 100_000,
        "nested": to + nested,
        "unknown charset": to + b"Content-Type: text/plain; charset=x-none\r\n\r\n\xff\xfe\xe9",
        "wrong charset": to + b"Content-Type: text/plain; charset=utf-8\r\n\r\n\xe9\xe9 hola",
        "codec that is no charset": to + b"Content-Type: text/plain; charset=hex\r\n\r\nzz",
        "bad base64": to + b"Content-Transfer-Encoding: base64\r\n\r\n!!!=====",
        "bad header": to + b"Subject: =?utf-8?B?!!!?= =?x-none?Q?=E9?=\r\n\r\nhello",
        "a header of a megabyte": to + b"Subject: " + b"a" * 1_000_000 + b"\r\n\r\nhello",
        "a report of nothing": to + report + b"--b\r\nContent-Type: message/delivery-status\r\n",
        "a report without fields": to
        + report
        + b"--b\r\nContent-Type: message/delivery-status\r\n\r\nAction\r\n\r\nAction: \r\n--b--",
        "a boundary of nothing": to + b'Content-Type: multipart/mixed; boundary=""\r\n\r\n--\r\n',
        "ten thousand recipients": b"To: " + b"a@b.example, " * 10_000 + b"\r\n\r\nhello",
        "quotes without end": to + b"\r\n" + b"On " + b"a" * 200_000 + b"\r\n",
    }


@pytest.mark.parametrize("name", hostile())
def test_no_mail_breaks_its_reader_or_keeps_it_busy(name: str) -> None:
    begun = time.process_time()
    mail = read_mail(hostile()[name], recipient="", today=TODAY)
    assert mail.kind in set(MailKind)
    assert mail.kind not in {MailKind.HARD, MailKind.COMPLAINT}
    assert time.process_time() - begun < 3


def named(stem: str) -> Path:
    return next(sample for sample in SAMPLES if sample.stem == stem)

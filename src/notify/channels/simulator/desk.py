"""What the pages show, ready for the templates: the view that was asked for, and its contents."""

from __future__ import annotations

from dataclasses import dataclass, replace
from email.utils import parseaddr
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlencode
from zoneinfo import ZoneInfo

from markupsafe import Markup

from notify.channels.simulator.mail_reading import allowed_html, text_with_links
from notify.channels.simulator.state import Direction, TextStatus
from notify.channels.simulator.words import clock_words, hour_words, next_morning, second_words
from shared import clock
from shared.i18n import gettext, gettext_noop
from shared.phone_numbers import display

if TYPE_CHECKING:
    from datetime import datetime

    from notify.channels.simulator.options import SimulatorOptions
    from notify.channels.simulator.state import JournalEntry, Simulator
    from notify.channels.simulator.voice import Call

LONGEST_LIST = 100
_STATUS_WORDS = {
    TextStatus.QUEUED: gettext_noop("waiting at the carrier"),
    TextStatus.SENT: gettext_noop("on its way"),
    TextStatus.DELIVERED: gettext_noop("on the phone"),
    TextStatus.UNDELIVERED: gettext_noop("not delivered"),
    TextStatus.RECEIVED: gettext_noop("received"),
}


@dataclass(frozen=True, kw_only=True)
class View:
    """What the desk shows; every link is a changed copy of it."""

    phone: str | None = None
    mailbox: str | None = None
    look: str = "flip"
    lang: str | None = None

    def url(self, **changes: Any) -> str:  # noqa: ANN401 -- this class's own fields
        """The address of this view with some of it changed."""
        view = replace(self, **changes)
        query = {"lang": view.lang}
        if view.phone:
            path = f"/simulator/phones/{quote(view.phone, safe='+')}"
            query |= {"look": None if view.look == "flip" else view.look, "mailbox": view.mailbox}
        elif view.mailbox:
            path = f"/simulator/mailboxes/{quote(view.mailbox, safe='@')}"
        else:
            path = "/simulator"
        asked = urlencode({name: value for name, value in query.items() if value}, safe="@")
        return f"{path}?{asked}" if asked else path


class Desk:
    """What the templates ask for."""

    def __init__(self, view: View, simulator: Simulator, options: SimulatorOptions) -> None:
        self._view, self._simulator, self._zone = view, simulator, options.time_zone
        self.now = simulator.now()
        self.version = simulator.version
        self.offset_seconds = clock.offset().total_seconds()
        self.morning = next_morning(self.now, self._zone)
        self.phones = self._with_chosen(simulator.phones(), view.phone)
        self.mailboxes = self._with_chosen(simulator.mailbox_addresses(), view.mailbox)
        self.journal = list(reversed(simulator.journal))

    @staticmethod
    def _with_chosen(addresses: list[str], chosen: str | None) -> list[str]:
        shown = addresses[:LONGEST_LIST]
        return shown if chosen is None or chosen in shown else [chosen, *shown]

    def name(self, address: str) -> str:
        """The label of a phone, sender or mailbox; its number or address if it has none."""
        return self._simulator.label(address) or self.number(address)

    def label(self, address: str) -> str | None:
        """The label alone."""
        return self._simulator.label(address)

    @staticmethod
    def number(address: str) -> str:
        """A number as people read it; a mail address as it is."""
        return address if "@" in address else display(address)

    def texts(self, phone: str) -> list[dict[str, object]]:
        """What is on the phone's screen, oldest first."""
        texts = self._simulator.by_phone.get(phone, [])[-LONGEST_LIST:]
        return [
            {
                "sid": text.sid,
                "mine": text.direction is Direction.INBOUND,
                "who": self.name(text.sender),
                "at": self._time(text.created_at),
                "iso": text.created_at.isoformat(),
                "body": text.body,
                "linked": Markup(text_with_links(text.body)),  # noqa: S704 -- escapes all else
            }
            for text in texts
            if text.on_screen
        ]

    def last_text(self, phone: str) -> str | None:
        """The beginning of the newest text, for the list of phones."""
        texts = [t for t in self._simulator.by_phone.get(phone, []) if t.on_screen]
        return texts[-1].body if texts else None

    def last_mail(self, mailbox: str) -> str | None:
        """The newest subject, for the list of mailboxes."""
        mails = self._simulator.mailboxes.get(mailbox, [])
        return mails[-1].subject if mails else None

    def senders(self, phone: str) -> list[str]:
        """The numbers this phone can write to."""
        return self._simulator.senders_to(phone)

    def call(self, phone: str) -> Call | None:
        """The phone's last call, with all that was said in it."""
        calls = self._simulator.calls_of(phone)
        return calls[-1] if calls else None

    def stopped(self, phone: str) -> list[str]:
        """The numbers this phone has sent STOP to."""
        return sorted(sender for of, sender in self._simulator.stopped if of == phone)

    def mails(self, mailbox: str) -> list[dict[str, object]]:
        """A mailbox, newest first."""
        mails = self._simulator.mailboxes.get(mailbox, [])[-LONGEST_LIST:]
        return [
            {
                "id": mail.id,
                "from_name": parseaddr(mail.from_header)[0],
                "from_address": parseaddr(mail.from_header)[1],
                "to": mail.to,
                "subject": mail.subject,
                "at": self.long_time(mail.at),
                "iso": mail.at.isoformat(),
                "text": Markup(text_with_links(mail.text)),  # noqa: S704 -- escapes all else
                "html": Markup(allowed_html(mail.html)[0]),  # noqa: S704 -- an allowed list only
            }
            for mail in reversed(mails)
        ]

    def said(self, entry: JournalEntry) -> str:
        """An event in words, with names and the reader's words for statuses."""
        values = dict(entry.values)
        if "phone" in values:
            values["phone"] = self.name(str(values["phone"]))
        if "status" in values:
            values["status"] = gettext(_STATUS_WORDS[TextStatus(str(values["status"]))])
        if "answer" in values and values["answer"] is None:
            values["answer"] = gettext("nothing")
        return gettext(entry.message, **values)

    def long_time(self, at: datetime) -> str:
        """Day and hour."""
        return clock_words(at, self._zone)

    def second(self, at: datetime) -> str:
        """Hour with seconds."""
        return second_words(at, self._zone)

    def _time(self, at: datetime) -> str:
        zone = ZoneInfo(self._zone)
        today = at.astimezone(zone).date() == self.now.astimezone(zone).date()
        return hour_words(at, self._zone) if today else clock_words(at, self._zone)

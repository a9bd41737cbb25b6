"""What a simulator is told at start: the account it plays, and where the program listens."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from shared.settings import Settings

# Both sides use these while no account is set. They open nothing but the simulator.
DEMO_ACCOUNT_SID = "AC" + "d0" * 16
DEMO_AUTH_TOKEN = "demo-token-of-the-simulator"  # noqa: S105 -- an invented account


@dataclass(frozen=True, kw_only=True)
class SimulatorOptions:
    """One simulated account; times in seconds."""

    account_sid: str = DEMO_ACCOUNT_SID
    auth_token: str = DEMO_AUTH_TOKEN
    mail_secret: str = ""
    program_url: str = "http://127.0.0.1:8000"
    time_zone: str = "America/New_York"
    status_step_seconds: float = 0.05
    """Between taking a text and each of its statuses: queued, sent, delivered."""
    retry_after_seconds: tuple[float, ...] = (0.2, 0.5, 1, 2, 4)
    """Waits before the program is called again after 503 or no answer at all."""

    def account(self, name: str, others: Mapping[str, str]) -> tuple[str, str]:
        """(sid, token) of an account by its name in the memory; "" is this one."""
        return (name, others[name]) if name in others else (self.account_sid, self.auth_token)

    @property
    def webhook_url(self) -> str:
        """Where replies are handed over; this very text is what gets signed."""
        return f"{self.program_url}/webhooks/twilio/messages"

    @property
    def voice_url(self) -> str:
        """Where calls are brought to."""
        return f"{self.program_url}/webhooks/twilio/voice"

    @property
    def mail_url(self) -> str:
        """Where mail that comes back is brought to."""
        return f"{self.program_url}/webhooks/mail"

    @property
    def clock_url(self) -> str:
        """The demo's clock, which the program keeps because it keeps the database."""
        return f"{self.program_url}/simulator/api/clock"


def options_from(settings: Settings) -> SimulatorOptions:
    """The options that fit the product's settings, so that both sides know the same account."""
    return SimulatorOptions(
        account_sid=settings.twilio_account_sid or DEMO_ACCOUNT_SID,
        auth_token=settings.twilio_auth_token or DEMO_AUTH_TOKEN,
        mail_secret=settings.mail_secret or "",
        program_url=settings.address,
    )

"""What is joined only here: who words and checks messages, who takes over from whoever leaves."""

from __future__ import annotations

from accounts.people import when_disabled
from notify.api import register_source


def register_sources() -> None:
    """Tell notify whom to ask about a message; call it once at a process's start."""
    # Here, because the CLI's other commands do without the templates.
    from referrals import strangers  # noqa: PLC0415
    from referrals.message_source import ReferralSource  # noqa: PLC0415
    from referrals.sending_out import SOURCE  # noqa: PLC0415

    register_source(SOURCE, ReferralSource())
    register_source(strangers.SOURCE, strangers.StrangerSource())


def register_leaving() -> None:
    """Open requests of somebody whose access ends go to the team inbox, whoever ends it."""
    from referrals.actions.handing_over import to_team_inbox  # noqa: PLC0415

    when_disabled("referrals", to_team_inbox)

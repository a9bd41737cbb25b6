"""What is joined only here: which slice words and checks which messages."""

from __future__ import annotations

from notify.api import register_source


def register_sources() -> None:
    """Tell notify whom to ask about a message; call it once at a process's start."""
    # Here, because the CLI's other commands do without the templates.
    from referrals.message_source import ReferralSource  # noqa: PLC0415
    from referrals.sending_out import SOURCE  # noqa: PLC0415

    register_source(SOURCE, ReferralSource())

"""The loop's own refusals, in kind words."""

from __future__ import annotations

from shared.errors import Conflict, NotFound, VersionMismatch
from shared.i18n import gettext_noop as _


class ReferralNotFound(NotFound):
    """Missing, or another organization's."""

    default_code = "referral_not_found"

    def __init__(self) -> None:
        super().__init__(_("This request does not exist, or it is not yours to see."))


class AlreadyAnswered(Conflict):
    """Somebody else of the agency was first. `values`: who, when (ISO), how, answer."""

    default_code = "already_answered"

    def __init__(self, *, who: str, when: str, how: str, answer: str) -> None:
        super().__init__(
            _("Already answered by %(who)s: %(answer)s."),
            values={"who": who, "when": when, "how": how, "answer": answer},
            remedy=_("Nothing was changed. If that is wrong, please call."),
        )


class ReferralChanged(VersionMismatch):
    """The page was older than the referral. `values`: who, when (ISO), how, answer."""

    def __init__(self, *, who: str, when: str, how: str, answer: str) -> None:
        super().__init__(
            _("Something happened meanwhile: %(who)s, %(answer)s. Your change was not saved."),
            values={"who": who, "when": when, "how": how, "answer": answer},
            remedy=_("Look at the news, then decide again."),
        )


class TooLateToUndo(Conflict):
    """Half an hour is over, or the name has been shown."""

    default_code = "too_late_to_undo"

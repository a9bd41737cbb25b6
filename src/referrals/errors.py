"""The loop's own refusals, in kind words."""

from __future__ import annotations

from referrals.params import answer_words
from shared.errors import Conflict, NotFound, VersionMismatch
from shared.i18n import gettext, language
from shared.i18n import gettext_noop as _


def _told(who: str, when: str, how: str, answer: str) -> dict[str, str]:
    """The facts as codes for programs, and as words (`way`, `said`) in the reader's language."""
    return {
        "who": who,
        "when": when,
        "how": how,
        "answer": answer,
        "way": gettext(how),
        "said": answer_words(answer, language()),
    }


class ReferralNotFound(NotFound):
    """Missing, or another organization's."""

    default_code = "referral_not_found"

    def __init__(self) -> None:
        super().__init__(_("This request does not exist, or it is not yours to see."))


class AlreadyAnswered(Conflict):
    """Somebody else of the agency was first. `values`: who, when (ISO), how, answer (its code)."""

    default_code = "already_answered"

    def __init__(self, *, who: str, when: str, how: str, answer: str) -> None:
        super().__init__(
            _("Already answered by %(who)s, %(way)s: %(said)s."),
            values=_told(who, when, how, answer),
            remedy=_("Nothing was changed. If that is wrong, please call."),
        )


class ReferralChanged(VersionMismatch):
    """The page was older than the referral. `values`: who, when (ISO), how, answer."""

    def __init__(self, *, who: str, when: str, how: str, answer: str) -> None:
        super().__init__(
            _("%(who)s was first, %(way)s: %(said)s. Your change was not saved."),
            values=_told(who, when, how, answer),
            remedy=_("Look at the news, then decide again."),
        )


class TooLateToUndo(Conflict):
    """Half an hour is over, or the name has been shown."""

    default_code = "too_late_to_undo"

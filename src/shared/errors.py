"""The four kinds of refusal. Each says what happened, to which field, and what to do next.

`message` and `remedy` are English catalogue strings with %(name)s places.
Only web/errors knows HTTP.
"""

from __future__ import annotations

from typing import ClassVar


class HandbackError(Exception):
    """A refusal in words for a person; `values` fill the message, `code` is stable for programs."""

    default_code: ClassVar[str] = "refused"

    def __init__(
        self,
        message: str,
        *,
        values: dict[str, str] | None = None,
        field: str | None = None,
        remedy: str | None = None,
        code: str | None = None,
    ) -> None:
        super().__init__(message)
        self.message = message
        self.values = values or {}
        self.field = field
        self.remedy = remedy
        self.code = code or self.default_code


class NotFound(HandbackError):
    """Missing, or not this caller's to see: both are told in the same words."""

    default_code = "not_found"


class NotAllowed(HandbackError):
    """The caller is known and may not do this."""

    default_code = "not_allowed"


class Conflict(HandbackError):
    """The world moved on: somebody answered first, or the move is not possible from here."""

    default_code = "conflict"

    def __init__(  # noqa: PLR0913 -- one more fact than its parent: which moves are possible
        self,
        message: str,
        *,
        values: dict[str, str] | None = None,
        field: str | None = None,
        remedy: str | None = None,
        code: str | None = None,
        allowed: tuple[str, ...] = (),
    ) -> None:
        super().__init__(message, values=values, field=field, remedy=remedy, code=code)
        self.allowed = allowed


class InvalidInput(HandbackError):
    """What was given can't be used; `field` names it and `remedy` says what would do."""

    default_code = "invalid_input"


class VersionMismatch(Conflict):
    """The caller's If-Match or page version is not the row's."""

    default_code = "version_mismatch"

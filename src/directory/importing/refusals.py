"""Why a file is refused whole, in words that name it and say what to do. Used by all readers."""

from __future__ import annotations

from shared.errors import InvalidInput
from shared.i18n import gettext_noop as _

AGAIN = _("Export it again, or check that the whole file arrived.")
GIVE_HSDS = _("Give HSDS 3 organizations or services as JSON.")


def empty(file: str) -> InvalidInput:
    """A file without anything to read."""
    return InvalidInput(_("%(file)s is empty."), values={"file": file}, remedy=AGAIN)


def too_deep(file: str) -> InvalidInput:
    """Nested beyond sense."""
    return InvalidInput(
        _("%(file)s is nested too deeply to be HSDS."), values={"file": file}, remedy=GIVE_HSDS
    )


def no_objects(file: str) -> InvalidInput:
    """JSON of something else."""
    return InvalidInput(
        _("%(file)s is JSON, but not HSDS: objects were expected."),
        values={"file": file},
        remedy=GIVE_HSDS,
    )

"""How far the provider's list of one of our numbers has been read."""

from datetime import datetime

from sqlalchemy import String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from shared.models import Base, UtcDateTime, WithId


class InboundPoll(WithId, Base):
    """One texting number's mark. Instants of the list are the provider's, not ours.

    `walk_before`: an older part is still to be read, from there backwards; once it is read,
    `walk_newest` becomes the mark.
    """

    __tablename__ = "inbound_poll"
    __table_args__ = (UniqueConstraint("number"),)

    number: Mapped[str] = mapped_column(String(20))
    next_at: Mapped[datetime] = mapped_column(UtcDateTime)
    seen_until: Mapped[datetime | None] = mapped_column(UtcDateTime)
    walk_before: Mapped[datetime | None] = mapped_column(UtcDateTime)
    walk_newest: Mapped[datetime | None] = mapped_column(UtcDateTime)

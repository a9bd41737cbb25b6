"""What every row that came from a feed carries: where from, under which id, when, and its hash."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey, LargeBinary, Text
from sqlalchemy.orm import Mapped, mapped_column

from shared.models import UtcDateTime


class FromSource:
    """Provenance. `id` is the UUIDv5 of (source, "table:external id"); rows are never deleted.

    `withdrawn_at` is set when the row has gone from its feed; every reader skips such rows.
    """

    id: Mapped[UUID] = mapped_column(primary_key=True)
    source_id: Mapped[UUID] = mapped_column(ForeignKey("source.id"), index=True)
    external_id: Mapped[str] = mapped_column(Text)
    content_hash: Mapped[bytes] = mapped_column(LargeBinary)
    fetched_at: Mapped[datetime] = mapped_column(UtcDateTime)
    withdrawn_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

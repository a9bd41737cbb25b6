"""ZIP centroids: approximate by 2 to 7 km, so a distance from one is never shown to a tenth."""

from __future__ import annotations

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from shared.models import Base


class ZipCentroid(Base):
    """The middle of a US ZIP (Census ZCTA), in degrees."""

    __tablename__ = "zip_centroid"

    zip: Mapped[str] = mapped_column(String(5), primary_key=True)
    lat: Mapped[float] = mapped_column()
    lon: Mapped[float] = mapped_column()

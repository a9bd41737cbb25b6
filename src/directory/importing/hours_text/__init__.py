"""Hours as people write them, in English or Spanish, to rules of days and times. Pure.

"Mon-Fri 9am-5pm; 1st & 3rd Saturday 10-12", "lunes a viernes de 9 a 5", "24 hours", "by
appointment". A text is read whole or not at all: nobody may be sent to a closed door by a guess.
"""

from __future__ import annotations

from directory.importing.hours_text.grammar import Opening, WrittenHours, read_hours

__all__ = ["Opening", "WrittenHours", "read_hours"]

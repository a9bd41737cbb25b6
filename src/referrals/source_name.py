"""The name under which the loop's messages are checked and worded."""

from __future__ import annotations

SOURCE = "referrals"

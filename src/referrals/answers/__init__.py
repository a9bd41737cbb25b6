"""Texts that came in, from the stored text to the action it asks for.

`facts` reads who is on that phone, `meaning` decides purely what the text asks for, `acting` does
it. Every effect happens once however often the same text is read.
"""

from __future__ import annotations

from referrals.answers.acting import take_text

__all__ = ["take_text"]

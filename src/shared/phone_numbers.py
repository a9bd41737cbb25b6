"""Phones as people write them, and as programs need them (E.164)."""

from __future__ import annotations

import phonenumbers

US = 1


def to_e164(text: str, region: str = "US") -> str | None:
    """'(202) 555-0144' → '+12025550144'; None when it can't be a number."""
    try:
        number = phonenumbers.parse(text, region)
    except phonenumbers.NumberParseException:
        return None
    if not phonenumbers.is_possible_number(number):
        return None
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def display(e164: str) -> str:
    """'+12025550144' → '202-555-0144'; numbers abroad in their international form."""
    try:
        number = phonenumbers.parse(e164, None)
    except phonenumbers.NumberParseException:
        return e164
    if number.country_code == US:
        digits = phonenumbers.national_significant_number(number)
        return f"{digits[:3]}-{digits[3:6]}-{digits[6:]}"
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.INTERNATIONAL)

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from uuid import UUID

from shared import clock, i18n, identifiers, languages, phone_numbers


def test_version_seven_ids_sort_by_time_and_say_their_version() -> None:
    made = [identifiers.new_id() for _ in range(200)]
    assert all(value.version == 7 for value in made)
    assert [value.int >> 80 for value in made] == sorted(value.int >> 80 for value in made)
    assert len(set(made)) == 200


def test_a_source_and_its_id_always_give_the_same_identity() -> None:
    assert identifiers.source_id("DC", "17") == identifiers.source_id("DC", "17")
    assert identifiers.source_id("DC", "17") != identifiers.source_id("DC1", "7")
    assert isinstance(identifiers.source_id("DC", "17"), UUID)


def test_phones_read_and_write_as_people_do() -> None:
    assert phone_numbers.to_e164("(202) 555-0144") == "+12025550144"
    assert phone_numbers.to_e164("202.555.0144") == "+12025550144"
    assert phone_numbers.to_e164("ask Denise") is None
    assert phone_numbers.display("+12025550144") == "202-555-0144"
    assert phone_numbers.display("not a number") == "not a number"


def test_languages_have_names_in_both_languages() -> None:
    assert languages.name_of("es", "en") == "Spanish"
    assert languages.name_of("es", "es") == "español"
    assert languages.code_of("Spanish") == "es"
    assert languages.code_of("spa") == "es"
    assert languages.code_of("Martian") is None


def test_the_turned_clock_is_ahead_by_its_offset() -> None:
    clock.set_offset(timedelta(days=3))
    ahead = clock.now() - datetime.now(UTC)  # noqa: TID251
    assert timedelta(days=2, hours=23) < ahead < timedelta(days=3, hours=1)


def test_a_message_without_translation_is_shown_in_english_and_places_are_filled() -> None:
    with i18n.using_language("es"):
        assert i18n.gettext("Nobody %(name)s wrote this", name="Ana") == "Nobody Ana wrote this"
    assert i18n.ngettext("%(n)s place", "%(n)s places", 1) == "1 place"
    assert i18n.ngettext("%(n)s place", "%(n)s places", 2) == "2 places"

"""Letters broken on the way are put right where one word fits, and told where not."""

from __future__ import annotations

import pytest

from directory.importing.mending import looks_broken, mended


@pytest.mark.parametrize(
    ("written", "right"),
    [
        ("Office’s", "Office’s"),
        ("MentorÃ­a", "Mentoría"),
        ("donâ€™t", "don’t"),
        ("OfficeGÇÖs", "Office’s"),
        ("GÇ£MentorsGÇ¥", "“Mentors”"),
        ("4:00pmGÇô5:00pm", "4:00pm–5:00pm"),
        ("CafΓÇÖs", "Caf’s"),
        ("C+íncer", "Cáncer"),
        ("Caf+¬", "Café"),
        ("Alianza-«", "Alianza®"),
        ("Español, sí, Peña", "Español, sí, Peña"),
        ("Plain text", "Plain text"),
        ("O'Brien + íntimo", "O'Brien + íntimo"),
    ],
)
def test_broken_letters_are_mended(written: str, right: str) -> None:
    assert mended(written) == right
    assert not looks_broken(mended(written))


@pytest.mark.parametrize("written", ["Espa+¦ol", "M\ufffdxico", "├®t├®"])
def test_letters_that_could_be_two_things_are_left_and_told(written: str) -> None:
    assert mended(written) == written
    assert looks_broken(written)

"""The carrier's way of counting parts (3GPP TS 23.038 and 23.040)."""

import pytest

from notify.segments import Encoding, Segments, count_segments, is_gsm7, to_gsm7


@pytest.mark.parametrize(
    ("text", "counted"),
    [
        ("", Segments(Encoding.GSM7, 0, 0)),
        ("a" * 160, Segments(Encoding.GSM7, 160, 1)),
        ("a" * 161, Segments(Encoding.GSM7, 161, 2)),
        ("a" * 306, Segments(Encoding.GSM7, 306, 2)),
        ("a" * 307, Segments(Encoding.GSM7, 307, 3)),
        ("€" * 80, Segments(Encoding.GSM7, 160, 1)),
        ("€" * 80 + "a", Segments(Encoding.GSM7, 161, 2)),
        ("á" * 70, Segments(Encoding.UCS2, 70, 1)),
        ("á" * 71, Segments(Encoding.UCS2, 71, 2)),
        ("á" * 134, Segments(Encoding.UCS2, 134, 2)),
        ("á" * 135, Segments(Encoding.UCS2, 135, 3)),
        ("👍" * 35, Segments(Encoding.UCS2, 70, 1)),
    ],
)
def test_parts_are_counted_at_160_153_70_and_67(text: str, counted: Segments) -> None:
    assert count_segments(text) == counted


def test_an_escaped_letter_never_straddles_two_parts() -> None:
    # 152 letters leave one unit; the euro needs two and opens the second part.
    text = "a" * 152 + "€" + "a" * 152
    assert count_segments(text).units == 306
    assert count_segments(text).segments == 3


def test_a_surrogate_pair_never_straddles_two_parts() -> None:
    text = "á" * 66 + "👍" + "á" * 66
    assert count_segments(text).units == 134
    assert count_segments(text).segments == 3


def test_spanish_letters_with_a_place_in_gsm7() -> None:
    assert is_gsm7("éñü¿¡ÑÉàèìòù")
    for letter in "áíóúÁÍÓÚç’“”–…":
        assert not is_gsm7(letter), letter


def test_names_are_rewritten_in_letters_that_cost_one_unit() -> None:
    assert to_gsm7("María Núñez") == "Maria Nuñez"
    assert to_gsm7("St Mary’s “Table” – café") == 'St Mary\'s "Table" - café'
    assert to_gsm7("Łukasz Çelik") == "Lukasz Çelik"
    assert to_gsm7("Pantry [new]\nroom\t2…") == "Pantry (new) room 2..."
    assert to_gsm7("Ana 🌻") == "Ana"
    assert to_gsm7("李明") == ""
    assert to_gsm7("Trần Thị Hoà") == "Tran Thi Hoà"

"""A report that a steward understands: what to mend first, where, and what follows from what."""

from __future__ import annotations

from directory.importing.checked import FOLLOWS
from directory.importing.records import Finding, Held, Place
from directory.importing.report import ImportResult, as_text, summary
from directory.importing.report_groups import SHOWN, grouped
from shared.i18n import using_language

MISSING = "The feed has no %(table)s with the id %(id)s."


def finding(
    line: int, held: Held = Held.ROW, message: str = MISSING, file: str = "s.csv"
) -> Finding:
    values = {"table": "organization", "id": str(line), "file": file, "line": str(line)}
    return Finding(
        held, Place(file, line), "service", str(line), "organization_id", message, values
    )


def result(*findings: Finding) -> ImportResult:
    return ImportResult("Test", "hsds1", False, 1, 0, 0, findings)  # noqa: FBT003


def test_causes_stand_before_what_follows_from_them() -> None:
    follows = [finding(line, message=FOLLOWS, file="h.csv") for line in range(9)]
    noted = [finding(5, Held.NOTED), finding(6, Held.NOTED)]
    groups = grouped([*follows, *noted, finding(1)])
    assert [group.first.held for group in groups] == [Held.ROW, Held.NOTED, Held.ROW]
    assert [group.follows for group in groups] == [False, False, True]


def test_many_of_one_kind_are_one_paragraph_with_its_places() -> None:
    text = as_text(result(*(finding(line) for line in range(2, 2 + SHOWN + 7))))
    assert f"{SHOWN + 7} rows of s.csv (organization_id) were kept back." in text
    assert "s.csv, line 2, organization_id: The feed has no organization with the id 2." in text
    assert "and 7 more like this" in text
    assert text.count("line ") == SHOWN


def test_what_follows_is_counted_and_hardly_listed() -> None:
    text = as_text(result(*(finding(line, message=FOLLOWS) for line in range(50))))
    assert "50 rows of s.csv (organization_id) hang on rows that were kept back" in text
    assert "and 47 more" in text


def test_the_terminal_shows_the_weightiest_kinds_with_a_reason() -> None:
    lines = summary(result(finding(2), finding(3), finding(4, Held.NOTED)))
    assert any("2 rows of s.csv" in line and "has no organization" in line for line in lines)
    assert any("a person should look" in line for line in lines)


def test_what_is_only_noted_is_not_kept_back() -> None:
    assert result(finding(2, Held.NOTED)).quarantined == 0
    assert result(finding(2, Held.NOTED)).exit_code == 0
    assert result(finding(2)).exit_code == 3


def test_a_report_is_read_in_spanish_too() -> None:
    with using_language("es"):
        text = as_text(result(finding(2), finding(3), finding(4, Held.VALUE)))
    assert "kept back" not in text
    assert "s.csv, línea 2" in text


def test_one_reason_for_many_lines_is_said_once() -> None:
    missing = "%(field)s is missing."
    same = [
        Finding(
            Held.ROW, Place("s.csv", line), "phone", "x", "number", missing, {"field": "number"}
        )
        for line in (2, 2, 2, 7)  # a row of the feed may stand for several of the directory
    ]
    text = as_text(result(*same))
    assert "2 rows of s.csv (number) were kept back. number is missing.\n  lines 2, 7\n" in text

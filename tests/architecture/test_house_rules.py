"""Rules of the house that no linter knows: where referrals are read, sizes, settings, addresses."""

from __future__ import annotations

import ast
import json
import re
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

from typer.testing import CliRunner

from conftest import ROOT
from shared.jobs import Job
from shared.settings import Settings
from web.cli import app
from web.jobs import JOBS

if TYPE_CHECKING:
    from collections.abc import Iterator

SRC = ROOT / "src"
LONGEST_FILE = 400
# Whoever reads referrals elsewhere forgets the list, the audit, or that a row may be another's.
READS_REFERRALS = re.compile(r"^referrals/(queries/\w+|transition)\.py$")
REFERRAL_IN_SQL = re.compile(r"\b(?:from|join|update|into)\s+referral\b", re.IGNORECASE)
# Read where no Settings is: by make, the set-up, compose and the tests.
NOT_SETTINGS = {
    "HANDBACK_SHARED",
    "HANDBACK_ADMIN_URL",
    "HANDBACK_ROLE_PASSWORDS",
    "HANDBACK_FLOOR_URL",
}
# Put together, so that this file does not hold what it looks for.
NOBODYS_ADDRESS = tuple(
    "".join(parts)
    for parts in (
        ("pypi", ".org/simple"),
        ("registry", ".npmjs"),
        ("registry", ".yarnpkg"),
        ("files.", "pythonhosted"),
        ("proxy", ".golang.org"),
        ("index", "-url"),
        ("/wo", "rk/"),
        ("/tm", "p/w/"),
        ("/ro", "ot/"),
        ("/home", "/"),
    )
)
# Its people are invented, and it never runs in production.
SIMULATOR = "notify/channels/simulator/"
EMITTED = re.compile(r"\blog(?:ger)?\.(?:debug|info|warning|error|exception|critical)$")


def test_referrals_are_selected_in_the_queries_and_locked_in_transition_only() -> None:
    elsewhere = {
        f"{path}:{node.lineno}"
        for path, tree in modules()
        if not READS_REFERRALS.match(path)
        for node in ast.walk(tree)
        if (isinstance(node, ast.Call) and selects_referrals(node))
        or (
            isinstance(node, ast.Constant)
            and isinstance(node.value, str)
            and REFERRAL_IN_SQL.search(node.value)
        )
    }

    assert elsewhere == set()


def test_one_place_alone_gives_a_referral_its_status() -> None:
    setters = {
        path
        for path, tree in modules()
        for node in ast.walk(tree)
        if (
            isinstance(node, ast.Call)
            and isinstance(node.func, ast.Attribute)
            and node.func.attr == "stand_at"
        )
        or (
            isinstance(node, ast.Assign | ast.AugAssign)
            and any(
                isinstance(target, ast.Attribute) and target.attr == "task_status"
                for target in getattr(node, "targets", [getattr(node, "target", None)])
            )
        )
    }

    assert setters == {
        # Two that make a new one, the one transition, and the method itself.
        "referrals/actions/drafting.py",
        "referrals/actions/asking_again.py",
        "referrals/transition.py",
        "referrals/models/referrals.py",
    }


def test_no_file_is_longer_than_a_person_reads_at_once() -> None:
    long_ones = {
        str(path.relative_to(SRC)): lines
        for path in SRC.rglob("*.py")
        if (lines := len(path.read_text().splitlines())) > LONGEST_FILE
    }

    assert long_ones == {}


def test_every_module_says_what_it_is() -> None:
    silent = [path for path, tree in modules() if not ast.get_docstring(tree)]

    assert silent == []


def test_every_job_has_its_work_and_no_work_is_without_a_job() -> None:
    assert set(JOBS) == set(Job)


def test_every_setting_is_documented_by_the_command() -> None:
    rows = json.loads(CliRunner().invoke(app, ["settings", "--json"]).stdout)
    told = {row["name"]: row["meaning"] or "" for row in rows}

    assert len(told) == len(Settings.model_fields)
    assert {name for name, meaning in told.items() if len(meaning) < 5} == set()


def test_secrets_are_marked_as_secret() -> None:
    secret = re.compile(r"token|password|_key$|^keys$|database_url")
    open_ones = {
        name
        for name, field in Settings.model_fields.items()
        if secret.search(name) and not (field.json_schema_extra or {}).get("secret")  # type: ignore[union-attr]
    }

    assert open_ones == set()


def test_every_setting_that_a_file_names_exists() -> None:
    known = {f"HANDBACK_{name.upper()}" for name in Settings.model_fields} | NOT_SETTINGS
    unknown = {
        (name, path)
        for path, content in committed_texts()
        if not path.startswith("tests/")
        for name in re.findall(r"\bHANDBACK_[A-Z_]*[A-Z]\b", content)
        if name not in known
    }

    assert unknown == set()


def test_no_committed_file_names_a_registry_or_somebodys_machine() -> None:
    named = {
        (path, address)
        for path, content in committed_texts()
        for address in NOBODYS_ADDRESS
        if address in content
    }

    assert named == set()


def test_log_events_are_constant_names() -> None:
    """What is put together at run time puts names and numbers into the log."""
    made_up = set()
    for path, tree in modules():
        if path.startswith(SIMULATOR):
            continue
        for node in ast.walk(tree):
            if not isinstance(node, ast.Call) or not EMITTED.search(ast.unparse(node.func)):
                continue
            event = node.args[0] if node.args else None
            constant = isinstance(event, ast.Name) or (
                isinstance(event, ast.Constant)
                and isinstance(event.value, str)
                and re.fullmatch(r"[a-z][a-z0-9_]*", event.value)
            )
            if not constant or len(node.args) > 1 or has_traceback(node):
                made_up.add(f"{path}:{node.lineno}")

    assert made_up == set()


def test_audit_actions_are_constant_names() -> None:
    made_up = set()
    for path, tree in modules():
        for node in ast.walk(tree):
            if isinstance(node, ast.Call) and ast.unparse(node.func) == "audit.record":
                action = node.args[1]
                if not isinstance(action, ast.Constant | ast.IfExp | ast.Name | ast.Attribute):
                    made_up.add(f"{path}:{node.lineno}")

    assert made_up == set()


def selects_referrals(call: ast.Call) -> bool:
    """`select(Referral)`, `select(Referral.id, …)`, `session.query(Referral)`."""
    if ast.unparse(call.func).rpartition(".")[2] not in {"select", "query", "update", "delete"}:
        return False
    return any(
        re.match(r"(?:\w+\.)*Referral(?:\.|$)", ast.unparse(argument)) for argument in call.args
    )


def has_traceback(call: ast.Call) -> bool:
    """A traceback's last line is the exception's words, which may name somebody."""
    return ast.unparse(call.func).endswith(".exception") or any(
        keyword.arg in {"exc_info", "stack_info"} for keyword in call.keywords
    )


def modules() -> Iterator[tuple[str, ast.Module]]:
    for path in sorted(SRC.rglob("*.py")):
        yield str(path.relative_to(SRC)), ast.parse(path.read_text())


def committed_texts() -> Iterator[tuple[str, str]]:
    """Files that are, or are about to be, committed; what git ignores is nobody's business."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard"],  # noqa: S607
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    for name in listed.stdout.splitlines():
        path = Path(ROOT / name)
        if not path.is_file():
            continue
        try:
            yield name, path.read_text(encoding="utf-8")
        except UnicodeDecodeError:
            continue

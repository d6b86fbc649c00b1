"""The statements that only an account can confirm: valid, with unique ids, and on a page with an anchor for each."""

import re
from pathlib import Path
from typing import Any

import pytest

from comparison.facts.unverified import FILE, OTHER_SUBJECTS, Statement, read_unverified
from comparison.generated_parts import DOCS, part
from comparison.unverified_page import levels_text, unverified_page
from deployment.assembly import Assembly
from deployment.errors import ActionableError
from tests.unit.docs.pages import anchors, headings

PAGE = DOCS / "unverified.md"
ENTRY = {"id": "spans-arrive", "target": "all", "statement": "A.", "check": "B.", "risk": "C.", "drill": "D1"}


@pytest.fixture(scope="module")
def statements(assembly: Assembly) -> tuple[Statement, ...]:
    return read_unverified(list(assembly.targets))


def written(path: Path, *entries: dict[str, Any], retired: str = "[]") -> Path:
    path = path / "unverified.toml"
    tables = ["[[statement]]\n" + "\n".join(f"{key} = {value!r}" for key, value in entry.items()) for entry in entries]
    path.write_text(f"retired = {retired}\n" + "\n".join(tables))
    return path


def test_every_statement_has_an_anchor_with_its_id(statements: tuple[Statement, ...]) -> None:
    ids = [one.id for one in statements]
    assert len(ids) > 30
    assert sorted(headings(PAGE, "h3")) == sorted(ids)
    assert set(ids) <= anchors(PAGE)


def test_every_target_and_subject_has_a_section(statements: tuple[Statement, ...], assembly: Assembly) -> None:
    assert {one.target for one in statements} == {*assembly.targets, *OTHER_SUBJECTS}
    assert set(headings(PAGE)) == {*(f"`{target}`" for target in assembly.targets), *OTHER_SUBJECTS.values()}


def test_every_text_is_a_sentence(statements: tuple[Statement, ...]) -> None:
    for one in statements:
        for text in (one.statement, one.check, one.risk, *(text for text in (one.reason, one.evidence) if text)):
            assert re.match(r"[A-Z`]", text), (one.id, text)
            assert text.endswith("."), (one.id, text)


def test_ids_are_found_in_no_other_form(statements: tuple[Statement, ...]) -> None:
    """Links from other pages lead to ids that exist; test_links checks the anchors."""
    links = {found for page in DOCS.rglob("*.md") for found in re.findall(r"unverified\.md#([\w-]+)", page.read_text())}
    assert links <= {one.id for one in statements}
    assert links


def test_an_entry_without_evidence_is_rendered_without_it() -> None:
    text = unverified_page([Statement(**ENTRY), Statement(**ENTRY | {"id": "b", "target": "ci", "evidence": "D."})], [])
    assert text == (
        "## All targets\n\n### spans-arrive\n\nA.\n\n"
        "- **Check**: B.\n- **Settled by**: D1.\n- **If it is false**: C.\n\n"
        "## CI\n\n### b\n\nA.\n\n"
        "- **Check**: B.\n- **Settled by**: D1.\n- **If it is false**: C.\n- **Evidence**: D."
    )


@pytest.mark.parametrize(
    ("change", "cause"),
    [
        ({"id": "Spans_Arrive"}, "its id is 'Spans_Arrive'"),
        ({"target": "ecs"}, "its target is 'ecs'"),
        ({"risk": " "}, "risk has no text"),
        ({"proof": "none"}, "it has proof"),
        ({"drill": "D11"}, "its drill is 'D11'"),
        ({"drill": "D4,D5"}, "its drill is 'D4,D5'"),
        ({"reason": "R."}, "a drill settles it, and it has a reason"),
        ({"drill": "a person"}, "only a person settles it"),
        ({"drill": "a person", "reason": "R.", "variant": "a canary"}, "only a person settles it"),
    ],
)
def test_an_invalid_entry_is_rejected(tmp_path: Path, change: dict[str, str], cause: str) -> None:
    with pytest.raises(ActionableError) as caught:
        read_unverified(["lambda"], written(tmp_path, ENTRY | change))
    assert caught.value.cause == cause
    assert "of unverified.toml is invalid" in str(caught.value)


def test_a_target_that_exists_is_accepted_and_named_where_it_is_not(tmp_path: Path) -> None:
    assert read_unverified(["lambda"], written(tmp_path, ENTRY | {"target": "lambda"}))
    with pytest.raises(ActionableError) as caught:
        read_unverified(["lambda"], written(tmp_path, ENTRY | {"target": "ecs"}))
    assert caught.value.fix == "allowed: all, workflow, ci, lambda"


@pytest.mark.parametrize("field", ["risk", "drill"])
def test_an_entry_without_a_field_is_rejected(tmp_path: Path, field: str) -> None:
    without = {key: value for key, value in ENTRY.items() if key != field}
    with pytest.raises(ActionableError) as caught:
        read_unverified([], written(tmp_path, without))
    assert caught.value.cause == f"it lacks {field}"


def test_every_statement_has_a_drill_or_a_reason_why_only_a_person_settles_it(
    statements: tuple[Statement, ...],
) -> None:
    for one in statements:
        assert bool(one.drills) != bool(one.reason), one.id
    # Deploying once and destroying settles most.
    assert sum(one.is_settled_by("smoke", [one.target]) for one in statements) > len(statements) / 3


def test_the_page_says_which_drill_settles_a_statement() -> None:
    drilled = Statement(**ENTRY | {"drill": "D4, D5", "variant": "a canary"})
    person = Statement(**ENTRY | {"drill": "a person", "reason": "It takes a week."})
    assert "- **Settled by**: D4 and D5, with a canary." in unverified_page([drilled], [])
    assert "- **Settled by**: a person. It takes a week." in unverified_page([person], [])


@pytest.mark.parametrize(
    ("change", "level", "targets", "is_settled"),
    [
        ({}, "smoke", [], True),
        ({"drill": "D4"}, "smoke", [], False),
        ({"drill": "D1, D4"}, "smoke", [], False),
        ({"drill": "D1, D4"}, "full", [], True),
        ({"variant": "a canary"}, "full", [], False),
        ({"variant": "a canary"}, "slow", [], True),
        ({"drill": "a person", "reason": "R."}, "slow", [], False),
        ({"target": "lambda"}, "smoke", ["ecs-fargate"], False),
        ({"target": "lambda"}, "smoke", ["lambda"], True),
    ],
)
def test_a_run_settles_what_its_drills_and_targets_cover(
    change: dict[str, str], level: Any, targets: list[str], *, is_settled: bool
) -> None:
    assert Statement(**ENTRY | change).is_settled_by(level, targets) == is_settled


@pytest.mark.parametrize(
    ("change", "level"),
    [
        ({}, "smoke"),
        ({"drill": "D1, D4", "target": "lambda"}, "full"),
        ({"drill": "D1", "variant": "a canary"}, "slow"),
        ({"drill": "a person", "reason": "R."}, None),
    ],
)
def test_the_level_of_a_statement_is_the_first_that_settles_it(change: dict[str, str], level: str | None) -> None:
    assert Statement(**ENTRY | change).level == level


def test_the_page_on_runs_says_how_many_statements_each_level_settles(
    statements: tuple[Statement, ...], assembly: Assembly
) -> None:
    """Counted from the drills of each statement, as the file has them."""
    smoke = [one for one in statements if set(one.drills) <= {"D1", "D3", "D10"} and one.drills and not one.variant]
    slow = [one for one in statements if one.drills]
    full = [one for one in slow if not one.variant]
    text = " ".join(part((DOCS / "sandbox.md").read_text(), "levels").split())
    assert text == (
        f"On all targets, a smoke run can settle {len(smoke)} of the {len(statements)} statements, a full run "
        f"{len(full)}, and a slow run {len(slow)}. {len(statements) - len(slow)} take a person."
    )
    assert text == " ".join(levels_text(statements, list(assembly.targets)).split())


def test_an_id_is_not_used_twice(tmp_path: Path) -> None:
    with pytest.raises(ActionableError) as caught:
        read_unverified([], written(tmp_path, ENTRY, ENTRY))
    assert caught.value.cause == "its id is a duplicate"
    with pytest.raises(ActionableError) as caught:
        read_unverified([], written(tmp_path, ENTRY, retired='["spans-arrive"]'))
    assert caught.value.cause == "its id belonged to a statement that is settled"


def test_a_file_that_cannot_be_read_says_how_to_restore_it(tmp_path: Path) -> None:
    with pytest.raises(ActionableError) as caught:
        read_unverified([], tmp_path / FILE.name)
    assert caught.value.fix == "git checkout unverified.toml"

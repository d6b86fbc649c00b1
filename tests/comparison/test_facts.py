"""What is gathered: every figure has a place that it comes from, and what nobody knows is said to be unknown."""

import datetime
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from comparison.constructs import spec_fields
from comparison.facts import Cell, gather, statements
from comparison.facts.answers import fastest, simplest
from comparison.facts.cells import UNKNOWN
from comparison.facts.costs import changes, thresholds
from comparison.facts.statements import TOPICS, read
from local_aws.deploying.assembly import Assembly
from local_aws.errors import LocalAwsError
from tests.conftest import ROOT

STATEMENT = """[[statement]]
topic = "speed"
targets = ["lambda"]
text = "quick"
source = "https://docs.aws.amazon.com/lambda/"
checked = 2026-11-24
"""


def cells(facts: Any) -> list[Cell]:
    return [cell for table in facts.tables for row in table.rows.values() for cell in row]


def test_every_table_has_a_line_for_every_target_and_a_cell_for_every_column(facts: Any) -> None:
    for table in facts.tables:
        assert list(table.rows) == [target.id for target in facts.targets]
        assert {len(row) for row in table.rows.values()} == {len(table.columns)}


def test_every_cell_says_something_and_where_it_is_from(facts: Any) -> None:
    assert all(cell.text for cell in cells(facts))
    assert all(bool(cell.source) == bool(cell.checked) == (cell.origin == "page") for cell in cells(facts))
    unsaid = {cell.text for cell in cells(facts) if not cell.origin}
    assert unsaid <= {UNKNOWN, "not run", "as the machine image"}


def test_what_is_not_known_is_little(facts: Any) -> None:
    assert sum(cell.text == UNKNOWN for cell in cells(facts)) < len(cells(facts)) / 40


def test_the_contract_is_what_the_constructs_declare(facts: Any) -> None:
    table = facts.tables[0]
    for target in facts.targets:
        fixed = {
            column: cell.text
            for column, cell in zip(table.columns, table.rows[target.id], strict=True)
            if cell.origin == "construct"
        }
        assert fixed == dict(target.row.fixed_by_platform)


def test_the_spec_is_read_with_its_defaults_and_meanings(facts: Any) -> None:
    found = {field.name: field for field in facts.spec}
    assert list(found)[:2] == ["name", "port"]
    assert found["port"].default == "8080"
    assert found["name"].default == ""
    assert found["cpu"].meaning == "Share of processors in CPU units: 1024 is one vCPU."
    assert all(field.meaning for field in facts.spec)


def test_a_folder_without_a_spec_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(LocalAwsError, match="has no ServiceSpec"):
        spec_fields(tmp_path)


def test_constructs_say_what_they_make_and_when_to_choose_them(facts: Any) -> None:
    for target in facts.targets:
        starts = [paragraph.split(" ")[0] for paragraph in target.paragraphs]
        assert starts == ["It", "It", "Choose", "Do"], target.id


def test_statements_are_about_targets_that_there_are_and_sources_that_can_be_looked_up(facts: Any) -> None:
    found = read()
    assert {target for target, _ in found} == {target.id for target in facts.targets}
    for (target, topic), statement in found.items():
        there = statement.source.startswith("https://") or (ROOT / statement.source).exists()
        assert there, f"{topic} of {target}: {statement.source}"
        assert datetime.date(2026, 1, 1) < statement.checked <= datetime.date.today()


def test_every_topic_is_of_use() -> None:
    assert {topic for _, topic in read()} == set(TOPICS)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("not toml at all", "cannot be read"),
        ("title = 'no statement'", "cannot be read"),
        (STATEMENT.replace('topic = "speed"', 'topic = "weather"'), "statement 1 of .* is wrong"),
        (STATEMENT.replace("checked = 2026-11-24", ""), "statement 1 of .* is wrong"),
        (STATEMENT.replace("checked = 2026-11-24", 'checked = "lately"'), "statement 1 of .* is wrong"),
        (STATEMENT.replace('text = "quick"', ""), "statement 1 of .* is wrong"),
        (STATEMENT + STATEMENT, "statement 2 of .* is wrong"),
    ],
)
def test_a_statement_that_is_wrong_is_refused(tmp_path: Path, text: str, said: str) -> None:
    file = tmp_path / "platforms.toml"
    file.write_text(text)
    with pytest.raises(LocalAwsError, match=said) as error:
        statements.read(file)
    assert error.value.cure


def test_a_statement_that_is_right_is_read(tmp_path: Path) -> None:
    file = tmp_path / "platforms.toml"
    file.write_text(STATEMENT)
    assert statements.read(file)["lambda", "speed"].text == "quick"


def test_the_simplest_has_least_to_patch_and_then_least_to_own(facts: Any) -> None:
    found = simplest(facts.targets)
    least = min(len(target.you_patch.parts) for target in facts.targets)
    assert len(facts.target(found.target).you_patch.parts) == least
    without = [target for target in facts.targets if target.id != found.target]
    assert simplest(without).target not in ("", found.target)


def test_nobody_is_told_to_take_what_is_closed(facts: Any) -> None:
    assert facts.target("app-runner").closed
    alone = [facts.target("app-runner")]
    assert simplest(alone).target == ""
    assert "app-runner" not in {change.target for change in changes(facts.costs)}
    assert facts.answers[0].target != "app-runner"


def test_the_fastest_is_the_one_that_answered_clearly_first(facts: Any) -> None:
    taken = [target for target in facts.targets if target.measured and not target.closed]
    answered = [target for target in taken if target.measured.outcome == "answered"]
    assert fastest(facts.targets, facts.run).target == ""
    assert fastest(facts.targets, facts.run).headline == "no clear answer"
    quick = replace(answered[2], measured=replace(answered[2].measured, start_s=1.0))
    others = [quick if target.id == quick.id else target for target in facts.targets]
    assert fastest(others, facts.run).target == quick.id
    assert "1.0s" in fastest(others, facts.run).sentence
    assert fastest(facts.targets, None).headline == "not measured"


def test_a_start_counts_from_nothing(facts: Any) -> None:
    measured = facts.targets[0].measured
    assert measured.start_s == pytest.approx(measured.deploy_s + measured.healthy_s)


def test_thresholds_name_each_change_of_the_cheapest(facts: Any) -> None:
    sentence = thresholds(facts.costs)
    first, *rest = changes(facts.costs)
    assert sentence.startswith(f"{first.target} is cheapest")
    assert sentence.count("then ") == len(rest)


def test_without_a_run_nothing_is_measured_and_all_else_is_there(assembly: Assembly, facts: Any) -> None:
    bare = gather(assembly)
    assert bare.run is None
    assert {target.measured for target in bare.targets} == {None}
    assert [table.id for table in bare.tables] == [table.id for table in facts.tables]
    assert bare.answers[:2] == facts.answers[:2]


def test_a_target_that_is_not_there_is_an_error_that_names_those_that_are(facts: Any) -> None:
    with pytest.raises(LocalAwsError, match="no target is called 'nomad'") as error:
        facts.target("nomad")
    assert "ecs-fargate" in error.value.why


def test_facts_are_frozen(facts: Any) -> None:
    with pytest.raises(AttributeError):
        facts.run = None
    assert replace(facts, run=None).run is None

"""What the comparison says about changes of a running service."""

import json
import re
from pathlib import Path

import pytest

from comparison.document import Cell
from comparison.facts.updates import FILE, SHARED, Update, Updates, UpdateVerdict, read
from comparison.updates_document import (
    consequences_table,
    linked,
    summary_table,
    updates_table,
    updates_with_options_table,
)
from deployment.errors import ActionableError


def change(id_: str, **cells: UpdateVerdict | str) -> Update:
    verdicts = {
        target.replace("_", "-"): UpdateVerdict(verdict=cell) if isinstance(cell, str) else cell
        for target, cell in cells.items()
    }
    return Update(id=id_, kind="field", text="", cells=verdicts)


REPLACED = UpdateVerdict(verdict="replacement", consequence="Another URL.", way_around="None.")
REJECTED = UpdateVerdict(verdict="rejected", reason="arm64 is unsupported")
UPDATES = Updates(
    targets=("ecs-fargate", "lambda", "beanstalk"),
    verdicts={"rolling": "one by one", "replacement": "anew"},
    changes=(
        change("port", ecs_fargate="rolling", **{"lambda": "rolling"}, beanstalk=REPLACED, shared="unchanged"),
        change("architecture", ecs_fargate=REJECTED, **{"lambda": "rolling"}, beanstalk=REPLACED, shared="rolling"),
        change("canary on", **{"lambda": "in place"}, shared="unchanged"),
        change("canary off", **{"lambda": "rolling"}, shared="unchanged"),
        change("topic on", **{"lambda": "in place"}, shared="unchanged"),
        change("topic off", **{"lambda": "in place"}, shared="unchanged"),
        change("port=1", ecs_fargate="rolling", **{"lambda": "rolling"}, beanstalk=REPLACED, shared="unchanged"),
        change("port=2", ecs_fargate="rolling", **{"lambda": "rolling"}, beanstalk="rolling", shared="unchanged"),
        change("port with options", ecs_fargate=REPLACED, **{"lambda": "rolling"}, shared="unchanged"),
        change("canary on with options", **{"lambda": "in place"}, shared="unchanged"),
    ),
)


def rows(table: object) -> list[list[str]]:
    return [[cell.text for cell in row] for row in table.rows]  # type: ignore[attr-defined]


def test_every_change_that_differs_has_a_verdict_on_every_target_or_a_dash() -> None:
    assert rows(updates_table(UPDATES)) == [
        ["port", "rolling", "rolling", "replacement", "unchanged"],
        ["architecture", "rejected", "rolling", "replacement", "rolling"],
        ["canary on", "–", "in place", "–", "unchanged"],
        ["canary off", "–", "rolling", "–", "unchanged"],
        ["topic", "–", "in place", "–", "unchanged"],
        ["port=2", "rolling", "rolling", "rolling", "unchanged"],
    ]


def test_changes_with_options_are_shown_where_they_differ() -> None:
    assert rows(updates_with_options_table(UPDATES)) == [
        ["port with options", "replacement", "rolling", "–", "unchanged"]
    ]


def test_consequences_are_grouped_by_targets() -> None:
    assert rows(consequences_table(UPDATES)) == [
        ["port", "beanstalk", "replacement", "Another URL.", "None."],
        ["architecture", "ecs-fargate", "rejected", "arm64 is unsupported", ""],
        ["architecture", "beanstalk", "replacement", "Another URL.", "None."],
        ["port with options", "ecs-fargate", "replacement", "Another URL.", "None."],
    ]


def test_the_summary_has_the_usual_verdict_and_the_exceptions() -> None:
    assert rows(summary_table(UPDATES)) == [
        ["port", "rolling", "replacement: beanstalk"],
        ["architecture", "rejected", "rolling: lambda; replacement: beanstalk"],
        ["canary on", "in place", ""],
        ["canary off", "rolling", ""],
        ["topic", "in place", ""],
        ["port=2", "rolling", ""],
    ]


def test_a_context_value_is_written_as_the_cli_takes_it() -> None:
    found = Update(id="topic", kind="context", text="", cells={"lambda": UpdateVerdict(verdict="rolling")})
    updates = Updates(targets=("lambda",), verdicts={}, changes=(found,))
    assert rows(updates_table(updates))[0][0] == rows(summary_table(updates))[0][0] == "-c topic"


def test_replacements_and_rejections_link_to_their_consequences() -> None:
    row = linked(updates_table(UPDATES)).rows[1]
    assert row[0] == Cell("architecture", is_code=True)
    assert [cell.url for cell in row[1:]] == ["#update-consequences", "", "#update-consequences", ""]


def test_the_recorded_file_is_read() -> None:
    found, data = read(), json.loads(FILE.read_text())
    assert list(found.targets) == data["targets"]
    for update, written in zip(found.changes, data["changes"], strict=True):
        assert (update.id, update.kind, update.text) == (written["id"], written["kind"], written["text"])
        assert {target: cell.verdict for target, cell in update.cells.items()} == {
            target: cell["verdict"] for target, cell in written["cells"].items()
        }
    assert SHARED in found.changes[0].cells


@pytest.mark.parametrize("text", ["", "{}", '{"targets": [], "verdicts": {}, "changes": [{"id": "port"}]}'])
def test_an_unreadable_file_names_the_command_that_writes_it(tmp_path: Path, text: str) -> None:
    file = tmp_path / "updates.json"
    file.write_text(text)
    with pytest.raises(ActionableError, match="python -m updates --write"):
        read(file)


def test_the_page_has_every_change_and_every_verdict(html: str) -> None:
    [section] = re.findall(r'<section id="running-service".*?</section>', html, re.DOTALL)
    for update in read().changes:
        name = re.split("[ =]", update.id)[0]
        label = f"-c {name}" if update.kind == "context" else name
        assert f">{label}" in section.replace("<wbr>", "")
    for verdict, meaning in read().verdicts.items():
        assert f"<dt>{verdict}</dt><dd>{meaning}</dd>" in section
    assert section.count('href="#update-consequences"') >= 10

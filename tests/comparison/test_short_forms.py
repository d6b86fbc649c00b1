"""The short tables, and the README that shows them."""

import io
from dataclasses import replace

import pytest

from comparison import formats, readme
from comparison.facts import Facts, LocalRun, TargetFacts
from deployment.console import make_console
from deployment.errors import ActionableError


@pytest.fixture
def two(facts: Facts) -> list[TargetFacts]:
    run = LocalRun(outcome="passed", startup_s=0.4, p50_ms=14.2, memory_mib=58.2, engine="docker 20.10")
    common = {"construct": "X", "source_file": "x.py", "stack": "S"}
    fargate = replace(
        facts.target("ecs-fargate"),
        summary="ECS on Fargate: always on.",
        resource_count=42,
        template_lines=900,
        construct_lines=120,
        local_run=run,
        **common,
    )
    function = replace(
        facts.target("lambda"),
        summary="Pay per use.",
        resource_count=9,
        template_lines=300,
        construct_lines=80,
        local_run=None,
        **common,
    )
    return [fargate, function]


def test_the_terminal_table(two, snapshot):
    console = make_console(io.StringIO(), {})
    console.print(formats.as_short_terminal(two))
    assert "\n".join(line.rstrip() for line in console.file.getvalue().splitlines()) == snapshot


def test_the_markdown_table_has_nothing_that_differs_between_machines(two, snapshot):
    assert formats.targets_as_markdown(two, {"ecs-fargate": 84.784, "lambda": 0.0}) == snapshot


TEXT = "before\n<!-- targets -->\nold\n<!-- /targets -->\nafter\n"


def test_only_what_stands_between_the_markers_is_written():
    text = readme.with_part(TEXT, "targets", "new")
    assert text == "before\n<!-- targets -->\nnew\n<!-- /targets -->\nafter\n"
    assert readme.part(text, "targets") == "new"


def test_writing_twice_changes_nothing_more():
    once = readme.with_part(TEXT, "targets", "new")
    assert readme.with_part(once, "targets", "new") == once


@pytest.mark.parametrize("text", ["", "<!-- targets -->", TEXT + TEXT])
def test_markers_that_are_not_there_once_are_an_error(text):
    with pytest.raises(ActionableError, match="has no part"):
        readme.part(text, "targets")

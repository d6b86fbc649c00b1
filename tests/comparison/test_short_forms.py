"""What a row holds, its short forms, and the README that shows it."""

import io
import json
from pathlib import Path

import pytest

from comparison import formats, readme
from comparison.constructs import find
from comparison.rows import Row, rows, template_lines
from deployment.assembly import Assembly, Stack, Target
from deployment.console import make_console
from deployment.errors import ActionableError
from tests.local_aws import invented

CONSTRUCT = '''"""A module."""


class FargateMicroservice:
    """ECS on Fargate: always on, billed by the second.

    It makes a service.
    """

    answer = 42
'''
TEMPLATE = {"Resources": {"Service": {"Type": "AWS::ECS::Service"}}}


@pytest.fixture
def constructs(tmp_path) -> Path:
    (tmp_path / "fargate.py").write_text(CONSTRUCT)
    return tmp_path


@pytest.fixture
def assembly(tmp_path) -> Assembly:
    template = tmp_path / "OrdersOnEcsFargate.template.json"
    template.write_text(json.dumps(TEMPLATE))
    stack = Stack(name="OrdersOnEcsFargate", template=template, resources=42, depends_on=())
    target = Target(id="ecs-fargate", construct="FargateMicroservice", stack=stack.name, logical_ids=("Service",))
    return Assembly(path=tmp_path, stacks=(stack,), targets={target.id: target})


def test_a_construct_says_what_it_is_in_its_first_line(constructs):
    construct = find("FargateMicroservice", constructs)
    assert construct.what == "ECS on Fargate: always on, billed by the second."
    assert (construct.file, construct.charges) == ("fargate.py", 6)


def test_a_construct_that_is_not_there_is_an_error_with_a_cure(constructs):
    with pytest.raises(ActionableError, match="no construct is called Gone"):
        find("Gone", constructs)


def test_templates_count_the_same_whatever_their_layout():
    assert template_lines(TEMPLATE) == 7
    assert template_lines(json.loads(json.dumps(TEMPLATE, indent=8))) == 7


def test_a_row_joins_the_template_and_the_last_run(assembly, constructs):
    [row] = rows(assembly, invented.results(), constructs)
    assert (row.resources, row.template_lines, row.construct_lines) == (42, 7, 6)
    assert (row.outcome, row.first_answer_s, row.p50_ms) == ("passed", 9.5, 14.2)


def test_a_target_that_was_in_no_run_has_no_figures(assembly, constructs):
    [row] = rows(assembly, None, constructs)
    assert (row.outcome, row.first_answer_s, row.p50_ms, row.executed_by) == ("", None, None, "")


def two() -> list[Row]:
    common = {"construct": "X", "file": "x.py", "stack": "S"}
    fargate = Row(
        target="ecs-fargate",
        what="ECS on Fargate: always on.",
        resources=42,
        template_lines=900,
        construct_lines=120,
        outcome="passed",
        first_answer_s=0.4,
        p50_ms=14.2,
        memory_mib=58.2,
        executed_by="docker 20.10",
        **common,
    )
    function = Row(target="lambda", what="Pay per use.", resources=9, template_lines=300, construct_lines=80, **common)
    return [fargate, function]


def test_the_terminal_table(snapshot):
    console = make_console(io.StringIO(), {})
    console.print(formats.as_short_terminal(two()))
    assert "\n".join(line.rstrip() for line in console.file.getvalue().splitlines()) == snapshot


def test_the_markdown_table_has_nothing_that_differs_between_machines(snapshot):
    assert formats.targets_as_markdown(two(), {"ecs-fargate": 84.784, "lambda": 0.0}) == snapshot


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

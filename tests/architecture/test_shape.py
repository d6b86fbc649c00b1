"""Small enough to be read."""

import ast
from pathlib import Path

import pytest

from tests.architecture.sources import modules, parsed
from tests.architecture.test_imports import TARGETS, names
from tests.conftest import ROOT

SOURCES = [*modules("microservice"), *modules("stacks"), ROOT / "app.py"]
STACKS = modules("stacks")
FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)


def stack_classes(file: Path) -> list[ast.ClassDef]:
    classes = [node for node in parsed(file).body if isinstance(node, ast.ClassDef)]
    return [node for node in classes if any(ast.unparse(base) == "cdk.Stack" for base in node.bases)]


STACK_FILES = [file for file in STACKS if stack_classes(file)]
TARGET_STACKS = [file for file in STACK_FILES if file.stem in {target.stem for target in TARGETS}]


@pytest.mark.parametrize("file", SOURCES, ids=names(SOURCES))
def test_modules_are_short_and_functions_shorter(file: Path) -> None:
    assert len(file.read_text().splitlines()) <= 150
    for node in ast.walk(parsed(file)):
        # The list of stacks is as long as there are stacks.
        if isinstance(node, FUNCTIONS) and node.name != "add_stacks":
            assert (node.end_lineno or 0) - node.body[0].lineno < 40, node.name


@pytest.mark.parametrize("file", STACK_FILES, ids=names(STACK_FILES))
def test_stacks_decide_nothing_and_pass_nothing_through(file: Path) -> None:
    for stack in stack_classes(file):
        assert not [node for node in ast.walk(stack) if isinstance(node, ast.If | ast.IfExp | ast.Match)]
        assert not [node for node in ast.walk(stack) if isinstance(node, FUNCTIONS) and node.args.kwarg]


def test_every_target_has_a_stack_in_a_file_of_its_name() -> None:
    assert {file.stem for file in TARGET_STACKS} == {file.stem for file in TARGETS}


@pytest.mark.parametrize("file", STACK_FILES, ids=names(STACK_FILES))
def test_a_stack_is_under_forty_lines(file: Path) -> None:
    for stack in stack_classes(file):
        assert (stack.end_lineno or 0) - stack.lineno < 40, stack.name


@pytest.mark.parametrize("file", [file for file in SOURCES if file.name != "app.py"], ids=lambda file: file.stem)
def test_ids_are_nouns_that_are_never_put_together(file: Path) -> None:
    """Ids name resources: a changed one replaces what it names."""
    calls = [node for node in ast.walk(parsed(file)) if isinstance(node, ast.Call) and len(node.args) >= 2]
    for call in calls:
        scope, construct_id = call.args[:2]
        if isinstance(scope, ast.Name) and scope.id in ("self", "scope"):
            assert not isinstance(construct_id, ast.JoinedStr | ast.BinOp), ast.unparse(call)

"""The shape of stacks and constructs: one stack file for each target, stacks without logic, and constant IDs."""

import ast
import re
from pathlib import Path

import pytest

from tests.architecture.sources import MICROSERVICE, STACKS, TARGETS, names, parsed, target_id
from tests.conftest import ROOT

FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)
BASES = {"cdk.Stack", "TargetStack"}


def stack_classes(file: Path) -> list[ast.ClassDef]:
    classes = [node for node in parsed(file).body if isinstance(node, ast.ClassDef)]
    return [node for node in classes if BASES & {ast.unparse(base) for base in node.bases}]


STACK_FILES = [file for file in STACKS if stack_classes(file)]
TARGET_STACKS = [file for file in STACK_FILES if "TargetStack" in map(ast.unparse, stack_classes(file)[0].bases)]


def target_of(file: Path) -> str:
    """The target ID that the file name of a stack stands for; `lambda` is a keyword of Python."""
    return file.stem.rstrip("_").replace("_", "-")


@pytest.mark.parametrize("file", STACK_FILES, ids=names(STACK_FILES))
def test_stacks_have_no_branches_and_pass_no_unnamed_options(file: Path) -> None:
    for stack in stack_classes(file):
        assert not [node for node in ast.walk(stack) if isinstance(node, ast.If | ast.IfExp | ast.Match)]
        assert not [node for node in ast.walk(stack) if isinstance(node, FUNCTIONS) and node.args.kwarg]


def test_every_target_has_a_stack_in_a_file_that_is_named_after_its_id() -> None:
    assert {target_of(file) for file in TARGET_STACKS} == {target_id(file) for file in TARGETS}
    assert len(TARGET_STACKS) == len(TARGETS)


@pytest.mark.parametrize("file", TARGET_STACKS, ids=names(TARGET_STACKS))
def test_a_target_stack_names_its_target(file: Path) -> None:
    assert f"`{target_of(file)}`" in (ast.get_docstring(parsed(file)) or "").splitlines()[0]


@pytest.mark.parametrize("file", [*MICROSERVICE, *STACKS], ids=names([*MICROSERVICE, *STACKS]))
def test_construct_ids_are_constant(file: Path) -> None:
    """IDs determine logical IDs: a changed one replaces the resource."""
    calls = [node for node in ast.walk(parsed(file)) if isinstance(node, ast.Call) and len(node.args) >= 2]
    for call in calls:
        scope, construct_id = call.args[:2]
        if isinstance(scope, ast.Name) and scope.id in ("self", "scope"):
            assert not isinstance(construct_id, ast.JoinedStr | ast.BinOp), ast.unparse(call)


def test_the_stacks_of_the_app_are_listed_in_the_app() -> None:
    text = (ROOT / "app.py").read_text()
    for file in STACK_FILES:
        for stack in stack_classes(file):
            assert file.name == "target_stack.py" or re.search(rf"{stack.name}\(\s*app,|add\({stack.name},", text)

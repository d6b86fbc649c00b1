"""app.py -> stacks -> microservice/<target> -> its shared parts -> aws_cdk; nothing points back or aside."""

import ast
from pathlib import Path

import pytest

from tests.architecture.sources import imported, modules, parsed
from tests.conftest import ROOT

MICROSERVICE = modules("microservice")
STACKS = modules("stacks")


def is_target(file: Path) -> bool:
    assigned = [node for node in ast.walk(parsed(file)) if isinstance(node, ast.AnnAssign)]
    return file.name != "contract.py" and any(
        isinstance(node.target, ast.Name) and node.target.id == "TARGET_ID" and node.value for node in assigned
    )


TARGETS = [file for file in MICROSERVICE if is_target(file)]


def names(files: list[Path]) -> list[str]:
    return [str(file.relative_to(ROOT)) for file in files]


def test_targets_are_found() -> None:
    assert {"fargate", "lambda_container"} <= {file.stem for file in TARGETS}


@pytest.mark.parametrize("file", MICROSERVICE, ids=names(MICROSERVICE))
def test_the_folder_to_copy_needs_the_cdk_and_nothing_else(file: Path) -> None:
    standard = {"abc", "collections", "dataclasses", "json", "pathlib", "re", "tempfile", "types", "typing"}
    outside = {name.split(".")[0] for name in imported(file) if not name.startswith(".")}
    assert outside <= standard | {"aws_cdk", "constructs"}


@pytest.mark.parametrize("file", TARGETS, ids=names(TARGETS))
def test_targets_do_not_import_targets(file: Path) -> None:
    assert not {f".{target.stem}" for target in TARGETS} & set(imported(file))


@pytest.mark.parametrize("file", STACKS, ids=names(STACKS))
def test_stacks_do_not_import_stacks(file: Path) -> None:
    assert not [name for name in imported(file) if name == "stacks" or name.startswith(("stacks.", ".."))]


@pytest.mark.parametrize("file", STACKS, ids=names(STACKS))
def test_stacks_go_through_the_door(file: Path) -> None:
    assert not [name for name in imported(file) if name.startswith("microservice.")]


@pytest.mark.parametrize("file", [*MICROSERVICE, *STACKS], ids=names([*MICROSERVICE, *STACKS]))
def test_only_the_app_reads_the_environment(file: Path) -> None:
    assert not {"os", "boto3", "botocore", "orders", "sample_service", "local_aws"} & {
        name.split(".")[0] for name in imported(file)
    }
    assert "try_get_context" not in file.read_text()


@pytest.mark.parametrize("folder", ["local_aws", "comparison"])
def test_readers_of_the_assembly_do_not_import_what_wrote_it(folder: str) -> None:
    for file in modules(folder):
        assert not {"stacks", "microservice", "app", "aws_cdk"} & {name.split(".")[0] for name in imported(file)}


def test_the_service_knows_nothing_of_its_infrastructure() -> None:
    for file in modules("sample_service"):
        assert not {"stacks", "microservice", "app", "aws_cdk", "constructs"} & {
            name.split(".")[0] for name in imported(file)
        }

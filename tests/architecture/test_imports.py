"""Imports go one way: app.py -> service.py, stacks -> microservice/<platform> -> microservice/ingress -> aws_cdk."""

import ast
import json
import subprocess
import sys
from pathlib import Path

import pytest

import microservice
from tests.architecture.sources import (
    MICROSERVICE,
    PLATFORMS,
    STACKS,
    TARGETS,
    dependencies,
    imported,
    local_imports,
    modules,
    names,
    parsed,
)
from tests.conftest import ROOT

FOLDER = ROOT / "microservice"
BY_PLATFORM = {platform: modules(f"microservice/{platform}") for platform in PLATFORMS}
ON_PLATFORMS = [file for files in BY_PLATFORM.values() for file in files]
# What is below the platforms: modules at the top, and the public endpoints.
SHARED = [file for file in MICROSERVICE if file not in ON_PLATFORMS and file != FOLDER / "__init__.py"]
STANDARD_LIBRARY = {
    *("abc", "collections", "copy", "dataclasses", "functools", "hashlib", "importlib", "inspect", "json"),
    *("pathlib", "re", "tempfile", "types", "typing", "urllib", "weakref"),
}


def packages(file: Path) -> set[str]:
    """Top-level packages that a file imports by absolute imports."""
    return {name.split(".")[0] for name in imported(file) if not name.startswith(".")}


def test_targets_and_platforms_are_found() -> None:
    assert {"ecs/fargate.py", "lambda_/service.py"} <= {str(file.relative_to(FOLDER)) for file in TARGETS}
    assert {"ecs", "eks", "ec2", "beanstalk", "app_runner", "lambda_"} == set(PLATFORMS)


@pytest.mark.parametrize("file", MICROSERVICE, ids=names(MICROSERVICE))
def test_the_copied_folder_requires_the_cdk_and_the_standard_library_only(file: Path) -> None:
    assert packages(file) <= STANDARD_LIBRARY | {"aws_cdk", "constructs"}


@pytest.mark.parametrize("file", MICROSERVICE, ids=names(MICROSERVICE))
def test_relative_imports_stay_in_the_copied_folder(file: Path) -> None:
    assert all(found.is_file() and FOLDER in found.parents for found in local_imports(file))


@pytest.mark.parametrize("file", ON_PLATFORMS, ids=names(ON_PLATFORMS))
def test_a_platform_imports_its_own_modules_and_shared_ones(file: Path) -> None:
    allowed = {*BY_PLATFORM[file.parent.name], *SHARED}
    assert local_imports(file) <= allowed


@pytest.mark.parametrize("file", SHARED, ids=names(SHARED))
def test_shared_modules_import_no_platform(file: Path) -> None:
    assert local_imports(file) <= set(SHARED)


@pytest.mark.parametrize("file", TARGETS, ids=names(TARGETS))
def test_targets_import_no_targets(file: Path) -> None:
    assert dependencies(file, FOLDER) & set(TARGETS) == {file}


# Imports each platform anew; the CDK is loaded once, because that takes seconds.
LOADED = """
import json, sys
loaded = {}
for platform, statements in json.loads(sys.argv[1]).items():
    for name in [name for name in sys.modules if name.split(".")[0] == "microservice"]:
        del sys.modules[name]
    exec(statements)
    loaded[platform] = [name.split(".")[1] for name in sys.modules if name.startswith("microservice.")]
print(json.dumps(loaded))
"""


@pytest.fixture(scope="module")
def loaded() -> dict[str, list[str]]:
    """Platform -> modules of `microservice` that are loaded with it, by module and by public name."""
    statements = {
        platform: "\n".join(
            [
                *(f"import microservice.{platform}.{file.stem}" for file in TARGETS if file.parent.name == platform),
                *(
                    f"from microservice import {name}"
                    for name, module in microservice._MODULES.items()
                    if module.startswith(f"{platform}.")
                ),
            ]
        )
        for platform in PLATFORMS
    }
    command = [sys.executable, "-c", LOADED, json.dumps(statements)]
    finished = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    found: dict[str, list[str]] = json.loads(finished.stdout)
    return found


@pytest.mark.parametrize("platform", PLATFORMS)
def test_importing_one_platform_loads_no_other(platform: str, loaded: dict[str, list[str]]) -> None:
    assert set(loaded[platform]) & set(PLATFORMS) == {platform}


def test_public_names_have_one_list_each_for_python_and_for_type_checkers() -> None:
    tree = parsed(FOLDER / "__init__.py")
    [block] = [node for node in tree.body if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING"]
    statements = [node for node in block.body if isinstance(node, ast.ImportFrom)]
    checked = {alias.name: node.module for node in statements for alias in node.names}
    assert checked == microservice._MODULES
    assert sorted(microservice.__all__) == sorted(microservice._MODULES) == dir(microservice)
    for name in microservice.__all__:
        assert getattr(microservice, name)


def test_an_unknown_public_name_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="'microservice' has no attribute 'Nothing'"):
        microservice.Nothing  # noqa: B018


@pytest.mark.parametrize("file", STACKS, ids=names(STACKS))
def test_stacks_import_no_stacks_but_their_base(file: Path) -> None:
    own = modules("stacks/workflow") if file.parent.name == "workflow" else []
    assert local_imports(file) <= {ROOT / "stacks/target_stack.py", *own}
    assert "stacks" not in packages(file)


@pytest.mark.parametrize("file", STACKS, ids=names(STACKS))
def test_stacks_use_public_names_of_the_constructs(file: Path) -> None:
    assert not [name for name in imported(file) if name.startswith("microservice.")]
    used = [node for node in ast.walk(parsed(file)) if isinstance(node, ast.ImportFrom) and node.module]
    public = [alias.name for node in used if node.module == "microservice" for alias in node.names]
    assert set(public) <= set(microservice.__all__)


WITHOUT_ENVIRONMENT = [*MICROSERVICE, *STACKS, ROOT / "service.py"]


@pytest.mark.parametrize("file", WITHOUT_ENVIRONMENT, ids=names(WITHOUT_ENVIRONMENT))
def test_only_the_app_reads_the_environment_and_the_context(file: Path) -> None:
    assert not {"os", "boto3", "botocore", "orders", "sample_service", "local_aws", "deployment"} & packages(file)
    assert "try_get_context" not in file.read_text()


def test_the_service_is_described_without_stacks() -> None:
    assert packages(ROOT / "service.py") <= STANDARD_LIBRARY | {"microservice"}

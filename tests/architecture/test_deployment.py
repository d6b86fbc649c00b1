"""Imports go one way: demo -> local_aws -> deployment; nothing in deployment knows where the app is deployed."""

import re

import pytest

from tests.architecture.sources import imported, modules
from tests.conftest import ROOT

FORBIDDEN = {
    "deployment": {"local_aws", "comparison", "pricing", "copilot_import", "stacks", "microservice", "aws_cdk", "app"},
    "local_aws": {"comparison", "pricing", "copilot_import", "stacks", "microservice", "aws_cdk", "app", "demo"},
}


@pytest.mark.parametrize("folder", FORBIDDEN)
def test_imports_go_one_way(folder: str) -> None:
    for file in modules(folder):
        assert not FORBIDDEN[folder] & {name.split(".")[0] for name in imported(file)}, file


def test_deployment_does_not_name_the_local_environment() -> None:
    """Its messages come from the environment: `environment.command("logs", target)`."""
    for file in modules("deployment"):
        code = re.sub(r'"""(?:.|\n)*?"""', "", file.read_text())
        assert not re.search(r"local_aws|emulator|ministack", code.replace("an emulator may", ""), re.IGNORECASE), file


def test_deployment_has_no_circular_imports() -> None:
    pattern = re.compile(r"^(?:from deployment\.(\w+) import|from deployment import (.+))", re.MULTILINE)
    needs = {
        file.stem: {name.strip() for found in pattern.findall(file.read_text()) for name in "".join(found).split(",")}
        for file in modules("deployment")
    }
    assert "stack_events" in needs["cdk"]
    done: set[str] = set()

    def visit(name: str, path: tuple[str, ...]) -> None:
        assert name not in path, " -> ".join((*path, name))
        if name not in done:
            for other in needs.get(name, ()):
                visit(other, (*path, name))
            done.add(name)

    for name in needs:
        visit(name, ())


def test_the_demo_is_above_everything() -> None:
    for folder in ("deployment", "local_aws", "comparison", "pricing", "copilot_import"):
        for file in modules(folder):
            assert "demo" not in set(imported(file)), file
    assert {"local_aws", "comparison"} <= {name.split(".")[0] for name in imported(ROOT / "demo.py")}

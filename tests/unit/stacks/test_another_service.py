"""The app with the service of another file: no table, no token, no workflow, and nothing of the orders API."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from deployment.assembly import Assembly
from tests.conftest import ROOT

SERVICE = "samples/hello_node/service.py"


def synthesise(directory: Path, **variables: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "CDK_OUTDIR": str(directory), "CDK_VALIDATION": "false", **variables}
    command = [sys.executable, "app.py"]
    return subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)


@pytest.fixture(scope="module")
def assembly(tmp_path_factory: pytest.TempPathFactory) -> Assembly:
    directory = tmp_path_factory.mktemp("app") / "cdk.out"
    context = {"service_file": SERVICE, "app_runner": "true"}
    # The context value is stronger than the variable.
    done = synthesise(directory, CDK_CONTEXT_JSON=json.dumps(context), SERVICE_FILE="does-not-exist.py")
    assert done.returncode == 0, done.stderr
    return Assembly.load(directory)


def test_every_target_runs_it(assembly: Assembly) -> None:
    assert len(assembly.targets) == 9
    assert assembly.health_path == "/healthz"
    assert assembly.responses == {"/": '"message":"Hello from Node.js"'}


def test_it_has_no_data_and_no_workflow(assembly: Assembly) -> None:
    names = {stack.name for stack in assembly.stacks}
    assert not names & {"OrdersData", "OrdersWorkflow"}
    for stack in assembly.stacks:
        text = stack.template.read_text()
        for word in ("TABLE_NAME", "API_TOKEN_SECRET_ARN", "dynamodb:PutItem", "healthcheck", "python -m orders"):
            assert word not in text, (stack.name, word)


def test_its_function_has_its_command(assembly: Assembly) -> None:
    [stack] = [stack for stack in assembly.stacks if stack.name == "OrdersOnLambda"]
    resources: dict[str, Any] = json.loads(stack.template.read_text())["Resources"]
    [function] = [each for each in resources.values() if each["Type"] == "AWS::Lambda::Function"]
    assert function["Properties"]["ImageConfig"]["Command"] == ["lambda"]


def test_a_file_that_does_not_exist_is_named(tmp_path: Path) -> None:
    done = synthesise(tmp_path, SERVICE_FILE="servce.py")
    assert done.returncode == 1
    assert "service_file='servce.py' is not a Python file. Set the path" in done.stderr

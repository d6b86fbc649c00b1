"""`python -m deployment` against an endpoint: the checks, the CDK CLI and the services, with the real programs."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conftest import ROOT
from tests.integration.altered import altered_assembly
from tests.integration.end_to_end import LocalRun

pytestmark = pytest.mark.local_run

TIMEOUT_S = 400
STACK = "OrdersOnEcsFargate"


@pytest.fixture(scope="module")
def local(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalRun]:
    found = LocalRun(tmp_path_factory.mktemp("account") / "local")
    up = found.run("up", "--engine", "processes")
    assert up.returncode == 0, up.stdout + up.stderr
    yield found
    found.run("down")


def deployment(local: LocalRun, *arguments: str) -> subprocess.CompletedProcess[str]:
    state = json.loads((local.directory / "state.json").read_text())
    variables = {
        "AWS_ENDPOINT_URL": state["endpoint"],
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "AWS_REGION": state["region"],
        "AWS_CONFIG_FILE": os.devnull,
        "CI": "true",
    }
    return subprocess.run(
        [sys.executable, "-m", "deployment", *arguments],
        cwd=ROOT,
        env={**os.environ, **variables},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=TIMEOUT_S,
    )


def test_a_deployed_app_passes_the_checks(local: LocalRun) -> None:
    ended = deployment(local, "preflight", "--json", "--assembly", str(local.directory / "cdk.out"))
    data = json.loads(ended.stdout)
    assert ended.returncode == 0, ended.stdout
    found = {finding["check"]: finding for finding in data["findings"]}
    assert found["bootstrap"]["outcome"] == "passed"
    assert found["stack states"]["summary"] == f"{len(data['stacks'])} deployed"
    assert found["quota: VPCs"]["outcome"] == "passed"


def test_a_deployment_ends_with_what_runs(local: LocalRun) -> None:
    ended = deployment(local, "deploy", STACK, "--assembly", str(local.directory / "cdk.out"))
    assert ended.returncode == 0, ended.stdout + ended.stderr
    _, _, result = ended.stdout.partition("ask services")
    assert f"✓ {STACK}" in result
    assert "2 tasks run" in result


def test_a_version_that_exits_is_no_success(local: LocalRun, tmp_path: Path) -> None:
    crash = ["sh", "-c", "exit 3"]
    altered = altered_assembly(local.directory / "cdk.out", tmp_path / "cdk.out", STACK, crash)
    arguments = ("--assembly", str(altered), "--", "--require-approval", "never")
    ended = deployment(local, "deploy", STACK, *arguments)
    assert ended.returncode == 1, ended.stdout
    _, _, result = ended.stdout.partition("ask services")
    assert f"✗ {STACK}" in result
    assert "the update was rolled back; the previous version runs" in " ".join(result.split())
    assert "the deployment failed" in ended.stderr
    assert "Traceback" not in ended.stderr

"""Manifests of AWS Copilot, imported and run with the reader's own image: one of each workload type."""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner

from copilot_import.__main__ import main
from deployment.results import Outcome
from tests.conftest import ROOT
from tests.integration.end_to_end import LocalRun, assert_nothing_left

pytestmark = pytest.mark.local_run
SERVICE = """\
name: hello
type: Load Balanced Web Service
image: {build: hello/Dockerfile, port: 8080}
http: {path: /, healthcheck: /healthz}
"""
BACKEND = SERVICE.replace("Load Balanced Web", "Backend")
REQUEST_DRIVEN = """\
name: hello
type: Request-Driven Web Service
image: {build: hello/Dockerfile, port: 8080}
http: {healthcheck: /healthz}
"""
PRIVATE = REQUEST_DRIVEN.replace("http: {", "http: {private: true, ")
WORKER = """\
name: packer
type: Worker Service
image: {build: packer/Dockerfile}
subscribe:
  topics: [{name: sales, service: shop}]
  queue: {timeout: 30s, dead_letter: {tries: 3}}
"""
JOB = """\
name: nightly
type: Scheduled Job
image: {build: packer/Dockerfile}
on: {schedule: "@daily"}
"""
# It ends at once without the variable that Copilot sets.
PACKER = """\
if (!process.env.COPILOT_QUEUE_URI) process.exit(1)
process.on("SIGTERM", () => process.exit(0))
setInterval(() => {}, 1000)
"""


@pytest.fixture
def local(tmp_path: Path) -> Iterator[LocalRun]:
    local = LocalRun(tmp_path / "local")
    yield local
    local.run("down")


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A copy of the project, with the images of the manifests."""
    folder = tmp_path / "project"
    for name in ("stacks", "microservice"):
        shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("app.py", "cdk.json", "service.py"):
        shutil.copy(ROOT / name, folder / name)
    shutil.copytree(ROOT / "samples" / "hello_node", folder / "hello")
    packer = folder / "packer"
    packer.mkdir()
    (packer / "packer.mjs").write_text(PACKER)
    (packer / "Dockerfile").write_text(
        'FROM node:24-slim\nWORKDIR /app\nCOPY packer.mjs .\nENTRYPOINT ["node", "/app/packer.mjs"]\n'
    )
    return folder


def assembly_of(project: Path, manifest: str) -> Path:
    """Import a manifest, and synthesise the app with what the import writes."""
    file = project / "manifest.yml"
    file.write_text(manifest)
    done = CliRunner().invoke(main, [str(file), "--write", "--app", str(project / "app.py")])
    assert done.exit_code == 0, done.output
    environment = os.environ | {"CDK_OUTDIR": str(project / "cdk.out"), "CDK_VALIDATION": "false"}
    subprocess.run([sys.executable, "app.py"], cwd=project, env=environment, check=True)
    return project / "cdk.out"


@pytest.mark.parametrize(
    ("manifest", "target", "is_private"),
    [
        pytest.param(SERVICE, "ecs-fargate", False, id="load-balanced"),
        pytest.param(BACKEND, "ecs-fargate", True, id="backend"),
        pytest.param(REQUEST_DRIVEN, "ecs-express", False, id="request-driven"),
        pytest.param(PRIVATE, "ecs-fargate", True, id="private-request-driven"),
    ],
)
def test_a_service_becomes_healthy(
    manifest: str, target: str, is_private: bool, local: LocalRun, project: Path
) -> None:
    assembly = assembly_of(project, manifest)
    options = ("--engine", "processes", "--requests", "20", "--target", target)
    ended = local.run("run", *options, "--assembly", str(assembly))
    assert ended.returncode == 0, ended.stdout + ended.stderr
    found = local.results().targets[target]
    assert found.outcome is Outcome.PASSED
    assert (found.stack == "OrdersPrivateService") is is_private
    assert {check.name: check.outcome for check in found.checks}["order is created"] is Outcome.NOT_RUN
    assert_nothing_left(local)


@pytest.mark.parametrize("manifest", [WORKER, JOB], ids=["worker", "job"])
def test_a_worker_or_job_is_deployed(manifest: str, local: LocalRun, project: Path) -> None:
    """The stack of a worker is complete when its task is healthy: the deployment waits for it."""
    ended = local.run("run", "--engine", "processes", "--assembly", str(assembly_of(project, manifest)))
    assert ended.returncode == 0, ended.stdout + ended.stderr
    found = local.results()
    assert (found.deployment.outcome, found.targets) == (Outcome.PASSED, {})
    assert_nothing_left(local)

"""What an import writes for each of Copilot's workload types, synthesised in a copy of the project."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from copilot_import.__main__ import main
from tests.conftest import ROOT, Template, resources
from tests.unit.copilot_import.reports import reported, service

pytestmark = pytest.mark.slow
BUILD = "{build: shop/Dockerfile, port: 8000}"
WORKER = """\
name: packer
type: Worker Service
image: {build: shop/Dockerfile}
count:
  range: 0-5
  queue_delay: {acceptable_latency: 5m, msg_processing_time: 1s}
command: python -m packer
subscribe:
  topics:
    - {name: sales, service: shop, filter_policy: {store: [example_corp], price: [{numeric: [">=", 100]}]}}
    - {name: refunds, service: shop}
    - {name: own, service: shop, queue: true}
  queue:
    timeout: 45s
    delay: 20s
    retention: 96h
    dead_letter: {tries: 3}
"""
JOB = """\
name: nightly
type: Scheduled Job
image: {build: shop/Dockerfile}
on: {schedule: "CRON_TZ=Europe/Berlin 30 2 * * 1-5"}
command: ["python", "-m", "nightly"]
cpu: 1024
memory: 4096
retries: 3
timeout: 1h
"""


def synthesise(project: Path) -> Path:
    """Run the app, and return the cloud assembly."""
    assembly = project / "cdk.out"
    environment = os.environ | {"CDK_OUTDIR": str(assembly), "CDK_VALIDATION": "false"}
    subprocess.run([sys.executable, "app.py"], cwd=project, env=environment, check=True)
    return assembly


def template(assembly: Path, stack: str) -> Template:
    loaded: Template = json.loads((assembly / f"{stack}.template.json").read_text())
    return loaded


def write(project: Path, manifest: str) -> Path:
    """Write the files of a manifest, and synthesise the app with them."""
    file = project / "manifest.yml"
    file.write_text(manifest)
    arguments = [str(file), "--write", "--app", str(project / "app.py"), "--application", "fair"]
    done = CliRunner().invoke(main, [*arguments, "--environment", "prod"])
    assert done.exit_code == 0, done.output
    assert "service.py and stacks/" in done.output
    return synthesise(project)


def container(found: Template) -> dict[str, Any]:
    [definition] = resources(found, "AWS::ECS::TaskDefinition")
    [only] = definition["ContainerDefinitions"]
    return dict(only)


def stacks(assembly: Path) -> set[str]:
    return {path.name.split(".")[0] for path in assembly.glob("*.template.json")}


def test_a_worker_gets_its_queue_topics_and_scaling(project: Path) -> None:
    assembly = write(project, WORKER)
    assert stacks(assembly) == {"OrdersRegistry", "OrdersNetwork", "OrdersWorker"}
    found = template(assembly, "OrdersWorker")
    [queue] = [one for one in resources(found, "AWS::SQS::Queue") if "RedrivePolicy" in one]
    assert (queue["VisibilityTimeout"], queue["DelaySeconds"], queue["MessageRetentionPeriod"]) == (45, 20, 345600)
    assert queue["RedrivePolicy"]["maxReceiveCount"] == 3
    main_container = container(found)
    assert main_container["Command"] == ["python", "-m", "packer"]
    assert main_container["ReadonlyRootFilesystem"] is True
    urls = {one["Name"]: json.dumps(one["Value"]) for one in main_container["Environment"] if "QUEUE" in one["Name"]}
    assert urls["QUEUE_URL"] == urls["COPILOT_QUEUE_URI"]
    [tasks] = resources(found, "AWS::ApplicationAutoScaling::ScalableTarget")
    assert (tasks["MinCapacity"], tasks["MaxCapacity"]) == (0, 5)
    policies = resources(found, "AWS::ApplicationAutoScaling::ScalingPolicy")
    tracking = [one["TargetTrackingScalingPolicyConfiguration"] for one in policies if "StepScaling" not in str(one)]
    assert [one["TargetValue"] for one in tracking] == [300]
    assert len(resources(found, "AWS::SNS::Topic")) == 2
    filters = [one.get("FilterPolicy") for one in resources(found, "AWS::SNS::Subscription")]
    assert sorted(filters, key=str) == [None, {"store": ["example_corp"], "price": [{"numeric": [">=", 100]}]}]
    assert "fair-prod-shop-sales" in (project / "stacks" / "worker.py").read_text()
    assert ruff_findings(project, "service.py", "stacks/worker.py") == ""


def test_a_job_gets_its_schedule(project: Path) -> None:
    assembly = write(project, JOB)
    assert stacks(assembly) == {"OrdersRegistry", "OrdersNetwork", "OrdersScheduledJob"}
    found = template(assembly, "OrdersScheduledJob")
    [schedule] = resources(found, "AWS::Scheduler::Schedule")
    assert schedule["ScheduleExpression"] == "cron(30 2 ? * 2-6 *)"
    assert schedule["ScheduleExpressionTimezone"] == "Europe/Berlin"
    [definition] = resources(found, "AWS::ECS::TaskDefinition")
    assert (definition["Cpu"], definition["Memory"]) == ("1024", "4096")
    assert container(found)["Command"] == ["python", "-m", "nightly"]
    assert ruff_findings(project, "service.py", "stacks/scheduled_job.py") == ""


def ruff_findings(project: Path, *files: str) -> str:
    """Violations and changes that ruff reports in the project, where it knows the project's own modules."""
    shutil.copy(ROOT / "pyproject.toml", project)
    runs = [
        subprocess.run(
            [sys.executable, "-m", "ruff", *words, "--no-cache", *files], cwd=project, capture_output=True, text=True
        )
        for words in (["check", "--quiet", "--output-format=concise"], ["format", "--diff", "--quiet"])
    ]
    return "".join(run.stdout + run.stderr for run in runs)


def test_an_app_that_does_not_read_the_stack_is_left_as_it_is(project: Path) -> None:
    app = project / "app.py"
    source = app.read_text()
    assert "if service.stack:" in source
    app.write_text(source.replace("if service.stack:", "if False:"))
    file = project / "manifest.yml"
    file.write_text(WORKER.replace("0-5", "1-5"))
    done = CliRunner().invoke(main, [str(file), "--write", "--app", str(app)])
    assert done.exit_code == 1
    assert "app.py does not add the stack OrdersWorker" in " ".join(done.stderr.split())
    assert not (project / "stacks" / "worker.py").exists()


PRIVATE = {
    "backend": service("Backend Service", image=BUILD, http="{path: /, healthcheck: /up}"),
    "request-driven": service("Request-Driven Web Service", image=BUILD, http="{private: true, healthcheck: /up}"),
    "vpc endpoint": service(
        "Request-Driven Web Service", image=BUILD, http="{private: {endpoint: vpce-1}, healthcheck: /up}"
    ),
}


@pytest.mark.parametrize("manifest", PRIVATE.values(), ids=PRIVATE)
def test_a_private_service_gets_an_internal_load_balancer(manifest: str, project: Path) -> None:
    assembly = write(project, manifest)
    assert stacks(assembly) == {"OrdersRegistry", "OrdersNetwork", "OrdersPrivateService"}
    found = template(assembly, "OrdersPrivateService")
    [balancer] = resources(found, "AWS::ElasticLoadBalancingV2::LoadBalancer")
    assert balancer["Scheme"] == "internal"
    assert resources(found, "AWS::ApiGatewayV2::Api") == []
    [group] = resources(found, "AWS::ElasticLoadBalancingV2::TargetGroup")
    assert (group["HealthCheckPath"], container(found)["PortMappings"][0]["ContainerPort"]) == ("/up", 8000)
    assert "Url" in found["Outputs"]
    assert ruff_findings(project, "service.py", "stacks/private_service.py") == ""


def test_the_findings_of_a_private_service_name_its_own_stack() -> None:
    report = reported(PRIVATE["request-driven"])
    [finding] = [one for one in report.findings if one.field == "http.private"]
    assert (report.stack_file, finding.advice.split(":")[0]) == (
        "stacks/private_service.py",
        "in stacks/private_service.py",
    )
    assert next(iter(report.targets)) == "ecs-fargate"


WEB = {
    "Load Balanced Web Service": "OrdersOnEcsFargate",
    "Request-Driven Web Service": "OrdersOnEcsExpress",
}


@pytest.mark.parametrize(("kind", "stack"), WEB.items(), ids=WEB)
def test_a_service_with_requests_gets_its_targets_and_no_data_of_the_sample(
    kind: str, stack: str, project: Path
) -> None:
    health = "{path: /, healthcheck: /up}" if kind != "Request-Driven Web Service" else "{healthcheck: /up}"
    report = reported(service(kind, image=BUILD, http=health, cpu="1024", memory="2048"), project=project)
    assert next(iter(report.stacks.values())) == stack
    (project / "service.py").write_text(report.source)
    assembly = synthesise(project)
    assert "OrdersData" not in stacks(assembly)
    text = json.dumps(template(assembly, stack))
    assert "TABLE_NAME" not in text
    assert "/up" in text
    assert '"8000"' in text
    assert set(report.stacks.values()) <= stacks(assembly)

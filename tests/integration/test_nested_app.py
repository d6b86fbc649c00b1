"""An app with two stages, one of which is deployed: two services of each target, and a private service."""

import json
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import aws_cdk as cdk
import pytest
from aws_cdk import aws_certificatemanager as acm
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_ecs as ecs
from aws_cdk import aws_route53 as route53

from deployment.results import Outcome
from microservice import FargateMicroservice, LambdaMicroservice, PrivateIngress, SharedLoadBalancer
from stacks.service_file import Service
from tests.conftest import ROOT
from tests.integration.end_to_end import LocalRun, assert_nothing_left

pytestmark = pytest.mark.local_run

STAGES = ("Dev", "Prod")
CERTIFICATE = "arn:aws:acm:us-east-1:000000000000:certificate/1"
TARGETS = {
    "ecs-fargate:Prod-Shop/Bills": "https://bills.example.com",
    "ecs-fargate:Prod-Shop/Carts": "https://carts.example.com",
    "ecs-fargate:Prod-Shop/Stock": "http://stock.internal",
    "lambda:Prod-Functions/Mails": "https://",
    "lambda:Prod-Functions/Prices": "https://",
}


def add_shop(scope: cdk.Stage, service: Service) -> cdk.Stack:
    """Create a stack with three services of the same image: two behind one load balancer, and a private one."""
    stack = cdk.Stack(scope, "Shop")
    vpc = ec2.Vpc(stack, "Vpc", max_azs=2)
    cluster = ecs.Cluster(stack, "Cluster", vpc=vpc)
    shared = SharedLoadBalancer(
        stack,
        "Shared",
        vpc=vpc,
        certificates=[acm.Certificate.from_certificate_arn(stack, "Certificate", CERTIFICATE)],
        zone=route53.PublicHostedZone(stack, "Zone", zone_name="example.com"),
    )
    zone = route53.PrivateHostedZone(stack, "Internal", zone_name="internal", vpc=vpc)
    ingresses = {
        "Bills": shared.route(host="bills.example.com"),
        "Carts": shared.route(host="carts.example.com"),
        "Stock": PrivateIngress(name="stock.internal", zone=zone),
    }
    for name, ingress in ingresses.items():
        made = FargateMicroservice(
            stack, name, spec=service.spec, image=service.image, cluster=cluster, ingress=ingress
        )
        cdk.CfnOutput(stack, f"{name}Url", value=made.url)
    return stack


def add_functions(scope: cdk.Stage, service: Service) -> None:
    """Create a stack with two functions of the image."""
    stack = cdk.Stack(scope, "Functions")
    for name in ("Mails", "Prices"):
        made = LambdaMicroservice(stack, name, spec=service.spec, image=service.image, command=service.lambda_command)
        cdk.CfnOutput(stack, f"{name}Url", value=made.url)


@pytest.fixture(scope="module")
def assembly(app_module: ModuleType, tmp_path_factory: pytest.TempPathFactory) -> Path:
    directory = tmp_path_factory.mktemp("nested") / "cdk.out"
    app = app_module.new_app(str(directory))
    service = Service.load(str(ROOT / "samples/hello_node/service.py"))
    for stage in STAGES:
        scope = cdk.Stage(app, stage)
        stack = add_shop(scope, service)
        add_functions(scope, service)
        requested = {"health_path": service.spec.health_path, "responses": dict(service.responses)}
        stack.node.add_metadata(app_module.SERVICE_METADATA, requested)
    app.synth()
    return directory


@pytest.fixture
def local(tmp_path: Path) -> Iterator[LocalRun]:
    local = LocalRun(tmp_path / "local")
    yield local
    local.run("down")


def test_a_stage_has_to_be_chosen(local: LocalRun, assembly: Path) -> None:
    ended = local.run("run", "--engine", "processes", "--assembly", str(assembly))
    assert ended.returncode == 1
    assert "it has Dev (assembly-Dev), Prod (assembly-Prod)" in " ".join(ended.stderr.split())
    assert "--stage Dev" in ended.stderr


def test_the_services_of_a_stage_are_deployed_and_verified(local: LocalRun, assembly: Path) -> None:
    options = ("--engine", "processes", "--assembly", str(assembly), "--stage", "Prod", "--requests", "5")
    ended = local.run("run", "--keep", *options)
    assert ended.returncode == 0, ended.stdout + ended.stderr
    found = local.results()
    assert set(found.targets) == set(TARGETS)
    for name, target in found.targets.items():
        assert target.outcome is Outcome.PASSED, name
        assert target.stack == name.partition(":")[2].partition("/")[0]
        assert target.url.startswith(TARGETS[name])
        assert {check.name: check.outcome for check in target.checks}["GET /"] is Outcome.PASSED
        assert target.requests > 0
        assert target.containers
    # Services of one stack share no container.
    identifiers = [container.id for target in found.targets.values() for container in target.containers]
    assert len(set(identifiers)) == len(identifiers)
    assert len({target.url for target in found.targets.values()}) == len(TARGETS)
    fault = found.fault_injection
    assert fault is not None
    assert (fault.outcome, fault.target, fault.killed) == (Outcome.PASSED, "ecs-fargate:Prod-Shop/Bills", 2)
    assert fault.responding == fault.other_targets == 4
    # The commands of an environment that is up know the services by the same IDs.
    chosen = "ecs-fargate:Prod-Shop/Carts"
    called = local.run("call", "--target", chosen, "--requests", "5")
    assert called.returncode == 0, called.stdout + called.stderr
    outcomes = {name: target.outcome for name, target in local.results().targets.items()}
    assert outcomes == {name: Outcome.PASSED if name == chosen else Outcome.NOT_RUN for name in TARGETS}
    assert local.run("logs", chosen).returncode == 0
    again = local.run("deploy", "--assembly", str(assembly), "--stage", "Prod")
    assert again.returncode == 0, again.stdout + again.stderr
    assert json.loads((local.directory / "state.json").read_text())["assembly"] == str(assembly / "assembly-Prod")
    assert local.run("down").returncode == 0
    assert_nothing_left(local)

"""Figures that pages quote from templates and code are those of the templates and the code."""

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from orders.http.guards import PUBLIC_PATHS
from orders.token import MAX_AGE_SECONDS, MIN_REFRESH_SECONDS
from orders.tracing.export import EXPORT_SECONDS
from orders.tracing.provider import MAX_SPANS_WAITING

from microservice import ServiceSpec
from microservice.app_runner_sizes import _MEMORY_MIB, _MOST_INSTANCES
from microservice.container import STOP_SECONDS, USER
from microservice.fargate_sizes import _FARGATE_MEMORY_MIB
from microservice.machine_group import _DISK_GIB
from microservice.machines import _SYSTEM_MIB
from microservice.pod import LINGER_SECONDS, READY_WITHIN_SECONDS
from tests.conftest import Synthesised, Template, resources
from tests.docs.pages import DOCS, TARGET_PAGES

Templates = dict[str, Template]
Claim = tuple[str, str, Callable[[Templates], Any]]


def at(stack: str, kind: str, *path: str | int) -> Callable[[Templates], Any]:
    """What stands in the first resource of a type of a stack, at a path into its properties."""

    def look(templates: Templates) -> Any:
        found: Any = resources(templates[stack], f"AWS::{kind}")[0]
        for step in path:
            found = found[step]
        return found

    return look


def option(name: str) -> Callable[[Templates], Any]:
    """An option of Elastic Beanstalk."""
    settings = at("OrdersOnBeanstalk", "ElasticBeanstalk::Environment", "OptionSettings")
    return lambda templates: next(entry["Value"] for entry in settings(templates) if entry["OptionName"] == name)


def just(value: Any) -> Callable[[Templates], Any]:
    return lambda _: value


def thousandth(look: Callable[[Templates], Any]) -> Callable[[Templates], Any]:
    return lambda templates: look(templates) // 1000


STAGE = ("OrdersOnEcsFargate", "ApiGatewayV2::Stage", "DefaultRouteSettings")
TASK = ("OrdersOnEcsFargate", "ECS::TaskDefinition", "ContainerDefinitions", 0)
CPU = ("OrdersOnEcsFargate", "ApplicationAutoScaling::ScalingPolicy", "TargetTrackingScalingPolicyConfiguration")
ALARM = ("OrdersOnEcsFargate", "CloudWatch::Alarm")
APP_RUNNER = ("OrdersOnAppRunner", "AppRunner::Service", "HealthCheckConfiguration")
RELEASE = "Custom::AWSCDK-EKS-HelmChart"
API_TIMEOUT = thousandth(at("OrdersOnEcsFargate", "ApiGatewayV2::Integration", "TimeoutInMillis"))

CLAIMS: list[Claim] = [
    ("targets/ecs-fargate.md", "| a request | {} seconds;", API_TIMEOUT),
    ("targets/ecs-fargate.md", "requests a second | {},", at(*STAGE, "ThrottlingRateLimit")),
    ("targets/ecs-fargate.md", "in bursts {}:", at(*STAGE, "ThrottlingBurstLimit")),
    ("targets/ecs-fargate.md", "a task has {} seconds before its checks", at(*TASK, "HealthCheck", "StartPeriod")),
    ("targets/ecs-fargate.md", "given up after {} failures", at(*TASK, "HealthCheck", "Retries")),
    ("targets/ecs-fargate.md", "failures {} seconds apart", at(*TASK, "HealthCheck", "Interval")),
    ("targets/ecs-fargate.md", "stopping task | {} seconds;", at(*TASK, "StopTimeout")),
    ("targets/ecs-fargate.md", "more than {} % of the answers are 5xx", at(*ALARM, "Threshold")),
    ("targets/ecs-fargate.md", "5xx in {} of", at(*ALARM, "DatapointsToAlarm")),
    ("targets/ecs-fargate.md", "of {} minutes, the", at(*ALARM, "EvaluationPeriods")),
    ("targets/ecs-managed-instances.md", "disk of an instance | {} GiB here",
     at("OrdersOnEcsManagedInstances", "ECS::CapacityProvider", "ManagedInstancesProvider", "InstanceLaunchTemplate",
        "StorageConfiguration", "StorageSizeGiB")),
    ("targets/ecs-express.md", "a stopping task | {} seconds",
     at("OrdersOnEcsExpress", "ECS::TaskDefinition", "ContainerDefinitions", 0, "StopTimeout")),
    ("targets/lambda.md", "| a request | {} seconds here", at("OrdersOnLambda", "Lambda::Function", "Timeout")),
    ("targets/lambda.md", "end within {} seconds", at("OrdersOnLambda", "Lambda::Function", "Timeout")),
    ("targets/lambda.md", "reserved concurrency, {} here",
     at("OrdersOnLambda", "Lambda::Function", "ReservedConcurrentExecutions")),
    ("targets/app-runner.md", "asked every {} seconds", at(*APP_RUNNER, "Interval")),
    ("targets/app-runner.md", "well after {} good", at(*APP_RUNNER, "HealthyThreshold")),
    ("targets/app-runner.md", "given up after {} bad ones", at(*APP_RUNNER, "UnhealthyThreshold")),
    ("targets/app-runner.md", "instances | 1 to {} |", just(_MOST_INSTANCES)),
    ("targets/beanstalk.md", "half as many instances ({} %)", option("BatchSize")),
    ("targets/beanstalk.md", "A batch has {} seconds", option("Timeout")),
    ("targets/beanstalk.md", "no requests first, then {} seconds", option("DeregistrationDelay")),
    ("targets/beanstalk.md", "PlatformVersion={}",
     lambda templates: templates["OrdersOnBeanstalk"]["Parameters"]["PlatformVersion"]["Default"]),
    ("targets/ec2-podman.md", "half of `min_instances`, {} here",
     lambda templates: next(found["UpdatePolicy"]["AutoScalingRollingUpdate"]["MaxBatchSize"]
                            for found in templates["OrdersOnEc2Podman"]["Resources"].values()
                            if found["Type"] == "AWS::AutoScaling::AutoScalingGroup")),
    ("targets/ec2-podman.md", "| one; {} MiB of its memory", just(_SYSTEM_MIB)),
    ("targets/ec2-podman.md", "| disk | {} GiB, encrypted", just(_DISK_GIB)),
    ("targets/eks-auto.md", "gives up after {} seconds", just(READY_WITHIN_SECONDS)),
    ("targets/eks-auto.md", "answers for {} seconds more", just(LINGER_SECONDS)),
    ("targets/eks-auto.md", "seconds more, then has {}", just(STOP_SECONDS)),
    ("targets/eks-auto.md", "CloudFormation waits {} minutes at most",
     lambda templates: int(resources(templates["OrdersOnEksAuto"], RELEASE)[0]["ServiceTimeout"]) // 60),
    ("targets/eks-auto.md", "| Kubernetes {} |", at("OrdersEksCluster", "EKS::Cluster", "Version")),
    ("targets/eks-fargate.md", "after {} seconds without", just(READY_WITHIN_SECONDS)),
    ("deploying.md", "still in the registry, which keeps {}.",
     lambda templates: json.loads(at("OrdersRegistry", "ECR::Repository", "LifecyclePolicy", "LifecyclePolicyText")(
         templates))["rules"][1]["selection"]["countNumber"]),
    ("security.md", "{} requests a second, then 429", at(*STAGE, "ThrottlingRateLimit")),
    ("security.md", "{} requests in flight, then 429",
     at("OrdersOnLambda", "Lambda::Function", "ReservedConcurrentExecutions")),
    ("security.md", "| user | {}, not root", just(USER.split(":")[0])),
    ("security.md", "taken within {} seconds of its first use", just(int(MIN_REFRESH_SECONDS))),
    ("security.md", "Secrets Manager, {} characters",
     at("OrdersData", "SecretsManager::Secret", "GenerateSecretString", "PasswordLength")),
    ("tracing.md", "at most {} wait", just(f"{MAX_SPANS_WAITING:,}")),
    ("tracing.md", "an export may take {} seconds", just(int(EXPORT_SECONDS))),
    ("tracing.md", "*new* traces, {} unless", just(ServiceSpec(name="any").tracing)),
]  # fmt: skip


@pytest.mark.parametrize(("page", "sentence", "look"), CLAIMS, ids=[f"{page}: {said}" for page, said, _ in CLAIMS])
def test_a_page_quotes_the_figure(
    page: str, sentence: str, look: Callable[[Templates], Any], templates: Templates
) -> None:
    text = " ".join((DOCS / page).read_text().split())
    assert sentence.format(look(templates)) in text


def test_five_minutes_are_how_long_a_token_is_kept() -> None:
    assert MAX_AGE_SECONDS == 5 * 60
    assert "five minutes" in (DOCS / "security.md").read_text()


def test_paths_without_a_token_are_all_named() -> None:
    [sentence] = re.findall(r"Without a token there are ([^T]*)\.\s", (DOCS / "security.md").read_text())
    assert set(re.findall(r"`(/[\w.]+)`", sentence)) == PUBLIC_PATHS


def test_fargate_sells_every_pair_that_app_runner_does() -> None:
    assert "Fargate sells every pair that App Runner does" in (DOCS / "leaving-app-runner.md").read_text()
    assert all(memory in _FARGATE_MEMORY_MIB[cpu] for cpu, sizes in _MEMORY_MIB.items() for memory in sizes)


@pytest.mark.parametrize("page", TARGET_PAGES, ids=lambda page: page.stem)
def test_a_page_says_29_seconds_where_an_http_api_or_a_function_ends_requests(
    page: Path, synthesised: Synthesised
) -> None:
    [stack] = [name for name in synthesised.target_stacks if f"STACK={name}" in page.read_text()]
    written = json.dumps(synthesised.templates[stack])
    ends = '"TimeoutInMillis": 29000' in written or '"Timeout": 29' in written
    assert ("29 seconds" in page.read_text()) == ends


def test_architectures_on_pages_are_those_that_targets_take(synthesised: Synthesised, variant: Any) -> None:
    arm64 = variant(ServiceSpec(name="orders", architecture="arm64"))
    for page in TARGET_PAGES:
        [row] = [line for line in page.read_text().splitlines() if line.startswith("| architectures |")]
        [stack] = [name for name in synthesised.target_stacks if f"STACK={name}" in page.read_text()]
        assert ("arm64" in row) == (arm64.written_for(stack) != "refused"), page.stem

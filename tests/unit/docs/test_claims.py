"""Figures on the pages match the templates and the code."""

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from orders.http.middleware import PUBLIC_PATHS
from orders.token import MAX_AGE_SECONDS, MIN_REFRESH_SECONDS
from orders.tracing.export import EXPORT_SECONDS
from orders.tracing.provider import MAX_SPANS_WAITING

from microservice import ServiceSpec
from microservice.app_runner import limits as app_runner_limits
from microservice.defaults import STOP_SECONDS, USER
from microservice.ec2.auto_scaling_group import _VOLUME_GIB
from microservice.ecs import task_sizes
from microservice.eks.pod import PRE_STOP_SECONDS, PROGRESS_DEADLINE_SECONDS
from microservice.instance_types import _SYSTEM_MIB
from tests.conftest import Synthesised, Template, resources
from tests.unit.docs.pages import DOCS, TARGET_PAGES

Templates = dict[str, Template]
Claim = tuple[str, str, Callable[[Templates], Any]]


def prop(stack: str, kind: str, *path: str | int) -> Callable[[Templates], Any]:
    """Read a property of the first resource of a type in a stack."""

    def read(templates: Templates) -> Any:
        found: Any = resources(templates[stack], f"AWS::{kind}")[0]
        for step in path:
            found = found[step]
        return found

    return read


def option(name: str) -> Callable[[Templates], Any]:
    """Read an option setting of Elastic Beanstalk."""
    settings = prop("OrdersOnBeanstalk", "ElasticBeanstalk::Environment", "OptionSettings")
    return lambda templates: next(entry["Value"] for entry in settings(templates) if entry["OptionName"] == name)


def constant(value: Any) -> Callable[[Templates], Any]:
    return lambda _: value


def divided_by_1000(read: Callable[[Templates], Any]) -> Callable[[Templates], Any]:
    return lambda templates: read(templates) // 1000


STAGE = ("OrdersOnEcsFargate", "ApiGatewayV2::Stage", "DefaultRouteSettings")
TASK = ("OrdersOnEcsFargate", "ECS::TaskDefinition", "ContainerDefinitions", 0)
ALARM = ("OrdersOnEcsFargate", "CloudWatch::Alarm")
APP_RUNNER = ("OrdersOnAppRunner", "AppRunner::Service", "HealthCheckConfiguration")
RELEASE = "Custom::AWSCDK-EKS-HelmChart"
API_TIMEOUT = divided_by_1000(prop("OrdersOnEcsFargate", "ApiGatewayV2::Integration", "TimeoutInMillis"))

CLAIMS: list[Claim] = [
    ("targets/ecs-fargate.md", "| request timeout | {} seconds;", API_TIMEOUT),
    ("targets/ecs-fargate.md", "| request rate | {} requests", prop(*STAGE, "ThrottlingRateLimit")),
    ("targets/ecs-fargate.md", "burst {}:", prop(*STAGE, "ThrottlingBurstLimit")),
    ("targets/ecs-fargate.md", "A task has {} seconds before", prop(*TASK, "HealthCheck", "StartPeriod")),
    ("targets/ecs-fargate.md", "unhealthy after {} failures", prop(*TASK, "HealthCheck", "Retries")),
    ("targets/ecs-fargate.md", "failures {} seconds apart", prop(*TASK, "HealthCheck", "Interval")),
    ("targets/ecs-fargate.md", "stop timeout of a task | {} seconds;", prop(*TASK, "StopTimeout")),
    ("targets/ecs-fargate.md", "more than {} % of the responses are 5xx", prop(*ALARM, "Threshold")),
    ("targets/ecs-fargate.md", "5xx in {} of", prop(*ALARM, "DatapointsToAlarm")),
    ("targets/ecs-fargate.md", "of {} minutes, during", prop(*ALARM, "EvaluationPeriods")),
    ("targets/ecs-managed-instances.md", "volume of an instance | {} GiB here",
     prop("OrdersOnEcsManagedInstances", "ECS::CapacityProvider", "ManagedInstancesProvider", "InstanceLaunchTemplate",
          "StorageConfiguration", "StorageSizeGiB")),
    ("targets/ecs-express.md", "stop timeout of a task | {} seconds",
     prop("OrdersOnEcsExpress", "ECS::TaskDefinition", "ContainerDefinitions", 0, "StopTimeout")),
    ("targets/lambda.md", "| request timeout | {} seconds here", prop("OrdersOnLambda", "Lambda::Function", "Timeout")),
    ("targets/lambda.md", "end within {} seconds", prop("OrdersOnLambda", "Lambda::Function", "Timeout")),
    ("targets/app-runner.md", "runs every {} seconds", prop(*APP_RUNNER, "Interval")),
    ("targets/app-runner.md", "healthy after {} success", prop(*APP_RUNNER, "HealthyThreshold")),
    ("targets/app-runner.md", "unhealthy after {} failures", prop(*APP_RUNNER, "UnhealthyThreshold")),
    ("targets/app-runner.md", "instances | 1 to {} |", constant(app_runner_limits._MAX_INSTANCES)),
    ("targets/beanstalk.md", "The new instances have {} seconds", option("Timeout")),
    ("targets/beanstalk.md", "threshold for {} minutes", option("BreachDuration")),
    ("targets/beanstalk.md", "no new requests first, then {} seconds", option("DeregistrationDelay")),
    ("targets/beanstalk.md", "PlatformVersion={}",
     lambda templates: templates["OrdersOnBeanstalk"]["Parameters"]["PlatformVersion"]["Default"]),
    ("targets/ec2-podman.md", "half of `min_instances`, {} here",
     lambda templates: next(found["UpdatePolicy"]["AutoScalingRollingUpdate"]["MaxBatchSize"]
                            for found in templates["OrdersOnEc2Podman"]["Resources"].values()
                            if found["Type"] == "AWS::AutoScaling::AutoScalingGroup")),
    ("targets/ec2-podman.md", "| one; {} MiB of memory", constant(_SYSTEM_MIB)),
    ("targets/ec2-podman.md", "| volume | {} GiB, encrypted", constant(_VOLUME_GIB)),
    ("targets/eks-auto.md", "gives up after {} seconds", constant(PROGRESS_DEADLINE_SECONDS)),
    ("targets/eks-auto.md", "serves requests for {} more seconds", constant(PRE_STOP_SECONDS)),
    ("targets/eks-auto.md", "more seconds, then has {}", constant(STOP_SECONDS)),
    ("targets/eks-auto.md", "CloudFormation waits {} minutes at most",
     lambda templates: int(resources(templates["OrdersOnEksAuto"], RELEASE)[0]["ServiceTimeout"]) // 60),
    ("targets/eks-auto.md", "| Kubernetes {} |", prop("OrdersEksCluster", "EKS::Cluster", "Version")),
    ("targets/eks-fargate.md", "after {} seconds without", constant(PROGRESS_DEADLINE_SECONDS)),
    ("security.md", "{} requests a second, then 429", prop(*STAGE, "ThrottlingRateLimit")),
    ("security.md", "| user | {}, not root", constant(USER.split(":")[0])),
    ("security.md", "accepts a new token within {} seconds of its first use", constant(int(MIN_REFRESH_SECONDS))),
    ("security.md", "generates the API token with {} characters",
     prop("OrdersData", "SecretsManager::Secret", "GenerateSecretString", "PasswordLength")),
    ("tracing.md", "holds at most {} spans", constant(f"{MAX_SPANS_WAITING:,}")),
    ("tracing.md", "an export may take {} seconds", constant(int(EXPORT_SECONDS))),
    ("tracing.md", "that are sampled, {} by default", constant(ServiceSpec(name="any").trace_sampling_rate)),
]  # fmt: skip


@pytest.mark.parametrize(
    ("page", "sentence", "read"), CLAIMS, ids=[f"{page}: {sentence}" for page, sentence, _ in CLAIMS]
)
def test_a_page_quotes_the_current_figure(
    page: str, sentence: str, read: Callable[[Templates], Any], templates: Templates
) -> None:
    text = " ".join((DOCS / page).read_text().split())
    assert sentence.format(read(templates)) in text


def test_the_service_caches_the_token_for_five_minutes() -> None:
    assert MAX_AGE_SECONDS == 5 * 60
    assert "five minutes" in (DOCS / "security.md").read_text()


def test_all_paths_without_a_token_are_listed() -> None:
    [sentence] = re.findall(r"These paths need no token: ([^T]*)\.\s", (DOCS / "security.md").read_text())
    assert set(re.findall(r"`(/[\w.]+)`", sentence)) == PUBLIC_PATHS


def test_fargate_supports_every_combination_of_app_runner() -> None:
    text = " ".join((DOCS / "migrate-from-app-runner.md").read_text().split())
    assert "Fargate supports every combination that App Runner supports" in text
    supported = task_sizes._MEMORY_MIB
    assert all(set(sizes) <= set(supported[cpu]) for cpu, sizes in app_runner_limits._MEMORY_MIB.items())


@pytest.mark.parametrize("page", TARGET_PAGES, ids=lambda page: page.stem)
def test_a_page_says_29_seconds_if_an_http_api_or_a_function_limits_requests(
    page: Path, synthesised: Synthesised
) -> None:
    [stack] = [name for name in synthesised.target_stacks if f"STACK={name}" in page.read_text()]
    template = json.dumps(synthesised.templates[stack])
    limited = '"TimeoutInMillis": 29000' in template or '"Timeout": 29' in template
    assert ("29 seconds" in page.read_text()) == limited


def test_pages_list_the_architectures_that_targets_support(synthesised: Synthesised, variant: Any) -> None:
    arm64 = variant(ServiceSpec(name="orders", architecture="arm64"))
    for page in TARGET_PAGES:
        [row] = [line for line in page.read_text().splitlines() if line.startswith("| architectures |")]
        [stack] = [name for name in synthesised.target_stacks if f"STACK={name}" in page.read_text()]
        supported = "Url" in arm64.templates[stack].get("Outputs", {})
        assert ("arm64" in row) == supported, page.stem

"""The OpenTelemetry settings of every target and workflow step: spans tell them apart, and the SDK accepts them."""

import dataclasses
import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from microservice import ServiceSpec
from tests.conftest import ROOT, Synthesised, resources

PLATFORMS = {
    "OrdersOnAppRunner": ("aws_app_runner", "app-runner"),
    "OrdersOnBeanstalk": ("aws_elastic_beanstalk", "beanstalk"),
    "OrdersOnEc2Podman": ("aws_ec2", "ec2-podman"),
    "OrdersOnEcsExpress": ("aws_ecs", "ecs-express"),
    "OrdersOnEcsFargate": ("aws_ecs", "ecs-fargate"),
    "OrdersOnEcsManagedInstances": ("aws_ecs", "ecs-managed-instances"),
    "OrdersOnEksAuto": ("aws_eks", "eks-auto"),
    "OrdersOnEksFargate": ("aws_eks", "eks-fargate"),
    "OrdersOnLambda": ("aws_lambda", "lambda"),
}
_VALUE = re.compile(r"(OTEL_\w+)\W+(?:[Vv]alue\W+)?(\w[\w.:=,/%-]*)")
# Prints the resource of the spans, after the import that fails for an unknown propagator.
_SCRIPT = """
import json, opentelemetry.propagate
from opentelemetry import trace
from orders.tracing import start_tracing
start_tracing()
print(json.dumps(dict(trace.get_tracer_provider().resource.attributes)))
"""


def settings(synthesised: Synthesised, stack: str) -> list[dict[str, str]]:
    """The OTEL variables of a stack, one set for each container or function that is traced."""
    if stack == "OrdersWorkflow":
        template = synthesised.templates[stack]
        functions = [one["Environment"]["Variables"] for one in resources(template, "AWS::Lambda::Function")]
        tasks = [
            {each["Name"]: each["Value"] for each in container["Environment"]}
            for one in resources(template, "AWS::ECS::TaskDefinition")
            for container in one["ContainerDefinitions"]
        ]
        found = [*functions, *tasks]
    else:
        found = [dict(_VALUE.findall(synthesised.written(stack)))]
    traced = [one for one in found if one.get("OTEL_SDK_DISABLED") != "true"]
    return [{name: value for name, value in one.items() if name.startswith("OTEL_")} for one in traced]


def attributes(variables: dict[str, str]) -> dict[str, str]:
    return dict(entry.split("=", 1) for entry in variables["OTEL_RESOURCE_ATTRIBUTES"].split(","))


def images(synthesised: Synthesised, stack: str) -> set[str]:
    """Tags of the images of a stack."""
    assets = json.loads((synthesised.directory / f"{stack}.assets.json").read_text())["dockerImages"]
    return {each["imageTag"] for one in assets.values() for each in one["destinations"].values()}


def test_every_target_is_in_the_table(synthesised: Synthesised) -> None:
    assert set(PLATFORMS) == synthesised.target_stacks


@pytest.mark.parametrize("stack", PLATFORMS)
def test_spans_name_version_platform_deployment_and_target(synthesised: Synthesised, stack: str) -> None:
    [variables] = settings(synthesised, stack)
    platform, target = PLATFORMS[stack]
    found = attributes(variables)
    assert {found["service.version"]} == images(synthesised, stack)
    assert found == {
        "service.version": found["service.version"],
        "deployment.environment.name": stack,
        "deployment.environment": stack,
        "cloud.provider": "aws",
        "cloud.platform": platform,
        "microservice.target": target,
    }


def test_the_steps_of_the_workflow_are_told_apart(synthesised: Synthesised) -> None:
    steps = [attributes(one) for one in settings(synthesised, "OrdersWorkflow")]
    assert {("Check", "aws_lambda"), ("Fulfil", "aws_ecs")} <= {
        (one["microservice.target"], one["cloud.platform"]) for one in steps
    }
    assert {one["deployment.environment.name"] for one in steps} == {"OrdersWorkflow"}
    assert {one["service.version"] for one in steps} == images(synthesised, "OrdersWorkflow")
    assert len({one["microservice.target"] for one in steps}) == len(steps)


def test_no_target_sets_a_propagator(synthesised: Synthesised) -> None:
    for stack in [*PLATFORMS, "OrdersWorkflow"]:
        assert "OTEL_PROPAGATORS" not in synthesised.written(stack), stack


@pytest.mark.parametrize("stack", [*PLATFORMS, "OrdersWorkflow"])
def test_the_sdk_of_the_image_starts_with_the_settings(synthesised: Synthesised, stack: str) -> None:
    for variables in settings(synthesised, stack):
        resource = _resource(variables)
        assert attributes(variables).items() <= resource.items()
        assert resource["service.name"] == "orders"


def test_your_settings_reach_every_target(variant: Any, app_spec: ServiceSpec) -> None:
    own = {
        "OTEL_EXPORTER_OTLP_ENDPOINT": "http://collector:4318",
        "OTEL_RESOURCE_ATTRIBUTES": "deployment.environment.name=prod,team=shop",
    }
    made = variant(dataclasses.replace(app_spec, environment=own))
    for stack in [*PLATFORMS, "OrdersWorkflow"]:
        for variables in settings(made, stack):
            assert variables["OTEL_EXPORTER_OTLP_ENDPOINT"] == "http://collector:4318", stack
            found = attributes(variables)
            assert (found["deployment.environment.name"], found["team"]) == ("prod", "shop"), stack
            assert (found["cloud.provider"], found["deployment.environment"]) == ("aws", stack), stack
            assert variables["OTEL_RESOURCE_ATTRIBUTES"].count("deployment.environment.name") == 1, stack


def test_a_propagator_that_the_image_lacks_is_found_by_this_test() -> None:
    with pytest.raises(subprocess.CalledProcessError) as failed:
        _resource({"OTEL_PROPAGATORS": "xray"})
    assert "xray" in failed.value.stderr


def _resource(variables: dict[str, str]) -> dict[str, str]:
    """Start tracing with the packages of the image, and return the resource of its spans."""
    python = ROOT / ".venv-service" / "bin" / Path(sys.executable).name
    needed = {"AWS_REGION": "us-east-1", "PATH": ""}
    ended = subprocess.run([python, "-c", _SCRIPT], env=needed | variables, capture_output=True, text=True, check=True)
    found: dict[str, str] = json.loads(ended.stdout)
    return found

"""The app with another `service.py`: other commands, another image, and no workflow."""

import json
import re
from types import ModuleType

import pytest

from microservice import PromotedImage, ServiceSpec
from tests.conftest import Synthesise, Synthesised, resources

DIGEST = "sha256:" + "0" * 64


@pytest.fixture
def synthesise(
    _synthesise: Synthesise, app_module: ModuleType, app_spec: ServiceSpec, monkeypatch: pytest.MonkeyPatch
) -> Synthesise:
    """Synthesise the app with other values of names in `service.py`."""

    def with_values(**values: object) -> Synthesised:
        for name, value in values.items():
            monkeypatch.setattr(app_module, name, value)
        return _synthesise(app_spec)

    return with_values


@pytest.mark.parametrize("name", ["CHECK_COMMAND", "FULFIL_COMMAND", "RECONCILE_COMMAND"])
def test_without_a_workflow_command_there_is_no_workflow(
    name: str, synthesise: Synthesise, synthesised: Synthesised
) -> None:
    templates = synthesise(**{name: []}).templates
    assert set(synthesised.templates) - set(templates) == {"OrdersWorkflow"}
    for stack in synthesised.target_stacks:
        assert templates[stack] == synthesised.templates[stack]


def test_without_a_lambda_command_the_function_runs_the_command_of_the_image(synthesise: Synthesise) -> None:
    [function] = resources(synthesise(LAMBDA_COMMAND=[]).templates["OrdersOnLambda"], "AWS::Lambda::Function")
    assert not function.get("ImageConfig", {}).get("Command")


def test_commands_reach_every_container(synthesise: Synthesise) -> None:
    other = synthesise(
        health_command=lambda spec: ["/check", spec.health_path],
        LAMBDA_COMMAND=["web"],
        CHECK_COMMAND=["step-1"],
        FULFIL_COMMAND=["step-2"],
        RECONCILE_COMMAND=["repair"],
    )
    [function] = resources(other.templates["OrdersOnLambda"], "AWS::Lambda::Function")
    assert function["ImageConfig"]["Command"] == ["web"]
    functions = resources(other.templates["OrdersWorkflow"], "AWS::Lambda::Function")
    assert [function["ImageConfig"]["Command"] for function in functions] == [["step-1"], ["repair"]]
    [task] = resources(other.templates["OrdersWorkflow"], "AWS::ECS::TaskDefinition")
    assert task["ContainerDefinitions"][0]["Command"] == ["step-2"]
    for stack in ("OrdersOnEcsFargate", "OrdersOnEcsExpress", "OrdersOnEcsManagedInstances"):
        [task] = resources(other.templates[stack], "AWS::ECS::TaskDefinition")
        assert task["ContainerDefinitions"][0]["HealthCheck"]["Command"] == ["CMD", "/check", "/livez"]
    for stack in ("OrdersOnBeanstalk", "OrdersOnEc2Podman"):
        assert "/check" in other.written(stack)
    # The sample's command; `healthcheck` alone is a key of the compose file.
    assert not [stack for stack in other.target_stacks if re.search(r'"healthcheck\\*"', other.written(stack))]


@pytest.mark.parametrize("base_image", [None, "python:3.14-slim"])
def test_a_promoted_image_is_deployed_without_a_build(
    base_image: str | None, synthesise: Synthesise, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The base image of the environment has no effect on it."""
    if base_image:
        monkeypatch.setenv("BASE_IMAGE", base_image)
    other = synthesise(IMAGE=PromotedImage(repository_name="team/orders", digest=DIGEST))
    assert len(other.target_stacks) >= 9
    for stack in other.target_stacks:
        assert f"@{DIGEST}" in other.written(stack)
    for file in other.directory.glob("*.assets.json"):
        assert json.loads(file.read_text())["dockerImages"] == {}

"""The app with another `service.py`: other commands, another image, and no workflow."""

import dataclasses
import json
import re
from pathlib import Path

import pytest

from microservice import PromotedImage, ServiceSpec
from stacks.service_file import Service
from tests.conftest import Synthesise, Synthesised, resources

DIGEST = "sha256:" + "0" * 64


@pytest.fixture
def synthesise(_synthesise: Synthesise, app_spec: ServiceSpec, monkeypatch: pytest.MonkeyPatch) -> Synthesise:
    """Synthesise the app with other values of names in `service.py`."""

    def with_values(**values: object) -> Synthesised:
        service = dataclasses.replace(Service.load(""), **{name.lower(): value for name, value in values.items()})  # type: ignore[arg-type]
        monkeypatch.setattr(Service, "load", lambda _: service)
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


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("IMAGE = None", "sets no SPEC (required: SPEC, IMAGE)"),
        ('SPEC = ServiceSpec(name="shop")', "sets no IMAGE"),
        ('SPEC, IMAGE = "shop", None', "SPEC='shop' is not valid (allowed: a ServiceSpec)"),
        ('SPEC = ServiceSpec(name="Shop")', "name='Shop' is not valid"),
        (
            'SPEC, IMAGE, LAMBDA_COMMAND = ServiceSpec(name="shop"), None, "lambda"',
            "LAMBDA_COMMAND='lambda' is not valid (allowed: a list of words)",
        ),
    ],
)
def test_a_file_that_does_not_describe_a_service_is_rejected(text: str, sentence: str, tmp_path: Path) -> None:
    file = tmp_path / "shop.py"
    file.write_text(f"from microservice import ServiceSpec\n{text}\n")
    with pytest.raises(ValueError, match=re.escape(sentence)):
        Service.load(str(file))


def test_a_service_file_needs_no_more_than_a_spec_and_an_image() -> None:
    service = Service.load("samples/hello_node/service.py")
    assert (service.lambda_command, service.uses_orders_data) == (["lambda"], False)
    assert service.workflow_commands == {}
    assert service.workloads == {}
    assert service.with_spec(service.spec).spec == service.spec

"""Properties of the App Runner service: roles, deployment, tracing, and its default of off."""

from typing import Any

import pytest

from tests.conftest import Synthesise, Template, logical_ids, resource, resources


@pytest.fixture
def template(templates: dict[str, Template]) -> Template:
    return templates["OrdersOnAppRunner"]


@pytest.fixture
def service(template: Template) -> dict[str, Any]:
    return resource(template, "AWS::AppRunner::Service")


def test_the_service_waits_for_both_roles_and_their_policies(template: Template, service: dict[str, Any]) -> None:
    needed = logical_ids(template, "AWS::IAM::Role", "AWS::IAM::Policy")
    assert len(needed) == 4
    assert needed == set(service["DependsOn"])


def test_automatic_deployments_are_off(service: dict[str, Any]) -> None:
    assert service["Properties"]["SourceConfiguration"]["AutoDeploymentsEnabled"] is False


def test_one_role_pulls_the_image_and_another_one_is_the_instance_role(
    template: Template, service: dict[str, Any]
) -> None:
    properties = service["Properties"]
    pulls = properties["SourceConfiguration"]["AuthenticationConfiguration"]["AccessRoleArn"]
    runs = properties["InstanceConfiguration"]["InstanceRoleArn"]
    trusted = [
        template["Resources"][arn["Fn::GetAtt"][0]]["Properties"]["AssumeRolePolicyDocument"]["Statement"][0]
        for arn in (pulls, runs)
    ]
    assert [statement["Principal"]["Service"] for statement in trusted] == [
        "build.apprunner.amazonaws.com",
        "tasks.apprunner.amazonaws.com",
    ]


def test_no_collector_runs_because_spans_go_to_x_ray_directly(template: Template) -> None:
    assert not resources(template, "AWS::AppRunner::ObservabilityConfiguration")
    [service] = resources(template, "AWS::AppRunner::Service")
    assert "ObservabilityConfiguration" not in service


@pytest.mark.parametrize("value", [None, "false"])
def test_the_stack_is_off_by_default(value: str | None, variant: Synthesise) -> None:
    """App Runner is closed to new customers."""
    assert "OrdersOnAppRunner" not in variant(context={"app_runner": value}).templates

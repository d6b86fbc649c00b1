"""What App Runner is told that a reader would not expect."""

import dataclasses
from typing import Any

import pytest

from microservice import ServiceSpec
from tests.conftest import Synthesise, Template, resources


@pytest.fixture
def template(templates: dict[str, Template]) -> Template:
    return templates["OrdersOnAppRunner"]


@pytest.fixture
def service(template: Template) -> dict[str, Any]:
    [found] = [found for found in template["Resources"].values() if found["Type"] == "AWS::AppRunner::Service"]
    return found


def test_it_waits_for_both_roles_and_their_policies(template: Template, service: dict[str, Any]) -> None:
    needed = {
        name for name, found in template["Resources"].items() if found["Type"] in ("AWS::IAM::Role", "AWS::IAM::Policy")
    }
    assert len(needed) == 4
    assert needed == set(service["DependsOn"])


def test_only_cloudformation_deploys(service: dict[str, Any]) -> None:
    assert service["Properties"]["SourceConfiguration"]["AutoDeploymentsEnabled"] is False


def test_one_role_pulls_and_the_other_runs(template: Template, service: dict[str, Any]) -> None:
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


def test_tracing_that_is_off_runs_no_collector(template: Template, variant: Synthesise, app_spec: ServiceSpec) -> None:
    [traced] = resources(template, "AWS::AppRunner::ObservabilityConfiguration")
    assert traced == {"TraceConfiguration": {"Vendor": "AWSXRAY"}}
    off = variant(dataclasses.replace(app_spec, trace_sampling_rate=0)).templates["OrdersOnAppRunner"]
    assert not resources(off, "AWS::AppRunner::ObservabilityConfiguration")
    [untraced] = resources(off, "AWS::AppRunner::Service")
    assert "ObservabilityConfiguration" not in untraced


@pytest.mark.parametrize("said", [None, "false"])
def test_it_is_absent_unless_asked_for(said: str | None, variant: Synthesise) -> None:
    """AWS takes no new customers for it."""
    assert "OrdersOnAppRunner" not in variant(context={"app_runner": said}).templates

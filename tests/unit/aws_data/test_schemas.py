"""Every type and property of the templates exists in AWS's schemas of four Regions, and none is deprecated."""

import copy
from collections.abc import Callable
from typing import Any

import pytest

from tests.conftest import Template, logical_ids
from tests.unit.aws_data import schemas

# (resource type, Region) -> the reason for which the type need not exist there.
EXPECTED_MISSING = {
    ("AWS::AppRunner::Service", "sa-east-1"): "App Runner has no São Paulo Region; docs/deploy.md lists it",
    ("AWS::AppRunner::AutoScalingConfiguration", "sa-east-1"): "App Runner has no São Paulo Region",
}
each_region = pytest.mark.parametrize("region", schemas.REGIONS)


def found_in(templates: dict[str, Template], region: str) -> list[schemas.Finding]:
    return sorted(
        finding for name, template in templates.items() for finding in schemas.findings(name, template, region)
    )


@pytest.mark.slow
@each_region
def test_every_property_exists_and_is_neither_read_only_nor_deprecated(
    all_templates: dict[str, Template], region: str
) -> None:
    unexpected = [
        str(finding)
        for finding in found_in(all_templates, region)
        if finding.property or (finding.type, region) not in EXPECTED_MISSING
    ]
    assert not unexpected, "\n".join(unexpected)


@pytest.mark.slow
def test_every_exception_is_needed(all_templates: dict[str, Template]) -> None:
    missing = {
        (finding.type, region)
        for region in {region for _, region in EXPECTED_MISSING}
        for finding in found_in(all_templates, region)
        if not finding.property
    }
    assert missing == EXPECTED_MISSING.keys()


@pytest.mark.slow
def test_the_options_are_among_the_templates(all_templates: dict[str, Template]) -> None:
    assert {"OrdersOnAppRunner", "OwnDomain", "BlueGreenFargate", "TransactionSearch"} <= all_templates.keys()


def rename(*path: str | int, to: str) -> Callable[[Any], None]:
    def change(properties: Any) -> None:
        for step in path[:-1]:
            properties = properties[step]
        properties[to] = properties.pop(path[-1])

    return change


def add(*path: str | int, value: Any = "x") -> Callable[[Any], None]:
    def change(properties: Any) -> None:
        for step in path[:-1]:
            properties = properties[step]
        properties[path[-1]] = value

    return change


CONTAINER = ("ContainerDefinitions", 0)
BROKEN = [
    ("AWS::ECS::Service", rename("EnableECSManagedTags", to="ManagedTags"), "ManagedTags is unknown (known: "),
    (
        "AWS::ECS::TaskDefinition",
        rename(*CONTAINER, "HealthCheck", "Retries", to="Retry"),
        "ContainerDefinitions.HealthCheck.Retry is unknown (known: Command, Interval, Retries, StartPeriod, Timeout)",
    ),
    ("AWS::ECS::TaskDefinition", add("TaskDefinitionArn"), "TaskDefinitionArn is read-only"),
    ("AWS::ECS::TaskDefinition", add("InferenceAccelerators", value=[]), "InferenceAccelerators is deprecated"),
    (
        "AWS::ECS::TaskDefinition",
        add(*CONTAINER, "LinuxParameters", "Swap", value={"Fn::If": ["Small", 1, {"Ref": "AWS::NoValue"}]}),
        "ContainerDefinitions.LinuxParameters.Swap is unknown",
    ),
    (
        "AWS::ECS::Service",
        add("DeploymentConfiguration", value={"Fn::If": ["Fast", {"Alarm": {}}, {"Ref": "AWS::NoValue"}]}),
        "DeploymentConfiguration.Alarm is unknown",
    ),
    ("AWS::Logs::LogGroup", add("Arn"), "Arn is read-only"),
]


@pytest.mark.parametrize(("kind", "change", "message"), BROKEN, ids=[message[:40] for _, _, message in BROKEN])
def test_a_wrong_property_is_found(
    kind: str, change: Callable[[Any], None], message: str, templates: dict[str, Template]
) -> None:
    stack = "OrdersOnEcsFargate"
    broken = copy.deepcopy(templates[stack])
    logical_id = sorted(logical_ids(broken, kind))[0]
    change(broken["Resources"][logical_id]["Properties"])
    [finding] = schemas.findings(stack, broken, "us-east-1")
    assert str(finding).startswith(f"{stack}: {logical_id} ({kind}): {message}")
    assert str(finding).endswith("in us-east-1")


@pytest.mark.parametrize(
    ("kind", "problem"),
    [
        ("AWS::ECS::Sevice", "does not exist in us-east-1"),
        ("AWS::Greengrass::DeviceDefinition", "is in sunset since 2026-10-01"),
    ],
)
def test_a_wrong_type_is_found(kind: str, problem: str) -> None:
    [finding] = schemas.findings("Stack", {"Resources": {"Main": {"Type": kind}}}, "us-east-1")
    assert str(finding) == f"Stack: Main ({kind}): the type {problem}"


def test_free_form_values_are_not_compared() -> None:
    template = {
        "Resources": {
            "Role": {
                "Type": "AWS::IAM::Role",
                "Properties": {"AssumeRolePolicyDocument": {"Statement": [{"Sid": "a"}]}},
            },
            "Own": {"Type": "Custom::Thing", "Properties": {"Anything": 1}},
        }
    }
    assert list(schemas.findings("Stack", template, "us-east-1")) == []

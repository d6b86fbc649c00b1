"""The ways around that the import advises are open: each is walked once, on the construct that it speaks of."""

from typing import Any

import pytest

from tests.comparison.copilot.reports import MANIFESTS, reported
from tests.conftest import Template, resources


def walk(app: Any) -> None:
    """What a team does that follows the advice."""
    [target] = [found for found in app.node.find_all() if getattr(found, "TARGET_ID", "") == "ecs-fargate"]
    service, definition = target.service, target.service.task_definition
    service.node.find_child("TaskCount").scale_on_memory_utilization("Memory", target_utilization_percent=80)
    override = service.node.default_child.add_property_override
    override("DeploymentConfiguration.Alarms.AlarmNames.1", "another")
    definition.node.default_child.add_property_override("EphemeralStorage.SizeInGiB", 100)
    definition.add_container("Proxy", image=_image())


def _image() -> Any:
    from aws_cdk import aws_ecs as ecs

    return ecs.ContainerImage.from_registry("nginx")


@pytest.fixture(scope="module")
def template(variant) -> Template:
    return variant(prepare=walk).templates["OrdersOnEcsFargate"]


def test_scaling_takes_further_policies(template):
    assert len(resources(template, "AWS::ApplicationAutoScaling::ScalingPolicy")) == 2


def test_deployments_go_back_for_further_alarms(template):
    [service] = resources(template, "AWS::ECS::Service")
    assert service["DeploymentConfiguration"]["Alarms"]["AlarmNames"][1] == "another"


def test_tasks_take_more_storage_and_further_containers(template):
    [definition] = resources(template, "AWS::ECS::TaskDefinition")
    assert definition["EphemeralStorage"] == {"SizeInGiB": 100}
    assert [container["Name"] for container in definition["ContainerDefinitions"]] == ["Main", "Proxy"]


@pytest.mark.parametrize("way", ['node.find_child("TaskCount")', "AlarmNames.1", "EphemeralStorage", "add_container"])
def test_these_ways_are_the_ones_that_are_advised(way):
    reports = [reported(path.read_text(), "prod") for path in MANIFESTS]
    assert [finding for report in reports for finding in report.findings if way in finding.advice]

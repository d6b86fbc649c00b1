"""The workarounds that the import advises, each applied once to its construct."""

from typing import Any

import pytest

from tests.conftest import Template, resources
from tests.unit.copilot_import.reports import MANIFESTS, reported


def apply_advice(app: Any) -> None:
    """Apply every workaround to the Fargate target."""
    [target] = [found for found in app.node.find_all() if getattr(found, "TARGET_ID", "") == "ecs-fargate"]
    definition = target.task_definition
    target.scaling.scale_on_memory_utilization("Memory", target_utilization_percent=80)
    override = target.service.node.default_child.add_property_override
    override("DeploymentConfiguration.Alarms.AlarmNames.1", "another")
    definition.node.default_child.add_property_override("EphemeralStorage.SizeInGiB", 100)


@pytest.fixture(scope="module")
def template(variant) -> Template:
    return variant(prepare=apply_advice).templates["OrdersOnEcsFargate"]


def test_scaling_accepts_further_policies(template):
    assert len(resources(template, "AWS::ApplicationAutoScaling::ScalingPolicy")) == 2


def test_deployments_roll_back_on_further_alarms(template):
    [service] = resources(template, "AWS::ECS::Service")
    assert service["DeploymentConfiguration"]["Alarms"]["AlarmNames"][1] == "another"


def test_tasks_accept_more_storage(template):
    [definition] = resources(template, "AWS::ECS::TaskDefinition")
    assert definition["EphemeralStorage"] == {"SizeInGiB": 100}


@pytest.mark.parametrize("workaround", ["scale_on_* of service.scaling", "AlarmNames.1", "EphemeralStorage"])
def test_the_import_advises_these_workarounds(workaround):
    reports = [reported(path.read_text(), "prod") for path in MANIFESTS]
    assert [finding for report in reports for finding in report.findings if workaround in finding.advice]


def test_the_import_names_the_option_for_sidecars():
    reports = [reported(path.read_text(), "prod") for path in MANIFESTS]
    found = {finding.becomes for report in reports for finding in report.findings if "sidecars." in finding.field}
    assert found == {"FargateMicroservice(sidecars=[Sidecar(...)])"}

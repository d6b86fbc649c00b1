"""Options of the ECS targets: scaling on requests and schedules, Fargate Spot, ECS Exec, and slow starts."""

from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk.assertions import Match, Template

from microservice import ScheduledCapacity, UnsupportedSpecError
from tests.conftest import resources
from tests.unit.microservice.targets import stack_with

ECS = ["FargateMicroservice", "ManagedInstancesMicroservice"]
TASK_DEFINITION = "AWS::ECS::TaskDefinition"
POLICY = "AWS::ApplicationAutoScaling::ScalingPolicy"


def template_of(target: str, **options: Any) -> dict[str, Any]:
    return dict(Template.from_stack(stack_with(target, **options)).to_json())


def container_of(template: dict[str, Any]) -> dict[str, Any]:
    [definition] = resources(template, TASK_DEFINITION)
    return dict(definition["ContainerDefinitions"][0])


@pytest.mark.parametrize("target", ECS)
def test_requests_of_the_target_group_scale_beside_the_cpu(target: str) -> None:
    policies = resources(template_of(target, target_requests_per_minute=600), POLICY)
    metrics = {
        each["TargetTrackingScalingPolicyConfiguration"]["PredefinedMetricSpecification"]["PredefinedMetricType"]: each[
            "TargetTrackingScalingPolicyConfiguration"
        ]["TargetValue"]
        for each in policies
    }
    assert metrics == {"ECSServiceAverageCPUUtilization": 60, "ALBRequestCountPerTarget": 600}


@pytest.mark.parametrize("target", ECS)
def test_requests_do_not_scale_a_blue_green_service(target: str) -> None:
    with pytest.raises(UnsupportedSpecError, match=r"target_requests_per_minute=600 with blue_green_bake_time"):
        stack_with(target, target_requests_per_minute=600, blue_green_bake_time=cdk.Duration.minutes(5))


@pytest.mark.parametrize("target", ECS)
def test_schedules_change_the_limits(target: str) -> None:
    morning = ScheduledCapacity(
        schedule="cron(0 7 ? * MON-FRI *)", min_instances=4, max_instances=20, time_zone="Europe/Berlin"
    )
    night = ScheduledCapacity(schedule="cron(0 20 ? * * *)", min_instances=1, max_instances=4)
    [scalable] = resources(
        template_of(target, scheduled_capacity=[morning, night]), "AWS::ApplicationAutoScaling::ScalableTarget"
    )
    assert [each["ScalableTargetAction"] for each in scalable["ScheduledActions"]] == [
        {"MinCapacity": 4, "MaxCapacity": 20},
        {"MinCapacity": 1, "MaxCapacity": 4},
    ]
    assert [each["Timezone"] for each in scalable["ScheduledActions"]] == ["Europe/Berlin", "Etc/UTC"]


@pytest.mark.parametrize("wrong", [{"schedule": "0 7 * * *"}, {"min_instances": 5}, {"max_instances": 1001}])
def test_a_wrong_schedule_is_rejected(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"\(allowed: .+\)\. [A-Z].+\.$"):
        ScheduledCapacity(**{"schedule": "rate(1 day)", "min_instances": 1, "max_instances": 4} | wrong)


def test_spot_runs_above_the_minimum() -> None:
    [service] = resources(template_of("FargateMicroservice", fargate_spot=True, min_instances=3), "AWS::ECS::Service")
    assert service["CapacityProviderStrategy"] == [
        {"CapacityProvider": "FARGATE", "Base": 3, "Weight": 0},
        {"CapacityProvider": "FARGATE_SPOT", "Weight": 1},
    ]
    assert "LaunchType" not in service


@pytest.mark.parametrize("target", ECS)
def test_a_shell_needs_a_writable_root_and_is_off_by_default(target: str) -> None:
    [service] = resources(template_of(target), "AWS::ECS::Service")
    assert "EnableExecuteCommand" not in service
    assert container_of(template_of(target))["ReadonlyRootFilesystem"] is True
    examined = template_of(target, execute_command=True)
    [service] = resources(examined, "AWS::ECS::Service")
    assert service["EnableExecuteCommand"] is True
    assert container_of(examined)["ReadonlyRootFilesystem"] is False
    Template.from_json(examined).has_resource_properties(
        "AWS::IAM::Policy",
        {
            "PolicyDocument": {
                "Statement": Match.array_with(
                    [Match.object_like({"Action": Match.array_with(["ssmmessages:OpenDataChannel"]), "Resource": "*"})]
                )
            }
        },
    )


@pytest.mark.parametrize("seconds", [5, 60, 300, 301, 600, 900])
@pytest.mark.parametrize("target", ECS)
def test_no_check_stops_a_task_before_it_may_have_started(target: str, seconds: int) -> None:
    template = template_of(target, start_seconds=seconds, health_command=["/healthcheck"])
    check = container_of(template)["HealthCheck"]
    assert check["StartPeriod"] + check["Retries"] * check["Interval"] >= seconds
    assert 0 <= check["StartPeriod"] <= 300
    assert 1 <= check["Retries"] <= 10
    assert 5 <= check["Interval"] <= 300
    [service] = resources(template, "AWS::ECS::Service")
    assert service["HealthCheckGracePeriodSeconds"] >= seconds


@pytest.mark.parametrize("target", [*ECS, "ExpressMicroservice"])
def test_a_container_without_a_health_command_has_no_check(target: str) -> None:
    assert "HealthCheck" not in container_of(template_of(target, health_command=[]))


@pytest.mark.parametrize("target", [*ECS, "ExpressMicroservice"])
def test_writable_directories_are_in_memory(target: str) -> None:
    container = container_of(template_of(target, writable_paths=["/tmp", "/var/cache"]))
    assert container["LinuxParameters"]["Tmpfs"] == [
        {"ContainerPath": "/tmp", "Size": 64},
        {"ContainerPath": "/var/cache", "Size": 64},
    ]
    assert container["ReadonlyRootFilesystem"] is True

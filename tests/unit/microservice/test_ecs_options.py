"""Options of the ECS targets: scaling on requests and schedules, Fargate Spot, ECS Exec, and slow starts."""

from typing import Any
from unittest.mock import ANY

import aws_cdk as cdk
import pytest
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_efs as efs
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


def files(app: cdk.App) -> efs.AccessPoint:
    """An access point of another stack."""
    scope = cdk.Stack(app, "Data")
    vpc = ec2.Vpc.from_vpc_attributes(
        scope, "FilesVpc", vpc_id="vpc-1", availability_zones=["a"], private_subnet_ids=["subnet-1"]
    )
    file_system = efs.FileSystem(scope, "Files", vpc=vpc)
    return file_system.add_access_point("Bills", path="/bills")


@pytest.mark.parametrize("target", ECS)
def test_files_are_mounted_with_encryption_and_the_permission_for_one_access_point(target: str) -> None:
    app = cdk.App()
    template = Template.from_stack(stack_with(target, app=app, file_systems={"/data/bills": files(app)}))
    [definition] = resources(dict(template.to_json()), TASK_DEFINITION)
    [volume] = [each for each in definition["Volumes"] if "EFSVolumeConfiguration" in each]
    configuration = volume["EFSVolumeConfiguration"]
    assert configuration["TransitEncryption"] == "ENABLED"
    assert configuration["AuthorizationConfig"] == {"AccessPointId": ANY, "IAM": "ENABLED"}
    [container] = definition["ContainerDefinitions"]
    assert container["ReadonlyRootFilesystem"] is True
    assert container["MountPoints"] == [
        {"ContainerPath": "/data/bills", "ReadOnly": False, "SourceVolume": volume["Name"]}
    ]
    template.has_resource_properties(
        "AWS::IAM::Policy",
        {
            "PolicyDocument": {
                "Statement": Match.array_with(
                    [
                        {
                            "Action": ["elasticfilesystem:ClientMount", "elasticfilesystem:ClientWrite"],
                            "Condition": {"StringEquals": {"elasticfilesystem:AccessPointArn": Match.any_value()}},
                            "Effect": "Allow",
                            "Resource": {"Fn::ImportValue": Match.string_like_regexp("Files.+Arn")},
                        }
                    ]
                )
            }
        },
    )
    rules = resources(dict(template.to_json()), "AWS::EC2::SecurityGroupIngress")
    assert [each["FromPort"] for each in rules if each["ToPort"] == 2049] == [2049]


@pytest.mark.parametrize("path", ["data", "/", "/tmp", "/tmp/bills", "/data/"])
def test_files_have_a_path_of_their_own(path: str) -> None:
    app = cdk.App()
    with pytest.raises(UnsupportedSpecError, match=r"file_systems='.*' is not supported by ECS .*writable_paths"):
        stack_with("FargateMicroservice", app=app, file_systems={path: files(app)})


def test_an_access_point_needs_its_file_system() -> None:
    app = cdk.App()
    imported = efs.AccessPoint.from_access_point_id(cdk.Stack(app, "Data"), "Imported", "fsap-00000000000000000")
    with pytest.raises(UnsupportedSpecError, match=r"an access point with its file system.*from_access_point_attrib"):
        stack_with("FargateMicroservice", app=app, file_systems={"/data": imported})

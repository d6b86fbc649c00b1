"""Fields of the spec in the App Runner service: command, secrets, and start-up time."""

from typing import Any

import pytest
from aws_cdk.assertions import Template

from tests.unit.microservice.targets import stack_with
from tests.unit.microservice.test_unsupported import REPOSITORY

TARGET = "AppRunnerMicroservice"
SIZE: dict[str, Any] = {"cpu": 1024, "memory_mib": 2048}
KEY = "arn:aws:secretsmanager:eu-west-1:123456789012:secret:bills-AbCdEf"
PARAMETER = "arn:aws:ssm:eu-west-1:123456789012:parameter/bills/key"
SECRETS = {"API_KEY": f"{KEY}:key::", "OTHER": PARAMETER}


def template(**fields: Any) -> Template:
    return Template.from_stack(stack_with(TARGET, **{**SIZE, **fields}))


def service(**fields: Any) -> dict[str, Any]:
    [found] = template(**fields).find_resources("AWS::AppRunner::Service").values()
    return dict(found["Properties"])


def test_the_command_is_one_string() -> None:
    image = service(command=["serve", "--level=info"])["SourceConfiguration"]["ImageRepository"]
    assert image["ImageConfiguration"]["StartCommand"] == "serve --level=info"
    assert "StartCommand" not in service()["SourceConfiguration"]["ImageRepository"]["ImageConfiguration"]


def test_secrets_are_those_of_the_platform_which_the_instance_role_may_read() -> None:
    image = service(secrets=SECRETS)["SourceConfiguration"]["ImageRepository"]["ImageConfiguration"]
    assert {entry["Name"]: entry["Value"] for entry in image["RuntimeEnvironmentSecrets"]} == SECRETS
    code = service(secrets=SECRETS, image=REPOSITORY)["SourceConfiguration"]["CodeRepository"]["CodeConfiguration"]
    assert code["CodeConfigurationValues"]["RuntimeEnvironmentSecrets"] == image["RuntimeEnvironmentSecrets"]
    policies = template(secrets=SECRETS).find_resources("AWS::IAM::Policy")
    [role] = [name for name in policies if name.startswith("ServiceRole")]
    statements = policies[role]["Properties"]["PolicyDocument"]["Statement"]
    granted = {entry["Action"]: entry["Resource"] for entry in statements if isinstance(entry["Action"], str)}
    assert granted["secretsmanager:GetSecretValue"] == KEY
    assert granted["ssm:GetParameters"] == PARAMETER


@pytest.mark.parametrize(
    ("seconds", "interval", "threshold"), [(5, 10, 3), (60, 10, 6), (200, 10, 20), (201, 11, 19), (400, 20, 20)]
)
def test_no_start_within_its_time_fails_the_health_check(seconds: int, interval: int, threshold: int) -> None:
    check = service(start_seconds=seconds)["HealthCheckConfiguration"]
    assert (check["Interval"], check["UnhealthyThreshold"]) == (interval, threshold)
    assert interval * threshold >= seconds


def test_native_objects_are_attributes() -> None:
    found: Any = stack_with(TARGET, **SIZE).node.find_child("Service")
    assert found.service.cfn_resource_type == "AWS::AppRunner::Service"
    assert found.scaling.cfn_resource_type == "AWS::AppRunner::AutoScalingConfiguration"

"""Values that a platform does not support are rejected by its construct, with the allowed values and the fix."""

import re
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk.assertions import Template

from microservice import InstanceType, RepositorySource, UnsupportedSpecError
from tests.conftest import resources
from tests.unit.microservice.targets import stack_with

M7I_LARGE = InstanceType(name="m7i.large", cpus=2, memory_mib=8192)
KNOWN_AT_DEPLOYMENT = cdk.Aws.STACK_ID
C7I_LARGE = InstanceType(name="c7i.large", cpus=2, memory_mib=4096)
SECRET = "arn:aws:secretsmanager:eu-west-1:123456789012:secret:bills-AbCdEf"
REPOSITORY = RepositorySource(
    url="https://github.com/example/bills",
    branch="main",
    connection_arn="arn:aws:apprunner:us-east-1:000000000000:connection/bills/1",
    runtime="PYTHON_311",
    build_command="pip install .",
    start_command="python -m bills",
)
ALLOWED_CPU = "256, 512, 1024, 2048, 4096, 8192, 16384"
ALLOWED_MEMORY = ", ".join(map(str, range(16384, 61441, 4096)))
# Fields of the spec or options of the construct -> platform, the rejected field, and the allowed values.
FARGATE = [
    ({"cpu": 300}, "Fargate", "cpu", ALLOWED_CPU),
    ({"cpu": 256, "memory_mib": 4096}, "Fargate", "memory_mib", "512, 1024, 2048"),
    ({"cpu": 8192, "memory_mib": 17408}, "Fargate", "memory_mib", ALLOWED_MEMORY),
    ({"min_instances": 0}, "ECS targets", "min_instances", "1 to 1000"),
]
EKS = [
    ({"min_instances": 0}, "EKS targets", "min_instances", "1 to 1000"),
    ({"start_seconds": 301}, "a Helm release on EKS", "start_seconds", "5 to 300"),
]
SECRETS = {"KEY": "arn:aws:ssm:us-east-1:123456789012:parameter/key"}
NO_INSTANCES = ({"min_instances": 0}, "EC2 targets", "min_instances", "1 to 1000")
UNSUPPORTED = {
    "FargateMicroservice": FARGATE,
    "ExpressMicroservice": FARGATE,
    "ManagedInstancesMicroservice": FARGATE[-1:],
    "EksAutoMicroservice": EKS,
    "EksFargateMicroservice": [
        *EKS,
        ({"architecture": "arm64"}, "Fargate on EKS", "architecture", "'x86_64'"),
        ({"memory_mib": 122625}, "Fargate on EKS", "memory_mib", "128 to 122624"),
        (
            {"secrets": SECRETS},
            "Fargate on EKS",
            "secrets",
            "none; the Secrets Store CSI Driver is a DaemonSet, which Fargate does not run",
        ),
    ],
    "LambdaMicroservice": [({"memory_mib": 10241}, "Lambda", "memory_mib", "128 to 10240")],
    "AppRunnerMicroservice": [
        ({"architecture": "arm64"}, "App Runner", "architecture", "'x86_64'"),
        ({"cpu": 8192}, "App Runner", "cpu", "256, 512, 1024, 2048, 4096"),
        ({"cpu": 512, "memory_mib": 2048}, "App Runner", "memory_mib", "1024"),
        ({"min_instances": 0}, "App Runner", "min_instances", "1 to 25"),
        ({"max_instances": 26}, "App Runner", "max_instances", "1 to 25"),
        (
            {"environment": {"AWSAPPRUNNER_X": "1"}},
            "App Runner",
            "environment['AWSAPPRUNNER_X']",
            "names that do not start with 'AWSAPPRUNNER'",
        ),
        (
            {"secrets": {"AWSAPPRUNNER_X": SECRET}},
            "App Runner",
            "secrets['AWSAPPRUNNER_X']",
            "names that do not start with 'AWSAPPRUNNER'",
        ),
        ({"start_seconds": 401}, "App Runner", "start_seconds", "5 to 400"),
        ({"command": ["sh", "-c", "a && b"]}, "App Runner", "command", "words of letters, digits, and %+,./:=@_-"),
        ({"command": ["serve"], "image": REPOSITORY}, "App Runner", "command", "none, with a RepositorySource"),
    ],
    "BeanstalkMicroservice": [
        NO_INSTANCES,
        (
            {"environment": {"LOG_GROUP": KNOWN_AT_DEPLOYMENT}},
            "Elastic Beanstalk",
            "environment['LOG_GROUP']",
            "other names for values that are known at deployment only",
        ),
        (
            {"memory_mib": 3329, "instance_type": C7I_LARGE},
            "EC2 targets",
            "memory_mib",
            "128 to 3328; the system needs 768",
        ),
    ],
    "Ec2PodmanMicroservice": [
        NO_INSTANCES,
        ({"cpu": 4096, "instance_type": M7I_LARGE}, "EC2 targets", "cpu", "128 to 2048"),
        (
            {"memory_mib": 7425, "instance_type": M7I_LARGE},
            "EC2 targets",
            "memory_mib",
            "128 to 7424; the system needs 768",
        ),
        ({"architecture": "arm64", "instance_type": M7I_LARGE}, "EC2 targets", "architecture", "'x86_64'"),
    ],
}
CASES = [(target, *case) for target, cases in UNSUPPORTED.items() for case in cases]


@pytest.mark.parametrize(
    ("target", "values", "platform", "field", "allowed"), CASES, ids=[f"{case[0]}-{case[3]}" for case in CASES]
)
def test_unsupported_values_are_rejected(
    target: str, values: dict[str, Any], platform: str, field: str, allowed: str
) -> None:
    with pytest.raises(UnsupportedSpecError) as caught:
        stack_with(target, **values)
    error = caught.value
    name = field.partition("[")[0]
    value = values[name] if name == field else values[name][field.split("'")[1]]
    assert (error.service, error.platform, error.field, error.value) == ("bills", platform, field, value)
    assert error.allowed == allowed
    assert re.fullmatch(r"[A-Z].+\.", error.fix)


def test_the_message_has_service_value_platform_allowed_values_and_fix() -> None:
    with pytest.raises(UnsupportedSpecError) as caught:
        stack_with("FargateMicroservice", cpu=256, memory_mib=4096)
    assert str(caught.value) == (
        "service 'bills': memory_mib=4096 with cpu=256 is not supported by Fargate (allowed: 512, 1024, 2048). "
        "Set memory_mib to one of these, or change cpu."
    )


def test_an_unsupported_value_is_a_value_error() -> None:
    assert issubclass(UnsupportedSpecError, ValueError)


def test_managed_instances_support_any_combination_of_cpu_and_memory() -> None:
    stack = stack_with("ManagedInstancesMicroservice", cpu=300, memory_mib=700)
    [task] = resources(Template.from_stack(stack).to_json(), "AWS::ECS::TaskDefinition")
    assert (task["Cpu"], task["Memory"]) == ("300", "700")

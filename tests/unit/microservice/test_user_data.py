"""The cloud-config of the user data: cloud-init reads files as they were written."""

import json
import re
from typing import Any

import pytest
import yaml
from aws_cdk.assertions import Template

from microservice import ServiceSpec
from microservice.ec2.quadlet import ENVIRONMENT_PATH, UNIT_PATH, environment_file
from microservice.ec2.secrets_file import FETCH_SECRETS, FETCH_SECRETS_PROGRAM, SECRETS_PATH
from microservice.ec2.user_data import BootSignal, cloud_config
from tests.unit.microservice.targets import stack_with

TARGET = "Ec2PodmanMicroservice"
SIGNAL = BootSignal(stack="Bills", resource="Group", region="eu-west-1")


@pytest.mark.parametrize(
    "value", ["", " blanks around ", "# no comment", "key: value", "- [x]", '"quoted', "ü€", "a\\tb"]
)
def test_files_are_read_as_they_were_written(value: str) -> None:
    spec = ServiceSpec(name="bills", environment={"FIRST": value, "LAST": value})
    environment = environment_file(spec, {}, region="eu-west-1")
    unit = "[Unit]\n\n[Container]\nImage=a\n"
    read = yaml.safe_load(cloud_config(spec, SIGNAL, log_group="logs", unit=unit, environment=environment))
    files = {file["path"]: file["content"] for file in read["write_files"]}
    assert files[ENVIRONMENT_PATH] == environment
    assert files[UNIT_PATH] == unit


def files_of(spec: ServiceSpec) -> dict[str, tuple[str, str]]:
    """Path -> permissions and content."""
    read = yaml.safe_load(cloud_config(spec, SIGNAL, log_group="logs", unit="", environment=""))
    return {file["path"]: (file["permissions"], file["content"]) for file in read["write_files"]}


def test_the_program_that_reads_the_secrets_is_there_if_the_spec_has_any() -> None:
    secrets = {"KEY": "arn:aws:ssm:eu-west-1:123456789012:parameter/bills/key"}
    files = files_of(ServiceSpec(name="bills", secrets=secrets))
    assert files[FETCH_SECRETS] == ("0700", FETCH_SECRETS_PROGRAM)
    permissions, content = files[SECRETS_PATH]
    assert (permissions, json.loads(content)) == ("0600", secrets)
    assert not {FETCH_SECRETS, SECRETS_PATH} & set(files_of(ServiceSpec(name="bills")))


def properties(kind: str, **fields: Any) -> dict[str, Any]:
    [found] = Template.from_stack(stack_with(TARGET, **fields)).find_resources(kind).values()
    return dict(found)


def test_the_instance_role_may_read_the_secrets_and_no_other() -> None:
    secret = "arn:aws:secretsmanager:eu-west-1:123456789012:secret:bills-AbCdEf"
    parameter = "arn:aws:ssm:eu-west-1:123456789012:parameter/bills/key"
    policy = properties("AWS::IAM::Policy", secrets={"A": f"{secret}:key::", "B": parameter})
    granted = {
        json.dumps(entry["Action"]): entry["Resource"] for entry in policy["Properties"]["PolicyDocument"]["Statement"]
    }
    assert granted['"secretsmanager:GetSecretValue"'] == secret
    assert granted['"ssm:GetParameter"'] == parameter


def minutes(duration: str) -> float:
    found = re.fullmatch(r"PT(?:(\d+)M)?(?:(\d+)S)?", duration)
    assert found
    return int(found[1] or 0) + int(found[2] or 0) / 60


@pytest.mark.parametrize("start", [5, 60, 900])
def test_each_timeout_contains_the_start_of_the_service(start: int) -> None:
    group = properties("AWS::AutoScaling::AutoScalingGroup", start_seconds=start)
    _, script = files_of(ServiceSpec(name="bills", start_seconds=start))["/usr/local/sbin/first-boot"]
    assert f"SECONDS >= {240 + start} ))" in script
    signal = minutes(group["CreationPolicy"]["ResourceSignal"]["Timeout"])
    assert signal * 60 == 540 + start
    # AWS allows one hour.
    assert minutes(group["UpdatePolicy"]["AutoScalingRollingUpdate"]["PauseTime"]) == signal <= 60
    assert group["Properties"]["HealthCheckGracePeriod"] == 540 + start
    assert group["Properties"]["DefaultInstanceWarmup"] == 180 + start


def test_native_objects_are_attributes() -> None:
    service: Any = stack_with(TARGET).node.find_child("Service")
    assert service.scaling_policy.node.id == "ScalingPolicyCpu"
    assert service.target_group.node.id == "MachinesGroup"
    fixed: Any = stack_with(TARGET, max_instances=2).node.find_child("Service")
    assert fixed.scaling_policy is None

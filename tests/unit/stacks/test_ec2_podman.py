"""Properties of the EC2 instances: security, user data, rolling update with rollback, and scaling."""

import dataclasses
import json
import re
import subprocess
from pathlib import Path
from typing import Any

import pytest

from microservice import ServiceSpec
from tests.conftest import Synthesise, Synthesised, Template, logical_ids, resource, resources
from tests.unit.stacks.user_data import UserData, launch_template, user_data_of

STACK = "OrdersOnEc2Podman"


@pytest.fixture
def template(templates: dict[str, Template]) -> Template:
    return templates[STACK]


@pytest.fixture
def user_data(template: Template) -> UserData:
    return user_data_of(template)


@pytest.fixture
def group(template: Template) -> dict[str, Any]:
    return resource(template, "AWS::AutoScaling::AutoScalingGroup")


def minutes(duration: str) -> int:
    return int(duration.removeprefix("PT").removesuffix("M"))


def test_instance_metadata_requires_tokens_and_is_reachable_from_the_container(template: Template) -> None:
    options = launch_template(template)["MetadataOptions"]
    assert options == {"HttpTokens": "required", "HttpPutResponseHopLimit": 2}


def test_volumes_are_encrypted_and_deleted_with_their_instance_and_there_is_no_ssh_key(template: Template) -> None:
    data = launch_template(template)
    [volume] = [mapping["Ebs"] for mapping in data["BlockDeviceMappings"]]
    assert (volume["Encrypted"], volume["DeleteOnTermination"]) == (True, True)
    assert "KeyName" not in data


def test_instances_have_no_public_address(synthesised: Synthesised, group: dict[str, Any], template: Template) -> None:
    imported = {subnet["Fn::ImportValue"].split(":")[1] for subnet in group["Properties"]["VPCZoneIdentifier"]}
    outputs = synthesised.templates["OrdersNetwork"]["Outputs"]
    subnets = [synthesised.templates["OrdersNetwork"]["Resources"][outputs[name]["Value"]["Ref"]] for name in imported]
    assert len(subnets) == 2
    assert not any(subnet["Properties"]["MapPublicIpOnLaunch"] for subnet in subnets)
    assert "NetworkInterfaces" not in launch_template(template)


def test_instances_accept_traffic_from_the_load_balancer_only(template: Template) -> None:
    [instances] = launch_template(template)["SecurityGroupIds"]
    rules = [rule for rule in resources(template, "AWS::EC2::SecurityGroupIngress") if rule["GroupId"] == instances]
    [balancer] = resources(template, "AWS::ElasticLoadBalancingV2::LoadBalancer")
    assert [rule["SourceSecurityGroupId"] for rule in rules] == balancer["SecurityGroups"]
    assert [(rule["FromPort"], rule["ToPort"]) for rule in rules] == [(8080, 8080)]
    assert all("SecurityGroupIngress" not in group for group in resources(template, "AWS::EC2::SecurityGroup"))


def test_the_permissions_for_session_manager_include_no_parameters(template: Template) -> None:
    """The service has the same role, and AWS's managed policy would allow it to read all parameters."""
    [role] = resources(template, "AWS::IAM::Role")
    assert "ManagedPolicyArns" not in role
    [policy] = resources(template, "AWS::IAM::Policy")
    actions = json.dumps(policy)
    assert "ssmmessages:OpenDataChannel" in actions
    assert "ssm:GetParameter" not in actions


@pytest.mark.parametrize(("architecture", "instance_type"), [("x86_64", "t3.small"), ("arm64", "t4g.small")])
def test_ami_and_instance_type_have_the_architecture_of_the_spec(
    architecture: str, instance_type: str, template: Template, variant: Synthesise, app_spec: ServiceSpec
) -> None:
    if architecture != app_spec.architecture:
        template = variant(dataclasses.replace(app_spec, architecture=architecture)).templates[STACK]
    made = launch_template(template)
    # EC2 resolves the parameter at each launch: an instance that is replaced has the patches of that day.
    parameter = f"/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-{architecture}"
    assert made["ImageId"] == f"resolve:ssm:{parameter}"
    assert made["InstanceType"] == instance_type


def test_the_group_waits_for_role_policies_and_listener(template: Template, group: dict[str, Any]) -> None:
    needed = ("AWS::IAM::Role", "AWS::IAM::Policy", "AWS::ElasticLoadBalancingV2::Listener")
    assert logical_ids(template, *needed) <= set(group["DependsOn"])


def test_the_container_is_read_only_and_runs_without_privileges(user_data: UserData) -> None:
    container = user_data.unit["Container"]
    wanted = {"User": "10001", "Group": "10001", "ReadOnly": "true", "DropCapability": "all", "NoNewPrivileges": "true"}
    assert wanted.items() <= container.items()
    assert not {"Volume", "AddCapability", "SecurityLabelDisable"} & set(container)


def test_the_container_has_the_size_of_the_spec(user_data: UserData) -> None:
    assert user_data.unit["Container"]["PodmanArgs"] == "--cpus=0.25 --memory=512m"


def test_a_container_that_exits_or_hangs_is_restarted_up_to_a_limit(user_data: UserData) -> None:
    container, service = user_data.unit["Container"], user_data.unit["Service"]
    assert json.loads(container["HealthCmd"]) == ["python", "-m", "orders", "healthcheck", "/livez"]
    assert container["HealthOnFailure"] == "kill"
    assert service["Restart"] == "always"
    limits = user_data.unit["Unit"]
    # Otherwise a container that exits at once would never reach the limit.
    assert int(limits["StartLimitBurst"]) * int(service["RestartSec"]) < int(limits["StartLimitIntervalSec"])


def test_a_request_in_flight_ends_before_its_container(template: Template, user_data: UserData) -> None:
    [group] = resources(template, "AWS::ElasticLoadBalancingV2::TargetGroup")
    attributes = {entry["Key"]: entry["Value"] for entry in group["TargetGroupAttributes"]}
    [integration] = resources(template, "AWS::ApiGatewayV2::Integration")
    draining, stopping = (
        int(attributes["deregistration_delay.timeout_seconds"]),
        user_data.unit["Container"]["StopTimeout"],
    )
    assert integration["TimeoutInMillis"] / 1000 < draining <= int(stopping)
    assert int(stopping) < int(user_data.unit["Service"]["TimeoutStopSec"])


def test_the_environment_file_is_readable_by_root_only_and_contains_no_secret(user_data: UserData) -> None:
    assert user_data.modes["/etc/microservice/environment"] == "0600"
    assert user_data.environment["AWS_REGION"] == "${Ref:AWS::Region}"
    assert user_data.environment["PORT"] == "8080"
    assert user_data.environment["API_TOKEN_SECRET_ARN"].startswith("${Fn::ImportValue:OrdersData:")
    assert "resolve:secretsmanager" not in json.dumps(user_data.files)


def test_the_group_uses_the_latest_version_of_the_launch_template_which_names_the_image(
    template: Template, group: dict[str, Any], user_data: UserData
) -> None:
    [name] = logical_ids(template, "AWS::EC2::LaunchTemplate")
    assert group["Properties"]["LaunchTemplate"]["Version"] == {"Fn::GetAtt": [name, "LatestVersionNumber"]}
    assert re.search(r"/orders:<asset \d+>}$", user_data.unit["Container"]["Image"])


def test_a_deployment_waits_for_the_success_signal_of_each_instance(group: dict[str, Any]) -> None:
    update = group["UpdatePolicy"]["AutoScalingRollingUpdate"]
    assert (update["WaitOnResourceSignals"], update["MinSuccessfulInstancesPercent"]) == (True, 100)
    assert group["CreationPolicy"]["ResourceSignal"]["Count"] == int(group["Properties"]["MinSize"]) == 2
    assert "AutoScalingCreationPolicy" not in group["CreationPolicy"]
    assert {"HealthCheck", "ReplaceUnhealthy", "AlarmNotification"} <= set(update["SuspendProcesses"])


def test_each_timeout_is_longer_than_the_timeouts_inside(group: dict[str, Any], user_data: UserData) -> None:
    script = user_data.files["/usr/local/sbin/first-boot"]
    asking = re.search(r"SECONDS >= (\d+)", script)
    assert asking
    update = minutes(group["UpdatePolicy"]["AutoScalingRollingUpdate"]["PauseTime"])
    assert minutes(group["CreationPolicy"]["ResourceSignal"]["Timeout"]) == update <= 60
    # The rest is for the installation.
    assert int(asking[1]) <= update * 60 / 2
    assert int(user_data.unit["Service"]["TimeoutStartSec"]) < int(asking[1])
    assert group["Properties"]["HealthCheckGracePeriod"] >= update * 60


def test_an_instance_signals_after_the_load_balancer_has_registered_it(template: Template, user_data: UserData) -> None:
    [group] = resources(template, "AWS::ElasticLoadBalancingV2::TargetGroup")
    waits = re.search(r"^sleep (\d+)$", user_data.files["/usr/local/sbin/first-boot"], re.MULTILINE)
    assert waits
    assert int(waits[1]) > group["HealthCheckIntervalSeconds"] * group["HealthyThresholdCount"]


@pytest.mark.parametrize(("minimum", "maximum", "in_service", "batch"), [(1, 1, 0, 1), (4, 4, 3, 2), (4, 10, 4, 2)])
def test_a_deployment_keeps_the_minimum_in_service_if_the_group_can_grow(
    minimum: int, maximum: int, in_service: int, batch: int, variant: Synthesise, app_spec: ServiceSpec
) -> None:
    """AWS rejects a minimum in service that equals the maximum size, and a scaling policy of a fixed size."""
    spec = dataclasses.replace(app_spec, min_instances=minimum, max_instances=maximum)
    template = variant(spec).templates[STACK]
    found = resource(template, "AWS::AutoScaling::AutoScalingGroup")
    assert len(resources(template, "AWS::AutoScaling::ScalingPolicy")) == (minimum < maximum)
    update = found["UpdatePolicy"]["AutoScalingRollingUpdate"]
    assert (update["MinInstancesInService"], update["MaxBatchSize"]) == (in_service, batch)


def test_a_deployment_does_not_shrink_a_group_that_has_scaled_out(group: dict[str, Any]) -> None:
    assert "DesiredCapacity" not in group["Properties"]
    assert group["UpdatePolicy"]["AutoScalingScheduledAction"] == {"IgnoreUnmodifiedGroupSizeProperties": True}


def test_the_scaling_target_is_converted_to_the_utilization_of_the_instance(template: Template) -> None:
    """The replica has a quarter of a vCPU, of two: 60 % of it is 7.5 % of the instance."""
    [policy] = resources(template, "AWS::AutoScaling::ScalingPolicy")
    assert policy["TargetTrackingConfiguration"]["TargetValue"] == 7.5


def test_an_instance_that_fails_the_health_check_of_the_load_balancer_is_replaced(group: dict[str, Any]) -> None:
    assert group["Properties"]["HealthCheckType"] == "ELB"


def test_the_agent_sends_logs_to_the_log_group_of_the_stack(template: Template, user_data: UserData) -> None:
    collected = json.loads(user_data.files["/opt/aws/amazon-cloudwatch-agent/etc/logs.json"])
    sent = collected["logs"]["logs_collected"]["files"]["collect_list"]
    [policy] = resources(template, "AWS::IAM::Policy")
    [writing] = [entry for entry in policy["PolicyDocument"]["Statement"] if "logs:PutLogEvents" in entry["Action"]]
    [name] = writing["Resource"]["Fn::GetAtt"][:1]
    assert {file["log_group_name"] for file in sent} == {f"${{Ref:{name}}}"}
    written = user_data.unit["Service"]["StandardOutput"].removeprefix("append:")
    assert written in {file["file_path"] for file in sent}
    assert written in user_data.files["/etc/logrotate.d/microservice"]


# A service that does not respond has no status code; its timeout is over at once.
STUB = """\
#!/bin/bash
echo "$(basename "$0") $*" >>{log}
[ "$(basename "$0")" != curl ] || echo {code}
exit {status}
"""


def boot(user_data: UserData, folder: Path, failing: str = "") -> list[str]:
    """Return the commands of the first boot; every command is a stub, and `failing` fails."""
    log = folder / "log"
    script = user_data.files["/usr/local/sbin/first-boot"].replace("/opt/aws/bin/", "")
    script = script.replace("/opt/aws/amazon-cloudwatch-agent/bin/", "").replace("${Ref:AWS::Region}", "eu-west-1")
    script = re.sub(r"SECONDS >= \d+", "SECONDS >= 0", script)
    for name in ("dnf", "systemctl", "curl", "sleep", "cfn-signal", "amazon-cloudwatch-agent-ctl"):
        program = folder / name
        status, code = (7, "000") if name == failing else (0, "200")
        program.write_text(STUB.format(log=log, status=status, code=code))
        program.chmod(0o755)
    subprocess.run(["/bin/bash", "-c", script], env={"PATH": f"{folder}:/usr/bin:/bin"}, check=False)
    return log.read_text().splitlines()


def test_the_first_boot_signals_success_after_the_service_is_healthy(
    user_data: UserData, template: Template, tmp_path: Path
) -> None:
    assert user_data.commands == [["/usr/local/sbin/first-boot"]]
    ran = boot(user_data, tmp_path)
    [group] = logical_ids(template, "AWS::AutoScaling::AutoScalingGroup")
    assert "systemctl start --no-block microservice.service" in ran
    assert [line.split()[0] for line in ran[-3:]] == ["curl", "sleep", "cfn-signal"]
    assert ran[-3].endswith("http://127.0.0.1:8080/livez")
    assert ran[-1] == f"cfn-signal --exit-code 0 --stack {STACK} --resource {group} --region eu-west-1"


@pytest.mark.parametrize("failing", ["dnf", "amazon-cloudwatch-agent-ctl", "systemctl", "curl"])
def test_a_failed_first_boot_signals_its_exit_status_at_once(failing: str, user_data: UserData, tmp_path: Path) -> None:
    *before, last = boot(user_data, tmp_path, failing)
    assert last.startswith(f"cfn-signal --exit-code {1 if failing == 'curl' else 7} ")
    assert before[-1].split()[0] == failing


def test_instances_are_patched_by_their_replacement_which_starts_first(group: dict[str, Any]) -> None:
    properties = group["Properties"]
    assert properties["MaxInstanceLifetime"] == 30 * 24 * 3600
    assert properties["InstanceMaintenancePolicy"] == {"MinHealthyPercentage": 100, "MaxHealthyPercentage": 200}


def test_the_log_is_rotated_every_hour(user_data: UserData) -> None:
    """Amazon Linux does it once a day, whatever the size of the file."""
    files = user_data.files
    assert "size 50M" in files["/etc/logrotate.d/microservice"]
    timer = files["/etc/systemd/system/logrotate.timer.d/hourly.conf"]
    # The empty value removes the daily time.
    assert timer.splitlines()[:3] == ["[Timer]", "OnCalendar=", "OnCalendar=hourly"]
    assert "systemctl restart logrotate.timer" in files["/usr/local/sbin/first-boot"]

"""What makes virtual machines of the stack safe to run, to replace and to go back from."""

import dataclasses
import json
import re
import subprocess
from pathlib import Path
from typing import Any

import pytest

from microservice import ServiceSpec
from tests.conftest import Synthesise, Synthesised, Template, resources
from tests.unit.stacks.user_data import UserData, launch_template, user_data

STACK = "OrdersOnEc2Podman"


@pytest.fixture
def template(templates: dict[str, Template]) -> Template:
    return templates[STACK]


@pytest.fixture
def told(template: Template) -> UserData:
    return user_data(template)


@pytest.fixture
def group(template: Template) -> dict[str, Any]:
    [found] = [
        found for found in template["Resources"].values() if found["Type"] == "AWS::AutoScaling::AutoScalingGroup"
    ]
    return found


def minutes(duration: str) -> int:
    return int(duration.removeprefix("PT").removesuffix("M"))


def test_machines_hand_out_credentials_by_tokens_only_as_far_as_the_container(template: Template) -> None:
    options = launch_template(template)["MetadataOptions"]
    assert options == {"HttpTokens": "required", "HttpPutResponseHopLimit": 2}


def test_disks_are_encrypted_and_end_with_their_machine_and_nobody_has_a_key(template: Template) -> None:
    machine = launch_template(template)
    [disk] = [mapping["Ebs"] for mapping in machine["BlockDeviceMappings"]]
    assert (disk["Encrypted"], disk["DeleteOnTermination"]) == (True, True)
    assert "KeyName" not in machine


def test_machines_have_no_public_address(synthesised: Synthesised, group: dict[str, Any], template: Template) -> None:
    imported = {subnet["Fn::ImportValue"].split(":")[1] for subnet in group["Properties"]["VPCZoneIdentifier"]}
    outputs = synthesised.templates["OrdersNetwork"]["Outputs"]
    subnets = [synthesised.templates["OrdersNetwork"]["Resources"][outputs[name]["Value"]["Ref"]] for name in imported]
    assert len(subnets) == 2
    assert not any(subnet["Properties"]["MapPublicIpOnLaunch"] for subnet in subnets)
    assert "NetworkInterfaces" not in launch_template(template)


def test_only_the_load_balancer_reaches_a_machine(template: Template) -> None:
    [machines] = launch_template(template)["SecurityGroupIds"]
    rules = [rule for rule in resources(template, "AWS::EC2::SecurityGroupIngress") if rule["GroupId"] == machines]
    [balancer] = resources(template, "AWS::ElasticLoadBalancingV2::LoadBalancer")
    assert [rule["SourceSecurityGroupId"] for rule in rules] == balancer["SecurityGroups"]
    assert [(rule["FromPort"], rule["ToPort"]) for rule in rules] == [(8080, 8080)]
    assert all("SecurityGroupIngress" not in group for group in resources(template, "AWS::EC2::SecurityGroup"))


def test_session_manager_reads_no_parameters_of_the_account(template: Template) -> None:
    """The service runs as the same role: AWS's own policy would let it."""
    [role] = resources(template, "AWS::IAM::Role")
    assert "ManagedPolicyArns" not in role
    [policy] = resources(template, "AWS::IAM::Policy")
    actions = json.dumps(policy)
    assert "ssmmessages:OpenDataChannel" in actions
    assert "ssm:GetParameter" not in actions


@pytest.mark.parametrize(("architecture", "machine"), [("x86_64", "t3.small"), ("arm64", "t4g.small")])
def test_image_of_the_system_and_machine_are_of_the_services_kind(
    architecture: str, machine: str, template: Template, variant: Synthesise, app_spec: ServiceSpec
) -> None:
    if architecture != app_spec.architecture:
        template = variant(dataclasses.replace(app_spec, architecture=architecture)).templates[STACK]
    made = launch_template(template)
    parameter = template["Parameters"][made["ImageId"]["Ref"]]
    assert parameter["Type"] == "AWS::SSM::Parameter::Value<AWS::EC2::Image::Id>"
    assert parameter["Default"] == f"/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-{architecture}"
    assert made["InstanceType"] == machine


def test_machines_wait_for_role_policies_and_listener(template: Template, group: dict[str, Any]) -> None:
    needed = ("AWS::IAM::Role", "AWS::IAM::Policy", "AWS::ElasticLoadBalancingV2::Listener")
    assert {name for name, found in template["Resources"].items() if found["Type"] in needed} <= set(group["DependsOn"])


def test_the_container_can_write_nothing_and_is_nobody(told: UserData) -> None:
    container = told.unit["Container"]
    wanted = {"User": "10001", "Group": "10001", "ReadOnly": "true", "DropCapability": "all", "NoNewPrivileges": "true"}
    assert wanted.items() <= container.items()
    assert not {"Volume", "AddCapability", "SecurityLabelDisable"} & set(container)


def test_the_container_has_the_size_that_the_spec_says(told: UserData) -> None:
    assert told.unit["Container"]["PodmanArgs"] == "--cpus=0.25 --memory=512m"


def test_a_container_that_ends_or_hangs_is_started_again_but_not_for_ever(told: UserData) -> None:
    container, service = told.unit["Container"], told.unit["Service"]
    assert json.loads(container["HealthCmd"]) == ["python", "-m", "orders", "healthcheck", "/livez"]
    assert container["HealthOnFailure"] == "kill"
    assert service["Restart"] == "always"
    limits = told.unit["Unit"]
    # Otherwise a container that ends at once would never reach the limit.
    assert int(limits["StartLimitBurst"]) * int(service["RestartSec"]) < int(limits["StartLimitIntervalSec"])


def test_a_request_in_flight_ends_before_its_container(template: Template, told: UserData) -> None:
    [group] = resources(template, "AWS::ElasticLoadBalancingV2::TargetGroup")
    attributes = {entry["Key"]: entry["Value"] for entry in group["TargetGroupAttributes"]}
    [integration] = resources(template, "AWS::ApiGatewayV2::Integration")
    draining, stopping = int(attributes["deregistration_delay.timeout_seconds"]), told.unit["Container"]["StopTimeout"]
    assert integration["TimeoutInMillis"] / 1000 < draining <= int(stopping)
    assert int(stopping) < int(told.unit["Service"]["TimeoutStopSec"])


def test_variables_are_read_by_nobody_else_and_hold_no_secret(told: UserData) -> None:
    assert told.modes["/etc/microservice/environment"] == "0600"
    assert told.environment["AWS_REGION"] == "${Ref:AWS::Region}"
    assert told.environment["PORT"] == "8080"
    assert told.environment["API_TOKEN_SECRET_ARN"].startswith("${Fn::ImportValue:OrdersData:")
    assert "resolve:secretsmanager" not in json.dumps(told.files)


def test_another_image_or_unit_makes_another_version_of_the_launch_template(
    template: Template, group: dict[str, Any], told: UserData
) -> None:
    [name] = [name for name, found in template["Resources"].items() if found["Type"] == "AWS::EC2::LaunchTemplate"]
    assert group["Properties"]["LaunchTemplate"]["Version"] == {"Fn::GetAtt": [name, "LatestVersionNumber"]}
    assert re.search(r"/orders:<asset \d+>}$", told.unit["Container"]["Image"])


def test_nothing_is_deployed_before_machines_say_that_they_serve(group: dict[str, Any]) -> None:
    update = group["UpdatePolicy"]["AutoScalingRollingUpdate"]
    assert (update["WaitOnResourceSignals"], update["MinSuccessfulInstancesPercent"]) == (True, 100)
    assert group["CreationPolicy"]["ResourceSignal"]["Count"] == int(group["Properties"]["MinSize"]) == 2
    assert "AutoScalingCreationPolicy" not in group["CreationPolicy"]
    assert {"HealthCheck", "ReplaceUnhealthy", "AlarmNotification"} <= set(update["SuspendProcesses"])


def test_no_wait_is_shorter_than_what_it_waits_for(group: dict[str, Any], told: UserData) -> None:
    script = told.files["/usr/local/sbin/first-boot"]
    asking = re.search(r"--retry-max-time (\d+)", script)
    assert asking
    update = minutes(group["UpdatePolicy"]["AutoScalingRollingUpdate"]["PauseTime"])
    assert minutes(group["CreationPolicy"]["ResourceSignal"]["Timeout"]) == update <= 60
    # Installing has what is left.
    assert int(asking[1]) <= update * 60 / 2
    assert int(told.unit["Service"]["TimeoutStartSec"]) < int(asking[1])
    assert group["Properties"]["HealthCheckGracePeriod"] >= update * 60


def test_an_old_machine_stays_until_the_load_balancer_knows_the_new_one(template: Template, told: UserData) -> None:
    [group] = resources(template, "AWS::ElasticLoadBalancingV2::TargetGroup")
    waits = re.search(r"^sleep (\d+)$", told.files["/usr/local/sbin/first-boot"], re.MULTILINE)
    assert waits
    assert int(waits[1]) > group["HealthCheckIntervalSeconds"] * group["HealthyThresholdCount"]


@pytest.mark.parametrize(("least", "most", "in_service", "batch"), [(1, 1, 0, 1), (4, 4, 3, 2), (4, 10, 4, 2)])
def test_a_deployment_keeps_what_it_can_of_a_group_in_service(
    least: int, most: int, in_service: int, batch: int, variant: Synthesise, app_spec: ServiceSpec
) -> None:
    """AWS refuses a group whose least number in service is its size, and one that could not scale to scale."""
    spec = dataclasses.replace(app_spec, min_instances=least, max_instances=most)
    template = variant(spec).templates[STACK]
    [found] = [f for f in template["Resources"].values() if f["Type"] == "AWS::AutoScaling::AutoScalingGroup"]
    assert len(resources(template, "AWS::AutoScaling::ScalingPolicy")) == (least < most)
    update = found["UpdatePolicy"]["AutoScalingRollingUpdate"]
    assert (update["MinInstancesInService"], update["MaxBatchSize"]) == (in_service, batch)


def test_a_deployment_does_not_shrink_a_group_that_has_scaled_out(group: dict[str, Any]) -> None:
    assert "DesiredCapacity" not in group["Properties"]
    assert group["UpdatePolicy"]["AutoScalingScheduledAction"] == {"IgnoreUnmodifiedGroupSizeProperties": True}


def test_scaling_aims_at_the_load_of_a_copy_and_not_of_its_machine(template: Template) -> None:
    """A quarter of one processor, of two: 60 % of that is 7.5 % of what EC2 measures."""
    [policy] = resources(template, "AWS::AutoScaling::ScalingPolicy")
    assert policy["TargetTrackingConfiguration"]["TargetValue"] == 7.5


def test_a_machine_that_serves_nothing_is_replaced(group: dict[str, Any]) -> None:
    assert group["Properties"]["HealthCheckType"] == "ELB"


def test_output_goes_where_the_role_may_write_and_the_stack_deletes(template: Template, told: UserData) -> None:
    collected = json.loads(told.files["/opt/aws/amazon-cloudwatch-agent/etc/logs.json"])
    sent = collected["logs"]["logs_collected"]["files"]["collect_list"]
    [policy] = resources(template, "AWS::IAM::Policy")
    [writing] = [entry for entry in policy["PolicyDocument"]["Statement"] if "logs:PutLogEvents" in entry["Action"]]
    [name] = writing["Resource"]["Fn::GetAtt"][:1]
    assert {file["log_group_name"] for file in sent} == {f"${{Ref:{name}}}"}
    written = told.unit["Service"]["StandardOutput"].removeprefix("append:")
    assert written in {file["file_path"] for file in sent}
    assert written in told.files["/etc/logrotate.d/microservice"]


STAND_IN = '#!/bin/bash\necho "$(basename "$0") $*" >>{log}\nexit {status}\n'


def boot(told: UserData, folder: Path, failing: str = "") -> list[str]:
    """What the first boot runs, where everything it runs is a stand-in and `failing` fails."""
    log = folder / "log"
    script = told.files["/usr/local/sbin/first-boot"].replace("/opt/aws/bin/", "")
    script = script.replace("/opt/aws/amazon-cloudwatch-agent/bin/", "").replace("${Ref:AWS::Region}", "eu-west-1")
    for name in ("dnf", "systemctl", "curl", "sleep", "cfn-signal", "amazon-cloudwatch-agent-ctl"):
        program = folder / name
        program.write_text(STAND_IN.format(log=log, status=7 if name == failing else 0))
        program.chmod(0o755)
    subprocess.run(["/bin/bash", "-c", script], env={"PATH": f"{folder}:/usr/bin:/bin"}, check=False)
    return log.read_text().splitlines()


def test_a_first_boot_tells_cloudformation_once_the_service_answers(
    told: UserData, template: Template, tmp_path: Path
) -> None:
    assert told.commands == [["/usr/local/sbin/first-boot"]]
    ran = boot(told, tmp_path)
    [group] = [n for n, found in template["Resources"].items() if found["Type"] == "AWS::AutoScaling::AutoScalingGroup"]
    assert "systemctl start --no-block microservice.service" in ran
    assert [line.split()[0] for line in ran[-3:]] == ["curl", "sleep", "cfn-signal"]
    assert ran[-3].endswith("http://127.0.0.1:8080/livez")
    assert ran[-1] == f"cfn-signal --exit-code 0 --stack {STACK} --resource {group} --region eu-west-1"


@pytest.mark.parametrize("failing", ["dnf", "amazon-cloudwatch-agent-ctl", "systemctl", "curl"])
def test_a_first_boot_that_fails_tells_cloudformation_at_once(failing: str, told: UserData, tmp_path: Path) -> None:
    *before, last = boot(told, tmp_path, failing)
    assert last.startswith("cfn-signal --exit-code 7 ")
    assert before[-1].split()[0] == failing

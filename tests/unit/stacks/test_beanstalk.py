"""What Elastic Beanstalk is told, and what its bundle says, that a reader would not expect."""

import dataclasses
import fnmatch
import json
import os
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from microservice import ServiceSpec
from tests.conftest import Synthesise, Synthesised, Template, logical_ids, resources
from tests.snapshot.options import add_options
from tests.unit.stacks.source_bundle import STACK, Options, bundle_of, options_of, service_of


@pytest.fixture
def template(templates: dict[str, Template]) -> Template:
    return templates[STACK]


@pytest.fixture
def options(synthesised: Synthesised) -> Options:
    return options_of(synthesised)


@pytest.fixture
def service(synthesised: Synthesised) -> dict[str, Any]:
    return service_of(synthesised)


def filled_in(value: Any, known: dict[str, str]) -> str:
    """What CloudFormation makes of a string with pseudo parameters in it."""
    if isinstance(value, str):
        return value
    [(function, said)] = value.items()
    if function == "Ref":
        return known[said]
    if function == "Fn::Sub":
        return re.sub(r"\$\{(.*?)\}", lambda found: known[found[1]], said)
    assert function == "Fn::Join"
    return str(said[0]).join(filled_in(part, known) for part in said[1])


def test_the_load_balancer_is_cloudformations_and_nobody_else_opens_it(template: Template, options: Options) -> None:
    [balancer] = logical_ids(template, "AWS::ElasticLoadBalancingV2::LoadBalancer")
    assert options["aws:elasticbeanstalk:environment"]["LoadBalancerIsShared"] == "true"
    shared = options["aws:elbv2:loadbalancer"]
    assert shared["SharedLoadBalancer"] == {"Ref": balancer}
    assert shared["SecurityGroups"]["Fn::Join"][1] == template["Resources"][balancer]["Properties"]["SecurityGroups"]


@pytest.mark.parametrize(
    "host", ["a1b2c3.execute-api.us-east-1.amazonaws.com", "internal-lb-1.us-east-1.elb.amazonaws.com"]
)
def test_the_rule_matches_what_comes_through_the_http_api(options: Options, host: str) -> None:
    """Without names Beanstalk puts the environment's own there, which no request through this door has."""
    [rule] = options["aws:elbv2:listener:80"]["Rules"].split(",")
    names = options[f"aws:elbv2:listenerrule:{rule}"]["HostHeaders"]["Fn::Join"][1]
    assert names[0]["Fn::Select"][1]["Fn::Split"][1]["Fn::GetAtt"][1] == "ApiEndpoint"
    patterns = "".join(part if isinstance(part, str) else "amazonaws.com" for part in names[1:]).split(",")
    assert any(fnmatch.fnmatch(host, pattern) for pattern in patterns)


def test_instances_are_private_and_only_the_load_balancer_reaches_the_service(
    template: Template, options: Options
) -> None:
    launched = options["aws:autoscaling:launchconfiguration"]
    assert launched["DisableDefaultEC2SecurityGroup"] == launched["DisableIMDSv1"] == "true"
    assert "EC2KeyName" not in launched
    assert options["aws:ec2:vpc"]["AssociatePublicIpAddress"] == "false"
    group = launched["SecurityGroups"]
    admitted = [rule for rule in resources(template, "AWS::EC2::SecurityGroupIngress") if rule["GroupId"] == group]
    [rule] = admitted
    assert [rule["SourceSecurityGroupId"]] == options["aws:elbv2:loadbalancer"]["SecurityGroups"]["Fn::Join"][1]
    assert (
        str(rule["FromPort"])
        == str(rule["ToPort"])
        == options["aws:elasticbeanstalk:environment:process:default"]["Port"]
    )


def test_the_first_boot_waits_for_policies_and_for_the_way_in(template: Template) -> None:
    [environment] = [found for found in template["Resources"].values() if found["Type"].endswith("::Environment")]
    kinds = ("AWS::IAM::Policy", "AWS::ElasticLoadBalancingV2::Listener", "AWS::EC2::SecurityGroupEgress")
    needed = logical_ids(template, *kinds)
    assert len(needed) == 3
    assert needed <= set(environment["DependsOn"])


def test_instances_read_their_bundle_and_beanstalks_copies_and_nothing_else_of_s3(template: Template) -> None:
    [policy] = resources(template, "AWS::IAM::Policy")
    statements = policy["PolicyDocument"]["Statement"]
    reading = {json.dumps(found["Action"]): found for found in statements if "s3:" in json.dumps(found["Action"])}
    beanstalks = "arn:aws:s3:::elasticbeanstalk-eu-west-1-000000000000"
    [version] = resources(template, "AWS::ElasticBeanstalk::ApplicationVersion")
    known = {"AWS::Partition": "aws", "AWS::Region": "eu-west-1", "AWS::AccountId": "000000000000"}
    read = {action: filled_in(found["Resource"], known) for action, found in reading.items()}
    source = version["SourceBundle"]
    assert read == {
        '"s3:GetObject"': f"arn:aws:s3:::{filled_in(source['S3Bucket'], known)}/{source['S3Key']}",
        '["s3:GetObject", "s3:GetObjectVersion"]': f"{beanstalks}/resources/environments/*",
        '"s3:ListBucket"': beanstalks,
    }
    assert reading['"s3:ListBucket"']["Condition"] == {"StringLike": {"s3:prefix": "resources/environments/*"}}


def test_beanstalk_may_do_what_aws_says(template: Template) -> None:
    roles = resources(template, "AWS::IAM::Role")
    [service] = [role for role in roles if "ManagedPolicyArns" in role]
    names = [arn["Fn::Join"][1][-1].split(":policy/")[1] for arn in service["ManagedPolicyArns"]]
    assert names == [
        "service-role/AWSElasticBeanstalkEnhancedHealth",
        "AWSElasticBeanstalkManagedUpdatesCustomerRolePolicy",
    ]
    [statement] = service["AssumeRolePolicyDocument"]["Statement"]
    assert statement["Condition"] == {"StringEquals": {"sts:ExternalId": "elasticbeanstalk"}}


def test_another_image_is_another_version_and_changes_nothing_else(
    synthesised: Synthesised, variant: Synthesise
) -> None:
    """AWS refuses a new version and another configuration in one update; a configuration alone is not rolled out."""
    other = variant(context={"base_image": "another"})
    assert service_of(other)["image"] != service_of(synthesised)["image"]
    assert bundle_of(other).name != bundle_of(synthesised).name
    assert options_of(other) == options_of(synthesised)


def test_other_variables_are_another_version_unless_only_aws_knows_them(
    synthesised: Synthesised, variant: Synthesise, app_spec: ServiceSpec
) -> None:
    other = variant(dataclasses.replace(app_spec, environment={"LOG_LEVEL": "DEBUG"}))
    assert "LOG_LEVEL=DEBUG" in service_of(other)["environment"]
    assert options_of(other) == options_of(synthesised)


def test_compose_finds_all_that_it_is_not_told(synthesised: Synthesised, options: Options) -> None:
    text = (bundle_of(synthesised) / "docker-compose.yml").read_text()
    properties = set(options["aws:elasticbeanstalk:application:environment"])
    assert set(re.findall(r"\$\{(\w+)\}", text)) == properties
    assert properties == {"API_TOKEN_SECRET_ARN", "AWS_REGION", "IMAGE_REPOSITORY", "TABLE_NAME"}
    # Beanstalk writes none where the bundle brings one.
    assert not (bundle_of(synthesised) / ".env").exists()


STUBS = {
    "get-config": '[ "$*" = "environment -k IMAGE_REPOSITORY" ] && echo "$REPOSITORY"',
    "aws": 'echo "aws $*" >> calls; [ "$*" = "ecr get-login-password --region eu-west-1" ] && echo secret',
    "docker": 'echo "docker $* < $(cat)" >> calls',
}


def run_hook(hook: Path, folder: Path, repository: str) -> list[str]:
    """What the hook calls, where `aws` answers for eu-west-1 only."""
    for name, does in STUBS.items():
        (folder / name).write_text(f"#!/bin/sh\n{does}\n")
        (folder / name).chmod(0o755)
    script = folder / hook.name
    script.write_text(hook.read_text().replace("/opt/elasticbeanstalk/bin/", ""))
    script.chmod(0o755)
    environment = {"PATH": f"{folder}:{os.environ['PATH']}", "REPOSITORY": repository}
    subprocess.run([str(script)], cwd=folder, env=environment, check=True)
    return (folder / "calls").read_text().splitlines()


@pytest.mark.parametrize("stack", [STACK, "InARegion"])
@pytest.mark.parametrize("kind", ["hooks", "confighooks"])
def test_the_hooks_sign_in_where_the_region_is_a_property_and_where_it_is_not(
    variant: Synthesise, tmp_path: Path, stack: str, kind: str
) -> None:
    synthesised = variant(prepare=add_options)
    properties = options_of(synthesised, stack)["aws:elasticbeanstalk:application:environment"]
    assert ("AWS_REGION" in properties) == (stack == STACK)
    known = {"AWS::AccountId": "000000000000", "AWS::Region": "eu-west-1", "AWS::URLSuffix": "amazonaws.com"}
    hook = bundle_of(synthesised, stack) / ".platform" / kind / "prebuild/sign_in.sh"
    registry = "000000000000.dkr.ecr.eu-west-1.amazonaws.com"
    assert run_hook(hook, tmp_path, filled_in(properties["IMAGE_REPOSITORY"], known)) == [
        "aws ecr get-login-password --region eu-west-1",
        f"docker login --username AWS --password-stdin {registry} < secret",
    ]


def test_a_hook_that_gets_no_password_fails_the_deployment(synthesised: Synthesised, tmp_path: Path) -> None:
    hook = bundle_of(synthesised) / ".platform/hooks/prebuild/sign_in.sh"
    with pytest.raises(subprocess.CalledProcessError):
        run_hook(hook, tmp_path, "000000000000.dkr.ecr.eu-west-2.amazonaws.com/orders")


def test_a_container_can_write_nothing_is_nobody_and_has_its_share(service: dict[str, Any]) -> None:
    assert service["user"] == "10001:10001"
    assert service["read_only"] is service["init"] is True
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert (service["cpus"], service["mem_limit"]) == (0.25, "512m")


def test_a_request_in_flight_ends_before_its_container(
    template: Template, options: Options, service: dict[str, Any]
) -> None:
    [integration] = resources(template, "AWS::ApiGatewayV2::Integration")
    leaving = int(options["aws:elasticbeanstalk:environment:process:default"]["DeregistrationDelay"])
    assert integration["TimeoutInMillis"] / 1000 < leaving <= int(service["stop_grace_period"].removesuffix("s"))


def test_a_version_is_rolled_out_in_batches_that_must_be_well_long_before_cloudformation_gives_up(
    options: Options,
) -> None:
    command = options["aws:elasticbeanstalk:command"]
    assert command["DeploymentPolicy"] == "RollingWithAdditionalBatch"
    assert command.get("IgnoreHealthCheck", "false") == "false"
    assert options["aws:elasticbeanstalk:healthreporting:system"]["SystemType"] == "enhanced"
    batches = 1 + 100 // int(command["BatchSize"])
    assert batches * (int(command["Timeout"]) + 240) < 120 * 60


def test_an_instance_whose_service_hangs_is_replaced(synthesised: Synthesised) -> None:
    """Beanstalk's own default looks at the machine only."""
    [config] = (bundle_of(synthesised) / ".ebextensions").iterdir()
    [group] = yaml.safe_load(config.read_text())["Resources"].items()
    assert group[0] == "AWSEBAutoScalingGroup"
    assert group[1]["Properties"]["HealthCheckType"] == "ELB"


@pytest.mark.parametrize(("cpu", "upper"), [(512, "15"), (2048, "60")])
def test_scaling_looks_at_the_share_of_the_instance_that_a_container_may_use(
    cpu: int, upper: str, variant: Synthesise, app_spec: ServiceSpec
) -> None:
    """A container with a quarter of an instance never gets its load above a quarter."""
    spec = dataclasses.replace(app_spec, cpu=cpu, memory_mib=4096)
    assert options_of(variant(spec))["aws:autoscaling:trigger"]["UpperThreshold"] == upper


def test_arm64_runs_on_graviton(variant: Synthesise, app_spec: ServiceSpec) -> None:
    other = options_of(variant(dataclasses.replace(app_spec, architecture="arm64")))
    assert other["aws:ec2:instances"] == {"InstanceTypes": "t4g.small", "SupportedArchitectures": "arm64"}


def test_the_platforms_version_is_a_parameter(template: Template) -> None:
    [environment] = resources(template, "AWS::ElasticBeanstalk::Environment")
    name = environment["SolutionStackName"]["Fn::Join"][1]
    assert name == ["64bit Amazon Linux 2023 v", {"Ref": "PlatformVersion"}, " running Docker"]
    assert template["Parameters"]["PlatformVersion"]["Default"]


@pytest.mark.skipif(not shutil.which("docker-compose"), reason="docker-compose is not installed")
def test_compose_itself_takes_the_file_and_hands_a_dollar_sign_on(
    variant: Synthesise, app_spec: ServiceSpec, tmp_path: Path
) -> None:
    spec = dataclasses.replace(app_spec, environment={"PRICE": "$5 ${TABLE_NAME}", "SAID": 'yes: "no" # on'})
    synthesised = variant(spec)
    shutil.copy(bundle_of(synthesised) / "docker-compose.yml", tmp_path)
    properties = options_of(synthesised)["aws:elasticbeanstalk:application:environment"]
    (tmp_path / ".env").write_text("".join(f"{name}=value-of-{name}\n" for name in properties))
    command = ["docker-compose", "config"]
    finished = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=True)
    [service] = yaml.safe_load(finished.stdout)["services"].values()
    assert service["image"].startswith("value-of-IMAGE_REPOSITORY:")
    assert service["environment"]["TABLE_NAME"] == "value-of-TABLE_NAME"
    # What it prints can be read again, so its dollar signs are doubled.
    assert service["environment"]["PRICE"] == "$$5 $${TABLE_NAME}"
    assert service["environment"]["SAID"] == 'yes: "no" # on'


def test_at_a_domain_of_ones_own_the_rule_stands_on_https_and_matches_the_domain(variant: Synthesise) -> None:
    options = options_of(variant(prepare=add_options), "OwnMachines")
    [rule] = options["aws:elbv2:listener:443"]["Rules"].split(",")
    assert "aws:elbv2:listener:80" not in options
    [_, parts] = options[f"aws:elbv2:listenerrule:{rule}"]["HostHeaders"]["Fn::Join"]
    assert parts[0].split(",")[0] == "bills.example.com"
    assert options["aws:ec2:vpc"]["ELBScheme"] == "public"
    assert options["aws:ec2:instances"]["InstanceTypes"] == "c7i.large"

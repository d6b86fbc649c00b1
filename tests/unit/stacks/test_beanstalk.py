"""Properties of the Beanstalk environment and its source bundle: network, permissions, deployment, and scaling."""

import dataclasses
import fnmatch
import json
import os
import re
import shutil
import subprocess
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
import yaml

from microservice import ServiceSpec
from tests.conftest import Synthesise, Synthesised, Template, logical_ids, resource, resources
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


def resolved(value: Any, known: dict[str, str]) -> str:
    """Resolve a string with pseudo parameters like CloudFormation."""
    if isinstance(value, str):
        return value
    [(function, argument)] = value.items()
    if function == "Ref":
        return known[argument]
    if function == "Fn::Sub":
        return re.sub(r"\$\{(.*?)\}", lambda found: known[found[1]], argument)
    assert function == "Fn::Join"
    return str(argument[0]).join(resolved(part, known) for part in argument[1])


def test_the_environment_shares_the_load_balancer_of_the_stack_with_its_security_groups(
    template: Template, options: Options
) -> None:
    [balancer] = logical_ids(template, "AWS::ElasticLoadBalancingV2::LoadBalancer")
    assert options["aws:elasticbeanstalk:environment"]["LoadBalancerIsShared"] == "true"
    shared = options["aws:elbv2:loadbalancer"]
    assert shared["SharedLoadBalancer"] == {"Ref": balancer}
    assert shared["SecurityGroups"]["Fn::Join"][1] == template["Resources"][balancer]["Properties"]["SecurityGroups"]


@pytest.mark.parametrize(
    "host", ["a1b2c3.execute-api.us-east-1.amazonaws.com", "internal-lb-1.us-east-1.elb.amazonaws.com"]
)
def test_the_listener_rule_matches_the_host_names_of_requests_from_the_http_api(options: Options, host: str) -> None:
    """By default, the rule matches the CNAME of the environment, which no such request has."""
    [rule] = options["aws:elbv2:listener:80"]["Rules"].split(",")
    names = options[f"aws:elbv2:listenerrule:{rule}"]["HostHeaders"]["Fn::Join"][1]
    assert names[0]["Fn::Select"][1]["Fn::Split"][1]["Fn::GetAtt"][1] == "ApiEndpoint"
    patterns = "".join(part if isinstance(part, str) else "amazonaws.com" for part in names[1:]).split(",")
    assert any(fnmatch.fnmatch(host, pattern) for pattern in patterns)


def test_instances_are_private_and_accept_traffic_from_the_load_balancer_only(
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


def test_the_environment_waits_for_policies_listener_and_security_groups(template: Template) -> None:
    environment = resource(template, "AWS::ElasticBeanstalk::Environment")
    kinds = ("AWS::IAM::Policy", "AWS::ElasticLoadBalancingV2::Listener", "AWS::EC2::SecurityGroupEgress")
    needed = logical_ids(template, *kinds)
    assert len(needed) == 3
    assert needed <= set(environment["DependsOn"])


def test_instances_may_read_their_bundle_and_the_environments_in_beanstalks_bucket_only(template: Template) -> None:
    [policy] = resources(template, "AWS::IAM::Policy")
    statements = policy["PolicyDocument"]["Statement"]
    reading = {json.dumps(found["Action"]): found for found in statements if "s3:" in json.dumps(found["Action"])}
    beanstalks = "arn:aws:s3:::elasticbeanstalk-eu-west-1-000000000000"
    [version] = resources(template, "AWS::ElasticBeanstalk::ApplicationVersion")
    known = {"AWS::Partition": "aws", "AWS::Region": "eu-west-1", "AWS::AccountId": "000000000000"}
    read = {action: resolved(found["Resource"], known) for action, found in reading.items()}
    source = version["SourceBundle"]
    assert read == {
        '"s3:GetObject"': f"arn:aws:s3:::{resolved(source['S3Bucket'], known)}/{source['S3Key']}",
        '["s3:GetObject", "s3:GetObjectVersion"]': f"{beanstalks}/resources/environments/*",
        '"s3:ListBucket"': beanstalks,
        '"s3:PutObject"': f"{beanstalks}/resources/environments/logs/*",
    }
    assert reading['"s3:ListBucket"']["Condition"] == {"StringLike": {"s3:prefix": "resources/environments/*"}}


def test_the_service_role_has_the_managed_policies_that_aws_documents(template: Template) -> None:
    roles = resources(template, "AWS::IAM::Role")
    [service] = [role for role in roles if "ManagedPolicyArns" in role]
    names = [arn["Fn::Join"][1][-1].split(":policy/")[1] for arn in service["ManagedPolicyArns"]]
    assert names == [
        "service-role/AWSElasticBeanstalkEnhancedHealth",
        "AWSElasticBeanstalkManagedUpdatesCustomerRolePolicy",
    ]
    [statement] = service["AssumeRolePolicyDocument"]["Statement"]
    assert statement["Condition"] == {"StringEquals": {"sts:ExternalId": "elasticbeanstalk"}}


def test_another_image_is_another_application_version_with_the_same_options(
    synthesised: Synthesised, variant: Synthesise
) -> None:
    """AWS rejects an update of version and options; an update of options is not deployed in batches."""
    other = variant(context={"base_image": "another"})
    assert service_of(other)["image"] != service_of(synthesised)["image"]
    assert bundle_of(other).name != bundle_of(synthesised).name
    assert options_of(other) == options_of(synthesised)


def test_variables_with_known_values_are_part_of_the_application_version(
    synthesised: Synthesised, variant: Synthesise, app_spec: ServiceSpec
) -> None:
    other = variant(dataclasses.replace(app_spec, environment={"LOG_LEVEL": "DEBUG"}))
    assert "LOG_LEVEL=DEBUG" in service_of(other)["environment"]
    assert options_of(other) == options_of(synthesised)


def test_environment_properties_are_the_variables_of_the_compose_file(
    synthesised: Synthesised, options: Options
) -> None:
    text = (bundle_of(synthesised) / "docker-compose.yml").read_text()
    properties = set(options["aws:elasticbeanstalk:application:environment"])
    assert set(re.findall(r"\$\{(\w+)\}", text)) == properties
    assert properties == {"API_TOKEN_SECRET_ARN", "AWS_REGION", "IMAGE_REPOSITORY", "LOG_GROUP", "TABLE_NAME"}
    # Beanstalk writes no `.env` if the bundle contains one.
    assert not (bundle_of(synthesised) / ".env").exists()


STUBS = {
    "get-config": '[ "$*" = "environment -k IMAGE_REPOSITORY" ] && echo "$REPOSITORY"',
    "aws": 'echo "aws $*" >> calls; [ "$*" = "ecr get-login-password --region eu-west-1" ] && echo secret',
    "docker": 'echo "docker $* < $(cat)" >> calls',
}


def run_hook(hook: Path, folder: Path, repository: str) -> list[str]:
    """Return the commands of the hook; `aws` succeeds for eu-west-1 only."""
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
def test_the_hooks_log_in_to_ecr_with_and_without_the_region_as_a_property(
    variant: Synthesise, tmp_path: Path, stack: str, kind: str
) -> None:
    synthesised = variant(prepare=add_options)
    properties = options_of(synthesised, stack)["aws:elasticbeanstalk:application:environment"]
    assert ("AWS_REGION" in properties) == (stack == STACK)
    known = {"AWS::AccountId": "000000000000", "AWS::Region": "eu-west-1", "AWS::URLSuffix": "amazonaws.com"}
    hook = bundle_of(synthesised, stack) / ".platform" / kind / "prebuild/ecr_login.sh"
    registry = "000000000000.dkr.ecr.eu-west-1.amazonaws.com"
    assert run_hook(hook, tmp_path, resolved(properties["IMAGE_REPOSITORY"], known)) == [
        "aws ecr get-login-password --region eu-west-1",
        f"docker login --username AWS --password-stdin {registry} < secret",
    ]


def test_a_hook_without_a_password_fails_the_deployment(synthesised: Synthesised, tmp_path: Path) -> None:
    hook = bundle_of(synthesised) / ".platform/hooks/prebuild/ecr_login.sh"
    with pytest.raises(subprocess.CalledProcessError):
        run_hook(hook, tmp_path, "000000000000.dkr.ecr.eu-west-2.amazonaws.com/orders")


@pytest.mark.parametrize("kind", ["hooks", "confighooks"])
@pytest.mark.parametrize(("path", "status"), [("/livez", 0), ("/ready", 1)])
def test_a_version_that_does_not_know_its_health_path_fails_the_deployment(
    synthesised: Synthesised, kind: str, path: str, status: int
) -> None:
    """The load balancer accepts a 404, and Beanstalk ignores the health check of the container."""

    class OnlyLivez(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200 if self.path == "/livez" else 404)
            self.end_headers()

    script = (bundle_of(synthesised) / ".platform" / kind / "postdeploy/health.sh").read_text()
    with ThreadingHTTPServer(("127.0.0.1", 0), OnlyLivez) as server:
        Thread(target=server.serve_forever).start()
        script = script.replace(":8080/livez", f":{server.server_port}{path}").replace(">= 300", ">= 0")
        assert subprocess.run(["bash", "-c", script], check=False).returncode == status
        server.shutdown()


def test_the_container_is_read_only_runs_without_privileges_and_has_the_size_of_the_spec(
    service: dict[str, Any],
) -> None:
    assert service["user"] == "10001:10001"
    assert service["read_only"] is service["init"] is True
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert (service["cpus"], service["mem_limit"]) == (0.25, "512m")


def test_a_request_in_flight_ends_before_its_container(
    template: Template, options: Options, service: dict[str, Any]
) -> None:
    [integration] = resources(template, "AWS::ApiGatewayV2::Integration")
    deregistration = int(options["aws:elasticbeanstalk:environment:process:default"]["DeregistrationDelay"])
    assert integration["TimeoutInMillis"] / 1000 < deregistration <= int(service["stop_grace_period"].removesuffix("s"))


def test_deployments_of_versions_and_of_options_start_a_second_set_of_instances(options: Options) -> None:
    command, update = options["aws:elasticbeanstalk:command"], options["aws:autoscaling:updatepolicy:rollingupdate"]
    assert (command["DeploymentPolicy"], update["RollingUpdateType"]) == ("Immutable", "Immutable")
    assert command.get("IgnoreHealthCheck", "false") == "false"
    assert options["aws:elasticbeanstalk:healthreporting:system"]["SystemType"] == "enhanced"
    # The deployment and its rollback end before the timeout of CloudFormation.
    assert 2 * (int(command["Timeout"]) + 240) < 120 * 60


def configured(synthesised: Synthesised) -> dict[str, Any]:
    """Return logical ID -> properties of the resources that the bundle changes."""
    [config] = (bundle_of(synthesised) / ".ebextensions").iterdir()
    return {name: found["Properties"] for name, found in yaml.safe_load(config.read_text())["Resources"].items()}


def test_an_instance_that_fails_the_health_check_of_the_load_balancer_is_replaced(synthesised: Synthesised) -> None:
    """By default, Beanstalk uses the status checks of EC2 only."""
    assert configured(synthesised)["AWSEBAutoScalingGroup"]["HealthCheckType"] == "ELB"


def test_containers_reach_the_credentials_of_the_instance(synthesised: Synthesised) -> None:
    metadata = configured(synthesised)["AWSEBEC2LaunchTemplate"]["LaunchTemplateData"]["MetadataOptions"]
    assert metadata == {"HttpTokens": "required", "HttpPutResponseHopLimit": 2}


def test_container_logs_go_to_the_log_group_of_the_stack_unchanged(
    template: Template, options: Options, service: dict[str, Any]
) -> None:
    assert service["logging"]["driver"] == "awslogs"
    assert service["logging"]["options"]["awslogs-group"] == "${LOG_GROUP}"
    groups = logical_ids(template, "AWS::Logs::LogGroup")
    assert options["aws:elasticbeanstalk:application:environment"]["LOG_GROUP"]["Ref"] in groups


@pytest.mark.parametrize(("cpu", "upper"), [(512, "15"), (2048, "60")])
def test_the_scaling_threshold_is_the_part_of_the_instance_that_the_container_may_use(
    cpu: int, upper: str, variant: Synthesise, app_spec: ServiceSpec
) -> None:
    """A container with a quarter of an instance never exceeds a quarter of its CPU utilization."""
    spec = dataclasses.replace(app_spec, cpu=cpu, memory_mib=4096)
    assert options_of(variant(spec))["aws:autoscaling:trigger"]["UpperThreshold"] == upper


def test_arm64_selects_a_graviton_instance_type(variant: Synthesise, app_spec: ServiceSpec) -> None:
    other = options_of(variant(dataclasses.replace(app_spec, architecture="arm64")))
    assert other["aws:ec2:instances"] == {"InstanceTypes": "t4g.small", "SupportedArchitectures": "arm64"}


def test_the_platform_version_is_a_stack_parameter(template: Template) -> None:
    [environment] = resources(template, "AWS::ElasticBeanstalk::Environment")
    # A solution stack name would be create-only: another version would build another environment.
    assert "SolutionStackName" not in environment
    *_, version = environment["PlatformArn"]["Fn::Join"][1]
    assert version == {"Ref": "PlatformVersion"}
    assert template["Parameters"]["PlatformVersion"]["Default"]


@pytest.mark.skipif(not shutil.which("docker-compose"), reason="docker-compose is not installed")
def test_docker_compose_accepts_the_file_and_keeps_dollar_signs(
    variant: Synthesise, app_spec: ServiceSpec, tmp_path: Path
) -> None:
    spec = dataclasses.replace(app_spec, environment={"PRICE": "$5 ${TABLE_NAME}", "TEXT": 'yes: "no" # on'})
    synthesised = variant(spec)
    shutil.copy(bundle_of(synthesised) / "docker-compose.yml", tmp_path)
    properties = options_of(synthesised)["aws:elasticbeanstalk:application:environment"]
    (tmp_path / ".env").write_text("".join(f"{name}=value-of-{name}\n" for name in properties))
    command = ["docker-compose", "config"]
    finished = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=True)
    [service] = yaml.safe_load(finished.stdout)["services"].values()
    assert service["image"].startswith("value-of-IMAGE_REPOSITORY:")
    assert service["environment"]["TABLE_NAME"] == "value-of-TABLE_NAME"
    # The printed file can be read again, so its dollar signs are escaped.
    assert service["environment"]["PRICE"] == "$$5 $${TABLE_NAME}"
    assert service["environment"]["TEXT"] == 'yes: "no" # on'


def test_at_a_custom_domain_the_listener_rule_is_on_https_and_matches_the_domain(variant: Synthesise) -> None:
    options = options_of(variant(prepare=add_options), "OwnMachines")
    [rule] = options["aws:elbv2:listener:443"]["Rules"].split(",")
    assert "aws:elbv2:listener:80" not in options
    [_, parts] = options[f"aws:elbv2:listenerrule:{rule}"]["HostHeaders"]["Fn::Join"]
    assert parts[0].split(",")[0] == "large.example.com"
    assert options["aws:ec2:vpc"]["ELBScheme"] == "public"
    assert options["aws:ec2:instances"]["InstanceTypes"] == "c7i.large"

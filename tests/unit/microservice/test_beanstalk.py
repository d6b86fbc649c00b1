"""Fields of the spec in the Beanstalk environment and its source bundle."""

import dataclasses
import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import aws_cdk as cdk
import pytest
import yaml
from aws_cdk.assertions import Template

from microservice import UnsupportedSpecError
from tests.unit.microservice.targets import stack_with

TARGET = "BeanstalkMicroservice"
SECRET = "arn:aws:secretsmanager:eu-west-1:123456789012:secret:bills-AbCdEf"
PARAMETER = "arn:aws:ssm:eu-west-1:123456789012:parameter/bills/key"


@dataclasses.dataclass(frozen=True)
class Made:
    """A stack with the service: its template, its options, and the folder of its source bundle."""

    template: dict[str, Any]
    options: dict[str, dict[str, Any]]
    bundle: Path

    @property
    def service(self) -> dict[str, Any]:
        [found] = yaml.safe_load((self.bundle / "docker-compose.yml").read_text())["services"].values()
        return dict(found)

    @property
    def health_hook(self) -> str:
        return (self.bundle / ".platform/hooks/postdeploy/health.sh").read_text()


def made(folder: Path, **fields: Any) -> Made:
    app = cdk.App(outdir=str(folder))
    stack = stack_with(TARGET, app=app, **fields)
    app.synth()
    template = Template.from_stack(stack).to_json()
    properties = {found["Type"]: found.get("Properties", {}) for found in template["Resources"].values()}
    options: dict[str, dict[str, Any]] = {}
    for setting in properties["AWS::ElasticBeanstalk::Environment"]["OptionSettings"]:
        options.setdefault(setting["Namespace"], {})[setting["OptionName"]] = setting["Value"]
    key = properties["AWS::ElasticBeanstalk::ApplicationVersion"]["SourceBundle"]["S3Key"]
    return Made(dict(template), options, folder / f"asset.{key.removesuffix('.zip')}")


def test_the_command_reaches_compose_unchanged(tmp_path: Path) -> None:
    assert made(tmp_path, command=["serve", "$HOME"]).service["command"] == ["serve", "$$HOME"]


def test_without_a_command_and_a_health_command_the_image_and_the_load_balancer_decide(tmp_path: Path) -> None:
    assert not {"command", "healthcheck"} & set(made(tmp_path, health_command=[]).service)


@pytest.mark.parametrize(("paths", "tmpfs"), [(["/tmp", "/data"], ["/tmp", "/data"]), ([], None)])
def test_writable_directories_are_in_memory_with_a_size_for_every_user(
    paths: list[str], tmpfs: list[str] | None, tmp_path: Path
) -> None:
    wanted = [f"{path}:size=64m,mode=1777" for path in tmpfs] if tmpfs else None
    assert made(tmp_path, writable_paths=paths).service.get("tmpfs") == wanted


def test_beanstalk_reads_secrets_in_its_own_notation_of_json_keys(tmp_path: Path) -> None:
    found = made(tmp_path, secrets={"WHOLE": SECRET, "KEY": f"{SECRET}:password::", "OTHER": PARAMETER})
    assert found.options["aws:elasticbeanstalk:application:environmentsecrets"] == {
        "WHOLE": SECRET,
        "KEY": f"{SECRET}:password",
        "OTHER": PARAMETER,
    }
    # An environment property of the same name would replace the secret.
    assert not {"WHOLE", "KEY", "OTHER"} & set(found.options["aws:elasticbeanstalk:application:environment"])
    policies = [each for each in found.template["Resources"].values() if each["Type"] == "AWS::IAM::Policy"]
    [statements] = [each["Properties"]["PolicyDocument"]["Statement"] for each in policies]
    granted = {json.dumps(entry["Action"]): entry["Resource"] for entry in statements}
    assert granted['"secretsmanager:GetSecretValue"'] == SECRET
    assert granted['"ssm:GetParameter"'] == PARAMETER


@pytest.mark.parametrize("selector", [":key:AWSPREVIOUS:", "::AWSPREVIOUS:", ":key::4711"])
def test_a_fixed_version_of_a_secret_is_rejected(selector: str) -> None:
    with pytest.raises(UnsupportedSpecError, match=r"secrets\['KEY'\].*allowed: the current version"):
        stack_with(TARGET, secrets={"KEY": SECRET + selector})


def test_secrets_do_not_have_the_names_of_properties() -> None:
    with pytest.raises(UnsupportedSpecError, match=r"secrets\['IMAGE_REPOSITORY'\].*other names"):
        stack_with(TARGET, secrets={"IMAGE_REPOSITORY": SECRET})


@pytest.mark.skipif(not shutil.which("docker-compose"), reason="docker-compose is not installed")
def test_compose_sets_a_secret_and_fails_without_it(tmp_path: Path) -> None:
    found = made(tmp_path, secrets={"KEY": SECRET}, command=["a b", "$C"])
    names = [*found.options["aws:elasticbeanstalk:application:environment"], "KEY"]

    def compose(names: list[str]) -> subprocess.CompletedProcess[str]:
        (found.bundle / ".env").write_text("".join(f"{name}=value-of-{name}\n" for name in names))
        command = ["docker-compose", "config"]
        return subprocess.run(command, cwd=found.bundle, capture_output=True, text=True, check=False)

    [service] = yaml.safe_load(compose(names).stdout)["services"].values()
    assert service["environment"]["KEY"] == "value-of-KEY"
    assert service["command"] == ["a b", "$$C"]
    assert service["tmpfs"] == ["/tmp:size=64m,mode=1777"]
    failed = compose(names[:-1])
    assert failed.returncode != 0
    assert "Beanstalk has not set this secret" in failed.stderr


def seconds(duration: str) -> int:
    return int(duration.removeprefix("PT").removesuffix("M")) * 60


@pytest.mark.parametrize("start", [5, 60, 61, 900])
def test_each_timeout_contains_the_start_of_the_service(start: int, tmp_path: Path) -> None:
    found = made(tmp_path, start_seconds=start)
    config = yaml.safe_load((found.bundle / ".ebextensions/instances.config").read_text())["Resources"]
    grace_period = config["AWSEBAutoScalingGroup"]["Properties"]["HealthCheckGracePeriod"]
    deployment = int(found.options["aws:elasticbeanstalk:command"]["Timeout"])
    replacement = seconds(found.options["aws:autoscaling:updatepolicy:rollingupdate"]["Timeout"])
    assert f">= {240 + start} ))" in found.health_hook
    assert found.service["healthcheck"]["start_period"] == f"{start}s"
    assert 240 + start < grace_period == 540 + start < deployment == 1140 + start <= 3600
    assert deployment < replacement <= 3600
    # A boot, which uses more CPU than the service, starts no other instance.
    assert int(found.options["aws:autoscaling:trigger"]["BreachDuration"]) * 60 >= 840 + start


def test_native_objects_are_attributes() -> None:
    service: Any = stack_with(TARGET).node.find_child("Service")
    assert service.application.cfn_resource_type == "AWS::ElasticBeanstalk::Application"
    assert service.version.cfn_resource_type == "AWS::ElasticBeanstalk::ApplicationVersion"
    assert service.environment.cfn_resource_type == "AWS::ElasticBeanstalk::Environment"

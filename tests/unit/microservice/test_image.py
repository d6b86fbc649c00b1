"""Images: a promoted image is run by its digest on every target, and nothing is built."""

import json
from pathlib import Path
from typing import Any

import aws_cdk as cdk
import pytest

from microservice import InstanceType, PromotedImage, RepositorySource, pull_statements
from tests.conftest import Template, resource, resources
from tests.unit.microservice.targets import IMAGE, TARGETS, stack_with

DIGEST = IMAGE.digest


def template_of(target: str, directory: Path, **values: Any) -> Template:
    app = cdk.App(outdir=str(directory))
    stack_with(target, app=app, **values)
    template: Template = app.synth().get_stack_by_name("Stack").template
    return template


@pytest.mark.parametrize("target", [target for target in TARGETS if target != "BeanstalkMicroservice"])
def test_a_promoted_image_is_run_by_its_digest_and_nothing_is_built(target: str, tmp_path: Path) -> None:
    template = template_of(target, tmp_path)
    assert f"/team/bills@{IMAGE.digest}" in json.dumps(template)
    assert json.loads((tmp_path / "Stack.assets.json").read_text())["dockerImages"] == {}


def test_beanstalk_runs_a_promoted_image_by_its_digest_from_the_registry_of_the_account(tmp_path: Path) -> None:
    template_of("BeanstalkMicroservice", tmp_path)
    [compose] = tmp_path.glob("asset.*/docker-compose.yml")
    assert f'image: "${{IMAGE_REPOSITORY}}@{IMAGE.digest}"' in compose.read_text()
    assert json.loads((tmp_path / "Stack.assets.json").read_text())["dockerImages"] == {}


@pytest.mark.parametrize(
    ("target", "kind", "path"),
    [
        (
            "AppRunnerMicroservice",
            "AWS::AppRunner::Service",
            ("SourceConfiguration", "ImageRepository", "ImageIdentifier"),
        ),
        ("Ec2PodmanMicroservice", "AWS::EC2::LaunchTemplate", ("LaunchTemplateData", "UserData")),
        ("EksAutoMicroservice", "Custom::AWSCDK-EKS-HelmChart", ("Values",)),
        ("EksFargateMicroservice", "Custom::AWSCDK-EKS-HelmChart", ("Values",)),
    ],
)
def test_the_digest_is_in_the_property_that_selects_the_image(
    target: str, kind: str, path: tuple[str, ...], tmp_path: Path
) -> None:
    found: Any = resource(template_of(target, tmp_path), kind)["Properties"]
    for key in path:
        found = found[key]
    assert f"/team/bills@{IMAGE.digest}" in str(found)


def test_an_instance_type_of_your_own_is_used(tmp_path: Path) -> None:
    large = InstanceType(name="m7i.large", cpus=2, memory_mib=8192)
    template = template_of("Ec2PodmanMicroservice", tmp_path, memory_mib=7424, instance_type=large)
    launch = resource(template, "AWS::EC2::LaunchTemplate")["Properties"]["LaunchTemplateData"]
    assert launch["InstanceType"] == "m7i.large"


def test_tags_cannot_be_promoted() -> None:
    with pytest.raises(
        ValueError, match=r"digest='latest' is not valid \(allowed: 'sha256:' and 64 of 0-9a-f\)\. Set "
    ):
        PromotedImage(repository_name="bills", digest="latest")


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"url": "git@example.com:bills"}, r"url='git@example.com:bills' is not valid \(allowed: an HTTPS URL"),
        ({"build_command": "pip install .\nrm -r x"}, r"build_command=.* is not valid \(allowed: one line\)\. Join"),
        ({"start_command": ""}, r"start_command='' is not valid \(allowed: one line\)"),
    ],
)
def test_a_repository_that_app_runner_cannot_build_is_rejected(changes: dict[str, str], message: str) -> None:
    repository = {
        "url": "https://example.com/bills",
        "branch": "main",
        "connection_arn": "arn:aws:apprunner:us-east-1:000000000000:connection/bills/1",
        "runtime": "PYTHON_311",
        "build_command": "pip install .",
        "start_command": "python -m bills",
    }
    with pytest.raises(ValueError, match=message):
        RepositorySource(**(repository | changes))


@pytest.mark.parametrize(
    "name",
    [
        "arn:aws:ecr:us-east-1:000000000000:repository/bills",
        "000000000000.dkr.ecr.us-east-1.amazonaws.com/bills",
        "000000000000.dkr.ecr.us-east-1.amazonaws.com",
        "Bills",
        "bills:latest",
        "",
    ],
)
def test_a_promoted_image_takes_the_name_of_its_repository_only(name: str) -> None:
    with pytest.raises(ValueError, match=r"repository_name=.*allowed: the name of a repository.*describe-repositories"):
        PromotedImage(repository_name=name, digest=IMAGE.digest)


ACCOUNT, REGION = "222222222222", "eu-central-1"
ARN = f"arn:aws:ecr:{REGION}:{ACCOUNT}:repository/team/bills"
URI = f"{ACCOUNT}.dkr.ecr.{REGION}.amazonaws.com/team/bills"


@pytest.mark.parametrize("given", [{"repository_arn": ARN}, {"repository_uri": URI}])
@pytest.mark.parametrize("target", [target for target in TARGETS if target != "BeanstalkMicroservice"])
def test_an_image_of_another_account_is_run_from_its_own_registry(
    target: str, given: dict[str, str], tmp_path: Path
) -> None:
    template = template_of(target, tmp_path, image=PromotedImage(**given, digest=IMAGE.digest))
    assert f"{ACCOUNT}.dkr.ecr.{REGION}." in json.dumps(template)
    assert f"/team/bills@{IMAGE.digest}" in json.dumps(template)


def test_beanstalk_pulls_an_image_of_another_account(tmp_path: Path) -> None:
    template = template_of("BeanstalkMicroservice", tmp_path, image=PromotedImage(repository_arn=ARN, digest=DIGEST))
    assert f"{ACCOUNT}.dkr.ecr.{REGION}." in json.dumps(template)


@pytest.mark.parametrize(
    "target",
    [
        *("FargateMicroservice", "ExpressMicroservice", "ManagedInstancesMicroservice"),
        *("AppRunnerMicroservice", "BeanstalkMicroservice", "Ec2PodmanMicroservice"),
    ],
)
def test_roles_may_pull_from_the_repository_of_another_account(target: str, tmp_path: Path) -> None:
    template = template_of(target, tmp_path, image=PromotedImage(repository_uri=URI, digest=DIGEST))
    granted = [policy for policy in resources(template, "AWS::IAM::Policy") if ARN in json.dumps(policy)]
    assert granted
    for action in ("ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer", "ecr:GetAuthorizationToken"):
        assert action in json.dumps(granted)


@pytest.mark.parametrize("target", ["LambdaMicroservice", "AppRunnerMicroservice"])
def test_lambda_and_app_runner_reject_an_image_of_another_region(target: str) -> None:
    image = PromotedImage(repository_uri=URI, digest=DIGEST)

    def stage(region: str) -> Any:
        return cdk.Stage(cdk.App(), "Stage", env=cdk.Environment(account="111111111111", region=region))

    message = r"a repository in eu-central-1 is not supported by .* in us-east-1 .*Replicate"
    with pytest.raises(ValueError, match=message):
        stack_with(target, app=stage("us-east-1"), image=image)
    assert stack_with(target, app=stage(REGION), image=image)


def test_the_address_in_another_partition_has_its_arn() -> None:
    image = PromotedImage(repository_uri=f"{ACCOUNT}.dkr.ecr.cn-north-1.amazonaws.com.cn/bills", digest=IMAGE.digest)
    assert (image.repository.partition, image.repository.region) == ("aws-cn", "cn-north-1")


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({}, r"repository_name='' is not valid"),
        ({"repository_arn": "bills"}, r"repository_arn='bills' is not valid .*Set repositoryArn as"),
        ({"repository_uri": f"{URI}:latest"}, r"repository_uri=.*without tag or digest.*Set repositoryUri as"),
        ({"repository_arn": ARN, "repository_uri": URI}, r"repository_arn and repository_uri are both set"),
        ({"repository_arn": ARN, "architecture": "amd64"}, r"architecture='amd64' .*amd64 is 'x86_64'"),
    ],
)
def test_a_repository_that_is_not_valid_is_rejected(given: dict[str, str], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        PromotedImage(**given, digest=IMAGE.digest)


@pytest.mark.parametrize("target", TARGETS)
def test_an_image_for_another_architecture_is_rejected(target: str, tmp_path: Path) -> None:
    image = PromotedImage(repository_name="bills", digest=DIGEST, architecture="arm64")
    with pytest.raises(Exception, match=r"architecture='arm64' is not that of the spec, 'x86_64'"):
        template_of(target, tmp_path, image=image)


def test_the_statements_for_another_account_let_its_roles_and_its_functions_pull() -> None:
    stack = cdk.Stack(cdk.App(), "Stack")
    roles, functions = (stack.resolve(statement.to_statement_json()) for statement in pull_statements(ACCOUNT))
    assert f":iam::{ACCOUNT}:root" in json.dumps(roles["Principal"])
    assert {"ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer", "ecr:DescribeImages"} <= set(roles["Action"])
    assert functions["Principal"] == {"Service": "lambda.amazonaws.com"}
    assert f":{ACCOUNT}:function:*" in json.dumps(functions["Condition"])
    with pytest.raises(ValueError, match=r"account='production' is not valid \(allowed: 12 digits\)"):
        pull_statements("production")

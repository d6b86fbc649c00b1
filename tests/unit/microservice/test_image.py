"""Images: a promoted image is run by its digest on every target, and nothing is built."""

import json
from pathlib import Path
from typing import Any

import aws_cdk as cdk
import pytest

from microservice import InstanceType, PromotedImage, RepositorySource
from tests.conftest import Template, resource
from tests.unit.microservice.targets import IMAGE, TARGETS, stack_with


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

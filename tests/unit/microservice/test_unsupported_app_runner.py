"""What App Runner cannot run is refused, with what would work."""

from typing import Any

import aws_cdk as cdk
import pytest

from microservice import AppRunnerMicroservice, PromotedImage, RepositorySource, ServiceSpec

IMAGE = PromotedImage(repository_name="bills", digest="sha256:" + "0" * 64)


def on_app_runner(spec: ServiceSpec) -> cdk.Stack:
    stack = cdk.Stack(cdk.App(), "Stack")
    AppRunnerMicroservice(stack, "Service", spec=spec, image=IMAGE)
    return stack


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"architecture": "arm64"}, r"architecture is 'arm64'; allowed: 'x86_64'; fix:"),
        ({"cpu": 8192}, r"cpu is 8192; allowed: 256, 512, 1024, 2048, 4096; fix:"),
        ({"cpu": 512, "memory_mib": 2048}, r"memory_mib is 2048 with cpu 512; allowed: 1024; fix:"),
        ({"min_instances": 0}, r"min_instances is 0; allowed: 1 to 25; fix:"),
        ({"max_instances": 26}, r"max_instances is 26; allowed: 1 to 25; fix:"),
        ({"environment": {"AWSAPPRUNNER_X": "1"}}, r"environment names 'AWSAPPRUNNER_X'; allowed: names that do not"),
    ],
)
def test_app_runner_refuses(changes: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=rf"'bills' cannot run on App Runner: {message}"):
        on_app_runner(ServiceSpec(name="bills", **changes))


def test_a_promoted_image_runs_by_its_digest() -> None:
    template = cdk.assertions.Template.from_stack(on_app_runner(ServiceSpec(name="bills"))).to_json()
    [service] = [found for found in template["Resources"].values() if found["Type"] == "AWS::AppRunner::Service"]
    image = service["Properties"]["SourceConfiguration"]["ImageRepository"]["ImageIdentifier"]
    assert f"/bills@{IMAGE.digest}" in str(image)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"url": "git@example.com:bills"}, r"url is 'git@example.com:bills'; allowed: an https address"),
        ({"build_command": "pip install .\nrm -r x"}, r"build_command is .*; allowed: one line; fix: join commands"),
        ({"start_command": ""}, r"start_command is ''; allowed: one line"),
    ],
)
def test_a_repository_that_cannot_be_built_is_refused(changes: dict[str, str], message: str) -> None:
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

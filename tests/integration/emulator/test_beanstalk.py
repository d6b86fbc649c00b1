"""The emulated Elastic Beanstalk follows the source bundle and the option settings."""

import json
from typing import Any

import pytest

from tests.emulated import templates
from tests.emulated.emulator import Emulator, output

pytestmark = pytest.mark.local_run

URL = {"Fn::GetAtt": ["Api", "ApiEndpoint"]}
API = {"Fn::Select": [2, {"Fn::Split": ["/", URL]}]}


@pytest.fixture(autouse=True)
def bundle(emulator: Emulator) -> None:
    emulator.put("bundles", "one.zip", templates.bundle())


def status(emulator: Emulator, stack: dict[str, Any]) -> int:
    return emulator.get(output(stack)).status_code


def test_the_container_comes_from_the_bundle_and_the_environment_properties(emulator: Emulator) -> None:
    stack = emulator.deploy("beanstalk", templates.beanstalk("bundles", "one.zip"))
    assert stack["StackStatus"] == "CREATE_COMPLETE", emulator.reasons("beanstalk")
    [definition] = emulator.task_definitions()
    [container] = definition["containerDefinitions"]
    assert (definition["cpu"], definition["memory"]) == ("512", "256")
    assert "Role" in definition["taskRoleArn"]
    assert container["image"] == templates.IMAGE
    variables = {entry["name"]: entry["value"] for entry in container["environment"]}
    assert variables == {"GREETING": "hello", "SETTING": "something", "COST": "$5"}
    numbers = {name: value for name, value in container["healthCheck"].items() if name != "command"}
    assert numbers == {"interval": 7, "timeout": 4, "retries": 6, "startPeriod": 31}
    assert container["healthCheck"]["command"][-1] == "check"
    assert (container["user"], container["stopTimeout"]) == ("20002:20003", 9)
    assert container["readonlyRootFilesystem"] is False
    assert container["linuxParameters"] == {"capabilities": {"drop": ["NET_RAW"]}, "initProcessEnabled": False}
    assert len(emulator.running("beanstalk")) == 3


def test_secrets_reach_the_container_and_not_the_file_of_properties(emulator: Emulator) -> None:
    secret = emulator.client("secretsmanager").create_secret(Name="bills", SecretString='{"key": "a$b"}')["ARN"]
    compose = templates.COMPOSE.replace('"GREETING=hello"', '"KEY=${KEY:?not set}"')
    emulator.put("bundles", "secret.zip", templates.bundle(compose))
    resources = templates.beanstalk("bundles", "secret.zip")
    namespace = "aws:elasticbeanstalk:application:environmentsecrets"
    resources["Environment"]["Properties"]["OptionSettings"].append(
        {"Namespace": namespace, "OptionName": "KEY", "Value": f"{secret}:key"}
    )
    stack = emulator.deploy("beanstalk", resources)
    assert stack["StackStatus"] == "CREATE_COMPLETE", emulator.reasons("beanstalk")
    for container in emulator.running("beanstalk"):
        assert emulator.record(container)["environment"]["KEY"] == "a$b"
    [file] = (emulator.environment.directory / "generated").glob("*/.env")
    assert "KEY" not in file.read_text()


def test_properties_are_written_next_to_the_compose_file(emulator: Emulator) -> None:
    emulator.deploy("beanstalk", templates.beanstalk("bundles", "one.zip"))
    [file] = (emulator.environment.directory / "generated").glob("*/.env")
    assert file.read_text().splitlines() == [f"REPOSITORY={templates.IMAGE.split(':')[0]}", "SETTING=something"]
    assert file.with_name("docker-compose.yml").read_text() == templates.COMPOSE


def test_requests_for_other_hosts_do_not_reach_the_environment(emulator: Emulator) -> None:
    resources = templates.http_api()
    strict = emulator.deploy(
        "strict", templates.beanstalk("bundles", "one.zip", hosts="other.example.com") | resources, Url=URL
    )
    assert status(emulator, strict) == 503
    template = templates.beanstalk("bundles", "one.zip")
    [rule] = [
        setting
        for setting in template["Environment"]["Properties"]["OptionSettings"]
        if setting["OptionName"] == "HostHeaders"
    ]
    rule["Value"] = API
    template["Balancer"]["Properties"]["Name"] = "named"
    assert status(emulator, emulator.deploy("beanstalk", template | resources, Url=URL)) == 200


def test_a_new_version_replaces_the_containers_and_deletion_restores_the_load_balancer(emulator: Emulator) -> None:
    resources = templates.beanstalk("bundles", "one.zip") | templates.http_api()
    emulator.deploy("beanstalk", resources, Url=URL)
    before = {container.id for container in emulator.running("beanstalk")}
    emulator.put("bundles", "two.zip", templates.bundle(templates.COMPOSE.replace("hello", "good bye")))
    resources["Version"]["Properties"]["SourceBundle"]["S3Key"] = "two.zip"
    stack = emulator.update("beanstalk", resources, Url=URL)
    assert stack["StackStatus"] == "UPDATE_COMPLETE"
    assert status(emulator, stack) == 200
    assert "good bye" in json.dumps(emulator.task_definitions()[-1], default=str)
    assert not before & {container.id for container in emulator.running("beanstalk")}
    without = {name: found for name, found in resources.items() if name not in ("Environment", "Version")}
    assert status(emulator, emulator.update("beanstalk", without, Url=URL)) == 503
    emulator.wait(lambda: not emulator.running("beanstalk"))
    assert emulator.client("elbv2").describe_target_groups()["TargetGroups"] == []


def test_a_version_that_exits_rolls_back_and_the_old_version_responds(emulator: Emulator) -> None:
    resources = templates.beanstalk("bundles", "one.zip") | templates.http_api()
    emulator.deploy("beanstalk", resources, Url=URL)
    exits = templates.COMPOSE.replace('"${REPOSITORY}:tiny"', '"${REPOSITORY}:tiny"\n    command: ["exit", "7"]')
    emulator.put("bundles", "bad.zip", templates.bundle(exits))
    resources["Version"]["Properties"]["SourceBundle"]["S3Key"] = "bad.zip"
    stack = emulator.update("beanstalk", resources, Url=URL)
    assert stack["StackStatus"] == "UPDATE_ROLLBACK_COMPLETE"
    assert status(emulator, stack) == 200

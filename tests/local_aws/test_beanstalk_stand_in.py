"""Our stand-in for Elastic Beanstalk runs what the deployed bundle and the options say."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from local_aws import facts
from local_aws.reach import request_target
from tests.local_aws.emulated import templates
from tests.local_aws.emulated.emulator import Emulator, started

pytestmark = pytest.mark.local_run

URL = {"Fn::GetAtt": ["Api", "ApiEndpoint"]}
API = {"Fn::Select": [2, {"Fn::Split": ["/", URL]}]}


@pytest.fixture
def emulator(tmp_path: Path) -> Iterator[Emulator]:
    with started(tmp_path) as running:
        running.put("bundles", "one.zip", templates.bundle())
        yield running


def running(emulator: Emulator) -> list[facts.ContainerState]:
    return [fact for fact in facts.containers(emulator.running, "beanstalk") if fact.status == "running"]


def definition(emulator: Emulator) -> dict[str, Any]:
    arn = emulator.client("ecs").list_task_definitions()["taskDefinitionArns"][-1]
    found: dict[str, Any] = emulator.client("ecs").describe_task_definition(taskDefinition=arn)["taskDefinition"]
    return found


def get(emulator: Emulator, stack: dict[str, Any]) -> httpx.Response:
    [output] = stack["Outputs"]
    base, headers = request_target(emulator.running, str(output["OutputValue"]))
    return httpx.get(f"{base}/any", headers=headers, timeout=10)


def test_everything_is_taken_from_the_bundle_with_the_environments_properties(emulator: Emulator) -> None:
    stack = emulator.deploy("beanstalk", templates.beanstalk("bundles", "one.zip"))
    assert stack["StackStatus"] == "CREATE_COMPLETE", emulator.reasons("beanstalk")
    task = definition(emulator)
    [container] = task["containerDefinitions"]
    assert (task["cpu"], task["memory"]) == ("512", "256")
    assert "Role" in task["taskRoleArn"]
    assert container["image"] == templates.IMAGE
    told = {entry["name"]: entry["value"] for entry in container["environment"]}
    assert told == {"GREETING": "hello", "TOLD": "something", "COST": "$5"}
    checked = {name: value for name, value in container["healthCheck"].items() if name != "command"}
    assert checked == {"interval": 7, "timeout": 4, "retries": 6, "startPeriod": 31}
    assert container["healthCheck"]["command"][-1] == "check"
    assert (container["user"], container["stopTimeout"]) == ("20002:20003", 9)
    assert container["readonlyRootFilesystem"] is False
    assert container["linuxParameters"] == {"capabilities": {"drop": ["NET_RAW"]}, "initProcessEnabled": False}
    assert len(running(emulator)) == 3


def test_properties_lie_beside_the_compose_file_as_beanstalk_writes_them(emulator: Emulator) -> None:
    emulator.deploy("beanstalk", templates.beanstalk("bundles", "one.zip"))
    [file] = (emulator.running.directory / "generated").glob("*/.env")
    assert file.read_text().splitlines() == [f"REPOSITORY={templates.IMAGE.split(':')[0]}", "TOLD=something"]
    assert file.with_name("docker-compose.yml").read_text() == templates.COMPOSE


def test_requests_for_other_names_do_not_reach_the_environment(emulator: Emulator) -> None:
    resources = templates.http_api()
    strict = emulator.deploy(
        "strict", templates.beanstalk("bundles", "one.zip", hosts="other.example.com") | resources, Url=URL
    )
    assert get(emulator, strict).status_code == 503
    template = templates.beanstalk("bundles", "one.zip")
    [rule] = [
        setting
        for setting in template["Environment"]["Properties"]["OptionSettings"]
        if setting["OptionName"] == "HostHeaders"
    ]
    rule["Value"] = API
    template["Balancer"]["Properties"]["Name"] = "named"
    assert get(emulator, emulator.deploy("beanstalk", template | resources, Url=URL)).status_code == 200


def test_another_version_replaces_the_containers_and_deletion_leaves_the_load_balancer_as_it_was(
    emulator: Emulator,
) -> None:
    resources = templates.beanstalk("bundles", "one.zip") | templates.http_api()
    emulator.deploy("beanstalk", resources, Url=URL)
    before = {fact.id for fact in running(emulator)}
    emulator.put("bundles", "two.zip", templates.bundle(templates.COMPOSE.replace("hello", "good bye")))
    resources["Version"]["Properties"]["SourceBundle"]["S3Key"] = "two.zip"
    stack = emulator.update("beanstalk", resources, Url=URL)
    assert stack["StackStatus"] == "UPDATE_COMPLETE"
    assert get(emulator, stack).status_code == 200
    assert "good bye" in json.dumps(definition(emulator), default=str)
    assert not before & {fact.id for fact in running(emulator)}
    without = {name: found for name, found in resources.items() if name not in ("Environment", "Version")}
    assert get(emulator, emulator.update("beanstalk", without, Url=URL)).status_code == 503
    emulator.wait(lambda: not running(emulator))
    assert emulator.client("elbv2").describe_target_groups()["TargetGroups"] == []


def test_a_version_that_exits_leaves_the_old_one_serving(emulator: Emulator) -> None:
    resources = templates.beanstalk("bundles", "one.zip") | templates.http_api()
    emulator.deploy("beanstalk", resources, Url=URL)
    exits = templates.COMPOSE.replace('"${REPOSITORY}:tiny"', '"${REPOSITORY}:tiny"\n    command: ["exit", "7"]')
    emulator.put("bundles", "bad.zip", templates.bundle(exits))
    resources["Version"]["Properties"]["SourceBundle"]["S3Key"] = "bad.zip"
    stack = emulator.update("beanstalk", resources, Url=URL)
    assert stack["StackStatus"] == "UPDATE_ROLLBACK_COMPLETE"
    assert get(emulator, stack).status_code == 200

"""Checks of the patches that inject faults, and of those that a load with faults needs; see `patch_checks`."""

import json
import subprocess
import time

import httpx
from botocore.exceptions import ClientError

from local_aws.emulator.config import FAULTS_PATH
from local_aws.lifecycle import CONFIG, EMULATOR_PYTHON
from tests.emulated import templates
from tests.emulated.emulator import Emulator
from tests.emulated.templates import resource

_COUNTED_S = 7

# Many threads increase one number, and the interpreter switches between them as often as it can.
_CONCURRENT_WRITES = """
import sys, threading
from pathlib import Path
from local_aws.emulator.config import EmulatorConfig
from local_aws.emulator.patches import dynamodb as patch
from ministack.services import dynamodb
if "dynamodb-atomic-writes" not in EmulatorConfig.from_json(Path(sys.argv[1]).read_text()).leave_out:
    patch.serialise_operations()
dynamodb._create_table({
    "TableName": "counter", "BillingMode": "PAY_PER_REQUEST",
    "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}],
    "AttributeDefinitions": [{"AttributeName": "id", "AttributeType": "S"}],
})
sys.setswitchinterval(1e-6)
def write():
    for _ in range(200):
        dynamodb._update_item({
            "TableName": "counter", "Key": {"id": {"S": "one"}}, "UpdateExpression": "ADD writes :one",
            "ExpressionAttributeValues": {":one": {"N": "1"}},
        })
threads = [threading.Thread(target=write) for _ in range(8)]
for thread in threads: thread.start()
for thread in threads: thread.join()
print(dynamodb._get_item({"TableName": "counter", "Key": {"id": {"S": "one"}}})[2].decode())
"""


def concurrent_writes_are_atomic(emulator: Emulator) -> bool:
    directory = emulator.environment.directory
    command = [EMULATOR_PYTHON, "-c", _CONCURRENT_WRITES, directory / CONFIG]
    ended = subprocess.run(command, capture_output=True, text=True, check=True)
    return bool(json.loads(ended.stdout)["Item"]["writes"]["N"] == "1600")


def start_fault(emulator: Emulator, name: str, share: float = 1.0) -> None:
    body = {"name": name, "share": share, "seconds": 60}
    httpx.post(f"{emulator.environment.endpoint}{FAULTS_PATH}", json=body).raise_for_status()


def hits(emulator: Emulator, name: str) -> int:
    return int(httpx.get(f"{emulator.environment.endpoint}{FAULTS_PATH}").json()[name])


def a_throttled_table_fails_every_call(emulator: Emulator) -> bool:
    emulator.deploy("throttled", templates.pipe())
    start_fault(emulator, "throttle-table")
    try:
        emulator.client("dynamodb").get_item(TableName="tiny", Key={"id": {"S": "one"}})
    except ClientError as error:
        throttled = ("ProvisionedThroughputExceededException", "ThrottlingException")
        return error.response["Error"]["Code"] in throttled and hits(emulator, "throttle-table") > 0
    return False


def a_secret_cannot_be_read(emulator: Emulator) -> bool:
    emulator.deploy("secret", {"Secret": resource("AWS::SecretsManager::Secret", Name="token", SecretString="one")})
    start_fault(emulator, "fail-secrets")
    try:
        emulator.client("secretsmanager").get_secret_value(SecretId="token")
    except ClientError as error:
        return error.response["ResponseMetadata"]["HTTPStatusCode"] == 500 and hits(emulator, "fail-secrets") > 0
    return False


def an_event_starts_two_executions(emulator: Emulator) -> bool:
    emulator.deploy("pipe", templates.pipe())
    start_fault(emulator, "duplicate-events")
    states = emulator.client("stepfunctions")
    [machine] = [item["stateMachineArn"] for item in states.list_state_machines()["stateMachines"]]
    item = {"id": {"S": "one"}, "status": {"S": "PLACED"}}
    emulator.client("dynamodb").put_item(TableName="tiny", Item=item)
    emulator.wait(lambda: states.list_executions(stateMachineArn=machine)["executions"])
    time.sleep(1.2)
    return len(states.list_executions(stateMachineArn=machine)["executions"]) == 2


def a_family_stands_for_its_latest_active_revision(emulator: Emulator) -> bool:
    """And a deregistered revision runs no task."""
    emulator.deploy("family", templates.task("serve"))
    emulator.update("family", templates.task("serve", StopTimeout=7))
    ecs = emulator.client("ecs")
    [active] = ecs.list_task_definitions(familyPrefix="tiny", status="ACTIVE")["taskDefinitionArns"]
    ecs.register_task_definition(family="tiny", containerDefinitions=[{"name": "Main", "image": "tiny"}])
    ecs.deregister_task_definition(taskDefinition="tiny:3")
    [task] = ecs.run_task(taskDefinition="tiny")["tasks"]
    try:
        ecs.run_task(taskDefinition="tiny:1")
    except ClientError as error:
        return "inactive" in str(error) and bool(task["taskDefinitionArn"] == active)
    return False


def a_stopped_task_of_a_service_is_replaced(emulator: Emulator) -> bool:
    emulator.deploy("replaced", templates.service("serve"))
    # Some seconds after its start, MiniStack counts the tasks of a service once.
    time.sleep(_COUNTED_S)
    [before] = emulator.running("replaced")
    assert emulator.environment.containers.stop(before)
    [after] = emulator.wait(lambda: [one for one in emulator.running("replaced") if one.id != before.id])
    return after.id != before.id

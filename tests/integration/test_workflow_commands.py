"""Interrupted orders of the local run: an aborted execution is redriven, and a killed task is repeated at once."""

import json
import os
import signal
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from deployment.deployed_app import DeployedApp
from deployment.orders_client import client_for, order_body
from local_aws import lifecycle
from tests.integration.end_to_end import LocalRun

pytestmark = pytest.mark.local_run


@pytest.fixture(scope="module")
def local(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalRun]:
    run = LocalRun(tmp_path_factory.mktemp("local"))
    started = run.run("run", "--engine", "processes", "--target", "lambda", "--requests", "5", "--keep")
    try:
        assert started.returncode == 0, started.stdout + started.stderr
        yield run
    finally:
        run.run("down")


def until(condition: Callable[[], Any], seconds: float = 120) -> Any:
    deadline = time.monotonic() + seconds
    while not (found := condition()):
        assert time.monotonic() < deadline, "timeout"
        time.sleep(0.05)
    return found


def test_an_order_of_an_aborted_execution_is_redriven(local: LocalRun) -> None:
    environment = lifecycle.load(local.directory)
    assert environment is not None
    app = DeployedApp.read(environment)
    dynamodb, states = environment.client("dynamodb"), environment.client("stepfunctions")
    order_id = client_for(app, "lambda", app.api_token()).post(order_body()).json()["id"]

    def attribute(name: str) -> str:
        item = dynamodb.get_item(TableName=app.output("TableName"), Key={"id": {"S": order_id}})["Item"]
        return str(item.get(name, {}).get("S", ""))

    owner = until(lambda: attribute("execution"))
    arn = f"{app.output('StateMachineArn').replace(':stateMachine:', ':execution:')}:{owner}"
    states.stop_execution(executionArn=arn)
    shown = json.loads(local.run("workflow", "status", "--older-than", "0", "--json").stdout)
    assert [each["execution_status"] for each in shown["old_orders"]["listed"]] == ["ABORTED"]
    assert order_id in local.run("workflow", "redrive", "--dry-run").stdout
    assert local.run("workflow", "redrive", "--yes").returncode == 0
    until(lambda: attribute("status") == "FULFILLED")
    assert attribute("execution").startswith(f"{order_id}-redrive-")
    assert json.loads(local.run("workflow", "status", "--json").stdout)["open_orders"] == {"total": 0}
    reconciled = local.run("workflow", "reconcile", "--yes")
    assert '"restarted": []' in reconciled.stdout


def test_a_task_that_is_killed_is_repeated_at_once(local: LocalRun) -> None:
    """Its execution would otherwise wait for the timeout of the step: ECS, EventBridge and the reconciler report it."""
    environment = lifecycle.load(local.directory)
    assert environment is not None
    assert environment.containers is not None
    app = DeployedApp.read(environment)
    states, containers = environment.client("stepfunctions"), environment.containers
    earlier = {container.name for container in containers.describe()}
    order_id = client_for(app, "lambda", app.api_token()).post(order_body()).json()["id"]

    def new_task() -> Any:
        return next((one for one in containers.describe() if one.role == "task" and one.name not in earlier), None)

    os.kill(int(until(new_task).labels["pid"]), signal.SIGKILL)

    def history() -> list[dict[str, Any]]:
        listed = states.list_executions(stateMachineArn=app.output("StateMachineArn"))["executions"]
        arns = [each["executionArn"] for each in listed]
        [arn] = [arn for arn in arns if order_id in states.describe_execution(executionArn=arn)["input"]]
        return list(states.get_execution_history(executionArn=arn, maxResults=1000)["events"])

    until(lambda: history()[-1]["type"] == "ExecutionSucceeded")
    failures = [event["taskFailedEventDetails"] for event in history() if "taskFailedEventDetails" in event]
    assert [failure["error"] for failure in failures] == ["FulfilmentInterrupted"]
    assert "exit code 137" in failures[0]["cause"]

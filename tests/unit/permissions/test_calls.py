"""The sample service makes exactly the calls that its roles allow: on every target, and in each workflow step."""

import ast
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import boto3
import botocore.session
import pytest
from botocore import xform_name
from falcon.testing import TestClient
from moto import mock_aws
from orders import aws
from orders.dependencies import http_app, order_service
from orders.executions import Executions
from orders.fulfil_task import fulfil_and_report
from orders.model import Line, NewOrder
from orders.order_service import OrderService
from orders.reconciler import Reconciler, Report
from orders.report import write_report
from orders.settings import Settings
from orders.slots import SLOTS_ID, Slots
from orders.table import OrdersTable
from orders.workflow import run_step

from tests.conftest import ROOT
from tests.unit.permissions.calls import SERVICES, SLOTS_TABLE, Needed, Recorder, granted, needed
from tests.unit.permissions.expected import CHECK, RECONCILER, SERVICE, TASK
from tests.unit.sample_service.conftest import TOKEN, body, create_table

UNKNOWN = f"ord_{0:032x}"


@pytest.fixture
def settings(monkeypatch: pytest.MonkeyPatch) -> Iterator[Settings]:
    """The service's settings, with its table and secret in a mocked AWS, and clients of its own."""
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "test")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    monkeypatch.setattr("signal.signal", lambda *_: None)  # the task ignores SIGTERM at its end
    with mock_aws():
        _forget_clients()
        create_table(boto3.client("dynamodb"))
        secret = boto3.client("secretsmanager").create_secret(Name="token", SecretString=TOKEN)
        yield Settings(table_name="orders", api_token_secret_arn=secret["ARN"])
    _forget_clients()


def _forget_clients() -> None:
    aws._create_client.cache_clear()
    aws.session.cache_clear()


@pytest.fixture
def recorder(settings: Settings) -> Recorder:  # noqa: ARG001 - forgets the clients first
    """Records the calls of every client that the service creates."""
    recorder = Recorder()
    aws.session().register("before-parameter-build", recorder)
    return recorder


def _use_the_api(settings: Settings) -> None:
    client = TestClient(http_app(settings), headers={"Authorization": f"Bearer {TOKEN}"})
    key = {"Idempotency-Key": "one"}
    first, second = (client.simulate_post("/orders", json=body(), headers=key) for _ in range(2))
    assert (first.status_code, second.json) == (201, first.json)
    path = f"/orders/{first.json['id']}"
    statuses = [
        client.simulate_get(path).status_code,
        client.simulate_get("/orders", query_string="customer=c-42").status_code,
        client.simulate_post(f"{path}/cancel").status_code,
        client.simulate_get("/readyz").status_code,
    ]
    assert statuses == [200, 200, 200, 200]


def _run_the_steps(settings: Settings) -> None:
    for action in ("check", "compensate"):
        run_step(order_service(settings), {"action": action, "order_id": _place(settings)})
    with pytest.raises(Exception, match=UNKNOWN):
        run_step(order_service(settings), {"action": "check", "order_id": UNKNOWN})


def _run_the_task(settings: Settings) -> None:
    service, order_id = order_service(settings), _place(settings)
    service.check(order_id)
    state_machine = _step_functions()
    fulfil_and_report(service, state_machine, order_id, "token")
    with pytest.raises(Exception, match=UNKNOWN):
        fulfil_and_report(service, state_machine, UNKNOWN, "token")


def _run_the_reconciler(settings: Settings) -> None:
    _place(settings)
    dynamodb = boto3.client("dynamodb")
    dynamodb.create_table(
        TableName=SLOTS_TABLE,
        BillingMode="PAY_PER_REQUEST",
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
    )
    dynamodb.put_item(TableName=SLOTS_TABLE, Item={"id": {"S": SLOTS_ID}, "holders": {"SS": ["ended"]}})
    executions = Executions("arn:aws:states:us-east-1:123456789012:stateMachine:orders", _step_functions())
    reconciler = Reconciler(
        table=OrdersTable(settings.table_name, aws.client("dynamodb")),
        slots=Slots(SLOTS_TABLE, aws.client("dynamodb")),
        executions=executions,
        after_s=600,
    )
    report = Report()
    reconciler.run(datetime.now(UTC) + timedelta(days=1), report)
    assert report.restarted
    assert report.slots_released == ["ended"]
    executions.fail_task("token", "it stopped")


def _step_functions() -> Any:
    """A client of Step Functions, to which every execution has ended."""
    responses: dict[str, dict[str, Any]] = {
        "ListExecutions": {"executions": []},
        "DescribeExecution": {"status": "FAILED"},
    }
    client = aws.client("stepfunctions")
    client.meta.events.register(
        "before-call", lambda model, **_: (SimpleNamespace(status_code=200), responses.get(model.name, {}))
    )
    return client


def _place(settings: Settings) -> str:
    """Place an order with a client whose calls are not recorded: the API places it, not the step."""
    table = OrdersTable(settings.table_name, boto3.client("dynamodb"))
    return OrderService(table).place(NewOrder("c-42", "EUR", [Line("tea-250g", 2, 450)])).id


RUNS: dict[str, tuple[Callable[[Settings], None], set[Needed]]] = {
    "every target": (_use_the_api, granted(SERVICE)),
    "the function of the steps": (_run_the_steps, granted(CHECK)),
    "the task": (_run_the_task, granted(TASK)),
    "the reconciler": (_run_the_reconciler, granted(RECONCILER)),
}


@pytest.mark.parametrize("name", RUNS)
def test_a_role_allows_the_calls_of_its_code_and_no_others(name: str, settings: Settings, recorder: Recorder) -> None:
    run, allowed = RUNS[name]
    run(settings)
    assert recorder.needed == allowed


def test_every_call_in_the_code_is_recorded(settings: Settings, recorder: Recorder) -> None:
    for run, _ in RUNS.values():
        run(settings)
    write_report(settings)
    assert {xform_name(operation) for _, operation in recorder.operations} == _called_in_the_code()


def _called_in_the_code() -> set[str]:
    """Names of methods in the code that are operations of the services, also those of paginators."""
    session = botocore.session.get_session()
    operations = {
        xform_name(operation)
        for service in SERVICES
        for operation in session.get_service_model(service).operation_names
    }
    found = set()
    for file in (ROOT / "sample_service" / "orders").rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text())):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
                arguments = [one.value for one in node.args if isinstance(one, ast.Constant)]
                name: Any = arguments[0] if node.func.attr == "get_paginator" and arguments else node.func.attr
                found.add(name)
    return found & operations


def test_a_transaction_needs_the_permissions_of_its_parts() -> None:
    parts = [{"Put": {}}, {"ConditionCheck": {}}, {"Delete": {}}]
    found = {one.action for one in needed("dynamodb", "TransactWriteItems", {"TransactItems": parts})}
    assert found == {"dynamodb:PutItem", "dynamodb:ConditionCheckItem", "dynamodb:DeleteItem"}

"""The verification in an environment that has AWS clients only: everything else is not run, and nothing fails."""

import io
import json
from pathlib import Path

import httpx
import pytest

from deployment import run
from deployment.assembly import Assembly, Stack, Target
from deployment.console import Progress, make_console
from deployment.deployed_app import DeployedApp, StackState
from deployment.orders_client import OrdersClient
from deployment.report import report
from deployment.results import Engine, Outcome, Results, TargetResult
from tests.unit.deployment.fake_environment import FakeEnvironment
from tests.unit.deployment.test_contract_checks import TOKEN, OrdersApi


class Aws:
    """DynamoDB, Step Functions and Secrets Manager for orders that all have their expected end."""

    def __init__(self, api: OrdersApi) -> None:
        self.api = api

    def get_secret_value(self, SecretId):  # noqa: ARG002, N803
        return {"SecretString": TOKEN}

    def batch_get_item(self, RequestItems):  # noqa: N803
        [(table, wanted)] = RequestItems.items()
        items = [self._item(key["id"]["S"]) for key in wanted["Keys"]]
        return {"Responses": {table: items}}

    def _item(self, order: str):
        too_many = self.api.orders[order]["lines"][0]["quantity"] > 1000
        status = {"status": {"S": "REJECTED"}, "reason": {"S": "out of stock"}} if too_many else {}
        return {"id": {"S": order}, "status": {"S": "FULFILLED"}} | status

    def get_paginator(self, operation):
        assert operation in ("list_executions", "get_execution_history")
        return self

    def paginate(self, **names):
        if "executionArn" in names:
            return [{"events": []}]
        return [{"executions": [{"executionArn": order} for order in self.api.orders]}]

    def describe_execution(self, executionArn):  # noqa: N803
        given = json.dumps([{"order_id": executionArn}])
        return {"name": "e", "input": given, "executionArn": executionArn, "status": "SUCCEEDED", "startDate": None}


@pytest.fixture
def verified(monkeypatch: pytest.MonkeyPatch) -> Results:
    api = OrdersApi()

    def respond(request: httpx.Request) -> httpx.Response:
        return httpx.Response(200) if request.url.path == "/readyz" else api(request)

    def client_for(_app: DeployedApp, _target: str, token: str) -> OrdersClient:
        return OrdersClient(httpx.Client(base_url="http://target", transport=httpx.MockTransport(respond)), token)

    aws = Aws(api)
    environment = FakeEnvironment({"dynamodb": aws, "stepfunctions": aws, "secretsmanager": aws})
    outputs = {"Url": "https://x", "ApiTokenSecretArn": "arn", "TableName": "Orders", "StateMachineArn": "arn"}
    target = Target(id="lambda", construct="LambdaMicroservice", stack="OrdersOnLambda", logical_ids=())
    stack = Stack(name="OrdersOnLambda", template=Path(), resources=9, depends_on=())
    app = DeployedApp(
        environment=environment,
        assembly=Assembly(path=Path(), stacks=(stack,), targets={"lambda": target}),
        stacks={"OrdersOnLambda": StackState(status="CREATE_COMPLETE", outputs=outputs)},
    )
    monkeypatch.setattr(DeployedApp, "read", lambda _environment: app)
    monkeypatch.setattr(run, "client_for", client_for)
    deployed = TargetResult(outcome=Outcome.NOT_RUN, stack=target.stack, construct=target.construct, url="https://x")
    before = Results(started_at="now", endpoint="", engine=Engine(kind="AWS"), targets={"lambda": deployed})
    progress = Progress(make_console(io.StringIO(), {}))
    return run.verify(environment, before, run.Options(requests=8), progress)


def test_the_contract_the_latency_and_the_workflow_are_verified(verified: Results) -> None:
    target = verified.targets["lambda"]
    assert (target.outcome, target.requests) == (Outcome.PASSED, 8)
    assert (verified.workflow.outcome, verified.workflow.reason) == (Outcome.PASSED, "")
    assert (verified.workflow.fulfilled, verified.workflow.rejected) == (11, 1)


def test_what_needs_containers_traces_or_enforced_iam_is_not_run_and_fails_nothing(verified: Results) -> None:
    checks = verified.targets["lambda"].checks
    assert {check.outcome for check in checks} == {Outcome.PASSED, Outcome.NOT_RUN}
    assert verified.workflow.trace is None
    assert verified.fault_injection.outcome is verified.permissions.outcome is Outcome.NOT_RUN
    assert verified.fault_injection.reason
    assert verified.permissions.reason
    assert not verified.failed()


def test_the_report_names_what_ran_and_the_reasons_of_what_did_not(verified: Results) -> None:
    console = make_console(io.StringIO(), {})
    console.print(report(verified))
    text = " ".join(console.file.getvalue().split())
    assert "1 passed · 0 failed · 0 not run" in text
    assert "ran on AWS" in text
    assert "– fault injection containers cannot be killed in the environment 'fake'" in text

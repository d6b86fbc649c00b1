"""The report and the connection details, as text: pure functions over example results."""

import io
import shlex
from dataclasses import replace

import pytest

from deployment.console import WIDTH, make_console
from deployment.errors import ActionableError
from deployment.orders_client import order_body
from deployment.report import Connection, connection_info, report, trace_tree
from deployment.results import Outcome, Results, StepResult, Trace
from tests import example_results

NEXT = (
    ("python -m comparison", "the targets side by side"),
    ("python -m local_aws down", "stop and remove everything"),
)


def shown(renderable, *, soft_wrap: bool = False) -> str:
    console = make_console(io.StringIO(), {})
    console.print(renderable, soft_wrap=soft_wrap)
    return "\n".join(line.rstrip() for line in console.file.getvalue().splitlines())


def test_the_report_of_a_run_with_every_outcome(snapshot):
    assert shown(report(example_results.results(), next_commands=NEXT)) == snapshot


def test_the_report_of_a_run_that_passed(snapshot):
    assert shown(report(example_results.passed_results(), next_commands=NEXT)) == snapshot


def test_a_missing_part_of_the_trace_is_named(snapshot):
    lacking = Trace(trace_id=example_results.TRACE_ID, order="ord_1", root=None, missing=["http", "pipe"])
    assert shown(trace_tree(lacking)) == snapshot


def test_connection_info(snapshot):
    connection = Connection("ecs-fargate", "https://abc.example", "http://127.0.0.1:4566/", "abc.example", order_body())
    settings = "export AWS_ENDPOINT_URL=http://127.0.0.1:4566"
    info = connection_info(example_results.passed_results(), [connection], "t0ken", settings, NEXT)
    assert shown(info, soft_wrap=True) == snapshot


def test_a_token_with_a_quote_makes_a_valid_curl_command():
    line = Connection("lambda", "https://x", "http://127.0.0.1:1/", "x", {}).curl("o'clock $HOME")
    assert shlex.split(line)[6] == "Authorization: Bearer o'clock $HOME"


def test_an_error_is_a_message_a_cause_and_a_fix(snapshot):
    error = ActionableError("port 4566 is busy", "process 812 holds it", "python -m local_aws up --port 4577")
    file = io.StringIO()
    error.show(file)
    assert file.getvalue() == snapshot


@pytest.mark.parametrize("results", [example_results.results(), example_results.passed_results()])
def test_the_report_fits_80_columns(results):
    names = ["ecs-managed-instances", "app-runner", "eks-auto"]
    results = replace(results, targets=dict(zip(names, results.targets.values(), strict=False)))
    assert WIDTH == 80
    assert max(len(line) for line in shown(report(results, next_commands=NEXT)).splitlines()) <= WIDTH


def test_a_failed_workflow_shows_where_the_orders_are():
    orders = [example_results.order(1), example_results.order(2, "CHECKED", execution="RUNNING")]
    failed = replace(
        example_results.workflow(),
        outcome=Outcome.FAILED,
        orders=2,
        order_results=orders,
        rejected_reason="",
        reason="1 of 2 orders",
    )
    text = shown(report(replace(example_results.passed_results(), workflow=failed)))
    assert "✘ workflow" in text
    assert "2 orders in 4.2 s: 1 FULFILLED, 1 CHECKED" in text
    assert "✘ workflow: 1 of 2 orders" in text


def test_a_deployment_that_fails_before_any_target_is_shown_and_fails_the_run(snapshot):
    cause = "OrdersWorkflow: docker build … exited with 1\npull access denied for does-not-exist"
    broken = StepResult(
        outcome=Outcome.FAILED, reason="cdk deploy failed", cause=cause, fix="see build/local/deploy.log"
    )
    untried = replace(
        example_results.not_run(), deploy_s=None, reason="the deployment ended before it: cdk deploy failed"
    )
    results = replace(
        example_results.results(),
        deployment=broken,
        targets={"ecs-fargate": untried, "lambda": untried},
        workflow=None,
        permissions=None,
        fault_injection=None,
    )
    assert results.failed()
    assert shown(report(results)) == snapshot


def test_a_failed_stack_is_reported_once_by_its_target():
    broken = StepResult(outcome=Outcome.FAILED, reason="OrdersOnAppRunner was not deployed")
    text = shown(report(replace(example_results.results(), deployment=broken)))
    assert "✘ app-runner: " in text
    assert "✘ deploy: " not in text


def test_a_failed_stack_without_a_target_is_reported_beside_a_failed_target():
    broken = StepResult(outcome=Outcome.FAILED, reason="OrdersWorkflow was not deployed")
    text = shown(report(replace(example_results.results(), deployment=broken)))
    assert "✘ app-runner: " in text
    assert "✘ deploy: OrdersWorkflow" in text


def test_the_results_of_a_run_that_ended_early_have_a_report():
    early = Results(started_at="now", endpoint="", engine=example_results.results().engine)
    assert "0 passed · 0 failed · 0 not run" in shown(report(early))

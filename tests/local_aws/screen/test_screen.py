"""The screen: pure functions over invented facts, and a clock that only moves when told."""

import io
import shlex
from dataclasses import replace

import pytest
from rich.console import Console

from deployment.console import Progress, error_text, make_console, report
from deployment.console.play import Call, curl, how_to_play
from deployment.console.trace import trace_tree
from deployment.contract.conversation import order_body
from deployment.errors import ActionableError
from deployment.results import DeploymentResult, Outcome, Results, Trace
from tests.local_aws import invented

NEXT = (("python -m comparison", "the targets side by side"), ("python -m local_aws down", "leave nothing behind"))


def shown(renderable, *, soft_wrap: bool = False) -> str:
    console = make_console(io.StringIO(), {})
    console.print(renderable, soft_wrap=soft_wrap)
    return "\n".join(line.rstrip() for line in console.file.getvalue().splitlines())


def test_the_report_of_a_run_with_every_outcome(snapshot):
    assert shown(report(invented.results(), next_commands=NEXT)) == snapshot


def test_the_report_of_a_run_that_went_well(snapshot):
    assert shown(report(invented.good_results(), next_commands=NEXT)) == snapshot


def test_what_the_trace_lacks_is_said_and_not_drawn(snapshot):
    lacking = Trace(trace_id=invented.TRACE_ID, order="ord_1", root=None, missing=["http", "pipe"])
    assert shown(trace_tree(lacking)) == snapshot


def test_how_to_play(snapshot):
    calls = [Call("ecs-fargate", "https://abc.example", "http://127.0.0.1:4566/", "abc.example", order_body())]
    assert (
        shown(how_to_play(invented.good_results(), calls, "t0ken", "http://127.0.0.1:4566", NEXT), soft_wrap=True)
        == snapshot
    )


def test_a_token_with_a_quote_in_it_still_makes_a_curl_line_that_works():
    line = curl(Call("lambda", "https://x", "http://127.0.0.1:1/", "x", {}), "o'clock $HOME")
    assert shlex.split(line)[6] == "Authorization: Bearer o'clock $HOME"


def test_an_error_is_a_fact_a_why_and_a_cure(snapshot):
    error = ActionableError("port 4566 is busy", "process 812 holds it", "python -m local_aws up --port 4577")
    assert shown(error_text(error)) == snapshot


def test_a_failed_workflow_shows_where_the_orders_are():
    ends = [invented.end(1), invented.end(2, "CHECKED", execution="RUNNING")]
    failed = replace(
        invented.workflow(), outcome=Outcome.FAILED, orders=2, ends=ends, rejected_reason="", reason="1 of 2 orders"
    )
    text = shown(report(replace(invented.good_results(), workflow=failed)))
    assert "✘  workflow" in text
    assert "2 orders: 1 FULFILLED, 1 CHECKED" in text
    assert "✘ workflow: 1 of 2 orders" in text


def test_a_deployment_that_fails_before_any_target_is_shown_and_fails_the_run(snapshot):
    cause = "OrdersWorkflow: docker build … exited with 1\npull access denied for does-not-exist"
    broken = DeploymentResult(
        outcome=Outcome.FAILED, reason="cdk deploy failed", cause=cause, fix="see build/local/deploy.log"
    )
    untried = replace(invented.not_run(), deploy_s=None, reason="the deployment ended before it: cdk deploy failed")
    results = replace(
        invented.results(),
        deployment=broken,
        targets={"ecs-fargate": untried, "lambda": untried},
        workflow=None,
        permissions=None,
        isolation=None,
    )
    assert results.failed()
    assert shown(report(results)) == snapshot


def test_a_stack_that_failed_is_told_once_by_its_target():
    broken = DeploymentResult(outcome=Outcome.FAILED, reason="OrdersOnAppRunner was not deployed")
    text = shown(report(replace(invented.results(), deployment=broken)))
    assert "✘ app-runner: " in text
    assert "✘ deploy: " not in text


def test_a_stack_that_no_target_tells_of_is_told_beside_a_target_that_failed():
    broken = DeploymentResult(outcome=Outcome.FAILED, reason="OrdersWorkflow was not deployed")
    text = shown(report(replace(invented.results(), deployment=broken)))
    assert "✘ app-runner: " in text
    assert "✘ deploy: OrdersWorkflow" in text


def test_results_of_a_run_that_ended_early_can_be_shown():
    early = Results(started_at="now", endpoint="", engine=invented.results().engine)
    assert "0 answered · 0 failed · 0 not run" in shown(report(early))


class Clock:
    now = 100.0

    def __call__(self) -> float:
        return self.now


def progress_on(environment: dict[str, str]) -> tuple[Progress, Clock]:
    clock = Clock()
    return Progress(make_console(io.StringIO(), environment), clock), clock


def test_without_a_terminal_only_finished_lines_are_printed():
    progress, clock = progress_on({})
    with progress, progress.step("synth", "app.py") as step:
        clock.now += 6.4
        assert progress.console.file.getvalue() == ""
        step.say("12 stacks", "cdk.out")
    line = progress.console.file.getvalue()
    assert line.split() == ["synth", "12", "stacks", "cdk.out", "6.4s"]
    assert "\x1b" not in line


def test_a_step_that_raises_ends_as_failed():
    progress, _ = progress_on({})
    with pytest.raises(ValueError, match="boom"), progress, progress.step("deploy", "7 stacks"):
        raise ValueError("boom")
    assert progress.console.file.getvalue().split()[:3] == ["✘", "deploy", "failed"]


def test_unfinished_rows_show_a_spinner_and_their_seconds():
    progress, clock = progress_on({})
    with progress.step("deploy", "stacks", "OrdersData 3/9"):
        first = shown(progress.unfinished())
        clock.now += 12.3
        later = shown(progress.unfinished())
    assert "12.3s" in later
    assert first.split()[0] != later.split()[0]
    assert "OrdersData 3/9" in later


def test_rows_that_run_at_the_same_time_are_all_shown():
    progress, _ = progress_on({})
    with progress.step("ecs-fargate", "asking"), progress.step("lambda", "waiting"):
        text = shown(progress.unfinished())
    assert "ecs-fargate" in text
    assert "lambda" in text


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize(
    ("environment", "live", "colour"),
    [
        ({"TERM": "xterm-256color"}, True, True),
        ({"TERM": "xterm-256color", "NO_COLOR": "1"}, True, False),
        ({"TERM": "xterm-256color", "CI": "true"}, False, False),
        ({"TERM": "dumb"}, True, False),
    ],
)
def test_colour_and_redraw_only_where_they_are_wanted(environment, live, colour):
    console = make_console(Terminal(), environment)
    assert console.is_terminal is live
    console.print("[red]word[/red]")
    assert ("\x1b[31m" in console.file.getvalue()) is colour


def test_a_narrow_terminal_gets_a_narrow_screen():
    narrow = make_console(Terminal(), {"TERM": "xterm", "COLUMNS": "60", "LINES": "20"})
    assert isinstance(narrow, Console)
    assert narrow.width == 60

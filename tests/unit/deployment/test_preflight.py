"""The plan of a deployment, the run of all checks, and their table."""

import io
import json
from pathlib import Path
from typing import Any

import pytest
from moto import mock_aws

from deployment import preflight
from deployment.assembly import Assembly
from deployment.cdk_arguments import CdkArguments
from deployment.console import WIDTH, make_console, show
from deployment.errors import ActionableError
from deployment.preflight import Outcome, Plan, screen
from deployment.preflight.checks import CHECKS
from deployment.preflight.finding import Finding, failed, not_checked, passed
from deployment.preflight.plan import evaluate
from tests.unit.deployment.aws_responses import account, error, moto_account, stub, write_assembly

TABLE = {"Resources": {"Table": {"Type": "AWS::DynamoDB::Table"}}}


@pytest.fixture
def assembly(tmp_path: Path) -> Assembly:
    return write_assembly(tmp_path, {"OrdersRegistry": TABLE, "OrdersData": TABLE, "OrdersOnLambda": TABLE})


def printed(findings: list[Finding]) -> str:
    file = io.StringIO()
    show(make_console(file, {}), screen.table(findings))
    return file.getvalue()


def test_a_plan_has_the_dependencies_of_a_stack(assembly: Assembly) -> None:
    assert Plan.of(assembly, ["OrdersData"]).names == ["OrdersRegistry", "OrdersData"]


def test_a_plan_has_no_dependencies_if_the_cdk_deploys_none(assembly: Assembly) -> None:
    assert Plan.of(assembly, ["OrdersData"], CdkArguments.parse(["--exclusively"])).names == ["OrdersData"]


def test_a_plan_without_names_has_every_stack(assembly: Assembly) -> None:
    assert len(Plan.of(assembly).stacks) == 3


def test_a_plan_accepts_patterns(assembly: Assembly) -> None:
    assert Plan.of(assembly, ["*Registry"]).names == ["OrdersRegistry"]


def test_an_unknown_stack_is_rejected_with_the_names_that_exist(assembly: Assembly) -> None:
    with pytest.raises(ActionableError, match="OrdersOnLamda") as raised:
        Plan.of(assembly, ["OrdersOnLamda"])
    assert "OrdersOnLambda" in raised.value.cause


def test_the_version_of_the_bootstrap_stack_comes_from_the_assembly(assembly: Assembly) -> None:
    stack = assembly.stacks[0]
    assert (stack.bootstrap_parameter, stack.bootstrap_version) == ("/cdk-bootstrap/hnb659fds/version", 6)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("orders", "orders"),
        ({"Ref": "AWS::Region"}, "us-east-1"),
        ({"Fn::Join": ["/", ["a", {"Ref": "AWS::Region"}]]}, "a/us-east-1"),
        ({"Fn::Sub": "x-${AWS::Region}"}, "x-us-east-1"),
        ({"Ref": "Cluster"}, None),
        ({"Fn::Join": ["", ["a", {"Fn::GetAtt": ["B", "Arn"]}]]}, None),
        ({"Fn::Sub": "x-${Cluster}"}, None),
    ],
)
def test_values_are_evaluated_as_far_as_they_are_known(value: Any, text: str | None) -> None:
    assert evaluate(value, {"AWS::Region": "us-east-1"}) == text


def test_arguments_of_the_cdk_reach_synthesis_and_checks() -> None:
    options = ["-c", "a=1", "--context=b=2", "--parameters", "S:P=v", "--profile", "me"]
    words = [*options, "--require-approval", "never", "--no-rollback"]
    arguments = CdkArguments.parse(words)
    assert arguments.words == tuple(words)
    assert arguments.context == ("-c", "a=1", "-c", "b=2")
    assert (arguments.parameters, arguments.profile) == ({"S:P": "v"}, "me")


def test_invalid_credentials_stop_all_other_checks(assembly: Assembly) -> None:
    sts = stub("sts", error("get_caller_identity", "InvalidClientTokenId", "invalid"))
    [found] = preflight.run(Plan.of(assembly), account(sts=sts))
    assert (found.check, found.outcome) == ("credentials", Outcome.FAILED)


@mock_aws
def test_every_check_of_the_app_runs_against_an_empty_account(synthesised: Any) -> None:
    """moto lacks some of the operations: these checks end as not checked, none with an error."""
    plan = Plan.of(Assembly.load(synthesised.directory))
    findings = preflight.run(plan, moto_account())
    checks = {finding.check: finding for finding in findings}
    assert checks["bootstrap"].outcome is Outcome.FAILED
    assert checks["service-linked role"].outcome is Outcome.FAILED
    assert checks["stack states"].summary == "0 deployed"
    assert checks["name of repository"].summary == "not in use: orders"
    assert checks["VPC Link zones"].outcome is not Outcome.NOT_CHECKED
    assert checks["quota: VPCs"].outcome is not Outcome.NOT_CHECKED
    assert {"Beanstalk platform", "App Runner", "resource types"} <= checks.keys()
    assert not preflight.is_passed(findings)


PREFIXES = {"elbv2": "elasticloadbalancing", "service-quotas": "servicequotas"}


@mock_aws
def test_checks_call_what_they_list_as_permissions(synthesised: Any) -> None:
    calls: set[str] = set()

    def called(service: str, operation: str) -> None:
        calls.add("apigateway:GET" if service == "apigatewayv2" else f"{PREFIXES.get(service, service)}:{operation}")

    plan, aws = Plan.of(Assembly.load(synthesised.directory)), moto_account(called)
    preflight.run(plan, aws)
    shared = set(calls)
    for check in CHECKS:
        calls.clear()
        check.findings(plan, aws)
        assert calls <= {*check.permissions}, check.name
    assert shared <= set(preflight.permissions())
    assert {"iam:GetRole", "ec2:DescribeAvailabilityZones", "ecr:DescribeRepositories"} <= shared


@mock_aws
def test_checks_that_a_stack_does_not_need_do_not_run(synthesised: Any) -> None:
    plan = Plan.of(Assembly.load(synthesised.directory), ["OrdersOnLambda"])
    checks = {finding.check for finding in preflight.run(plan, moto_account())}
    assert {"bootstrap", "name of repository"} <= checks
    assert not checks & {"service-linked role", "VPC Link zones", "App Runner", "Beanstalk platform"}


def test_the_table_has_a_sign_and_for_each_failure_its_commands() -> None:
    command = "aws service-quotas request-service-quota-increase --service-code ec2 --quota-code L-1 --desired-value 7"
    text = printed(
        [passed("a", "fine"), failed("b", "bad", command, source="https://a.example"), not_checked("c", "x")]
    )
    assert [line[1] for line in text.splitlines() if line[:1] == " " and line[1] in "✓✗–"] == ["✓", "✗", "–"]
    assert "– c not checked: x" in text
    assert "1 passed · 1 failed · 1 not checked" in text
    assert "     see  https://a.example" in text
    assert max(map(len, text.splitlines())) <= WIDTH


def test_a_long_command_can_be_copied_in_one_piece() -> None:
    command = "aws service-quotas request-service-quota-increase --service-code ec2 --quota-code L-1 --desired-value 7"
    lines = [line.strip() for line in printed([failed("b", "bad", command)]).splitlines() if "bad" not in line]
    joined = " ".join(line.removesuffix(" \\").removeprefix("fix  ").strip() for line in lines[:2])
    assert joined == command
    assert lines[0].endswith(" \\")


def test_the_json_has_what_the_table_has() -> None:
    findings = [failed("b", "bad", "fix it", source="https://a.example")]
    data = screen.as_json(findings, account="1", region="r", stacks=["S"])
    assert json.loads(json.dumps(data)) == {
        "schema": 1,
        "account": "1",
        "region": "r",
        "stacks": ["S"],
        "passed": False,
        "findings": [
            {
                "check": "b",
                "outcome": "failed",
                "summary": "bad",
                "fix": ["fix it"],
                "source": "https://a.example",
            }
        ],
    }

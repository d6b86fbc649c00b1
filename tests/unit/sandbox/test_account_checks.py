"""Each check of an account: what stops a run, what may surprise, and what is unknown."""

from datetime import UTC, datetime
from typing import Any

import pytest
from botocore.credentials import Credentials, RefreshableCredentials

from deployment.preflight.account import DeployedStack
from deployment.preflight.finding import Finding, Outcome
from sandbox.preflight import (
    account_id,
    account_names,
    account_plan,
    deploy_role,
    hooks,
    organization,
    region_status,
    remaining_logs,
    remaining_roles,
    root_user,
    session,
    stack_collisions,
    traces,
)
from tests.unit.deployment.aws_responses import ACCOUNT_ID, IDENTITY, account, plan_of, stub, write_assembly
from tests.unit.sandbox import invented

PLAN = plan_of({"OrdersOnLambda": {"Function": {"Type": "AWS::Lambda::Function"}}})
ON_ECS = plan_of({"Orders": {"Cluster": {"Type": "AWS::ECS::Cluster"}, "Link": {"Type": "AWS::ApiGatewayV2::VpcLink"}}})
PASSED, FAILED, WARNING, UNKNOWN = Outcome.PASSED, Outcome.FAILED, Outcome.WARNING, Outcome.NOT_CHECKED
# Check, service, operation -> name of the response -> outcome, and a part of the summary or the fix.
CASES: list[tuple[Any, Any, str, str, dict[str, tuple[Outcome, str]]]] = [
    (
        organization.CHECK,
        PLAN,
        "organizations",
        "describe_organization",
        {
            "member": (PASSED, "member account"),
            "none": (PASSED, "no organization"),
            "management": (FAILED, "management account"),
            "denied": (UNKNOWN, "organizations:DescribeOrganization is missing"),
        },
    ),
    (
        account_names.ALIAS_CHECK,
        PLAN,
        "iam",
        "list_account_aliases",
        {
            "none": (PASSED, "none"),
            "sandbox": (PASSED, "team-sandbox"),
            "production": (FAILED, "'shop-Production' contains 'prod'"),
            "denied": (UNKNOWN, "iam:ListAccountAliases is missing"),
        },
    ),
    (
        account_names.NAME_CHECK,
        PLAN,
        "account",
        "get_account_information",
        {
            "sandbox": (PASSED, "sandbox"),
            "production": (FAILED, "'Prod EU' contains 'prod'"),
            "denied": (UNKNOWN, "account:GetAccountInformation is missing"),
        },
    ),
    (
        account_plan.CHECK,
        PLAN,
        "freetier",
        "get_account_plan_state",
        {
            "paid": (PASSED, "paid"),
            "free": (FAILED, "free plan"),
            "none": (UNKNOWN, "no plan"),
            "denied": (UNKNOWN, "freetier:GetAccountPlanState is missing"),
        },
    ),
    (
        region_status.CHECK,
        PLAN,
        "account",
        "get_region_opt_status",
        {
            "default": (PASSED, "enabled by default"),
            "enabled": (PASSED, "enabled"),
            "disabled": (FAILED, "us-east-1 is disabled"),
            "denied": (UNKNOWN, "account:GetRegionOptStatus is missing"),
        },
    ),
    (
        remaining_logs.CHECK,
        PLAN,
        "logs",
        "describe_log_groups",
        {
            "none": (PASSED, "none"),
            "earlier": (WARNING, "/aws/lambda/OrdersOnLambda-Function-1"),
            "denied": (UNKNOWN, "logs:DescribeLogGroups is missing"),
        },
    ),
    (
        remaining_roles.CHECK,
        ON_ECS,
        "iam",
        "list_roles",
        {
            "none": (WARNING, "AWSServiceRoleForAPIGateway, AWSServiceRoleForECS"),
            "ecs": (WARNING, "AWS creates AWSServiceRoleForAPIGateway for this account"),
            "denied": (UNKNOWN, "iam:ListRoles is missing"),
        },
    ),
    (
        traces.CHECK,
        PLAN,
        "xray",
        "get_trace_segment_destination",
        {
            "on": (PASSED, "on"),
            "pending": (WARNING, "being turned on"),
            "off": (WARNING, "is off"),
            "denied": (UNKNOWN, "xray:GetTraceSegmentDestination is missing"),
        },
    ),
    (
        hooks.CHECK,
        PLAN,
        "cloudformation",
        "list_types",
        {
            "none": (PASSED, "none"),
            "registered": (WARNING, "Example::Security::Hook"),
            "denied": (UNKNOWN, "cloudformation:ListTypes is missing"),
        },
    ),
]
EACH = [
    pytest.param(check, plan, service, operation, name, *expected, id=f"{service}.{operation}: {name}")
    for check, plan, service, operation, responses in CASES
    for name, expected in responses.items()
]


def only(findings: Any) -> Finding:
    [found] = findings
    return found  # type: ignore[no-any-return]


@pytest.mark.parametrize(("check", "plan", "service", "operation", "name", "outcome", "text"), EACH)
def test_a_response_has_one_of_four_results(
    check: Any, plan: Any, service: str, operation: str, name: str, outcome: Outcome, text: str
) -> None:
    found = only(check.findings(plan, account(**{service: invented.client(service, operation, name)})))
    assert found.outcome is outcome, found
    assert text in found.summary
    assert bool(found.fix) == (outcome in (FAILED, WARNING))


def test_credentials_of_another_account_stop_the_run() -> None:
    assert only(account_id.check(ACCOUNT_ID).findings(PLAN, account())).outcome is PASSED
    found = only(account_id.check("111122223333").findings(PLAN, account()))
    assert found.outcome is FAILED
    assert ACCOUNT_ID in found.summary
    assert "111122223333" in found.summary


def test_the_root_user_is_rejected() -> None:
    root = stub("sts", (IDENTITY[0], {"Account": ACCOUNT_ID, "Arn": f"arn:aws:iam::{ACCOUNT_ID}:root"}))
    assert only(root_user.CHECK.findings(PLAN, account(sts=root))).outcome is FAILED
    assert only(root_user.CHECK.findings(PLAN, account())).outcome is PASSED


@pytest.mark.parametrize(
    ("credentials", "outcome"),
    [
        (Credentials("a", "b"), PASSED),
        (Credentials("a", "b", "token"), WARNING),
        (RefreshableCredentials("a", "b", "token", None, dict, "sso"), PASSED),
    ],
)
def test_temporary_credentials_that_boto3_cannot_renew_may_surprise(credentials: Any, outcome: Outcome) -> None:
    assert only(session.check(credentials).findings(PLAN, account())).outcome is outcome


@pytest.mark.parametrize(("end", "outcome"), [("11:59", FAILED), ("12:01", PASSED), ("", WARNING)])
def test_credentials_that_end_before_the_limit_stop_a_run(
    end: str, outcome: Outcome, monkeypatch: pytest.MonkeyPatch
) -> None:
    credentials = Credentials("key", "secret", "token", method="env")
    monkeypatch.setenv("AWS_CREDENTIAL_EXPIRATION", f"2026-11-29T{end}:00Z" if end else "")
    check = session.check(credentials, datetime(2026, 11, 29, 12, tzinfo=UTC))
    assert only(check.findings(PLAN, account())).outcome is outcome
    assert session.end_of(Credentials("key", "secret", "token", method="shared-credentials-file")) is None


class TestDeployRole:
    @pytest.mark.parametrize(("name", "outcome"), [("assumed", PASSED), ("denied", WARNING), ("throttled", UNKNOWN)])
    def test_the_role_is_assumed(self, name: str, outcome: Outcome, tmp_path: Any) -> None:
        assembly = write_assembly(tmp_path, {"Orders": {"Resources": {"Table": {"Type": "AWS::DynamoDB::Table"}}}})
        plan = plan_of({}, "Orders")
        plan = type(plan)(selected=("Orders",), stacks=assembly.stacks, templates={})
        sts = stub("sts", IDENTITY, invented.response("sts", "assume_role", name))
        found = only(deploy_role.CHECK.findings(plan, account(sts=sts)))
        assert found.outcome is outcome, found
        if outcome is not UNKNOWN:
            assert f"cdk-hnb659fds-deploy-role-{ACCOUNT_ID}-us-east-1" in found.summary


class TestStacks:
    def test_a_stack_without_the_tag_of_a_run_is_not_touched(self) -> None:
        exists = {"OrdersOnLambda": DeployedStack(name="OrdersOnLambda", status="CREATE_COMPLETE")}
        found = only(stack_collisions.CHECK.findings(PLAN, account(exists)))
        assert found.outcome is FAILED
        assert "is not touched" in found.summary
        assert not [fix for fix in found.fix if "delete-stack" in fix]

    def test_a_stack_of_an_earlier_run_has_the_command_that_deletes_it(self) -> None:
        tags = {stack_collisions.TAG: "r1"}
        exists = {"OrdersOnLambda": DeployedStack(name="OrdersOnLambda", status="CREATE_COMPLETE", tags=tags)}
        found = only(stack_collisions.CHECK.findings(PLAN, account(exists)))
        assert found.fix[0] == "python -m sandbox destroy r1"

    def test_an_account_without_the_stacks_is_fine(self) -> None:
        assert only(stack_collisions.CHECK.findings(PLAN, account())).outcome is PASSED


def test_all_service_linked_roles_may_exist() -> None:
    assert remaining_roles.judge(["AWSServiceRoleForECS"], ["AWSServiceRoleForECS", "Other"]).outcome is PASSED

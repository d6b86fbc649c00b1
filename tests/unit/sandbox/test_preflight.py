"""The order of the checks: nothing of a foreign account is read, and no check changes anything."""

import re
from typing import Any

import pytest
from moto import mock_aws

from deployment import preflight as deployment_preflight
from deployment.assembly import Assembly
from deployment.preflight import Outcome, Plan
from sandbox import preflight
from sandbox.policy import NEEDS_NO_PERMISSION
from tests.unit.deployment.aws_responses import ACCOUNT_ID, IDENTITY, account, moto_account, plan_of, stub
from tests.unit.deployment.test_preflight import PREFIXES
from tests.unit.sandbox import invented

PLAN = plan_of({"OrdersOnLambda": {"Function": {"Type": "AWS::Lambda::Function"}}})


def test_nothing_of_another_account_is_read() -> None:
    """A service without a client would end the test with a KeyError."""
    findings = preflight.run(PLAN, account(), "111122223333")
    assert [found.check for found in findings] == ["credentials", "account ID"]
    assert findings[-1].outcome is Outcome.FAILED


def test_invalid_credentials_stop_all_other_checks() -> None:
    denied = stub("sts", ("get_caller_identity", {"Error": {"Code": "InvalidClientTokenId", "Message": "invalid"}}))
    assert [found.check for found in preflight.run(PLAN, account(sts=denied), ACCOUNT_ID)] == ["credentials"]


@pytest.mark.parametrize(
    ("arn", "organization", "alias", "name", "stopped_by"),
    [
        ("root", "none", "none", "sandbox", "root user"),
        ("user/ann", "management", "none", "sandbox", "organization"),
        ("user/ann", "none", "production", "sandbox", "account alias"),
        ("user/ann", "none", "none", "production", "account name"),
    ],
)
def test_an_account_that_a_run_must_not_touch_stops_it(
    arn: str, organization: str, alias: str, name: str, stopped_by: str
) -> None:
    found = account(
        sts=stub("sts", (IDENTITY[0], {"Account": ACCOUNT_ID, "Arn": f"arn:aws:iam::{ACCOUNT_ID}:{arn}"})),
        organizations=invented.client("organizations", "describe_organization", organization),
        iam=invented.client("iam", "list_account_aliases", alias),
        account=invented.client("account", "get_account_information", name),
    )
    findings = preflight.run(PLAN, found, ACCOUNT_ID)
    assert [one.check for one in findings if one.outcome is Outcome.FAILED] == [stopped_by]
    assert findings[-1].check == "account name"


@mock_aws
def test_the_checks_of_the_app_only_read_and_call_what_they_list(synthesised: Any) -> None:
    """moto lacks some of the operations: these checks end as unknown, none with an error."""
    calls: set[str] = set()

    def called(service: str, operation: str) -> None:
        calls.add("apigateway:GET" if service == "apigatewayv2" else f"{PREFIXES.get(service, service)}:{operation}")

    plan = Plan.of(Assembly.load(synthesised.directory))
    findings = preflight.run(plan, moto_account(called), ACCOUNT_ID)
    assert calls - {"sts:GetCallerIdentity"} <= set(preflight.permissions())
    assert {"sts:AssumeRole", "iam:ListRoles", "organizations:DescribeOrganization"} <= calls
    writing = {one for one in calls if not re.match(r"\w+:(Get|GET|List|Describe)", one)}
    # It creates a session of 15 minutes that nothing uses.
    assert writing == {"sts:AssumeRole"}
    checks = {found.check: found for found in findings}
    assert {"bootstrap", "service-linked roles", "hooks", "stacks", "account plan"} <= checks.keys()
    assert checks["account plan"].outcome is Outcome.NOT_CHECKED
    assert checks["stacks"].outcome is Outcome.PASSED


def test_the_checks_of_a_deployment_run_as_well() -> None:
    missing = set(deployment_preflight.permissions()) - set(preflight.permissions())
    assert not missing
    assert set(preflight.permissions()) >= NEEDS_NO_PERMISSION


def test_every_outcome_has_a_name() -> None:
    assert set(preflight.NAMES) == set(Outcome)

"""Removing one grant from a policy, and the outcome of DynamoDB's two responses."""

from pathlib import Path

import pytest

from deployment.assembly import Assembly, Target
from deployment.deployed_app import DeployedApp, StackState
from deployment.permission_check import check_permissions, grants, judge, without_action
from deployment.results import Outcome
from tests.unit.deployment.fake_environment import FakeEnvironment

PUT = "dynamodb:PutItem"
FAKE = FakeEnvironment()


def policy(*statements: dict) -> dict:
    return {"Version": "2012-10-17", "Statement": list(statements)}


def allow(*actions: str) -> dict:
    return {"Effect": "Allow", "Action": list(actions), "Resource": "*"}


READ_WRITE = policy(allow("dynamodb:GetItem", PUT, "dynamodb:Query"), allow("secretsmanager:GetSecretValue"))


def test_only_the_one_action_is_removed():
    left = without_action(READ_WRITE, PUT)
    assert left == policy(allow("dynamodb:GetItem", "dynamodb:Query"), allow("secretsmanager:GetSecretValue"))


def test_the_given_policy_is_not_changed():
    without_action(READ_WRITE, PUT)
    assert PUT in READ_WRITE["Statement"][0]["Action"]


@pytest.mark.parametrize("pattern", ["dynamodb:*", "dynamodb:Put*", "*", "DynamoDB:putitem"])
def test_a_pattern_that_allows_the_action_is_removed_whole(pattern):
    assert without_action(policy(allow(pattern, "s3:GetObject")), PUT) == policy(allow("s3:GetObject"))


def test_an_empty_statement_is_removed():
    assert without_action(policy(allow(PUT)), PUT) == policy()


def test_a_single_action_needs_no_list():
    statement = {"Effect": "Allow", "Action": PUT, "Resource": "*"}
    assert without_action({"Statement": statement}, PUT) == {"Statement": []}


def test_a_deny_statement_is_kept():
    deny = {"Effect": "Deny", "Action": [PUT], "Resource": "*"}
    assert without_action(policy(deny), PUT) == policy(deny)


def test_a_policy_grants_an_action_or_not():
    assert grants(READ_WRITE, PUT)
    assert not grants(READ_WRITE, "dynamodb:DeleteTable")
    assert not grants(without_action(READ_WRITE, PUT), PUT)


@pytest.mark.parametrize("code", ["AccessDenied", "AccessDeniedException"])
def test_denied_without_the_grant_and_allowed_with_it_passes(code):
    assert judge("Role", with_grant="200", without_grant=code, environment=FAKE).outcome is Outcome.PASSED


@pytest.mark.parametrize(
    ("with_grant", "without_grant", "reason"),
    [
        ("200", "200", "a role without dynamodb:PutItem got 200"),
        ("200", "ValidationException", "a role without dynamodb:PutItem got ValidationException"),
        (
            "AccessDeniedException",
            "AccessDeniedException",
            "the deployed role got AccessDeniedException",
        ),
    ],
)
def test_any_other_pair_of_responses_fails(with_grant, without_grant, reason):
    result = judge("Role", with_grant=with_grant, without_grant=without_grant, environment=FAKE)
    assert result.outcome is Outcome.FAILED
    assert result.reason == reason
    assert result.cause
    assert result.fix
    assert result.fix == "fake logs"


def app(**stacks: StackState) -> DeployedApp:
    target = Target(id="lambda", construct="LambdaMicroservice", stack="OrdersOnLambda", logical_ids=())
    assembly = Assembly(path=Path(), stacks=(), targets={target.id: target})
    return DeployedApp(environment=FAKE, assembly=assembly, stacks=stacks)


def test_without_a_deployed_target_it_is_not_run_and_says_why():
    result = check_permissions(app())
    assert (result.outcome, result.reason) == (Outcome.NOT_RUN, "no target is deployed")


def test_where_iam_cannot_be_enforced_it_is_not_run_and_says_why():
    result = check_permissions(app(OrdersOnLambda=StackState(status="CREATE_COMPLETE", outputs={})))
    assert (result.outcome, result.reason) == (Outcome.NOT_RUN, "not available in the environment 'fake'")

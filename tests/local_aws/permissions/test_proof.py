"""Taking one grant from a policy, and what the table's two answers prove."""

import pytest

from deployment.results import Outcome
from local_aws.permissions.policies import grants, without
from local_aws.permissions.proof import judge

PUT = "dynamodb:PutItem"


def policy(*statements: dict) -> dict:
    return {"Version": "2012-10-17", "Statement": list(statements)}


def allow(*actions: str) -> dict:
    return {"Effect": "Allow", "Action": list(actions), "Resource": "*"}


READ_WRITE = policy(allow("dynamodb:GetItem", PUT, "dynamodb:Query"), allow("secretsmanager:GetSecretValue"))


def test_only_the_one_action_is_taken():
    left = without(READ_WRITE, PUT)
    assert left == policy(allow("dynamodb:GetItem", "dynamodb:Query"), allow("secretsmanager:GetSecretValue"))


def test_the_policy_that_was_given_is_not_changed():
    without(READ_WRITE, PUT)
    assert PUT in READ_WRITE["Statement"][0]["Action"]


@pytest.mark.parametrize("pattern", ["dynamodb:*", "dynamodb:Put*", "*", "DynamoDB:putitem"])
def test_a_pattern_that_allows_the_action_is_taken_whole(pattern):
    assert without(policy(allow(pattern, "s3:GetObject")), PUT) == policy(allow("s3:GetObject"))


def test_a_statement_left_empty_is_dropped():
    assert without(policy(allow(PUT)), PUT) == policy()


def test_a_single_action_may_stand_without_a_list():
    statement = {"Effect": "Allow", "Action": PUT, "Resource": "*"}
    assert without({"Statement": statement}, PUT) == {"Statement": []}


def test_what_denies_is_kept():
    deny = {"Effect": "Deny", "Action": [PUT], "Resource": "*"}
    assert without(policy(deny), PUT) == policy(deny)


def test_whether_a_policy_grants():
    assert grants(READ_WRITE, PUT)
    assert not grants(READ_WRITE, "dynamodb:DeleteTable")
    assert not grants(without(READ_WRITE, PUT), PUT)


@pytest.mark.parametrize("code", ["AccessDenied", "AccessDeniedException"])
def test_refused_without_the_grant_and_taken_with_it_is_the_proof(code):
    assert judge("Role", untouched="200", reduced=code).outcome is Outcome.PASSED


@pytest.mark.parametrize(
    ("untouched", "reduced", "reason"),
    [
        ("200", "200", "the table answered a role without dynamodb:PutItem with 200"),
        ("200", "ValidationException", "the table answered a role without dynamodb:PutItem with ValidationException"),
        (
            "AccessDeniedException",
            "AccessDeniedException",
            "the table answered the deployed role with AccessDeniedException",
        ),
    ],
)
def test_anything_else_proves_nothing_and_fails(untouched, reduced, reason):
    result = judge("Role", untouched=untouched, reduced=reduced)
    assert result.outcome is Outcome.FAILED
    assert result.reason == reason
    assert result.cause
    assert result.fix

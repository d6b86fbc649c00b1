"""Permission check: with IAM enforced, a role that lost one grant is denied.

A deployed service's role is copied without the grant. The deployed role itself does not change: the same request with
its keys must still succeed.
"""

import fnmatch
import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from botocore.exceptions import ClientError

from deployment.deployed_app import NO_ORDERS, DeployedApp
from deployment.environment import Environment
from deployment.errors import ActionableError
from deployment.results import Outcome, PermissionResult

ACTION = "dynamodb:PutItem"
# Not an order: the item has no status, so the pipe filters it out.
ITEM = {"id": {"S": "local-run-permission-check"}}
DENIED = ("AccessDenied", "AccessDeniedException")
ALLOWED = "200"

Policy = Mapping[str, Any]


@dataclass(frozen=True)
class Role:
    """A deployed role with its inline policies."""

    name: str
    arn: str
    trust_policy: Policy
    policies: Mapping[str, Policy]


def check_permissions(app: DeployedApp) -> PermissionResult:
    """Remove one grant from a copy of a service's role, and write to the table with both roles."""
    enforcement = app.environment.iam_enforcement()
    stacks = [target.stack for target in app.assembly.targets.values()]
    deployed = [name for name in stacks if name in app.stacks and app.stacks[name].is_complete]
    if enforcement is None or not deployed:
        reason = f"not available in the environment {app.environment.name!r}" if deployed else "no target is deployed"
        return PermissionResult(outcome=Outcome.NOT_RUN, action=ACTION, reason=reason)
    if not app.has_orders_api:
        return PermissionResult(outcome=Outcome.NOT_RUN, action=ACTION, reason=NO_ORDERS)
    iam = app.environment.client("iam")
    role = next((role for stack in deployed for role in _roles(app, iam, stack) if _grants_action(role)), None)
    if role is None:
        return PermissionResult(
            outcome=Outcome.FAILED,
            action=ACTION,
            reason=f"no role of a deployed target grants {ACTION}",
            cause="the grants of the stacks are missing in IAM",
            fix=app.environment.diagnostics_command(),
        )
    with _copy_without_grant(iam, role) as copy_arn:
        keys = {"with_grant": _assume(app, role.arn), "without_grant": _assume(app, copy_arn)}
        with enforcement:
            responses = {name: _put_item(app, keys[name]) for name in keys}
    app.environment.client("dynamodb").delete_item(TableName=app.output("TableName"), Key=ITEM)
    return judge(role.name, environment=app.environment, **responses)


def judge(role: str, *, with_grant: str, without_grant: str, environment: Environment) -> PermissionResult:
    """Decide the outcome from DynamoDB's two responses."""
    reason = cause = ""
    if without_grant not in DENIED:
        reason, cause = f"a role without {ACTION} got {without_grant}", "IAM policies are not enforced"
    elif with_grant != ALLOWED:
        reason, cause = f"the deployed role got {with_grant}", f"its policies do not grant {ACTION}"
    return PermissionResult(
        outcome=Outcome.FAILED if reason else Outcome.PASSED,
        role=role,
        action=ACTION,
        with_grant=with_grant,
        without_grant=without_grant,
        reason=reason,
        cause=cause,
        fix=environment.diagnostics_command() if reason else "",
    )


def grants(policy: Policy, action: str) -> bool:
    """Return whether a policy allows an action on any resource."""
    return without_action(policy, action) != policy


def without_action(policy: Policy, action: str) -> dict[str, Any]:
    """Return a copy of the policy without every pattern that allows the action; empty statements are removed."""
    kept = []
    for statement in _as_list(policy["Statement"]):
        if statement["Effect"] != "Allow":
            kept.append(statement)
            continue
        actions = _as_list(statement["Action"])
        left = [pattern for pattern in actions if not fnmatch.fnmatch(action.lower(), pattern.lower())]
        if left == actions:
            kept.append(statement)
        elif left:
            kept.append({**statement, "Action": left})
    return {**policy, "Statement": kept}


def _as_list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _grants_action(role: Role) -> bool:
    return any(grants(policy, ACTION) for policy in role.policies.values())


def _roles(app: DeployedApp, iam: Any, stack: str) -> Iterator[Role]:
    pages = app.environment.client("cloudformation").get_paginator("list_stack_resources").paginate(StackName=stack)
    for resource in (resource for page in pages for resource in page["StackResourceSummaries"]):
        if resource["ResourceType"] == "AWS::IAM::Role":
            name = resource["PhysicalResourceId"]
            role = iam.get_role(RoleName=name)["Role"]
            names = iam.list_role_policies(RoleName=name)["PolicyNames"]
            policies = {one: iam.get_role_policy(RoleName=name, PolicyName=one)["PolicyDocument"] for one in names}
            yield Role(name, role["Arn"], role["AssumeRolePolicyDocument"], policies)


@contextmanager
def _copy_without_grant(iam: Any, role: Role) -> Iterator[str]:
    """Create a copy of the role without the grant, yield its ARN, and delete the copy."""
    name = f"{role.name[:40]}-without-grant"
    created = iam.create_role(RoleName=name, AssumeRolePolicyDocument=json.dumps(role.trust_policy))
    try:
        for policy_name, policy in role.policies.items():
            reduced = without_action(policy, ACTION)
            if reduced["Statement"]:
                iam.put_role_policy(RoleName=name, PolicyName=policy_name, PolicyDocument=json.dumps(reduced))
        yield str(created["Role"]["Arn"])
    finally:
        for policy_name in iam.list_role_policies(RoleName=name)["PolicyNames"]:
            iam.delete_role_policy(RoleName=name, PolicyName=policy_name)
        iam.delete_role(RoleName=name)


def _assume(app: DeployedApp, role_arn: str) -> dict[str, str]:
    sts = app.environment.client("sts")
    try:
        credentials = sts.assume_role(RoleArn=role_arn, RoleSessionName="permission-check")["Credentials"]
    except ClientError as error:
        fix = app.environment.diagnostics_command()
        raise ActionableError(f"{role_arn} cannot be assumed", str(error), fix) from None
    return {
        "aws_access_key_id": credentials["AccessKeyId"],
        "aws_secret_access_key": credentials["SecretAccessKey"],
        "aws_session_token": credentials["SessionToken"],
    }


def _put_item(app: DeployedApp, keys: Mapping[str, str]) -> str:
    """Put an item with these keys, and return the HTTP status or the error code."""
    dynamodb = app.environment.client("dynamodb", keys)
    try:
        response = dynamodb.put_item(TableName=app.output("TableName"), Item=ITEM)
    except ClientError as error:
        return str(error.response["Error"]["Code"])
    return str(response["ResponseMetadata"]["HTTPStatusCode"])

"""Roles of deployed targets, read from IAM and copied there."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from deployment.deployed import Deployed
from local_aws.permissions.policies import grants, without

Policies = dict[str, dict[str, Any]]


@dataclass(frozen=True)
class Role:
    """A role whose policies grant the action."""

    name: str
    arn: str
    trust: dict[str, Any]
    policies: Policies


def first_that_grants(deployed: Deployed, iam: Any, action: str) -> Role | None:
    """Return the first role of a target's stack that grants the action."""
    for stack in deployed_targets(deployed):
        for name in _role_names(deployed, stack):
            role = _read_role(iam, name)
            if any(grants(document, action) for document in role.policies.values()):
                return role
    return None


def deployed_targets(deployed: Deployed) -> list[str]:
    """Return the stacks of targets that are deployed to their end."""
    names = [target.stack for target in deployed.assembly.targets.values()]
    return [name for name in names if name in deployed.stacks and deployed.stacks[name].complete]


def _role_names(deployed: Deployed, stack: str) -> list[str]:
    pages = deployed.client("cloudformation").get_paginator("list_stack_resources").paginate(StackName=stack)
    resources = [resource for page in pages for resource in page["StackResourceSummaries"]]
    return [one["PhysicalResourceId"] for one in resources if one["ResourceType"] == "AWS::IAM::Role"]


def _read_role(iam: Any, name: str) -> Role:
    described = iam.get_role(RoleName=name)["Role"]
    names = iam.list_role_policies(RoleName=name)["PolicyNames"]
    policies = {one: iam.get_role_policy(RoleName=name, PolicyName=one)["PolicyDocument"] for one in names}
    return Role(name, described["Arn"], described["AssumeRolePolicyDocument"], policies)


@contextmanager
def copy_without_grant(iam: Any, role: Role, action: str) -> Iterator[str]:
    """Copy a role without one grant, hand out the copy's ARN, and remove the copy."""
    name = f"{role.name[:40]}-without-grant"
    created = iam.create_role(RoleName=name, AssumeRolePolicyDocument=json.dumps(role.trust))
    try:
        for policy, document in role.policies.items():
            reduced = without(document, action)
            if reduced["Statement"]:
                iam.put_role_policy(RoleName=name, PolicyName=policy, PolicyDocument=json.dumps(reduced))
        yield str(created["Role"]["Arn"])
    finally:
        for policy in iam.list_role_policies(RoleName=name)["PolicyNames"]:
            iam.delete_role_policy(RoleName=name, PolicyName=policy)
        iam.delete_role(RoleName=name)

"""The IAM roles of a template, with every statement, its wildcards and managed policies."""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from deployment.template import Resource, Template

_ROLE = "AWS::IAM::Role"
_OWN_ACCOUNT = re.compile(r"^arn:<Partition>:([\w-]+):(?:<Region>)?:(?:<AccountId>)?:")
# From that many actions of one service on, their number is clearer than their names.
_MANY = 4
_POLICIES = ("AWS::IAM::Policy", "AWS::IAM::ManagedPolicy")


@dataclass(frozen=True, kw_only=True)
class Permission:
    """One Allow statement."""

    actions: tuple[str, ...]
    resources: tuple[str, ...]

    @property
    def wildcards(self) -> tuple[str, ...]:
        """Actions and resources that contain `*`."""
        return tuple(found for found in (*self.actions, *self.resources) if "*" in found)


@dataclass(frozen=True, kw_only=True)
class Role:
    """One role.

    Attributes:
        construct_path: path in the construct tree.
        assumed_by: service principals, or "a service account of the cluster".
        is_application_role: whether the service's code runs with it: the stack's grants went to this role.
        permissions: the Allow statements of its inline and attached policies.
        managed_policies: names of AWS managed policies.
    """

    construct_path: str
    assumed_by: tuple[str, ...]
    is_application_role: bool
    permissions: tuple[Permission, ...]
    managed_policies: tuple[str, ...] = ()


def roles(template: Template) -> tuple[Role, ...]:
    """Return the roles of a template, the application role first."""
    found = [_role(template, resource) for resource in template.resources_of(_ROLE)]
    return tuple(sorted(found, key=lambda role: (not role.is_application_role, role.construct_path)))


def summarize_actions(actions: Iterable[str]) -> tuple[str, ...]:
    """Return each action, or the number of actions of a service with many; an action with `*` is always named."""
    services: dict[str, list[str]] = {}
    for action in dict.fromkeys(actions):
        services.setdefault(action.partition(":")[0], []).append(action)
    return tuple(text for service, found in services.items() for text in _of_service(service, found))


def _of_service(service: str, actions: list[str]) -> list[str]:
    named = [action for action in actions if "*" in action]
    others = [action for action in actions if "*" not in action]
    return [*named, *(others if len(others) < _MANY else [f"{service}: {len(others)} actions"])]


def without_account(arn: str) -> str:
    """Return an ARN as service and resource, where partition, Region and account are the stack's own."""
    return _OWN_ACCOUNT.sub(r"\1 ", arn)


def _role(template: Template, resource: Resource) -> Role:
    permissions = tuple(_permissions(template, resource))
    managed = [str(arn).rsplit("/", 1)[-1] for arn in resource.resolved.get("ManagedPolicyArns", [])]
    return Role(
        construct_path=resource.construct_path,
        assumed_by=_assumed_by(resource.resolved["AssumeRolePolicyDocument"]),
        is_application_role=any(action.startswith("dynamodb:") for found in permissions for action in found.actions),
        permissions=permissions,
        managed_policies=tuple(managed),
    )


def _assumed_by(document: Mapping[str, Any]) -> tuple[str, ...]:
    found: list[str] = []
    for statement in document["Statement"]:
        principal = statement["Principal"]
        services = principal.get("Service", []) if isinstance(principal, Mapping) else ["any principal"]
        found += [services] if isinstance(services, str) else services
        if isinstance(principal, Mapping) and "Federated" in principal:
            found.append("a service account of the cluster")
    return tuple(dict.fromkeys(found))


def _permissions(template: Template, role: Resource) -> Iterator[Permission]:
    documents = [inline["PolicyDocument"] for inline in role.resolved.get("Policies", [])]
    attached = [one for one in template.resources_of(*_POLICIES) if role.logical_id in one.referenced_ids]
    documents += [one.resolved["PolicyDocument"] for one in attached]
    for document in documents:
        for statement in document["Statement"]:
            if statement["Effect"] == "Allow":
                yield Permission(actions=_list(statement["Action"]), resources=_list(statement.get("Resource", "*")))


def _list(value: Any) -> tuple[str, ...]:
    return tuple(map(str, value)) if isinstance(value, list) else (str(value),)

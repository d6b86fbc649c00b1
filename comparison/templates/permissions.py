"""What each role may do, statement by statement, with its wildcards."""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from .template import Resource, Template

_ROLE = "AWS::IAM::Role"
_OWN = re.compile(r"^arn:<Partition>:([\w-]+):(?:<Region>)?:(?:<AccountId>)?:")
# From so many actions of one service on, their number says more than their names.
_MANY = 4
_POLICIES = ("AWS::IAM::Policy", "AWS::IAM::ManagedPolicy")


@dataclass(frozen=True, kw_only=True)
class Permission:
    """One statement that allows something."""

    actions: tuple[str, ...]
    resources: tuple[str, ...]

    @property
    def wildcards(self) -> tuple[str, ...]:
        """Actions and resources with `*` in them; a lone `*` is everything."""
        return tuple(found for found in (*self.actions, *self.resources) if "*" in found)


@dataclass(frozen=True, kw_only=True)
class Role:
    """One role.

    Attributes:
        place: where it stands in the construct tree.
        assumed_by: services, or "a service account of the cluster".
        runs_the_code: whether it is the one that the stack's grants went to.
        permissions: every statement of its own and attached policies.
        managed: names of AWS's managed policies.
    """

    place: str
    assumed_by: tuple[str, ...]
    runs_the_code: bool
    permissions: tuple[Permission, ...]
    managed: tuple[str, ...] = ()


def roles(template: Template) -> tuple[Role, ...]:
    """Return the roles that a template makes, the code's own first."""
    found = [_role(template, resource) for resource in template.resources if resource.kind == _ROLE]
    return tuple(sorted(found, key=lambda role: (not role.runs_the_code, role.place)))


def in_brief(actions: Iterable[str]) -> tuple[str, ...]:
    """Return each action, or their number where there are many of a service; one with `*` in it is always named."""
    services: dict[str, list[str]] = {}
    for action in dict.fromkeys(actions):
        services.setdefault(action.partition(":")[0], []).append(action)
    return tuple(words for service, found in services.items() for words in _of_service(service, found))


def _of_service(service: str, actions: list[str]) -> list[str]:
    named = [action for action in actions if "*" in action]
    others = [action for action in actions if "*" not in action]
    return [*named, *(others if len(others) < _MANY else [f"{service}: {len(others)} actions"])]


def without_account(arn: str) -> str:
    """Return an ARN by service and resource, where partition, Region and account are the stack's own."""
    return _OWN.sub(r"\1 ", arn)


def _role(template: Template, resource: Resource) -> Role:
    permissions = tuple(_permissions(template, resource))
    managed = [str(arn).rsplit("/", 1)[-1] for arn in resource.properties.get("ManagedPolicyArns", [])]
    return Role(
        place=resource.place,
        assumed_by=_assumed_by(resource.properties["AssumeRolePolicyDocument"]),
        runs_the_code=any(action.startswith("dynamodb:") for found in permissions for action in found.actions),
        permissions=permissions,
        managed=tuple(managed),
    )


def _assumed_by(document: Mapping[str, Any]) -> tuple[str, ...]:
    found: list[str] = []
    for statement in document["Statement"]:
        principal = statement["Principal"]
        services = principal.get("Service", []) if isinstance(principal, Mapping) else ["anybody"]
        found += [services] if isinstance(services, str) else services
        if isinstance(principal, Mapping) and "Federated" in principal:
            found.append("a service account of the cluster")
    return tuple(dict.fromkeys(found))


def _permissions(template: Template, role: Resource) -> Iterator[Permission]:
    documents = [inline["PolicyDocument"] for inline in role.properties.get("Policies", [])]
    attached = [one for one in template.resources if one.kind in _POLICIES and role.logical_id in one.refers_to]
    documents += [one.properties["PolicyDocument"] for one in attached]
    for document in documents:
        for statement in document["Statement"]:
            if statement["Effect"] == "Allow":
                yield Permission(actions=_list(statement["Action"]), resources=_list(statement.get("Resource", "*")))


def _list(value: Any) -> tuple[str, ...]:
    return tuple(map(str, value)) if isinstance(value, list) else (str(value),)

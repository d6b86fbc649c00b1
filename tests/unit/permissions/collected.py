"""The permissions in templates, one for each action and resource, whatever statements the CDK groups them in."""

import json
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from deployment.template import Resource, Template, as_text, resolved

_ROLE = "AWS::IAM::Role"
_ATTACHED = ("AWS::IAM::Policy", "AWS::IAM::ManagedPolicy", "AWS::IAM::RolePolicy")


class Permission(NamedTuple):
    """One permission.

    Attributes:
        owner: Stack and role, such as `OrdersOnLambda OrdersRole`, or the resource that has a policy of its own.
        action: The action; `Deny …` for one that is denied, and `managed policy` for a policy of AWS.
        resource: The resource, such as `OrdersData/Orders.Arn`, or the name of the managed policy.
        condition: The conditions as JSON; empty without any.
        principal: The principal in a policy of a resource; empty in a policy of a role.
    """

    owner: str
    action: str
    resource: str
    condition: str = ""
    principal: str = ""

    def __str__(self) -> str:
        parts = [f"{self.owner}: {self.action} on {self.resource}"]
        parts += [f"if {self.condition}"] * bool(self.condition) + [f"by {self.principal}"] * bool(self.principal)
        return " ".join(parts)


def permissions(templates: Mapping[str, dict[str, Any]]) -> set[Permission]:
    """Return every permission in the templates, except the trust policies of roles."""
    return {found for stack, content in templates.items() for found in _of_template(Template.parse(stack, content))}


def of_template(stack: str, content: dict[str, Any]) -> set[Permission]:
    """Return every permission in one template."""
    return set(_of_template(Template.parse(stack, content)))


def _of_template(template: Template) -> Iterator[Permission]:
    for resource in template.resources:
        owner = f"{template.stack} {resource.construct_path}"
        if resource.type == _ROLE:
            for inline in resource.properties.get("Policies", []):
                yield from _of_document(owner, inline["PolicyDocument"])
            for arn in resource.properties.get("ManagedPolicyArns", []):
                yield Permission(owner, "managed policy", as_text(arn).rpartition(":policy/")[2])
        elif resource.type in _ATTACHED:
            for role in _roles(resource):
                yield from _of_document(f"{template.stack} {role}", resource.properties["PolicyDocument"])
        else:
            for document in _documents(resource.resolved):
                yield from _of_document(owner, document)


def _roles(policy: Resource) -> list[str]:
    given = policy.properties.get("Roles") or [policy.properties["RoleName"]]
    return [as_text(role) for role in given]


def _of_document(owner: str, document: Mapping[str, Any]) -> Iterator[Permission]:
    for statement in values(document["Statement"]):
        condition = json.dumps(resolved(statement["Condition"]), sort_keys=True) if "Condition" in statement else ""
        principal = json.dumps(resolved(statement["Principal"]), sort_keys=True) if "Principal" in statement else ""
        for action in values(statement.get("Action", "no action")):
            named = action if statement["Effect"] == "Allow" else f"Deny {action}"
            for resource in values(statement.get("Resource", "itself")):
                yield Permission(owner, named, as_text(resource), condition, principal)


def _documents(value: Any) -> Iterator[Mapping[str, Any]]:
    if isinstance(value, Mapping):
        if "Statement" in value:
            yield value
        else:
            for inner in value.values():
                yield from _documents(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _documents(inner)


def values(found: Any) -> list[Any]:
    """Return a list, or the one value as a list."""
    return found if isinstance(found, list) else [found]

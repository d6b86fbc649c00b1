"""Findings about resources: replaced, removed, colliding, or with properties that cannot change."""

from collections.abc import Iterator, Mapping
from typing import Any

from updates.change_set import Action, ChangeSet, ResourceChange
from updates.findings import Finding, Kind
from updates.limits import BEANSTALK_CREATE_ONLY, IGNORED, REVISIONS
from updates.schemas import schema

_ENVIRONMENT = "AWS::ElasticBeanstalk::Environment"
# Identifiers in which this property may be absent.
_OPTIONAL = frozenset({"SetIdentifier"})


def resource_findings(changes: ChangeSet) -> Iterator[Finding]:
    """Yield the findings about resources."""
    for change in changes.changes.values():
        yield from _lost(changes, change)
        yield from _not_applied(changes, change)
        yield from _environment_options(changes, change)
    yield from _collisions(changes)
    for name in changes.rejected_exports:
        yield Finding(
            kind=Kind.EXPORT_IN_USE,
            stack=changes.before.exports()[name][0],
            logical_id=name,
            type="Export",
            consequence="CloudFormation rejects the update: another stack imports the value.",
        )


def options(properties: Mapping[str, Any]) -> Mapping[tuple[str, str], Any]:
    """Return (namespace, name) -> value of the option settings of an Elastic Beanstalk environment."""
    settings = properties.get("OptionSettings", [])
    return {(setting["Namespace"], setting["OptionName"]): setting.get("Value") for setting in settings}


def _lost(changes: ChangeSet, change: ResourceChange) -> Iterator[Finding]:
    """A resource that is replaced or removed, and is no revision."""
    if change.changes("Type"):
        text = "CloudFormation rejects the update: the type of a resource cannot change."
        yield finding(changes, Kind.IMMUTABLE, change, "Type", text)
    elif change.type in REVISIONS or change.action not in (Action.REPLACED, Action.REMOVED):
        return
    elif change.action is Action.REMOVED:
        text = "The resource is deleted."
        yield finding(changes, Kind.REMOVAL, change, "", text)
    else:
        path = next(one.path for one in change.properties if one.replaces)
        text = "CloudFormation creates another resource, moves its users to it, and deletes the old one."
        yield finding(changes, Kind.REPLACEMENT, change, path, text)


def _not_applied(changes: ChangeSet, change: ResourceChange) -> Iterator[Finding]:
    for path, page in IGNORED.get(change.type, {}).items():
        if change.action is Action.MODIFIED and change.changes(path):
            text = f"The update succeeds, and the old value stays ({page})."
            yield finding(changes, Kind.NOT_APPLIED, change, path, text)


def _environment_options(changes: ChangeSet, change: ResourceChange) -> Iterator[Finding]:
    if change.type != _ENVIRONMENT or change.action is not Action.MODIFIED:
        return
    before, after = options(change.before), options(change.after)
    for option, page in BEANSTALK_CREATE_ONLY.items():
        if before.get(option) != after.get(option):
            text = f"Elastic Beanstalk rejects the update: the option is set at creation only ({page})."
            yield finding(changes, Kind.IMMUTABLE, change, option[1], text)


def _collisions(changes: ChangeSet) -> Iterator[Finding]:
    """Resources that are created while another one with the same identity exists."""
    existing: dict[tuple[Any, ...], tuple[str, str]] = {}
    for key, (type_, properties) in changes.existing.items():
        for identity in _identities(type_, properties):
            existing[identity] = key
    for change in changes.changes.values():
        if not change.is_new or change.changes("Type"):
            continue
        for identity in _identities(change.type, change.after):
            other = existing.get(identity)
            if other is None or (other == change.key and schema(change.type).is_deleted_first):
                continue
            text = f"CloudFormation cannot create it: {other[0]}/{other[1]} has the same {', '.join(identity[1])}."
            yield finding(changes, Kind.COLLISION, change, identity[1][-1], text)


def _identities(type_: str, properties: Mapping[str, Any]) -> Iterator[tuple[Any, ...]]:
    for paths in schema(type_).unique:
        values = tuple(_value(properties, path) for path in paths)
        if all(value is not None or path in _OPTIONAL for path, value in zip(paths, values, strict=True)):
            yield type_, paths, tuple(map(str, values))


def _value(properties: Any, path: str) -> Any:
    for name in path.split("/"):
        properties = properties.get(name) if isinstance(properties, dict) else None
    return properties


def finding(changes: ChangeSet, kind: Kind, change: ResourceChange, path: str, text: str) -> Finding:
    """Return a finding on a changed resource, with what leads to it."""
    return Finding(
        kind=kind,
        stack=change.stack,
        logical_id=change.logical_id,
        type=change.type,
        property=path,
        consequence=text,
        cascade=changes.cascade(change, path),
    )

"""The change set of an update: the action on each resource, computed from two sets of templates.

A replaced resource changes its `Ref` and attributes wherever they are used, also in other stacks, which may replace
their users, and so on.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property
from typing import Any

from updates.limits import CHANGING_ATTRIBUTES
from updates.schemas import schema
from updates.templates import App, Attribute, Resolver, changed_references, imports, unmarked

_INDEX = re.compile(r"(?<=/)\d+(?=/|$)")
Key = tuple[str, str]
"""Stack and logical ID of a resource."""


class Action(StrEnum):
    """The action of CloudFormation on a resource."""

    ADDED = "added"
    REMOVED = "removed"
    MODIFIED = "modified"
    REPLACED = "replaced"


@dataclass(frozen=True)
class PropertyChange:
    """A change of one property.

    Attributes:
        path: names joined by "/", with "*" for the items of a list.
        replaces: whether it replaces the resource.
        causes: attributes of other resources that change, and this property with them; empty if the template changes.
    """

    path: str
    replaces: bool
    causes: tuple[Attribute, ...] = ()


@dataclass(frozen=True)
class ResourceChange:
    """A change of one resource.

    Attributes:
        stack: name of the stack.
        logical_id: logical ID of the resource.
        type: resource type.
        action: what CloudFormation does to it.
        properties: the changed properties; empty for an added or a removed resource.
        before: its resolved properties before the update; empty for an added resource.
        after: those after the update; empty for a removed resource.
    """

    stack: str
    logical_id: str
    type: str
    action: Action
    properties: tuple[PropertyChange, ...]
    before: Mapping[str, Any]
    after: Mapping[str, Any]

    @property
    def key(self) -> Key:
        """Stack and logical ID."""
        return self.stack, self.logical_id

    @property
    def is_new(self) -> bool:
        """Whether CloudFormation creates a resource."""
        return self.action in (Action.ADDED, Action.REPLACED)

    def changes(self, *paths: str) -> bool:
        """Return whether one of these properties, or a part of it, changes."""
        return any(
            change.path == path or change.path.startswith(f"{path}/") for change in self.properties for path in paths
        )


class ChangeSet:
    """The changes of an update of all stacks of an app.

    Args:
        before: the app before the update.
        after: the app after it.
    """

    def __init__(self, before: App, after: App) -> None:
        self.before = before
        self.after = after
        self._attributes: set[Attribute] = set()
        self._whole: set[Key] = set()
        self.resolver_before = Resolver(before)
        self.resolver_after = Resolver(after, self._is_changed)

    @cached_property
    def changes(self) -> Mapping[Key, ResourceChange]:
        """Stack and logical ID -> change, until no changed attribute changes another resource."""
        while True:
            found = {change.key: change for change in self._compare()}
            whole = {key for key, change in found.items() if change.action is Action.REPLACED}
            attributes = {attribute for change in found.values() for attribute in _changing_attributes(change)}
            if whole <= self._whole and attributes <= self._attributes:
                return found
            self._whole, self._attributes = self._whole | whole, self._attributes | attributes

    @cached_property
    def existing(self) -> Mapping[Key, tuple[str, Mapping[str, Any]]]:
        """Stack and logical ID -> type and resolved properties of each resource before the update."""
        return {
            (stack, logical_id): (resource["Type"], self.resolver_before.properties(stack, resource))
            for stack, logical_id, resource in self.before.resources()
            if self.resolver_before.exists(stack, resource)
        }

    @cached_property
    def rejected_exports(self) -> tuple[str, ...]:
        """Names of exports that change or disappear while a stack imports them: CloudFormation rejects the update.

        The stack with the export is updated first, while the other one still imports the old value.
        https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/using-cfn-stack-exports.html
        """
        _ = self.changes  # Decides which values change.
        used = {
            name
            for stack, template in self.before.templates.items()
            for name in imports(template)
            if stack in self.after.templates
        }
        exports = self.before.exports()
        return tuple(
            name
            for name in sorted(used & exports.keys())
            if exports[name][0] in self.after.templates
            and self.resolver_before.export(name) != self.resolver_after.export(name)
        )

    def cascade(self, change: ResourceChange, path: str = "") -> tuple[str, ...]:
        """Return what leads to a change, the origin first: entries such as `Stack/LogicalId Type: property`.

        Args:
            change: the change.
            path: the property to explain. Default: the property that replaces the resource, or the first one.
        """
        entries: list[str] = []
        seen: set[Key] = set()
        current: ResourceChange | None = change
        while current is not None and current.key not in seen:
            seen.add(current.key)
            chosen = _explaining(current, path if current is change else "")
            entries.append(_entry(current, chosen))
            causes = chosen.causes if chosen else ()
            current = next((self.changes[cause[:2]] for cause in causes if cause[:2] in self.changes), None)
        return tuple(reversed(entries))

    def _is_changed(self, attribute: Attribute) -> bool:
        if attribute in self._attributes:
            return True
        stack, logical_id, name = attribute
        if (stack, logical_id) not in self._whole:
            return False
        # An attribute that repeats a property, such as `CidrBlock`, changes with the property only.
        before = self.before.templates[stack]["Resources"][logical_id].get("Properties", {}).get(name)
        after = self.after.templates[stack]["Resources"][logical_id].get("Properties", {}).get(name)
        return before is None or before != after

    def _compare(self) -> Iterator[ResourceChange]:
        after = {
            (stack, logical_id): resource
            for stack, logical_id, resource in self.after.resources()
            if self.resolver_after.exists(stack, resource)
        }
        for key in sorted(self.existing.keys() | after.keys()):
            old_type, was = self.existing.get(key, ("", {}))
            new = after.get(key)
            now = self.resolver_after.properties(key[0], new) if new else {}
            type_ = new["Type"] if new else old_type
            if not old_type or not new:
                action = Action.ADDED if new else Action.REMOVED
                yield ResourceChange(*key, type_, action, (), was, now)
            elif old_type != type_:
                yield ResourceChange(*key, type_, Action.REPLACED, (PropertyChange("Type", replaces=True),), was, now)
            elif properties := tuple(_compare_properties(type_, was, now, new)):
                action = Action.REPLACED if any(change.replaces for change in properties) else Action.MODIFIED
                yield ResourceChange(*key, type_, action, properties, was, now)


def differences(before: Any, after: Any, path: str = "") -> Iterator[tuple[str, Any, Any]]:
    """Yield path, value before and value after of each difference; lists of different lengths differ as a whole."""
    if isinstance(before, dict) and isinstance(after, dict):
        for key in sorted(before.keys() | after.keys()):
            yield from differences(before.get(key), after.get(key), f"{path}/{key}" if path else key)
    elif isinstance(before, list) and isinstance(after, list) and len(before) == len(after):
        for number, (one, other) in enumerate(zip(before, after, strict=True)):
            yield from differences(one, other, f"{path}/{number}")
    elif before != after:
        yield path, before, after


def _compare_properties(
    type_: str, before: Mapping[str, Any], after: Mapping[str, Any], resource: Mapping[str, Any]
) -> Iterator[PropertyChange]:
    rules = schema(type_)
    replacing = resource.get("UpdatePolicy", {}).get("AutoScalingReplacingUpdate", {}).get("WillReplace") is True
    found: dict[str, set[Attribute]] = {}
    written: set[str] = set()
    for where, old, new in differences(before, after):
        path = _INDEX.sub("*", where.partition("/Fn::")[0])
        causes = _caused_by(old, new)
        found.setdefault(path, set()).update(causes)
        if not causes:
            written.add(path)
    for path, attributes in found.items():
        # A change that is written in the template explains a property better than a reference does.
        causes = [] if path in written else sorted(attributes)
        yield PropertyChange(path, rules.replaces(path) or replacing, tuple(causes))


def _caused_by(old: Any, new: Any) -> list[Attribute]:
    """The changed references of a value that is otherwise the same; none if the template itself differs."""
    same = isinstance(old, str) and isinstance(new, str) and unmarked(new) == old
    return changed_references(new) if same else []


def _changing_attributes(change: ResourceChange) -> Iterator[Attribute]:
    if change.action is not Action.MODIFIED:
        return
    for attribute, path in CHANGING_ATTRIBUTES.get(change.type, {}).items():
        if change.changes(path):
            yield (*change.key, attribute)
    for name in change.after:
        if change.changes(name):
            yield (*change.key, name)


def _explaining(change: ResourceChange, path: str) -> PropertyChange | None:
    wanted = [one for one in change.properties if one.path == path]
    replacing = [one for one in change.properties if one.replaces]
    candidates = wanted or replacing or list(change.properties)
    return next(iter(candidates), None)


def _entry(change: ResourceChange, chosen: PropertyChange | None) -> str:
    what = chosen.path if chosen else change.action
    return f"{change.stack}/{change.logical_id} {change.type}: {what}"

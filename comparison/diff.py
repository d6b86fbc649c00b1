"""The diff of two targets' templates: resources are matched by type and construct path, hashes left out."""

import itertools
import re
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import yaml

from comparison.document import BulletList, Document, Item, Paragraph, Section
from comparison.facts import TargetFacts
from deployment.console import plural
from deployment.template import strip_hashes

APPLICATION_ROLE = "application role"
IDENTICAL = "Both targets are the same: choose another one."
_ROLE = "AWS::IAM::Role"
# The CDK names a rule of a security group after its peer, below the group.
_RULE = re.compile(r"/(from|to) ")
# Properties that only repeat the construct path.
_NAME_PROPERTIES = {
    ("AWS::IAM::Policy", "PolicyName"),
    ("AWS::IAM::Policy", "Roles"),
    ("Custom::AWSCDK-EKS-HelmChart", "Release"),
}
# What the CDK leaves out when it makes an id of a construct path.
_NOT_IN_IDS = re.compile(r"[^A-Za-z0-9]")
_ITEM_NAMES = ("Name", "name", "Key", "OptionName", "kind", "Sid")
_STATEMENT = {"Action": "", "NotAction": " everything but", "Resource": " on", "Principal": " to", "Condition": " if"}
_IN_ONE_LINE: Any = {"default_flow_style": True, "allow_unicode": True, "width": float("inf")}
_SIDES = (("- ", "red"), ("+ ", "green"))
# From that many properties on, a change that they share is printed once.
_MANY = 3

Rename = Callable[[Any], Any]


@dataclass(frozen=True, kw_only=True)
class Change:
    """One property that differs.

    Attributes:
        path: such as "ContainerDefinitions[Main].Cpu".
        one: the whole value in the first template, in one line; None if it has none.
        other: the same in the second template.
    """

    path: str
    one: str | None
    other: str | None


@dataclass(frozen=True, kw_only=True, order=True)
class ResourceKey:
    """A resource: its CloudFormation type and its path in the construct tree."""

    type: str
    path: str


@dataclass(frozen=True, kw_only=True)
class ChangedResource:
    """A resource in both templates, with the properties that differ.

    Attributes:
        type: CloudFormation type.
        path: construct path; "one → other" if the second template has it at another path.
        changes: the properties that differ.
    """

    type: str
    path: str
    changes: tuple[Change, ...]


@dataclass(frozen=True, kw_only=True)
class Diff:
    """The differences between the templates of two targets.

    Attributes:
        one: id of the first target.
        other: id of the second target.
        only_one: resources only in the first template.
        only_other: resources only in the second template.
        changed: resources in both, with differences.
        identical: number of resources that are identical in both.
    """

    one: str
    other: str
    only_one: tuple[ResourceKey, ...]
    only_other: tuple[ResourceKey, ...]
    changed: tuple[ChangedResource, ...]
    identical: int


def compare(one: TargetFacts, other: TargetFacts) -> Diff:
    """Compare the templates of two targets."""
    left, right = _resources(one), _resources(other)
    pairs, names = _match(left, right)
    rename = _renamer(names)
    found = [
        ChangedResource(type=a.type, path=_both_paths(a, b, names), changes=tuple(changes(left[a], rename(right[b]))))
        for a, b in sorted(pairs.items())
    ]
    return Diff(
        one=one.id,
        other=other.id,
        only_one=tuple(sorted(left.keys() - pairs.keys())),
        only_other=tuple(sorted(right.keys() - pairs.values())),
        changed=tuple(resource for resource in found if resource.changes),
        identical=sum(not resource.changes for resource in found),
    )


def changes(one: Any, other: Any, path: str = "") -> Iterator[Change]:
    """Yield what differs between two values, properties in alphabetical order."""
    if isinstance(one, Mapping) and isinstance(other, Mapping):
        for key in sorted({*one, *other}):
            yield from _property_changes(one, other, key, f"{path}.{key}" if path else key)
    elif isinstance(one, list) and isinstance(other, list):
        yield from _item_changes(one, other, path)
    elif one != other:
        yield Change(path=path, one=_in_one_line(one), other=_in_one_line(other))


def diff_document(diff: Diff) -> Document:
    """Build the diff as a document."""
    title = f"{diff.one} → {diff.other}"
    if diff.one == diff.other:
        return Document([Section(title, [Paragraph(IDENTICAL)])])
    changed = tuple(item for resource in diff.changed for item in changed_items(resource))
    sections = (
        Section(title, []),
        _only(0, diff.one, diff.only_one),
        _only(1, diff.other, diff.only_other),
        *((Section(f"in both, with differences ({len(diff.changed)})", [BulletList(changed)]),) if changed else ()),
        Section(f"{plural(diff.identical, 'resource')} identical in both", []),
    )
    return Document(sections)


def short_type(type_: str) -> str:
    """Return "ECS Service" for "AWS::ECS::Service"."""
    return " ".join(part for part in type_.split("::") if part != "AWS")


def _resources(target: TargetFacts) -> dict[ResourceKey, Any]:
    """The properties of each resource, with construct paths in place of ids."""
    rename = _path_names(target)
    found = {}
    for resource in target.template.resources:
        key = ResourceKey(type=resource.type, path=_RULE.sub(r" \1 ", rename(resource.construct_path)))
        kept = {name: value for name, value in resource.resolved.items() if (key.type, name) not in _NAME_PROPERTIES}
        found[key] = rename(kept)
    return found


def _match(
    left: Mapping[ResourceKey, Any], right: Mapping[ResourceKey, Any]
) -> tuple[dict[ResourceKey, ResourceKey], dict[str, str]]:
    """Match resources, and paths of the second template with those of the first, below which more resources match."""
    names: dict[str, str] = {}
    while True:
        rename = _renamer(names)
        renamed = {ResourceKey(type=key.type, path=rename(key.path)): key for key in right}
        pairs = {key: renamed[key] for key in left if key in renamed}
        ours = {key: left[key] for key in left if key not in pairs}
        theirs = {key: rename(right[renamed[key]]) for key in renamed if key not in pairs}
        moved = list(_moved(ours, theirs))
        if not moved:
            return pairs, names
        names |= {renamed[b].path: a.path for a, b in moved}


def _moved(
    left: Mapping[ResourceKey, Any], right: Mapping[ResourceKey, Any]
) -> Iterator[tuple[ResourceKey, ResourceKey]]:
    """Match resources at different paths, if each template has exactly one of the type and both seem to be the same."""
    by_type: dict[str, tuple[list[ResourceKey], list[ResourceKey]]] = defaultdict(lambda: ([], []))
    for side, resources in enumerate((left, right)):
        for key in resources:
            by_type[key.type][side].append(key)
    for ours, theirs in by_type.values():
        if len(ours) == len(theirs) == 1:
            [a], [b] = ours, theirs
            if left[a] == right[b] or _is_same_path(a, b):
                yield a, b


def _is_same_path(one: ResourceKey, other: ResourceKey) -> bool:
    """Whether both have the same name or the same parent. Roles with the same parent differ: others assume them."""
    (parent, _, name), (other_parent, _, other_name) = one.path.rpartition("/"), other.path.rpartition("/")
    return name == other_name or (parent == other_parent and one.type != _ROLE)


def _both_paths(one: ResourceKey, other: ResourceKey, names: Mapping[str, str]) -> str:
    """Both paths if the resource itself has another name; the first one if only a parent has."""
    if names.get(other.path) != one.path:
        return one.path
    group, _, _ = one.path.partition(" ")
    return f"{one.path} → {other.path.removeprefix(f'{group} ')}"


def _path_names(target: TargetFacts) -> Rename:
    """Return what replaces ids in a target's template by construct paths.

    `OrdersFrontDoorApi`, with or without the stack's name before it, becomes `Orders/FrontDoor/Api`; exports of other
    stacks become `OrdersNetwork/Vpc`. The target's own stack and ID, which differ for each target, become "stack" and
    "target".
    """
    stack = target.template.stack
    role = next((role.construct_path for role in target.roles if role.is_application_role), "")
    in_spans = "microservice.target="
    names = {stack: "stack", stack.lower(): "stack", f"{in_spans}{target.id}": f"{in_spans}target"}
    for resource in target.template.resources:
        path = resource.construct_path
        is_role = role and (path == role or path.startswith(f"{role}/"))
        shown = APPLICATION_ROLE + path.removeprefix(role) if is_role else path
        joined = _NOT_IN_IDS.sub("", path)
        names |= {strip_hashes(resource.logical_id): shown, joined: shown, f"{stack}{joined}": shown}
        if shown != path:
            names[path] = shown
    return _renamer(names, sorted((name for name, _ in target.dependencies), key=len, reverse=True))


def _renamer(names: Mapping[str, str], stacks: Sequence[str] = ()) -> Rename:
    """Replace whole names, the longest ones first: `OrdersService` is not part of `OrdersServiceRole`."""
    longest_first = sorted(filter(None, names), key=len, reverse=True)
    own = re.compile(rf"(?<![A-Za-z0-9])(?:{'|'.join(map(re.escape, longest_first))})(?![A-Za-z0-9])")
    foreign = re.compile(rf"(?<![A-Za-z0-9])({'|'.join(map(re.escape, stacks))})(?=[A-Z][a-z])") if stacks else None

    def rename(value: Any) -> Any:
        if isinstance(value, str):
            text = own.sub(lambda found: names[found[0]], value) if longest_first else value
            return foreign.sub(r"\1/", text) if foreign else text
        if isinstance(value, Mapping):
            return {rename(key): rename(inner) for key, inner in value.items()}
        return [rename(inner) for inner in value] if isinstance(value, list) else value

    return rename


def _property_changes(one: Mapping[str, Any], other: Mapping[str, Any], key: str, path: str) -> Iterator[Change]:
    if key not in one:
        yield Change(path=path, one=None, other=_in_one_line(other[key]))
    elif key not in other:
        yield Change(path=path, one=_in_one_line(one[key]), other=None)
    else:
        yield from changes(one[key], other[key], path)


def _item_changes(one: Sequence[Any], other: Sequence[Any], path: str) -> Iterator[Change]:
    """Lists of named items are matched by name; other lists are sets."""
    left, right = _by_name(one), _by_name(other)
    if left is not None and right is not None:
        for name in dict.fromkeys([*left, *right]):
            yield from _property_changes(left, right, name, f"{path}[{name}]")
        return
    for item in one:
        if item not in other:
            yield Change(path=f"{path}[]", one=_in_one_line(item), other=None)
    for item in other:
        if item not in one:
            yield Change(path=f"{path}[]", one=None, other=_in_one_line(item))


def _by_name(items: Sequence[Any]) -> dict[str, Any] | None:
    """Items by name; None if some have no name or share one."""
    if not all(isinstance(item, Mapping) for item in items):
        return None
    names = [next((str(item[key]) for key in _ITEM_NAMES if key in item), "") for item in items]
    return dict(zip(names, items, strict=True)) if all(names) and len(set(names)) == len(names) else None


def _in_one_line(value: Any) -> str:
    """A string as it is, a policy statement as a sentence, anything else as YAML."""
    if isinstance(value, Mapping) and "Effect" in value and ("Action" in value or "NotAction" in value):
        return _statement(value)
    if isinstance(value, list) and value and all(isinstance(item, str) for item in value):
        return ", ".join(value)
    if isinstance(value, str):
        text = value or "''"
    else:
        text = yaml.safe_dump(_for_yaml(value), **_IN_ONE_LINE).removesuffix("\n...\n")
    return " ".join(text.split())


def _statement(value: Mapping[str, Any]) -> str:
    """Such as "Allow sts:AssumeRole to Service ecs-tasks.amazonaws.com"."""
    sentence = str(value["Effect"])
    for key, word in _STATEMENT.items():
        if key in value:
            sentence += f"{word} {_operand(value[key])}"
    rest = {key: inner for key, inner in value.items() if key not in (*_STATEMENT, "Effect", "Sid")}
    return f"{sentence} {_in_one_line(rest)}" if rest else sentence


def _operand(value: Any) -> str:
    if isinstance(value, Mapping) and len(value) == 1:
        [(key, inner)] = value.items()
        return f"{key} {_operand(inner)}"
    return _in_one_line(value)


def _for_yaml(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {str(key): _for_yaml(inner) for key, inner in value.items()}
    return [_for_yaml(item) for item in value] if isinstance(value, list) else value


def one_sided_items(side: int, resources: Sequence[ResourceKey]) -> list[Item]:
    """Return a line for each resource that only the first (0) or the second (1) template has."""
    sign, style = _SIDES[side]
    width = max((len(short_type(key.type)) for key in resources), default=0)
    return [Item(key.path, marker=f"  {sign}{short_type(key.type):{width}}  ", style=style) for key in resources]


def _only(side: int, target: str, resources: Sequence[ResourceKey]) -> Section:
    return Section(f"only in {target} ({len(resources)})", [BulletList(one_sided_items(side, resources))])


def changed_items(resource: ChangedResource) -> Iterator[Item]:
    """Yield the lines of a resource with the properties that differ."""
    yield Item(resource.path, marker=f"  ~ {short_type(resource.type)}  ", style="yellow")
    for paths, found in _grouped(resource.changes):
        yield from (Item(path, marker="      ", style="dim") for path in paths)
        for (sign, style), name in zip(_SIDES, ("one", "other"), strict=True):
            values = (getattr(change, name) for change in found)
            yield from (Item(value, marker=f"      {sign}", style=style) for value in values if value is not None)


def _grouped(found: Sequence[Change]) -> list[tuple[list[str], list[Change]]]:
    """The changes of each property; many properties whose values change in the same way are one group."""
    groups: dict[object, tuple[list[str], list[Change]]] = {}
    by_path = itertools.groupby(found, key=lambda change: change.path.removesuffix("[]"))
    properties = [(path, list(of_path)) for path, of_path in by_path]
    values = [tuple((change.one, change.other) for change in of_path) for _, of_path in properties]
    for (path, of_path), value in zip(properties, values, strict=True):
        key = value if values.count(value) >= _MANY else path
        groups.setdefault(key, ([], of_path))[0].append(path)
    return list(groups.values())

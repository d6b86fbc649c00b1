"""The reader of synthesised CloudFormation templates: resources, their references and what they read like in text."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import Any

from deployment.assembly import Assembly, Stack, Target
from deployment.manifest import complete

_CDK_METADATA = "AWS::CDK::Metadata"
_LOGICAL_ID = "aws:cdk:logicalId"
# Construct ids that only repeat what their parent says.
_IMPLICIT_IDS = ("Resource", "Default")
_REFERENCES = ("Ref", "Fn::GetAtt", "Fn::ImportValue")
_ASSET = re.compile(r"[0-9a-f]{64}")
_HASH = re.compile(r"(?<=[A-Za-z])(?=[0-9A-F]*[0-9])[0-9A-F]{8}(?![a-z])")
_VERSION_HASH = re.compile(r"(?<=Version)[0-9A-F]{8}[0-9a-f]{32}")
_EXPORT = re.compile(
    r"(?P<stack>[\w-]+):ExportsOutput(?:Ref|FnGetAtt)(?P<name>\w*?)[0-9A-F]{8}(?P<attribute>\w*?)[0-9A-F]{8}$"
)


@dataclass(frozen=True, kw_only=True)
class Resource:
    """One resource of a template.

    Attributes:
        stack: name of its stack.
        logical_id: its key in the template.
        type: CloudFormation type, such as "AWS::ECS::Service".
        construct_path: path in the construct tree without the stack, such as "Orders/Service".
        properties: as the template has them.
        policies: its `UpdatePolicy` and `CreationPolicy`, as far as it has them.
        deletion_policy: "Retain", "Delete", ... or "" for CloudFormation's default.
    """

    stack: str
    logical_id: str
    type: str
    construct_path: str = ""
    properties: Mapping[str, Any] = field(default_factory=dict)
    policies: Mapping[str, Any] = field(default_factory=dict)
    deletion_policy: str = ""

    @cached_property
    def resolved(self) -> Mapping[str, Any]:
        """Properties and policies as a reader would write them: see `resolved`."""
        found: Mapping[str, Any] = resolved({**self.properties, **self.policies})
        return found

    @cached_property
    def references(self) -> Mapping[str, frozenset[str]]:
        """Property -> logical ids that it refers to with `Ref` or `Fn::GetAtt`."""
        return {
            name: frozenset(
                logical_id for reference in _references(value) if (logical_id := _logical_id(reference)) is not None
            )
            for name, value in self.properties.items()
        }

    @property
    def referenced_ids(self) -> frozenset[str]:
        """All logical ids that it refers to."""
        return frozenset(logical_id for ids in self.references.values() for logical_id in ids)

    @cached_property
    def imported_stacks(self) -> frozenset[str]:
        """Names of the stacks whose exports it imports."""
        names = [reference.get("Fn::ImportValue") for reference in _references(self.properties)]
        return frozenset(name.partition(":")[0] for name in names if isinstance(name, str))


@dataclass(frozen=True, kw_only=True)
class Template:
    """The template of one stack, without the CDK's own metadata.

    Attributes:
        stack: name of the stack.
        resources: in the template's order.
        exports: name of an export -> its value.
        content: the whole template as written.
        assets: object key in S3 -> the asset's file or directory. Default: none.
    """

    stack: str
    resources: tuple[Resource, ...]
    exports: Mapping[str, object] = field(default_factory=dict)
    content: Mapping[str, Any] = field(default_factory=dict, repr=False)
    assets: Mapping[str, Path] = field(default_factory=dict, repr=False)

    @classmethod
    def load(cls, stack: Stack) -> Template:
        """Read the template of a stack, and the construct paths that the CDK writes beside it.

        Raises:
            ActionableError: a file is missing or damaged.
        """
        file, name = stack.template, stack.template.name.removesuffix(".template.json")
        metadata, manifest = file.with_name(f"{name}.metadata.json"), file.with_name(f"{name}.assets.json")
        with complete(metadata):
            paths = _construct_paths(metadata, stack.construct_path or stack.name)
        with complete(manifest):
            assets = _assets(manifest)
        with complete(file):
            return cls.parse(stack.name, json.loads(file.read_text()), paths, assets)

    @classmethod
    def parse(
        cls,
        stack: str,
        content: Mapping[str, Any],
        construct_paths: Mapping[str, str] | None = None,
        assets: Mapping[str, Path] | None = None,
    ) -> Template:
        """Return the template with this content; `construct_paths` has logical id -> construct path."""
        paths = construct_paths or {}
        return cls(
            stack=stack,
            resources=tuple(
                Resource(
                    stack=stack,
                    logical_id=logical_id,
                    type=raw["Type"],
                    construct_path=paths.get(logical_id, strip_hashes(logical_id)),
                    properties=raw.get("Properties", {}),
                    policies={key: raw[key] for key in ("UpdatePolicy", "CreationPolicy") if key in raw},
                    deletion_policy=raw.get("DeletionPolicy", ""),
                )
                for logical_id, raw in content.get("Resources", {}).items()
                if raw["Type"] != _CDK_METADATA
            ),
            exports={
                output["Export"]["Name"]: output["Value"]
                for output in content.get("Outputs", {}).values()
                if isinstance(output.get("Export", {}).get("Name"), str)
            },
            content=content,
            assets=assets or {},
        )

    def without(self, logical_ids: Collection[str]) -> Template:
        """Return the template without these resources."""
        if not logical_ids:
            return self
        resources = self.content.get("Resources", {})
        kept = {name: raw for name, raw in resources.items() if name not in logical_ids}
        return replace(
            self,
            resources=tuple(found for found in self.resources if found.logical_id not in logical_ids),
            content={**self.content, "Resources": kept},
        )

    @property
    def line_count(self) -> int:
        """Number of lines in the CDK's layout, whatever the layout of the file."""
        return json.dumps(self.content, indent=1).count("\n") + 1

    def resources_of(self, *types: str) -> list[Resource]:
        """Return the resources of these types."""
        return [resource for resource in self.resources if resource.type in types]

    def properties_of(self, *types: str) -> list[Mapping[str, Any]]:
        """Return the resolved properties of every resource of these types."""
        return [resource.resolved for resource in self.resources_of(*types)]

    def asset_file(self, key: str, name: str) -> str:
        """Return the text of a file of an asset, by its object key in S3; "" if there is none."""
        path = self.assets[key] / name if key in self.assets else None
        return path.read_text() if path and path.is_file() else ""

    @cached_property
    def compose_file(self) -> str:
        """The Compose file of Elastic Beanstalk's source bundle; "" without one."""
        for version in self.resources_of("AWS::ElasticBeanstalk::ApplicationVersion"):
            return self.asset_file(str(version.properties["SourceBundle"]["S3Key"]), "docker-compose.yml")
        return ""


@dataclass(frozen=True)
class TargetTemplates:
    """A target with the templates that deploying it needs, without the resources of other services.

    Attributes:
        target: the target.
        templates: stack name -> template: the target's own stack first, then its dependencies in deploy order.
        shared_ids: logical IDs in its own stack that are outside its construct, if the stack has several services.
            Default: none.
    """

    target: Target
    templates: Mapping[str, Template]
    shared_ids: frozenset[str] = frozenset()

    @property
    def own_template(self) -> Template:
        """The template of the target's own stack."""
        return self.templates[self.target.stack]

    @cached_property
    def resources(self) -> tuple[Resource, ...]:
        """All resources, shared ones included."""
        return tuple(resource for template in self.templates.values() for resource in template.resources)

    def is_shared(self, resource: Resource) -> bool:
        """Whether other services use the resource, too: it is in another stack, or outside the target's construct."""
        return resource.stack != self.target.stack or resource.logical_id in self.shared_ids

    def own(self, type_: str) -> list[Resource]:
        """Return the resources of a type in the target's own stack."""
        return [found for found in self.resources if found.type == type_ and not self.is_shared(found)]

    def all(self, type_: str) -> list[Resource]:
        """Return the resources of a type in all of the target's stacks."""
        return [found for found in self.resources if found.type == type_]

    def follow(self, resource: Resource, value: object) -> Resource | None:
        """Return the resource that a property value refers to, in this or another stack; None if it is no reference.

        Args:
            resource: the resource with the property.
            value: the property's value.
        """
        return self._follow(resource.stack, value)

    def refers(self, resource: Resource, other: Resource) -> bool:
        """Whether any property of a resource refers to another resource."""
        return any(self._follow(resource.stack, value) == other for value in _references(resource.properties))

    def _follow(self, stack: str, value: object) -> Resource | None:
        if not isinstance(value, Mapping) or len(value) != 1:
            return None
        exported = value.get("Fn::ImportValue")
        if isinstance(exported, str):
            return next(
                (
                    self._follow(name, template.exports[exported])
                    for name, template in self.templates.items()
                    if exported in template.exports
                ),
                None,
            )
        logical_id = _logical_id(value)
        return self._by_id.get((stack, logical_id)) if logical_id is not None else None

    @cached_property
    def _by_id(self) -> Mapping[tuple[str, str], Resource]:
        return {(found.stack, found.logical_id): found for found in self.resources}


def target_templates(assembly: Assembly) -> list[TargetTemplates]:
    """Return the templates of each target of the assembly, in its order."""
    templates = {stack.name: Template.load(stack) for stack in assembly.stacks}
    return [_of_target(target, assembly, templates) for target in assembly.targets.values()]


def _of_target(target: Target, assembly: Assembly, templates: Mapping[str, Template]) -> TargetTemplates:
    others: dict[str, set[str]] = {}
    for other in assembly.targets.values():
        if other is not target:
            others.setdefault(other.stack, set()).update(other.logical_ids)
    needed = (target.stack, *dependencies(assembly, target.stack))
    found = {name: templates[name].without(others.get(name, ())) for name in needed}
    own = {resource.logical_id for resource in found[target.stack].resources} if target.stack in others else set()
    return TargetTemplates(target, found, shared_ids=frozenset(own.difference(target.logical_ids)))


def shared_templates(assembly: Assembly) -> TargetTemplates | None:
    """Return the templates of the stacks that no target depends on, as a target called "shared"; None without any."""
    used = {
        name for target in assembly.targets.values() for name in (target.stack, *dependencies(assembly, target.stack))
    }
    unused = [stack for stack in assembly.stacks if stack.name not in used]
    if not unused:
        return None
    target = Target(id="shared", construct="", stack=unused[0].name, logical_ids=())
    return TargetTemplates(target, {stack.name: Template.load(stack) for stack in unused})


def dependencies(assembly: Assembly, stack: str) -> list[str]:
    """Return the names of all stacks that a stack depends on, directly or not, in deploy order."""
    stacks = {found.name: found for found in assembly.stacks}
    needed: set[str] = set()
    waiting = list(stacks[stack].depends_on)
    while waiting:
        name = waiting.pop()
        if name not in needed:
            needed.add(name)
            waiting += stacks[name].depends_on
    return [name for name in stacks if name in needed]


def strip_hashes(text: str) -> str:
    """Return the text without the hashes that the CDK appends to logical ids and asset names."""
    without_assets = _ASSET.sub("<asset>", _VERSION_HASH.sub("", text))
    return _HASH.sub("", without_assets)


def as_text(value: Any) -> str:
    """Return a value in one line: references by name, imports as `Stack/Name.Attribute`."""
    if isinstance(value, Mapping) and len(value) == 1:
        [(function, argument)] = value.items()
        if function in _FUNCTIONS:
            return strip_hashes(_FUNCTIONS[function](argument))
    if isinstance(value, str):
        return strip_hashes(value)
    return json.dumps(resolved(value), sort_keys=True, ensure_ascii=False)


def resolved(value: Any) -> Any:
    """Return a value with each intrinsic function replaced by its text; JSON that a function composes is parsed."""
    if isinstance(value, Mapping):
        if len(value) == 1 and next(iter(value)) in _FUNCTIONS:
            return _parsed(as_text(value))
        return {strip_hashes(key): resolved(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [resolved(inner) for inner in value]
    return strip_hashes(value) if isinstance(value, str) else value


def _references(value: object) -> Iterator[Mapping[str, Any]]:
    """Yield every `Ref`, `Fn::GetAtt` and `Fn::ImportValue` in a value."""
    if isinstance(value, Mapping):
        if len(value) == 1 and next(iter(value)) in _REFERENCES:
            yield value
        for inner in value.values():
            yield from _references(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _references(inner)


def _logical_id(reference: Mapping[str, Any]) -> str | None:
    for function in ("Ref", "Fn::GetAtt"):
        if function in reference:
            argument = reference[function]
            return str(argument[0] if isinstance(argument, list) else argument).partition(".")[0]
    return None


def _construct_paths(metadata: Path, stack: str) -> dict[str, str]:
    """Logical id -> construct path in the stack, from the file that the CDK writes beside a template."""
    if not metadata.exists():
        return {}
    found: dict[str, str] = {}
    for path, entries in json.loads(metadata.read_text()).items():
        parts = [strip_hashes(part) for part in path.removeprefix(f"/{stack}").strip("/").split("/")]
        while len(parts) > 1 and parts[-1] in (*_IMPLICIT_IDS, parts[-2]):
            parts.pop()
        found |= {str(entry["data"]): "/".join(parts) for entry in entries if entry["type"] == _LOGICAL_ID}
    return found


def _assets(manifest: Path) -> dict[str, Path]:
    """Object key -> file or directory of an asset, from the file that the CDK writes beside a template."""
    if not manifest.exists():
        return {}
    return {
        str(destination["objectKey"]): manifest.parent / asset["source"]["path"]
        for asset in json.loads(manifest.read_text()).get("files", {}).values()
        for destination in asset["destinations"].values()
        if "path" in asset["source"]
    }


def _parsed(text: str) -> Any:
    if text[:1] not in ("{", "["):
        return text
    try:
        return json.loads(text)
    except ValueError:
        return text


def _ref(name: str) -> str:
    return f"<{name.removeprefix('AWS::')}>" if name.startswith("AWS::") else name


def _attribute(argument: Any) -> str:
    name, attribute = argument.split(".", 1) if isinstance(argument, str) else argument
    return f"{strip_hashes(name)}.{attribute}"


def _export(name: Any) -> str:
    found = _EXPORT.match(name) if isinstance(name, str) else None
    if not found:
        return as_text(name)
    attribute = f".{found['attribute']}" if found["attribute"] else ""
    return f"{found['stack']}/{found['name']}{attribute}"


def _sub(argument: Any) -> str:
    text = argument if isinstance(argument, str) else argument[0]
    return re.sub(r"\$\{(?:AWS::)?([^}]+)\}", r"<\1>", text)


_FUNCTIONS: dict[str, Callable[[Any], str]] = {
    "Ref": _ref,
    "Fn::GetAtt": _attribute,
    "Fn::Join": lambda argument: str(argument[0]).join(as_text(part) for part in argument[1]),
    "Fn::Sub": _sub,
    "Fn::ImportValue": _export,
    "Fn::Base64": lambda argument: as_text(argument),
    "Fn::Select": lambda argument: f"{as_text(argument[1])}[{argument[0]}]",
    "Fn::Split": lambda argument: f"{as_text(argument[1])} split at {argument[0]!r}",
}

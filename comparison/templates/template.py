"""One stack's template, each resource with its place in the construct tree."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from deployment.assembly import Stack

from .words import data, imported_stacks, plain, references

_CDK_METADATA = "AWS::CDK::Metadata"
_LOGICAL_ID = "aws:cdk:logicalId"
_VERSION = "AWS::ElasticBeanstalk::ApplicationVersion"
_COMPOSE = "docker-compose.yml"
_UNTOLD = ("Resource", "Default")


@dataclass(frozen=True, kw_only=True)
class Resource:
    """One resource.

    Attributes:
        logical_id: its key in the template.
        kind: CloudFormation type, such as "AWS::ECS::Service".
        place: where it stands in the construct tree, such as "Orders/Service"; without hashes.
        properties: in words (`words.data`), with the update policy, which CloudFormation keeps beside them.
        refers: property -> logical ids that it names there.
        imports: names of the other stacks whose exports it takes.
        deletion_policy: "Retain", "Delete" or "" where the template leaves it to CloudFormation.
        depends_on: logical ids it names there.
    """

    logical_id: str
    kind: str
    place: str
    properties: Mapping[str, Any]
    deletion_policy: str = ""
    refers: Mapping[str, frozenset[str]] = field(default_factory=dict)
    imports: frozenset[str] = frozenset()

    @property
    def refers_to(self) -> frozenset[str]:
        """Logical ids that it names anywhere."""
        return frozenset(name for names in self.refers.values() for name in names)


@dataclass(frozen=True, kw_only=True)
class Template:
    """One template; CDK's own metadata is left out.

    Attributes:
        bundle: the Compose file that Elastic Beanstalk gets, as text; "" where there is none.
    """

    stack: str
    resources: tuple[Resource, ...]
    bundle: str = ""

    def of(self, *kinds: str) -> list[Mapping[str, Any]]:
        """Return the properties of every resource of these types."""
        return [resource.properties for resource in self.resources if resource.kind in kinds]


def read(stack: Stack) -> Template:
    """Read a stack's template and, where the assembly has them, the places of its resources."""
    found: Mapping[str, Any] = json.loads(stack.template.read_text()).get("Resources", {})
    places = _places(stack.template.with_name(stack.template.name.replace(".template.json", ".metadata.json")))
    return Template(
        stack=stack.name,
        resources=tuple(
            _resource(name, places.get(name, plain(name)), raw)
            for name, raw in found.items()
            if raw["Type"] != _CDK_METADATA
        ),
        bundle=_bundle(found, stack.template.parent),
    )


def _resource(logical_id: str, place: str, raw: Mapping[str, Any]) -> Resource:
    policies = {key: raw[key] for key in ("UpdatePolicy", "CreationPolicy") if key in raw}
    return Resource(
        logical_id=logical_id,
        kind=raw["Type"],
        place=place,
        properties=data({**raw.get("Properties", {}), **policies}),
        deletion_policy=raw.get("DeletionPolicy", ""),
        refers={name: frozenset(references(value)) for name, value in raw.get("Properties", {}).items()},
        imports=frozenset(imported_stacks(raw.get("Properties", {}))),
    )


def _bundle(resources: Mapping[str, Any], assembly: Path) -> str:
    """The text of the Compose file in the bundle that an application version names by its key in S3."""
    for raw in resources.values():
        if raw["Type"] == _VERSION:
            key = str(raw["Properties"]["SourceBundle"]["S3Key"])
            file = assembly / f"asset.{key.removesuffix('.zip')}" / _COMPOSE
            return file.read_text() if file.is_file() else ""
    return ""


def _places(metadata: Path) -> dict[str, str]:
    """Logical id -> place, as the CDK wrote it beside the template."""
    if not metadata.exists():
        return {}
    places: dict[str, str] = {}
    for path, entries in json.loads(metadata.read_text()).items():
        parts = [plain(part) for part in path.strip("/").split("/")[1:]]
        while len(parts) > 1 and parts[-1] in (*_UNTOLD, parts[-2]):
            parts.pop()
        place = "/".join(parts)
        places |= {str(entry["data"]): place for entry in entries if entry["type"] == _LOGICAL_ID}
    return places

"""Compare templates with AWS's resource schemas of one Region, which cfn-lint contains."""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

from tests.conftest import Template

REGIONS = ("us-east-1", "eu-west-1", "ap-southeast-2", "sa-east-1")
Schema = dict[str, Any]
# Custom resources have the properties that their function reads; CloudFormation has no schema for either.
_WITHOUT_SCHEMA = ("Custom::", "AWS::CloudFormation::CustomResource", "AWS::CDK::Metadata")
_SCHEMA_WORDS = {"*", "items", "properties"}


@dataclass(frozen=True, order=True)
class Finding:
    """One difference between a template and the schemas of a Region.

    Attributes:
        stack: name of the stack.
        logical_id: logical id of the resource.
        type: resource type, such as `AWS::ECS::Service`.
        property: path of the property, such as `NetworkConfiguration.AwsvpcConfiguration`; "" for the type itself.
        problem: a few words, such as "is read-only".
    """

    stack: str
    logical_id: str
    type: str
    property: str
    problem: str

    def __str__(self) -> str:
        return f"{self.stack}: {self.logical_id} ({self.type}): {self.property or 'the type'} {self.problem}"


@cache
def regions() -> tuple[str, ...]:
    """Names of the Regions that cfn-lint has schemas of; it has one module for SAM beside them."""
    names = sorted(file.name.removesuffix(".json") for file in _folder("providers").iterdir())
    return tuple(name for name in names if re.fullmatch(r"[a-z]+(-[a-z]+)+-\d", name))


@cache
def types_of(region: str) -> dict[str, str]:
    """Resource type -> the file of its schema in a Region."""
    found: dict[str, str] = json.loads((_folder("providers") / f"{region}.json").read_text())
    return found


@cache
def schema_of(region: str, kind: str) -> Schema | None:
    """Schema of a resource type in a Region."""
    name = types_of(region).get(kind)
    return json.loads((_folder("resources") / f"{name}.json").read_text()) if name else None


def findings(stack: str, template: Template, region: str) -> Iterator[Finding]:
    """Yield unknown types, and unknown, read-only and deprecated properties, nested ones included."""
    for logical_id, resource in template.get("Resources", {}).items():
        kind = resource["Type"]
        if kind.startswith(_WITHOUT_SCHEMA):
            continue
        schema = schema_of(region, kind)
        if schema is None:
            yield Finding(stack, logical_id, kind, "", f"does not exist in {region}")
            continue
        if "lifecycle" in schema:
            status = schema["lifecycle"]
            yield Finding(stack, logical_id, kind, "", f"is in {status['status']} since {status['date']}")
        for path, problem in _Walk(schema).problems(resource.get("Properties", {}), (schema,), ()):
            yield Finding(stack, logical_id, kind, ".".join(path), f"{problem} in {region}")


class _Walk:
    """The properties of one resource beside the nodes of its schema."""

    def __init__(self, schema: Schema) -> None:
        self.schema = schema
        self.read_only = _paths(schema.get("readOnlyProperties", ()))
        self.deprecated = _paths(schema.get("deprecatedProperties", ()))

    def problems(self, value: Any, nodes: tuple[Schema, ...], path: tuple[str, ...]) -> Iterator[tuple[Any, str]]:
        """Yield path and problem of each property of a value that the nodes describe."""
        nodes = tuple(found for node in nodes for found in self.alternatives(node))
        if isinstance(value, list):
            for item in value:
                yield from self.problems(item, tuple(node["items"] for node in nodes if "items" in node), path)
        elif isinstance(value, dict) and (branches := _branches(value)) is not None:
            for branch in branches:
                yield from self.problems(branch, nodes, path)
        elif isinstance(value, dict):
            for name, inner in value.items():
                yield from self.property_problems(name, inner, nodes, (*path, name))

    def property_problems(
        self, name: str, value: Any, nodes: tuple[Schema, ...], path: tuple[str, ...]
    ) -> Iterator[tuple[Any, str]]:
        if path in self.read_only:
            yield path, "is read-only"
        if path in self.deprecated:
            yield path, "is deprecated"
        described = tuple(found for node in nodes for found in _property(node, name))
        if described:
            yield from self.problems(value, described, path)
        elif not any(_is_open(node) for node in nodes):
            allowed = sorted({key for node in nodes for key in node.get("properties", {})})
            yield path, f"is unknown (known: {', '.join(allowed)})"

    def alternatives(self, node: Schema) -> Iterator[Schema]:
        """Yield the node and every node that it refers to or combines."""
        if "$ref" in node:
            target: Any = self.schema
            for step in node["$ref"].removeprefix("#/").split("/"):
                target = target[step]
            yield from self.alternatives(target)
            return
        yield node
        for word in ("oneOf", "anyOf", "allOf"):
            for found in node.get(word, ()):
                # An alternative that only lists required properties describes none.
                if found.keys() & {"$ref", "properties", "patternProperties", "items", *("oneOf", "anyOf", "allOf")}:
                    yield from self.alternatives(found)


def _property(node: Schema, name: str) -> Iterator[Schema]:
    if name in node.get("properties", {}):
        yield node["properties"][name]
    for pattern, found in node.get("patternProperties", {}).items():
        if re.search(pattern, name):
            yield found
    if isinstance(more := node.get("additionalProperties"), dict):
        yield more


def _is_open(node: Schema) -> bool:
    """Whether a node accepts any property, as that of a policy document does."""
    if "properties" in node or "patternProperties" in node:
        return node.get("additionalProperties") is True
    if node.get("additionalProperties") is False:
        return False
    return "object" in node.get("type", ()) or not node.keys() & {"type", "$ref", "oneOf", "anyOf", "allOf"}


def _branches(value: dict[str, Any]) -> list[Any] | None:
    """Return the values that an intrinsic function may return as far as the template has them; None for a value."""
    if len(value) != 1:
        return None
    [(name, arguments)] = value.items()
    if name == "Fn::If":
        return list(arguments[1:])
    return [] if name == "Ref" or name.startswith("Fn::") else None


def _paths(pointers: Any) -> set[tuple[str, ...]]:
    """Paths of JSON pointers such as `/properties/EncryptionConfig/*/Resources`."""
    return {tuple(step for step in pointer.split("/")[1:] if step not in _SCHEMA_WORDS) for pointer in pointers}


def _folder(name: str) -> Any:
    return files("cfnlint.data.schemas").joinpath(name)

"""What is deployed for one target: its own stack, and the stacks that it stands on."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from deployment.assembly import Assembly, Stack, Target

BESIDE = "beside"
"""Stands for a target where there is none."""
_GENERATED_ID = {"Ref", "Fn::GetAtt"}


@dataclass(frozen=True)
class Resource:
    """One resource of a template.

    Attributes:
        stack: name of its stack.
        id: logical id.
        type: CloudFormation's type, such as "AWS::EC2::NatGateway".
        properties: as the template has them.
    """

    stack: str
    id: str
    type: str
    properties: Mapping[str, Any]


@dataclass(frozen=True)
class Deployment:
    """A target with everything that deploying it makes.

    Attributes:
        target: the target.
        templates: stack -> template: the target's own stack first, then those it depends on, in their order.
        path: the assembly's directory, where files lie that templates name; None without any.
    """

    target: Target
    templates: Mapping[str, Mapping[str, Any]]
    path: Path | None = None

    @cached_property
    def resources(self) -> tuple[Resource, ...]:
        """All resources, CDK's own metadata left out."""
        return tuple(
            Resource(stack, id_, found["Type"], found.get("Properties", {}))
            for stack, template in self.templates.items()
            for id_, found in template.get("Resources", {}).items()
            if found["Type"] != "AWS::CDK::Metadata"
        )

    def is_shared(self, resource: Resource) -> bool:
        """Whether other targets use the resource, too: it stands in another stack."""
        return resource.stack != self.target.stack

    def own(self, type_: str) -> list[Resource]:
        """Resources of a type in the target's own stack."""
        return [found for found in self.resources if found.type == type_ and not self.is_shared(found)]

    def all(self, type_: str) -> list[Resource]:
        """Resources of a type, shared ones included."""
        return [found for found in self.resources if found.type == type_]

    def follow(self, resource: Resource, value: object) -> Resource | None:
        """Return the resource that a value of another resource's properties names; None if it names none."""
        return self._named(resource.stack, value)

    def names(self, resource: Resource, other: Resource) -> bool:
        """Whether a resource names another one anywhere in its properties."""
        return any(self._named(resource.stack, value) == other for value in _references(resource.properties))

    def file(self, key: str, name: str) -> str:
        """Return a file of the bundle that a template names by its key in S3; "" where there is none."""
        found = self.path / f"asset.{key.removesuffix('.zip')}" / name if self.path else None
        return found.read_text() if found and found.is_file() else ""

    def _named(self, stack: str, value: object) -> Resource | None:
        if not isinstance(value, dict) or len(value) != 1:
            return None
        [(function, argument)] = value.items()
        if function == "Fn::ImportValue" and isinstance(argument, str):
            found = self._exports.get(argument)
            return self._named(*found) if found else None
        if function not in _GENERATED_ID:
            return None
        id_ = argument[0] if isinstance(argument, list) else argument
        return self._by_id.get((stack, str(id_).partition(".")[0]))

    @cached_property
    def _by_id(self) -> Mapping[tuple[str, str], Resource]:
        return {(found.stack, found.id): found for found in self.resources}

    @cached_property
    def _exports(self) -> Mapping[str, tuple[str, object]]:
        return {
            output["Export"]["Name"]: (stack, output["Value"])
            for stack, template in self.templates.items()
            for output in template.get("Outputs", {}).values()
            if "Export" in output and isinstance(output["Export"]["Name"], str)
        }


def deployments(assembly: Assembly) -> list[Deployment]:
    """Return one for each target of the assembly, in its order."""
    stacks = {stack.name: stack for stack in assembly.stacks}
    read = {name: json.loads(stack.template.read_text()) for name, stack in stacks.items()}
    found = []
    for target in assembly.targets.values():
        names = _with_what_it_needs(target.stack, stacks)
        found.append(Deployment(target, {name: read[name] for name in names}, assembly.path))
    return found


def beside(assembly: Assembly) -> Deployment | None:
    """Return the stacks that no target stands on: what a service has beside whatever runs it; None without any."""
    taken = {stack for found in deployments(assembly) for stack in found.templates}
    left = [stack for stack in assembly.stacks if stack.name not in taken]
    if not left:
        return None
    target = Target(id=BESIDE, construct="", stack=left[0].name, logical_ids=())
    return Deployment(target, {stack.name: json.loads(stack.template.read_text()) for stack in left})


def _with_what_it_needs(stack: str, stacks: Mapping[str, Stack]) -> list[str]:
    """The stack, then all that it depends on, and what these depend on, in deploy order."""
    needed, waiting = {stack}, [stack]
    while waiting:
        for other in stacks[waiting.pop()].depends_on:
            if other not in needed:
                needed.add(other)
                waiting.append(other)
    return [stack, *(name for name in stacks if name in needed and name != stack)]


def _references(value: object) -> Iterator[object]:
    if isinstance(value, dict):
        if len(value) == 1 and next(iter(value)) in {*_GENERATED_ID, "Fn::ImportValue"}:
            yield value
        for inner in value.values():
            yield from _references(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _references(inner)

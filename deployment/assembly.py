"""Reader of a synthesised cloud assembly (`cdk.out`): its stacks in deploy order, and the targets in them."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from deployment.errors import ActionableError

__all__ = ["Assembly", "SpecField", "Stack", "Target", "metadata_of"]

_STACK = "aws:cloudformation:stack"
_CDK_METADATA = "AWS::CDK::Metadata"
_TARGET = "microservice:target"
_LOGICAL_ID = "aws:cdk:logicalId"


@dataclass(frozen=True, kw_only=True)
class Stack:
    """One stack of the assembly.

    Attributes:
        name: CloudFormation's stack name.
        template: path of its template.
        resources: number of resources, without CDK's own metadata resource.
        depends_on: names of the stacks that are deployed before it.
        bootstrap_parameter: SSM parameter with the version of the bootstrap stack; "" for a stack that needs none.
        bootstrap_version: the oldest version of the bootstrap stack that can deploy it.
    """

    name: str
    template: Path
    resources: int
    depends_on: tuple[str, ...]
    bootstrap_parameter: str = ""
    bootstrap_version: int = 0


@dataclass(frozen=True, kw_only=True)
class SpecField:
    """One field of the service's spec.

    Attributes:
        name: the field's name.
        default: its default as Python text; "" when it is required.
        description: the first sentence of its documentation.
    """

    name: str
    default: str = ""
    description: str = ""


@dataclass(frozen=True, kw_only=True)
class Target:
    """One target, from the metadata entry that its construct wrote.

    Attributes:
        id: the target's ID, such as "ecs-fargate".
        construct: class name of the construct.
        module: module of the construct, relative to `microservice/`, such as "ecs.fargate".
        summary: first line of the construct's documentation.
        description: the paragraphs after it.
        options: optional constructor argument -> its documentation, "" where there is none.
        unsupported_fields: field of the service's spec -> why this platform cannot honour it.
        spec_fields: the fields of the service's spec.
        stack: name of the stack that holds the construct.
        logical_ids: logical IDs of the resources inside the construct.
    """

    id: str
    construct: str
    module: str = ""
    summary: str = ""
    description: tuple[str, ...] = ()
    options: Mapping[str, str] = field(default_factory=dict)
    unsupported_fields: Mapping[str, str] = field(default_factory=dict)
    spec_fields: tuple[SpecField, ...] = ()
    stack: str
    logical_ids: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Assembly:
    """A cloud assembly.

    Attributes:
        path: the directory.
        stacks: in deploy order.
        targets: target ID -> target.
        images: the CDK CLI's display names of the image assets, such as "Check/Image".
    """

    path: Path
    stacks: tuple[Stack, ...]
    targets: Mapping[str, Target]
    images: frozenset[str] = frozenset()

    @classmethod
    def load(cls, path: Path) -> Assembly:
        """Read the assembly at `path`.

        Raises:
            ActionableError: there is no cloud assembly.
        """
        file = path / "manifest.json"
        try:
            artifacts = json.loads(file.read_text())["artifacts"]
        except (OSError, ValueError, KeyError) as error:
            fix = "make synth writes one to cdk.out, make demo to build/local/cdk.out"
            raise ActionableError(f"{path} is not a cloud assembly", _fault(file, error), fix) from error
        stacks = {name: artifact for name, artifact in artifacts.items() if artifact["type"] == _STACK}
        targets = [target for name, artifact in stacks.items() for target in _targets(path, name, artifact)]
        return cls(
            path=path,
            stacks=tuple(_stack(path, name, stacks) for name in _in_deploy_order(stacks)),
            targets={target.id: target for target in targets},
            images=frozenset(_images(path)),
        )

    @property
    def resources(self) -> int:
        """Number of resources in all stacks."""
        return sum(stack.resources for stack in self.stacks)

    def require_targets(self, names: Collection[str]) -> None:
        """Check that the app has these targets.

        Raises:
            ActionableError: it has no target of that name.
        """
        for name in names:
            if name not in self.targets:
                allowed = ", ".join(self.targets)
                raise ActionableError(f"there is no target {name!r}", f"the app has {allowed}", "use one of these IDs")


def _fault(file: Path, error: Exception) -> str:
    if isinstance(error, FileNotFoundError | NotADirectoryError):
        return f"it has no {file.name}" if file.parent.is_dir() else "the directory does not exist"
    if isinstance(error, OSError):
        return f"{file.name} cannot be read: {error.strerror}"
    return f"{file.name} was not written by the CDK: {error}"


def _stack(path: Path, name: str, stacks: Mapping[str, Any]) -> Stack:
    properties = stacks[name]["properties"]
    template = path / properties["templateFile"]
    resources = json.loads(template.read_text()).get("Resources", {}).values()
    return Stack(
        name=_stack_name(name, stacks[name]),
        template=template,
        resources=sum(resource["Type"] != _CDK_METADATA for resource in resources),
        depends_on=tuple(
            _stack_name(other, stacks[other]) for other in stacks[name].get("dependencies", []) if other in stacks
        ),
        bootstrap_parameter=str(properties.get("bootstrapStackVersionSsmParameter", "")),
        bootstrap_version=int(properties.get("requiresBootstrapStackVersion", 0)),
    )


def _stack_name(artifact_id: str, artifact: Mapping[str, Any]) -> str:
    return str(artifact["properties"].get("stackName", artifact_id))


def _in_deploy_order(stacks: Mapping[str, Any]) -> list[str]:
    ordered: list[str] = []

    def visit(name: str) -> None:
        if name in ordered or name not in stacks:
            return
        for other in stacks[name].get("dependencies", []):
            visit(other)
        ordered.append(name)

    for name in stacks:
        visit(name)
    return ordered


def _images(path: Path) -> Iterator[str]:
    for manifest in path.glob("*.assets.json"):
        for image in json.loads(manifest.read_text()).get("dockerImages", {}).values():
            yield str(image.get("displayName", ""))


def _targets(path: Path, artifact_id: str, artifact: Mapping[str, Any]) -> Iterator[Target]:
    metadata = metadata_of(path, artifact)
    for construct_path, entries in metadata.items():
        for data in (entry["data"] for entry in entries if entry["type"] == _TARGET):
            inside = [items for where, items in metadata.items() if where.startswith(f"{construct_path}/")]
            yield Target(
                id=data["id"],
                construct=data["construct"],
                module=data.get("module", ""),
                summary=data.get("summary", ""),
                description=tuple(data.get("description", ())),
                options=data.get("options", {}),
                unsupported_fields=data.get("unsupported_fields", {}),
                spec_fields=tuple(SpecField(**each) for each in data.get("spec_fields", ())),
                stack=_stack_name(artifact_id, artifact),
                logical_ids=tuple(
                    str(item["data"]) for items in inside for item in items if item["type"] == _LOGICAL_ID
                ),
            )


def metadata_of(path: Path, artifact: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return a stack's metadata, from the manifest or from a file of its own."""
    file = artifact.get("additionalMetadataFile")
    found: dict[str, Any] = json.loads((path / file).read_text()) if file else {}
    return {**artifact.get("metadata", {}), **found}

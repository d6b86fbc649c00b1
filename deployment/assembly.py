"""Reads a synthesised cloud assembly (`cdk.out`): its stacks in deploy order and the targets the app declares."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from deployment.errors import ActionableError
from deployment.target import Target, declared_in

__all__ = ["Assembly", "Stack", "Target"]

_STACK = "aws:cloudformation:stack"
_CDK_METADATA = "AWS::CDK::Metadata"


@dataclass(frozen=True, kw_only=True)
class Stack:
    """One stack of the assembly.

    Attributes:
        name: CloudFormation's stack name.
        template: path of its template.
        resources: number of resources, CDK's own metadata not counted.
        depends_on: names of stacks that must be there first.
    """

    name: str
    template: Path
    resources: int
    depends_on: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Assembly:
    """A cloud assembly.

    Attributes:
        path: the directory.
        stacks: in deploy order.
        targets: target id -> target.
        images: what the CDK CLI calls the images that it builds, such as "Check/Image".
    """

    path: Path
    stacks: tuple[Stack, ...]
    targets: Mapping[str, Target]
    images: frozenset[str] = frozenset()

    @classmethod
    def load(cls, path: Path) -> Assembly:
        """Read the assembly at `path`.

        Raises:
            ActionableError: nothing was synthesised there.
        """
        file = path / "manifest.json"
        try:
            artifacts = json.loads(file.read_text())["artifacts"]
        except (OSError, ValueError, KeyError) as error:
            fix = "python -m local_aws run makes one; so does make synth, for --assembly cdk.out"
            raise ActionableError(f"{path} is no cloud assembly", _why(file, error), fix) from error
        stacks = {name: artifact for name, artifact in artifacts.items() if artifact["type"] == _STACK}
        return cls(
            path=path,
            stacks=tuple(_stack(path, name, stacks) for name in _in_deploy_order(stacks)),
            targets={
                target.id: target
                for name, artifact in stacks.items()
                for target in declared_in(path, _name(name, artifact), artifact)
            },
            images=frozenset(_images(path)),
        )


def _why(file: Path, error: Exception) -> str:
    """What is wrong with the file that every assembly has, in words."""
    if isinstance(error, FileNotFoundError | NotADirectoryError):
        return f"there is no {file.name} in it" if file.parent.is_dir() else "there is no such directory"
    if isinstance(error, OSError):
        return f"{file.name} cannot be read: {error.strerror}"
    return f"{file.name} is not one of the CDK's: {error}"


def _stack(path: Path, name: str, stacks: Mapping[str, Any]) -> Stack:
    template = path / stacks[name]["properties"]["templateFile"]
    resources = json.loads(template.read_text()).get("Resources", {}).values()
    return Stack(
        name=_name(name, stacks[name]),
        template=template,
        resources=sum(resource["Type"] != _CDK_METADATA for resource in resources),
        depends_on=tuple(
            _name(other, stacks[other]) for other in stacks[name].get("dependencies", []) if other in stacks
        ),
    )


def _name(artifact_id: str, artifact: Mapping[str, Any]) -> str:
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

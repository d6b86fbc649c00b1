"""A way to run the service, as its construct declared it in the cloud assembly's metadata."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

_TARGET = "microservice:target"
_LOGICAL_ID = "aws:cdk:logicalId"


@dataclass(frozen=True, kw_only=True)
class Target:
    """One way to run the service, as its construct declared it.

    Attributes:
        id: the target's id, such as "ecs-fargate".
        construct: class name of the construct.
        fixed_by_platform: field of the service's spec -> why this platform does not follow it.
        stack: name of the stack that holds it.
        logical_ids: logical ids of the resources inside the construct.
    """

    id: str
    construct: str
    fixed_by_platform: Mapping[str, str] = field(default_factory=dict)
    stack: str
    logical_ids: tuple[str, ...]


def declared_in(path: Path, stack: str, artifact: Mapping[str, Any]) -> Iterator[Target]:
    """Read the targets that a stack's metadata declares."""
    metadata = metadata_of(path, artifact)
    for construct_path, entries in metadata.items():
        for entry in entries:
            if entry["type"] == _TARGET:
                inside = [items for where, items in metadata.items() if where.startswith(f"{construct_path}/")]
                yield Target(
                    id=entry["data"]["id"],
                    construct=entry["data"]["construct"],
                    fixed_by_platform=entry["data"].get("fixed_by_platform", {}),
                    stack=stack,
                    logical_ids=tuple(
                        str(item["data"]) for items in inside for item in items if item["type"] == _LOGICAL_ID
                    ),
                )


def metadata_of(path: Path, artifact: Mapping[str, Any]) -> Mapping[str, Any]:
    """A stack's metadata: in the manifest, or in a file of its own."""
    file = artifact.get("additionalMetadataFile")
    found: dict[str, Any] = json.loads((path / file).read_text()) if file else {}
    return {**artifact.get("metadata", {}), **found}

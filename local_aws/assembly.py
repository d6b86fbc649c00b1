"""Reads a synthesised cloud assembly (`cdk.out`): its stacks in deploy order and the targets the app declares."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path


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
class Target:
    """One way to run the service, as its construct declared it.

    Attributes:
        id: the target's id, such as "ecs-fargate".
        construct: class name of the construct.
        stack: name of the stack that holds it.
        logical_ids: logical ids of the resources inside the construct.
    """

    id: str
    construct: str
    stack: str
    logical_ids: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Assembly:
    """A cloud assembly.

    Attributes:
        path: the directory.
        stacks: in deploy order.
        targets: target id -> target.
    """

    path: Path
    stacks: tuple[Stack, ...]
    targets: Mapping[str, Target]

    @classmethod
    def load(cls, path: Path) -> Assembly:
        """Read the assembly at `path`.

        Raises:
            LocalAwsError: nothing was synthesised there.
        """
        raise NotImplementedError(path)

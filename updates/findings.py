"""Findings: what in an update interrupts the service, loses data, or is rejected by AWS."""

from dataclasses import dataclass
from enum import StrEnum


class Kind(StrEnum):
    """Kinds of effects that callers or operators of a running service notice."""

    REPLACEMENT = "replacement"
    REMOVAL = "removal"
    COLLISION = "collision"
    EXPORT_IN_USE = "export in use"
    IMMUTABLE = "immutable"
    NOT_APPLIED = "not applied"
    EMPTY_TARGET_GROUP = "empty target group"
    WEIGHTS_RESET = "weights reset"
    HEALTH_CHECK = "health check"
    CLOSED_PORT = "closed port"


# Stands for the stacks without a target.
SHARED = "shared"
# The constructs of workers and jobs: the columns of their table.
WORKLOADS = (
    "FargateWorker",
    "FargateScheduledJob",
    "EksAutoWorker",
    "EksAutoScheduledJob",
    "LambdaWorker",
    "LambdaScheduledJob",
)
# End of the ID of a change that is computed beside options.
WITH_OPTIONS = " with options"
# With these, CloudFormation, Helm or the platform rejects the update and rolls it back.
REJECTED_BY_AWS = frozenset({Kind.COLLISION, Kind.EXPORT_IN_USE, Kind.IMMUTABLE})


@dataclass(frozen=True, kw_only=True)
class Finding:
    """One finding.

    Attributes:
        kind: what happens.
        stack: name of the stack.
        logical_id: logical ID of the resource; the name of an export.
        type: resource type; `Deployment` and the like for objects in a cluster.
        property: the property that causes it; "" if the whole resource does.
        consequence: one sentence.
        cascade: what leads to it, the origin first.
    """

    kind: Kind
    stack: str
    logical_id: str
    type: str
    property: str = ""
    consequence: str
    cascade: tuple[str, ...] = ()

"""A target as plain data: its lines and its capacity. With these any load can be priced, here or in another program."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TypeVar

from deployment.errors import ActionableError
from pricing.capacity import Capacity
from pricing.deployment import Deployment, Resource
from pricing.lines import Bill, Line
from pricing.prices import PriceList
from pricing.rules import FREE, PRICED, RUNNERS, UNPRICED, runs_the_service

_Found = TypeVar("_Found")
_NO_COPIES = Capacity(
    resource="", counted="copies", min_copies=0, max_copies=10**9, vcpus=1, target_percent=100, memory_mib=10**9
)
# https://docs.aws.amazon.com/apprunner/latest/dg/apprunner-availability-change.html
_CLOSED = {"AWS::AppRunner::Service": "closed to new customers since 2026-04-30"}
_UNCERTAIN = {
    "AWS::AppRunner::Service": "AWS does not say whether health checks keep processors billed; here they do not",
    "AWS::ECS::ExpressGatewayService": "the whole load balancer is in its figures; up to 25 services of a VPC share it",
    "AWS::EKS::Cluster": (
        "the whole cluster is in its figures, other services can share it; the service's log stays with its pod,"
        " shipping it is not in the figures"
    ),
}


@dataclass(frozen=True, kw_only=True)
class Profile:
    """What a target's templates say about its cost.

    Attributes:
        target: the target's id.
        stacks: the target's own stack first, then those it stands on.
        capacity: what it runs, and how that scales.
        lines: what is billed.
        unpriced: types that may cost something and have no rule, with what they are.
        notes: what a reader must know of this target's figures.
        closed: why not everybody can have it; "" where everybody can.
    """

    target: str
    stacks: tuple[str, ...]
    capacity: Capacity
    lines: tuple[Line, ...]
    unpriced: tuple[str, ...]
    notes: tuple[str, ...] = ()
    closed: str = ""


def profile(deployment: Deployment, prices: PriceList) -> Profile:
    """Return what a target's templates say about its cost.

    Raises:
        ActionableError: a resource has no price, or is made in a way that its rule does not know.
    """
    bill = Bill(deployment, prices)
    runners = [found for found in deployment.resources if runs_the_service(found, bill)]
    if len(runners) != 1:
        raise ActionableError(
            f"nobody knows what runs the copies of {deployment.target.id}",
            f"{deployment.target.stack} has {len(runners)} resources that may; known are {', '.join(sorted(RUNNERS))}",
            "write its rule in pricing/rules",
        )
    [runner] = runners
    return _profile(bill, _understood(runner, lambda: RUNNERS[runner.type](runner, bill)))


def profile_beside(deployment: Deployment, prices: PriceList) -> Profile:
    """Return what stacks that no target stands on cost: they run no copies of their own.

    Raises:
        ActionableError: a resource has no price, or is made in a way that its rule does not know.
    """
    return _profile(Bill(deployment, prices), _NO_COPIES)


def kind(type_: str) -> str:
    """Return "priced", "free" or "unpriced": what nobody has thought about is unpriced, too."""
    return "priced" if type_ in PRICED else "free" if type_ in FREE else "unpriced"


def _profile(bill: Bill, capacity: Capacity) -> Profile:
    lines = [
        line for resource in bill.deployment.resources if resource.type in PRICED for line in _lines(resource, bill)
    ]
    unpriced = sorted({found.type for found in bill.deployment.resources if kind(found.type) == "unpriced"})
    return Profile(
        target=bill.deployment.target.id,
        stacks=tuple(bill.deployment.templates),
        capacity=capacity,
        lines=tuple(lines),
        unpriced=tuple(f"{type_}: {UNPRICED.get(type_, 'no rule and no reason yet')}" for type_ in unpriced),
        notes=tuple(_notes(bill, capacity, lines)),
        closed="".join(_CLOSED.get(found.type, "") for found in bill.deployment.resources),
    )


def _lines(resource: Resource, bill: Bill) -> list[Line]:
    return _understood(resource, lambda: list(PRICED[resource.type](resource, bill)))


def _understood(resource: Resource, read: Callable[[], _Found]) -> _Found:
    """What is read of a resource; a form of it that no rule knows is an error that people can understand."""
    try:
        return read()
    except (LookupError, TypeError, ValueError) as error:
        raise ActionableError(
            f"{resource.stack}/{resource.id} ({resource.type}) cannot be priced",
            f"{type(error).__name__}: {error}",
            "teach its rule in pricing/rules this form of it",
        ) from error


def _notes(bill: Bill, capacity: Capacity, lines: Sequence[Line]) -> Iterator[str]:
    yield from (_UNCERTAIN[found.type] for found in bill.deployment.resources if found.type in _UNCERTAIN)
    packing = capacity.packing
    if packing:
        tenants = "a copy" if packing.copy else "the cluster's add-on"
        yield (
            f"AWS picks the instances; assumed is {packing.machine}, the cheapest that holds {tenants},"
            f" one in each of {packing.zones} zones at least"
        )
    for name in sorted({line.price[4:-5] for line in lines if line.price.startswith("ec2-")}):
        baseline = bill.prices.instance_type(name).baseline_percent
        if baseline and capacity.target_percent > baseline:
            yield f"{name} is charged for more above {baseline:g} % load, which is not in the figures"
